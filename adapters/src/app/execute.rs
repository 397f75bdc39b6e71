//! Carrying out a request, with the facts that its decision needs looked up first.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use scribe_domain::command::{Command, Request, Target, decide};
use scribe_domain::event_store::{Receipt, StoreError};
use scribe_domain::execute::{ExecuteError, Known, execute};
use scribe_domain::ids::{CommandId, IncidentId, Position, Revision};
use scribe_domain::incident::{Incident, may_go_on_in};
use scribe_domain::recorded::Recorded;
use scribe_domain::when::When;

use super::App;
use super::gate::rights::Sight;
use super::gate::shown::told_to;
use super::relations::Echo;
use super::turns::Turn;
use crate::pause::pause;

impl App {
    /// Carries out a request, and tells another incident of it where it concerns that one too.
    pub(super) async fn execute(
        &self,
        mut request: Request,
        insist_on: Option<Revision>,
        sight: &Sight,
    ) -> Result<Receipt, ExecuteError> {
        request.cause.namesakes = self.people().await?.namesakes();
        let echo = Echo::of(&request);
        let receipt = self.decide_and_append(request, insist_on, sight).await?;
        if let Some((incident, echo, cause)) = echo {
            self.echo(&incident, echo, cause).await?;
        }
        Ok(receipt)
    }

    /// The same for a tool, which finds by itself which incident something belongs to, private or not.
    pub(super) async fn execute_for_all(&self, request: Request) -> Result<Receipt, ExecuteError> {
        self.execute(request, None, &Sight::All).await
    }

    /// Carries out a request. What `decide` cannot know (who commands when on call, whether another
    /// incident exists) is looked up here and put into the command.
    pub(super) async fn decide_and_append(
        &self,
        request: Request,
        insist_on: Option<Revision>,
        sight: &Sight,
    ) -> Result<Receipt, ExecuteError> {
        if let Target::Incident(incident) = &request.target {
            self.must_be_seen(incident, &request, sight).await?;
        }
        let (about, insist_on) = match (&request.target, insist_on) {
            (Target::Incident(id), Some(seen)) => {
                (Some(id.clone()), Some(self.insisted(id, seen, sight).await?))
            }
            (Target::Incident(id), None) => (Some(id.clone()), None),
            (Target::New { .. }, insist_on) => (None, insist_on),
        };
        let answer = self.decide_in_turn(request, insist_on, sight).await;
        let answer = self.unless_somebody_elses(answer, sight).await;
        answer.map_err(|error| told_to(sight, about.as_ref(), error))
    }

    /// A key counts for whoever used it first. Others are told that it was used, and about which incident only if they
    /// may see that one.
    async fn unless_somebody_elses(
        &self,
        answer: Result<Receipt, ExecuteError>,
        sight: &Sight,
    ) -> Result<Receipt, ExecuteError> {
        match answer {
            Ok(receipt) if !self.is_theirs(&receipt, sight).await? => {
                Err(ExecuteError::KeyReused { incident: None })
            }
            Err(ExecuteError::KeyReused { incident }) => {
                Err(ExecuteError::KeyReused { incident: incident.filter(|id| sight.shows(id)) })
            }
            answer => answer,
        }
    }

    /// The receipt of an earlier request, for whoever may see the incident or told that request.
    pub(super) async fn receipt_for(
        &self,
        request: CommandId,
        sight: &Sight,
    ) -> Result<Option<Receipt>, StoreError> {
        match self.store().receipt(request).await? {
            Some(receipt) if self.is_theirs(&receipt, sight).await? => Ok(Some(receipt)),
            _ => Ok(None),
        }
    }

    async fn is_theirs(&self, receipt: &Receipt, sight: &Sight) -> Result<bool, StoreError> {
        if sight.shows(&receipt.incident) {
            return Ok(true);
        }
        let Some(first) = receipt.positions.first() else { return Ok(false) };
        let told = self.store().read(Position(first.0.saturating_sub(1)), 1).await?;
        Ok(told.first().is_some_and(|recorded| sight.told(recorded)))
    }

    async fn decide_in_turn(
        &self,
        mut request: Request,
        insist_on: Option<Revision>,
        sight: &Sight,
    ) -> Result<Receipt, ExecuteError> {
        let mut turn = match &request.target {
            Target::Incident(incident) => Some(self.0.turns.wait(incident).await),
            Target::New { .. } => None,
        };
        match &mut request.command {
            Command::Upgrade(upgrade) if upgrade.commander_on_call.is_none() => {
                upgrade.commander_on_call.clone_from(&self.config().on_call.incident_commander);
            }
            _ => self.must_fit_other_incidents(&request, sight).await?,
        }
        let mut unknown = Known::default();
        let known = turn.as_mut().map_or(&mut unknown, Turn::known);
        let answer = execute(self.store(), request, insist_on, known, pause).await;
        if let (Some(turn), Ok(receipt)) = (turn, &answer) {
            turn.end(receipt);
        }
        // What somebody else has recorded since may have changed what was decided here. A request that was kept
        // before has its receipt, whoever may have gone on since.
        let decided = match &answer {
            Ok(receipt) => receipt.events.is_empty(),
            Err(error) => matches!(error, ExecuteError::Refused(_) | ExecuteError::Stale { .. }),
        };
        match self.store().stale().await.filter(|_| decided) {
            Some(stale) => Err(ExecuteError::Store(stale.into_error())),
            None => answer,
        }
    }

    /// What a request says of another incident must fit that one. A repeat gets its receipt whatever has become of
    /// the other since.
    async fn must_fit_other_incidents(&self, request: &Request, sight: &Sight) -> Result<(), ExecuteError> {
        let concerns =
            matches!(&request.command, Command::Merge(_) | Command::Relate(_) | Command::NameRisk(_));
        let Target::Incident(incident) = &request.target else { return Ok(()) };
        if !concerns || self.store().receipt(request.cause.command_id).await?.is_some() {
            return Ok(());
        }
        match &request.command {
            Command::Merge(merge) => self.must_take_a_merge(incident, &merge.into, sight).await,
            Command::Relate(related) => {
                self.must_take_a_relation(incident, related, &request.cause, sight).await
            }
            Command::NameRisk(risk) => self.must_know_the_follow_up(incident, risk, sight).await,
            _ => Ok(()),
        }
    }

    /// What a caller may not see is not there for them: it is refused as one that nobody has heard of, after the same
    /// look.
    async fn must_be_seen(
        &self,
        incident: &IncidentId,
        request: &Request,
        sight: &Sight,
    ) -> Result<(), ExecuteError> {
        if sight.shows(incident) {
            return Ok(());
        }
        let unheard_of = self.situation_of(incident, sight).await?;
        decide(&unheard_of, incident, &request.command, &request.cause)?;
        Err(ExecuteError::Contended { attempts: 0 })
    }

    /// What is merged goes on in the other incident, and only a look at both tells whether it can.
    async fn must_take_a_merge(
        &self,
        source: &IncidentId,
        target: &IncidentId,
        sight: &Sight,
    ) -> Result<(), ExecuteError> {
        let (other, this) =
            (self.situation_of(target, sight).await?, self.situation_of(source, sight).await?);
        Ok(may_go_on_in((&this, source), (&other, target))?)
    }

    /// How an incident stands, for whoever may see it; for others it was never declared.
    pub(super) async fn situation_of(
        &self,
        incident: &IncidentId,
        sight: &Sight,
    ) -> Result<Incident, StoreError> {
        Ok(Incident::replay(&self.history_for(incident, sight).await?))
    }

    /// An incident's events, for whoever may see it. For others there are none, which takes a look as well: at what is
    /// not there either.
    pub(super) async fn history_for(
        &self,
        incident: &IncidentId,
        sight: &Sight,
    ) -> Result<Vec<Recorded>, StoreError> {
        if sight.shows(incident) {
            return self.store().history(incident, Revision::NEW).await;
        }
        self.store().history(&incident.without_words(), Revision::NEW).await?;
        Ok(Vec::new())
    }

    /// The day by which a new incident is named: when it happened (or else today), where the team is.
    pub fn day_of(&self, occurred: When, now: DateTime<Utc>) -> NaiveDate {
        let zone = self.config().zone.unwrap_or(Tz::UTC);
        occurred.at().unwrap_or(now).with_timezone(&zone).date_naive()
    }
}
