//! Taking what Alertmanager sends.

use chrono::SubsecRound;
use scribe_domain::actor::{Actor, Who};
use scribe_domain::command::{Command, Request, Target};
use scribe_domain::execute::ExecuteError;
use scribe_domain::ids::{CommandId, IncidentId};
use scribe_domain::recorded::Cause;
use scribe_domain::text::Label;
use scribe_domain::when::When;
use scribe_projections::question::AsOf;

use super::App;
use crate::inbound::alertmanager::payload::{Payload, Status};
use crate::inbound::alertmanager::placing::{Place, place};
use crate::inbound::alertmanager::sighting::{SOURCE, Sighting};

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, schemars::JsonSchema)]
pub struct Taken {
    /// The incidents that it declared.
    pub declared: Vec<IncidentId>,
    /// The alerts that were recorded, and where.
    pub recorded: Vec<TakenAlert>,
    /// The alerts that had been recorded before.
    pub repeated: Vec<TakenAlert>,
    /// The alerts that went nowhere, and why.
    pub ignored: Vec<IgnoredAlert>,
    /// What was changed to make alerts fit.
    pub notes: Vec<String>,
    /// How many alerts Alertmanager itself left out.
    pub truncated: u64,
}

/// An alert that stands in the record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct TakenAlert {
    /// Where.
    pub incident: IncidentId,
    /// The alert's name.
    pub alert: Label,
    /// Alertmanager's identity of the alert.
    pub fingerprint: Label,
    /// Whether it fires.
    pub status: Status,
}

/// An alert that went nowhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct IgnoredAlert {
    /// The alert's name.
    pub alert: Label,
    /// Alertmanager's identity of the alert.
    pub fingerprint: Label,
    /// Whether it fires.
    pub status: Status,
    /// Why.
    pub why: String,
}

impl App {
    /// Takes a delivery, alert by alert, one delivery at a time, so that two alerts of one rule cannot
    /// declare two incidents. Whatever is cut short is finished when the delivery is sent again: each
    /// command's id derives from its alert.
    pub async fn take_alerts(&self, payload: &Payload) -> Result<Taken, ExecuteError> {
        let _turn = self.0.alerts_turn.lock().await;
        let mut taken = Taken { truncated: payload.truncated_alerts, ..Taken::default() };
        for alert in &payload.alerts {
            let sighting = Sighting::of(alert);
            taken.notes.extend(sighting.notes.iter().cloned());
            let place = {
                let known = self.views().alerts.look(&AsOf::NOW).await?;
                place(alert, &sighting, &self.config().alertmanager, &known.view)
            };
            let incident = match place {
                Place::Join(incident) => Ok(incident),
                Place::Declare { rule, incident } => {
                    let id = sighting.declaring_id(&rule);
                    let is_new = self.store().receipt(id).await?.is_none();
                    let now = When::second(self.now().trunc_subsecs(0));
                    let target = Target::New { date: self.day_of(now, self.now()) };
                    let declare = Command::Declare(*incident);
                    let told = self.tell(request(target, id, declare, now, rule)).await?;
                    taken.declared.extend(told.iter().filter(|_| is_new).cloned());
                    told
                }
                Place::Ignore(why) => Err(why),
            };
            match incident {
                Ok(incident) => self.record(incident, &sighting, &mut taken).await?,
                Err(why) => taken.ignore(&sighting, why),
            }
        }
        // An alert that leads nowhere by what is at hand may lead somewhere by what others recorded since, and
        // what is ignored does not come again.
        if let Some(stale) = self.store().stale().await.filter(|_| !taken.ignored.is_empty()) {
            return Err(stale.into_error().into());
        }
        for ignored in &taken.ignored {
            tracing::info!(alert = %ignored.alert, why = ignored.why, "an alert was ignored");
        }
        Ok(taken)
    }

    async fn record(
        &self,
        incident: IncidentId,
        sighting: &Sighting,
        taken: &mut Taken,
    ) -> Result<(), ExecuteError> {
        let id = sighting.recording_id(&incident);
        let repeated = self.store().receipt(id).await?.is_some();
        if !repeated {
            let target = Target::Incident(incident.clone());
            let source = sighting.fingerprint.clone();
            let request = request(target, id, sighting.command(), sighting.occurred, source);
            if let Err(why) = self.tell(request).await? {
                taken.ignore(sighting, why);
                return Ok(());
            }
        }
        let alert = TakenAlert {
            incident,
            alert: sighting.name.clone(),
            fingerprint: sighting.fingerprint.clone(),
            status: sighting.status,
        };
        if repeated {
            taken.repeated.push(alert);
        } else {
            taken.recorded.push(alert);
        }
        Ok(())
    }

    /// Tells something; gives the incident. A refusal comes back in words, since the other alerts of
    /// the delivery are to be taken all the same; only the store's own troubles end it.
    async fn tell(&self, request: Request) -> Result<Result<IncidentId, String>, ExecuteError> {
        match self.execute(request, None).await {
            Ok(receipt) => Ok(Ok(receipt.incident)),
            Err(ExecuteError::Refused(refusal)) => Ok(Err(refusal.message)),
            Err(error) => Err(error),
        }
    }
}

/// A request in Alertmanager's name.
fn request(
    target: Target,
    command_id: CommandId,
    command: Command,
    occurred: When,
    source: Label,
) -> Request {
    let name = Label::new(SOURCE).expect("a plain word is a label");
    let actor = Actor { who: Who::Integration(name.clone()), via: name, on_behalf_of: None };
    Request { target, command, cause: Cause { command_id, actor, occurred, source: Some(source) } }
}

impl Taken {
    fn ignore(&mut self, sighting: &Sighting, why: String) {
        self.ignored.push(IgnoredAlert {
            alert: sighting.name.clone(),
            fingerprint: sighting.fingerprint.clone(),
            status: sighting.status,
            why,
        });
    }
}
