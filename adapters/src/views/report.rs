//! What is told of the views: how far each has come, and what is wrong with it.

use scribe_domain::ids::Position;
use scribe_projections::document::{Block, Document, Span, Style, Tone, View, dim, plain, strong};
use serde::{Deserialize, Serialize};

use super::pass::Fault;

/// The views of the whole record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ViewList {
    /// The position of the record's last event.
    pub head: Position,
    /// The views.
    pub views: Vec<ViewReport>,
}

/// How a view stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ViewReport {
    /// Its name.
    pub view: String,
    /// The version of its fold.
    pub version: u32,
    /// How it stands.
    pub state: ViewState,
    /// The position of the last event that it has seen; it sees the rest when it is looked at.
    pub position: Position,
    /// The position of its last snapshot on the disk, if there is one.
    pub snapshot: Option<Position>,
    /// How far it has come, while it is being built.
    pub building: Option<Building>,
    /// The events that it lacks because they cannot be read: the first hundred of them.
    pub faults: Vec<Fault>,
    /// Why it could not be brought up, if the record itself could not be read.
    pub stopped: Option<String>,
    /// The last time that it was built beside the one that serves.
    pub rebuild: Option<Rebuild>,
}

/// How a view stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewState {
    /// Nobody has looked at it yet.
    NotBuilt,
    /// It is being built: whoever looks at it waits.
    Building,
    /// It answers.
    Live,
    /// It does not answer, since it lacks something.
    Failed,
}

/// How far a view has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Building {
    /// The position that it has reached.
    pub done: Position,
    /// The position of the record's last event when it began.
    pub of: Position,
}

/// A view that is built beside the one that serves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Rebuild {
    /// How it stands.
    pub state: RebuildState,
    /// How far it has come.
    pub building: Building,
    /// The events that could not be read: the first hundred of them. Then the old one goes on serving.
    pub faults: Vec<Fault>,
    /// Why it could not be finished, if the record itself could not be read.
    pub stopped: Option<String>,
}

/// How a view that is built beside the one that serves stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RebuildState {
    /// It is being built.
    #[default]
    Building,
    /// It serves.
    Switched,
    /// It does not, since something is wrong with it; the old one does.
    Failed,
}

impl std::fmt::Display for Building {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.done, self.of)
    }
}

impl ViewList {
    /// The same without what is wrong with events that cannot be read, which may quote them.
    #[must_use]
    pub fn without_words(mut self) -> Self {
        for view in &mut self.views {
            let rebuild = view.rebuild.iter_mut();
            let (faults, stopped): (Vec<_>, Vec<_>) =
                rebuild.map(|rebuild| (&mut rebuild.faults, &mut rebuild.stopped)).unzip();
            for fault in faults.into_iter().chain([&mut view.faults]).flatten() {
                "the log says why".clone_into(&mut fault.reason);
            }
            for stopped in stopped.into_iter().chain([&mut view.stopped]).flatten() {
                "the record could not be read; the log says why".clone_into(stopped);
            }
        }
        self
    }
}

impl View for ViewList {
    fn document(&self, _: &Style) -> Document {
        let header = ["View", "State", "Position", "Snapshot"].map(str::to_owned).to_vec();
        let rows = self.views.iter().map(ViewReport::row).collect();
        let mut blocks = vec![Block::Table { header, rows }];
        let faults: Vec<Vec<Span>> = self.views.iter().flat_map(ViewReport::troubles).collect();
        if !faults.is_empty() {
            blocks.push(Block::Heading(2, vec![plain("What is wrong")]));
            blocks.push(Block::List(faults));
        }
        blocks.push(Block::Paragraph(vec![dim(format!("The record ends at position {}.", self.head))]));
        Document { title: "Views".to_owned(), blocks }
    }
}

impl ViewReport {
    fn row(&self) -> Vec<Vec<Span>> {
        let mut state = vec![match self.state {
            ViewState::NotBuilt => dim("not built"),
            ViewState::Building => plain(match &self.building {
                Some(building) => format!("building: {building}"),
                None => "building".to_owned(),
            }),
            ViewState::Live => Span::Tone(Tone::Good, "live".to_owned()),
            ViewState::Failed => Span::Tone(Tone::Warning, "failed".to_owned()),
        }];
        if let Some(rebuild) = &self.rebuild {
            let rebuilt = match rebuild.state {
                RebuildState::Building => format!("rebuilding beside it: {}", rebuild.building),
                RebuildState::Switched => "rebuilt and switched".to_owned(),
                RebuildState::Failed => "rebuild failed; this one goes on".to_owned(),
            };
            state.extend([plain("\n"), plain(rebuilt)]);
        }
        let snapshot = self.snapshot.map_or_else(|| dim("none"), plain);
        let name = vec![strong(&self.view), dim(format!(" v{}", self.version))];
        vec![name, state, vec![plain(self.position)], vec![snapshot]]
    }

    fn troubles(&self) -> Vec<Vec<Span>> {
        let rebuild = self.rebuild.as_ref();
        let faults = self.faults.iter().chain(rebuild.iter().flat_map(|rebuild| &rebuild.faults));
        let stopped = self.stopped.iter().chain(rebuild.and_then(|rebuild| rebuild.stopped.as_ref()));
        let faults = faults.map(|fault| {
            let event = fault.event.map_or_else(|| "an event".to_owned(), |id| format!("event {id}"));
            format!("{event} at position {} cannot be read: {}", fault.position, fault.reason)
        });
        let all = faults.chain(stopped.cloned());
        all.map(|what| vec![strong(&self.view), plain(": "), plain(what)]).collect()
    }
}
