//! Every view, as served and as rebuilt.

use chrono::{DateTime, Utc};
use scribe_domain::ids::{IncidentId, Position};
use scribe_domain::recorded::Recorded;
use scribe_domain::values::Tier;
use scribe_projections::actions::{ActionFilter, Actions};
use scribe_projections::current::{Board, IncidentNow, ListFilter, ListState};
use scribe_projections::holds::Holds;
use scribe_projections::question::AsOf;
use scribe_projections::runner::fold;
use scribe_projections::runs::Runs;
use scribe_projections::runs::audit::RunFilter;
use scribe_projections::status_page::StatusPages;
use scribe_projections::timeline::{Filter, Timeline};
use serde::{Deserialize, Serialize};

use super::difference::Difference;
use super::record::Record;
use super::{Found, Progress};
use crate::cli::address::Address;
use crate::cli::client::Answer;
use crate::cli::desk::Desk;
use crate::cli::failure::{Failure, Kind};

/// Compares every view with what is served.
pub(super) async fn check(desk: &Desk, record: &Record, progress: &Progress) -> Result<Found, Failure> {
    let mut check = Check { desk, progress, head: record.head(), compared: 0, differences: Vec::new() };
    match check.all(record).await {
        Ok(()) => Ok(Found::Views(check.compared, check.differences)),
        Err(Stop::Moved) => Ok(Found::Moved),
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
    compared: usize,
    differences: Vec<Difference>,
}

/// The moment that ages are counted to stands in the view itself.
#[derive(Deserialize)]
struct Asked {
    asked_at: DateTime<Utc>,
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
        let address = Address::of(&["v1", "incidents"]).with("state", "all").with("drills", "true");
        let filter = ListFilter { state: ListState::All, drills: true, ..ListFilter::default() };
        let board = fold::<Board>(events);
        self.aged("board", &address, |at| Some(board.list(&filter, at))).await?;
        let pages = fold::<StatusPages>(events);
        for tier in Tier::ALL {
            let address = Address::of(&["v1", "status-pages", tier.as_str()]);
            self.aged(&format!("{tier} status page"), &address, |at| Some(pages.page(*tier, at))).await?;
        }
        let runs = fold::<Runs>(events).audit(&RunFilter::default());
        self.ageless("runs", &Address::of(&["v1", "runs"]), Some(&runs)).await?;
        let actions = fold::<Actions>(events);
        let due = |at| Some(actions.due(&ActionFilter::default(), at));
        self.aged("actions", &Address::of(&["v1", "actions"]), due).await?;
        let holds = fold::<Holds>(events);
        self.aged("holds", &Address::of(&["v1", "holds"]), |at| Some(holds.check(None, at))).await
    }

    /// The views of one incident.
    async fn incident(&mut self, incident: &IncidentId, history: &[Recorded]) -> Result<(), Stop> {
        let address = |view: &[&str]| Address::of(&[&["v1", "incidents", incident.as_str()], view].concat());
        let name = |view: &str| format!("{view} of {incident}");
        self.aged(&name("show"), &address(&[]), |at| IncidentNow::of(history, &AsOf::NOW, at)).await?;
        let timeline = Timeline::of(history, &AsOf::NOW, &Filter::default());
        self.ageless(&name("timeline"), &address(&["timeline"]), Some(&timeline)).await
    }

    /// A view whose ages are counted to the moment of asking.
    async fn aged<V: Serialize>(
        &mut self,
        name: &str,
        address: &Address,
        rebuild: impl FnOnce(DateTime<Utc>) -> Option<V>,
    ) -> Result<(), Stop> {
        let Some(served) = self.served(name, address).await? else { return Ok(()) };
        let Asked { asked_at } = served.json()?;
        let view = rebuild(asked_at);
        self.compare(name, &served, view.as_ref())
    }

    /// A view without ages.
    async fn ageless<V: Serialize>(
        &mut self,
        name: &str,
        address: &Address,
        rebuilt: Option<&V>,
    ) -> Result<(), Stop> {
        let Some(served) = self.served(name, address).await? else { return Ok(()) };
        self.compare(name, &served, rebuilt)
    }

    /// What is served; `None`, and noted, if there is no such view.
    async fn served(&mut self, name: &str, address: &Address) -> Result<Option<Answer>, Stop> {
        self.compared += 1;
        self.progress.at("views compared", self.compared);
        let answer = match self.desk.client.get(address.as_str()).await {
            Ok(answer) => answer,
            Err(failure) if failure.kind == Kind::Refused => {
                self.differences.push(Difference::missing(name, false));
                return Ok(None);
            }
            Err(failure) => return Err(failure.into()),
        };
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
                Difference::between(name, &served.body, &json)
            }
        };
        self.differences.extend(difference);
        Ok(())
    }
}
