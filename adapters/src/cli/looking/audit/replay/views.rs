//! Every view, as served and as rebuilt.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use scribe_domain::clocks::TimeStanding;
use scribe_domain::ids::{IncidentId, Position};
use scribe_domain::recorded::Recorded;
use scribe_projections::current::IncidentNow;
use scribe_projections::document::{Style, View};
use scribe_projections::postmortem::metrics::{MetricDefinition, MetricDefinitions};
use scribe_projections::postmortem::{Edition, Postmortem};
use scribe_projections::question::AsOf;
use scribe_projections::roles::RoleHistory;
use scribe_projections::timeline::{Filter, Timeline};
use serde::{Deserialize, Serialize};

use super::difference::Difference;
use super::record::Record;
use crate::cli::common::address::Address;
use crate::cli::common::client::Answer;
use crate::cli::common::desk::Desk;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::progress::Progress;
use crate::http::STALE;
use crate::views::list::VIEWS;

/// What one comparison came to.
pub(super) enum Comparison {
    /// How many views were compared, and which differ.
    Views(usize, Vec<Difference>),
    /// The record grew meanwhile.
    Moved,
}

/// Compares every view with what is served.
pub(super) async fn check(desk: &Desk, record: &Record, progress: &Progress) -> Result<Comparison, Failure> {
    let mut check = Check {
        desk,
        progress,
        head: record.head(),
        recorded_by: record.last_recorded_at().unwrap_or_default(),
        is_disputed: record.events().iter().any(|told| told.standing == TimeStanding::Disputed),
        compared: 0,
        differences: Vec::new(),
    };
    match check.all(record).await {
        Ok(()) => Ok(Comparison::Views(check.compared, check.differences)),
        Err(Stop::Moved) => Ok(Comparison::Moved),
        Err(Stop::Failed(failure)) => Err(failure),
    }
}

enum Stop {
    Moved,
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

struct Check<'a> {
    desk: &'a Desk,
    progress: &'a Progress,
    /// Where the record ends that this side has read.
    head: Position,
    /// When its last event was recorded.
    recorded_by: DateTime<Utc>,
    /// Whether clocks disagree about some of its times.
    is_disputed: bool,
    compared: usize,
    differences: Vec<Difference>,
}

/// What was asked stands in the view itself: the moment that ages are counted to, and which metrics are told.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    asked_at: Option<DateTime<Utc>>,
    #[serde(default)]
    metrics: Vec<MetricDefinition>,
}

impl Check<'_> {
    async fn all(&mut self, record: &Record) -> Result<(), Stop> {
        self.whole_record(record.events()).await?;
        for (incident, history) in record.incidents() {
            self.incident(incident, history).await?;
        }
        Ok(())
    }

    /// The views of the whole record.
    async fn whole_record(&mut self, events: &[Recorded]) -> Result<(), Stop> {
        for answer in VIEWS.iter().flat_map(|view| view.replay(events)) {
            let Some(served) = self.served(&answer.name, &answer.address).await? else { continue };
            // The moment that ages are counted to stands in the view itself, if it has any.
            let Asked { asked_at, .. } = served.json()?;
            let rebuilt = (answer.body)(&(), asked_at.unwrap_or(self.recorded_by));
            let rebuilt = rebuilt.map_err(|error| Failure::bad(&answer.name, error))?;
            self.differences.extend(Difference::between(&answer.name, &unmarked(&served.body), &rebuilt));
        }
        Ok(())
    }

    /// The views of one incident.
    async fn incident(&mut self, incident: &IncidentId, history: &[Recorded]) -> Result<(), Stop> {
        let address = |view: &[&str]| Address::of(&[&["v1", "incidents", incident.as_str()], view].concat());
        let name = |view: &str| format!("{view} of {incident}");
        self.aged(&name("show"), &address(&[]), |at| IncidentNow::of(history, &AsOf::NOW, at)).await?;
        let timeline = Timeline::of(history, &AsOf::NOW, &Filter::default());
        self.ageless(&name("timeline"), &address(&["timeline"]), Some(&timeline)).await?;
        let roles = RoleHistory::of(history, &AsOf::NOW);
        self.ageless(&name("roles"), &address(&["roles"]), Some(&roles)).await?;
        self.postmortem(&name, &|edition| address(&["postmortem"]).with("edition", edition), history).await
    }

    async fn postmortem(
        &mut self,
        name: &impl Fn(&str) -> String,
        address: &impl Fn(&str) -> Address,
        history: &[Recorded],
    ) -> Result<(), Stop> {
        let served = self.served(&name("internal postmortem"), address("internal").as_str()).await?;
        let Some(served) = served else { return Ok(()) };
        let Asked { asked_at, metrics } = served.json()?;
        // Whoever serves it may have settings that this side does not know.
        let metrics = MetricDefinitions::of(false, metrics)
            .map_err(|error| Failure::bad("the metrics of the internal postmortem", error))?;
        let postmortem = |edition, as_of: &AsOf, at| Postmortem::of(history, as_of, edition, &metrics, at);
        let internal = postmortem(Edition::Internal, &AsOf::NOW, asked_at.unwrap_or(self.recorded_by));
        self.compare(&name("internal postmortem"), &served, Some(&internal))?;
        let public = postmortem(Edition::Public, &AsOf::NOW, self.recorded_by);
        self.ageless(&name("public postmortem"), &address("public"), Some(&public)).await?;
        for (word, edition) in [("internal", Edition::Internal), ("public", Edition::Public)] {
            let as_of = AsOf { recorded_by: Some(self.recorded_by), ..AsOf::NOW };
            let view = postmortem(edition, &as_of, self.recorded_by);
            self.written(&name(&format!("{word} postmortem in Markdown")), address(word), &view).await?;
        }
        Ok(())
    }

    /// A view as people read it. Nothing in it says when it was asked for, so it is asked for as of the
    /// end of the record that this side has read, and ages are counted to then.
    async fn written<V: View>(&mut self, name: &str, address: Address, view: &V) -> Result<(), Stop> {
        if self.is_disputed {
            // It begins with a word about that, and a record's last time may be one that nobody can be asked about yet.
            return Ok(());
        }
        let as_of = self.recorded_by.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let style = Style::default();
        let address = address.with("format", "markdown").with("zone", style.zone).with("as_of", as_of);
        let Some(served) = self.served(name, address.as_str()).await? else { return Ok(()) };
        let rebuilt = view.document(&style).markdown();
        self.differences.extend(Difference::between(name, &served.body, rebuilt.as_bytes()));
        Ok(())
    }

    /// A view whose ages are counted to the moment of asking.
    async fn aged<V: Serialize>(
        &mut self,
        name: &str,
        address: &Address,
        rebuild: impl FnOnce(DateTime<Utc>) -> Option<V>,
    ) -> Result<(), Stop> {
        let Some(served) = self.served(name, address.as_str()).await? else { return Ok(()) };
        let Asked { asked_at, .. } = served.json()?;
        let view = rebuild(asked_at.unwrap_or(self.recorded_by));
        self.compare(name, &served, view.as_ref())
    }

    /// A view without ages.
    async fn ageless<V: Serialize>(
        &mut self,
        name: &str,
        address: &Address,
        rebuilt: Option<&V>,
    ) -> Result<(), Stop> {
        let Some(served) = self.served(name, address.as_str()).await? else { return Ok(()) };
        self.compare(name, &served, rebuilt)
    }

    /// What is served; `None`, and noted, if there is no such view.
    async fn served(&mut self, name: &str, address: &str) -> Result<Option<Answer>, Stop> {
        self.compared += 1;
        self.progress.at("views compared", self.compared);
        let answer = match self.desk.client.get(address).await {
            Ok(answer) => answer,
            Err(failure) if failure.kind == Kind::Refused => {
                self.differences.push(Difference::missing(name, false));
                return Ok(None);
            }
            Err(failure) => return Err(failure.into()),
        };
        if answer.headers.contains_key(STALE) {
            return Err(Stop::Failed(Failure::new(
                Kind::Unavailable,
                "the store is out of reach, so every view is marked as old and cannot be compared",
                "try again when the store can be reached",
            )));
        }
        let seen = answer.headers.get("scribe-position").and_then(|seen| seen.to_str().ok()?.parse().ok());
        if seen.is_some_and(|seen| Position(seen) > self.head) {
            return Err(Stop::Moved);
        }
        Ok(Some(answer))
    }

    fn compare<V: Serialize>(
        &mut self,
        name: &str,
        served: &Answer,
        rebuilt: Option<&V>,
    ) -> Result<(), Stop> {
        let difference = match rebuilt {
            None => Some(Difference::missing(name, true)),
            Some(rebuilt) => {
                let json = serde_json::to_vec(rebuilt).map_err(|error| Failure::bad(name, error))?;
                Difference::between(name, &unmarked(&served.body), &json)
            }
        };
        self.differences.extend(difference);
        Ok(())
    }
}

/// A view's JSON without what is said at its beginning of clocks that disagree: no view is folded from that.
fn unmarked(json: &[u8]) -> Cow<'_, [u8]> {
    let marked = json.strip_prefix(br#"{"disputed":["#);
    let members = marked.and_then(|rest| memchr::memchr(b']', rest).map(|end| &rest[end + 1..]));
    match members {
        Some(members) => [b"{", members.strip_prefix(b",").unwrap_or(members)].concat().into(),
        None => json.into(),
    }
}
