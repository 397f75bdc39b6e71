//! What one incident has to do with another is told of both: what is recorded of the one is recorded of the other, by
//! a request of its own whose id follows from the first's. If anything happens between the two, sending the first one
//! again completes it.

use scribe_domain::command::{Command, Request, Target, decide};
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event::life::Related;
use scribe_domain::event::numbered::Numbered;
use scribe_domain::event::record::Retracted;
use scribe_domain::event::review::RiskNamed;
use scribe_domain::event_store::Wiping;
use scribe_domain::execute::ExecuteError;
use scribe_domain::ids::{EventId, IncidentId, Revision};
use scribe_domain::incident::Incident;
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::refusal::{Reason, Refusal};
use scribe_domain::remedy::{Remedy, Step};

use super::App;
use super::gate::rights::Sight;

/// What is to be told of another incident once a request has been carried out.
pub(super) enum Echo {
    /// The same relation, from the other side.
    Related(Related),
    /// That what this event told was wrong.
    Retracted(Retracted),
}

impl Echo {
    /// What a request makes necessary, if anything.
    pub(super) fn of(request: &Request) -> Option<(IncidentId, Self, Cause)> {
        let Target::Incident(incident) = &request.target else { return None };
        let echo = match &request.command {
            Command::Relate(related) => Self::Related(related.clone()),
            Command::Retract(retracted) => Self::Retracted(retracted.clone()),
            _ => return None,
        };
        Some((incident.clone(), echo, request.cause.clone()))
    }
}

impl App {
    /// The other incident must be there, and able to tell the same from its side.
    pub(super) async fn must_take_a_relation(
        &self,
        incident: &IncidentId,
        told: &Related,
        cause: &Cause,
        sight: &Sight,
    ) -> Result<(), ExecuteError> {
        // What this side says to it is for its own decision.
        if told.to == *incident {
            return Ok(());
        }
        let other = self.must_be_there(&told.to, sight).await?;
        decide(&other, &told.to, &seen_from(incident, told).into(), cause)?;
        Ok(())
    }

    /// The follow-up of another incident that a risk names must be there.
    pub(super) async fn must_know_the_follow_up(
        &self,
        incident: &IncidentId,
        told: &RiskNamed,
        sight: &Sight,
    ) -> Result<(), ExecuteError> {
        let Some(of) = &told.follow_up else { return Ok(()) };
        let Some(other) = of.incident.as_ref().filter(|other| *other != incident) else { return Ok(()) };
        let situation = self.must_be_there(other, sight).await?;
        if situation.case().is_some_and(|case| case.is_done(Numbered::FollowUp, of.follow_up).is_some()) {
            return Ok(());
        }
        Err(Refusal::new(
            Reason::UnknownNumber,
            format!("{other} has no follow-up {}", of.follow_up),
            Remedy::step("to see which it has", Step::FindEvents { incident: other.clone() }),
        )
        .into())
    }

    async fn must_be_there(&self, incident: &IncidentId, sight: &Sight) -> Result<Incident, ExecuteError> {
        let other = self.situation_of(incident, sight).await?;
        if other != Incident::Undeclared {
            return Ok(other);
        }
        let remedy = Remedy::step("look for the one that is meant", Step::ListIncidents);
        Err(Refusal::new(Reason::UnknownIncident, format!("there is no incident {incident}"), remedy).into())
    }

    /// Tells the other incident what was just told of this one.
    pub(super) async fn echo(
        &self,
        incident: &IncidentId,
        echo: Echo,
        cause: Cause,
    ) -> Result<(), ExecuteError> {
        let (other, command) = match echo {
            Echo::Related(told) => (told.to.clone(), seen_from(incident, &told).into()),
            Echo::Retracted(told) => match self.told_there(incident, told.target).await? {
                Some((other, target)) => (other, Retracted { target, why: told.why }.into()),
                None => return Ok(()),
            },
        };
        let command_id = cause.command_id.on_the_other_side();
        let request = Request {
            target: Target::Incident(other),
            command,
            cause: Cause { command_id, ..cause },
            fingerprint: None,
            wiping: Wiping::AtOnce,
        };
        // Whoever told the one side has been let in.
        self.decide_and_append(request, None, &Sight::All).await.map(drop)
    }

    /// The event by which the other incident tells the same relation.
    async fn told_there(
        &self,
        incident: &IncidentId,
        target: EventId,
    ) -> Result<Option<(IncidentId, EventId)>, ExecuteError> {
        let history = self.store().history(incident, Revision::NEW).await?;
        let told = history.iter().find(|recorded| recorded.event_id() == target);
        let Some(E::Related(told)) = told.map(|recorded| &recorded.event) else { return Ok(None) };
        let history = self.store().history(&told.to, Revision::NEW).await?;
        let other = Incident::replay(&history);
        let same = |recorded: &&Recorded| match &recorded.event {
            E::Related(there) => {
                there.to == *incident
                    && there.how == told.how.other_side()
                    && other.case().is_some_and(|case| !case.retracted.contains(&recorded.event_id()))
            }
            _ => false,
        };
        Ok(history.iter().find(same).map(|recorded| (told.to.clone(), recorded.event_id())))
    }
}

/// A relation that an incident tells, as the other one tells it. Words stand only where they were told.
fn seen_from(incident: &IncidentId, told: &Related) -> Related {
    Related { how: told.how.other_side(), to: incident.clone(), why: None }
}
