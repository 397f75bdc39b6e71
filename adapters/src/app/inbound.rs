//! Taking what other tools send: what all vendors share.

use chrono::SubsecRound;
use scribe_domain::actor::{Actor, Who};
use scribe_domain::command::{Command, Request, Target};
use scribe_domain::event_store::{StoreError, Wiping};
use scribe_domain::execute::ExecuteError;
use scribe_domain::identity::Identity;
use scribe_domain::ids::{CommandId, IncidentId};
use scribe_domain::namesakes::Namesakes;
use scribe_domain::recorded::Cause;
use scribe_domain::text::Label;
use scribe_domain::when::When;
use scribe_projections::question::AsOf;

use super::App;
use crate::inbound::known::KnownSightings;
use crate::inbound::placing::{Place, place};
use crate::inbound::sighting::{Declaration, Observed, Sighting, Status, Unread};
use crate::inbound::vendor::{BadPayload, Delivered, VendorEntry};

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, schemars::JsonSchema)]
pub struct DeliveryReport {
    /// The incidents that it declared.
    pub declared: Vec<IncidentId>,
    /// What was recorded, and where.
    pub recorded: Vec<PlacedSighting>,
    /// What had been recorded before.
    pub repeated: Vec<PlacedSighting>,
    /// What went nowhere, and why.
    pub ignored: Vec<IgnoredSighting>,
    /// What was changed to make things fit.
    pub notes: Vec<String>,
    /// How many things the vendor itself left out.
    pub truncated: u64,
}

/// Something that stands in the record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct PlacedSighting {
    /// Where; not said to a tool that may not see that incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
    /// What.
    #[serde(flatten)]
    pub subject: Subject,
}

/// Something that went nowhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct IgnoredSighting {
    /// What.
    #[serde(flatten)]
    pub subject: Subject,
    /// Why.
    pub why: String,
    /// The incident that did not take it, if one was meant.
    #[serde(skip)]
    pub by: Option<IncidentId>,
}

/// What a sighting is of: an alert, a change or a message.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, schemars::JsonSchema)]
pub struct Subject {
    /// The alert's name, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert: Option<Label>,
    /// What was changed, if something was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Label>,
    /// What the message is called, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Label>,
    /// The vendor's own identity of the thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Label>,
    /// Whether the alert fires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

/// Why a delivery was not taken. Whoever sent it may send it again, unless it is unreadable.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// It is not what the vendor sends.
    #[error(transparent)]
    Unreadable(#[from] BadPayload),
    /// It could not be recorded.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}

impl From<StoreError> for ReceiveError {
    fn from(error: StoreError) -> Self {
        Self::Execute(error.into())
    }
}

/// What came before its beginning could not be kept, and may be sent again.
impl From<std::io::Error> for ReceiveError {
    fn from(error: std::io::Error) -> Self {
        let why = format!("an end that came before its beginning cannot be kept: {error}");
        Self::Execute(StoreError::Unavailable(why).into())
    }
}

/// Which incidents whoever sent something may see.
pub(super) type Shows<'a> = &'a (dyn Fn(&IncidentId) -> bool + Sync);

/// Which tool sent something, and how that is known.
type Sender<'a> = (&'a VendorEntry, Option<&'a Identity>);

impl App {
    /// Takes a delivery of a vendor, thing by thing, one delivery at a time, so that two alerts of one rule cannot
    /// declare two incidents. Whatever is cut short is finished when the delivery is sent again: each
    /// command's id derives from its sighting.
    pub(super) async fn receive(
        &self,
        vendor: &VendorEntry,
        body: &str,
        origin: Option<&Identity>,
        shows: Shows<'_>,
    ) -> Result<DeliveryReport, ReceiveError> {
        let Delivered { sightings, unread, truncated } = vendor.read(body, &self.config().inbound)?;
        if sightings.is_empty()
            && let Some(Unread { why, .. }) = unread.first()
        {
            let error = serde::de::Error::custom(why);
            return Err(BadPayload { path: "alerts".to_owned(), error }.into());
        }
        let _turn = self.0.deliveries_turn.lock().await;
        let mut report = DeliveryReport { truncated, ..DeliveryReport::default() };
        for Unread { name, why, what } in unread {
            tracing::warn!(vendor = vendor.name, why, what, "a part of a delivery does not read");
            report.ignored.push(IgnoredSighting {
                subject: Subject { alert: name, ..Subject::default() },
                why,
                by: None,
            });
        }
        let sightings: Vec<Sighting> =
            sightings.into_iter().map(|sighting| sighting.bounded(self.now())).collect();
        for sighting in &sightings {
            report.notes.extend(sighting.notes.iter().cloned());
            let place = {
                let known = self.views().of::<KnownSightings>().look(&AsOf::NOW).await;
                place(&vendor.label(), sighting, &known.map_err(ExecuteError::from)?.view, shows)
            };
            let incident = match place {
                Place::Join(incident) => Ok(incident),
                Place::Declare(declaration) => {
                    self.declare((vendor, origin), sighting, declaration, &mut report).await?
                }
                Place::Ignore(why) => Err(why),
            };
            match incident {
                Ok(incident) => {
                    self.record((vendor, origin), incident.clone(), sighting, &mut report).await?;
                    if let Some(end) = self.0.early_ends.find(&vendor.label(), sighting)? {
                        self.record((vendor, origin), incident, &end, &mut report).await?;
                        self.0.early_ends.forget(&vendor.label(), &end)?;
                    }
                }
                Err(why) if self.0.early_ends.keep(&vendor.label(), sighting)? => {
                    report.ignore(
                        sighting,
                        format!("{why}; it is kept until the alert is told to have fired"),
                        None,
                    );
                }
                Err(why) => report.ignore(sighting, why, None),
            }
        }
        // What leads nowhere by what is at hand may lead somewhere by what others recorded since, and
        // what is ignored does not come again.
        if let Some(stale) = self.store().stale().await.filter(|_| !report.ignored.is_empty()) {
            return Err(ExecuteError::from(stale.into_error()).into());
        }
        for IgnoredSighting { subject, why, .. } in &report.ignored {
            tracing::info!(vendor = vendor.name, what = subject.name(), why, "a sighting was ignored");
        }
        Ok(report)
    }

    /// Declares an incident for a sighting; `Err` in words if it was refused.
    async fn declare(
        &self,
        (vendor, origin): Sender<'_>,
        sighting: &Sighting,
        Declaration { rule, incident }: Declaration,
        report: &mut DeliveryReport,
    ) -> Result<Result<IncidentId, String>, ExecuteError> {
        let id = sighting.declaring_id(vendor.commands, &rule);
        let is_new = self.store().receipt(id).await?.is_none();
        let now = When::second(self.now().trunc_subsecs(0));
        let target = Target::New { date: self.day_of(now, self.now()) };
        let told = self
            .carry_out(request((vendor, origin), target, id, Command::Declare(*incident), now, rule))
            .await?;
        report.declared.extend(told.iter().filter(|_| is_new).cloned());
        Ok(told)
    }

    async fn record(
        &self,
        (vendor, origin): Sender<'_>,
        incident: IncidentId,
        sighting: &Sighting,
        report: &mut DeliveryReport,
    ) -> Result<(), ExecuteError> {
        let id = sighting.recording_id(vendor.commands, &incident);
        let repeated = self.store().receipt(id).await?.is_some();
        if !repeated {
            let target = Target::Incident(incident.clone());
            let source = sighting.fingerprint.clone();
            let request =
                request((vendor, origin), target, id, sighting.command(), sighting.occurred, source);
            if let Err(why) = self.carry_out(request).await? {
                report.ignore(sighting, why, Some(incident));
                return Ok(());
            }
        }
        let placed = PlacedSighting { incident: Some(incident), subject: Subject::of(sighting) };
        if repeated {
            report.repeated.push(placed);
        } else {
            report.recorded.push(placed);
        }
        Ok(())
    }

    /// Carries out a request; gives the incident. A refusal comes back in words, since the other things of
    /// the delivery are to be taken all the same; only the store's own troubles end it.
    async fn carry_out(&self, request: Request) -> Result<Result<IncidentId, String>, ExecuteError> {
        match self.execute_for_all(request).await {
            Ok(receipt) => Ok(Ok(receipt.incident)),
            Err(ExecuteError::Refused(refusal)) => Ok(Err(refusal.message)),
            Err(error) => Err(error),
        }
    }
}

/// A request in the vendor's name.
fn request(
    (vendor, origin): Sender<'_>,
    target: Target,
    command_id: CommandId,
    command: Command,
    occurred: When,
    source: Label,
) -> Request {
    let name = vendor.label();
    let actor = Actor { who: Who::Integration(name.clone().into()), via: name, on_behalf_of: None };
    let cause = Cause {
        command_id,
        actor,
        occurred,
        told: None,
        source: Some(source),
        origin: origin.cloned(),
        namesakes: Namesakes::default(),
    };
    // What is sent again may say more by then.
    Request { target, command, cause, fingerprint: None, wiping: Wiping::AtOnce }
}

impl DeliveryReport {
    fn ignore(&mut self, sighting: &Sighting, why: String, by: Option<IncidentId>) {
        self.ignored.push(IgnoredSighting { subject: Subject::of(sighting), why, by });
    }

    /// The same for a tool that may see only some incidents: that something was placed is told, and of the others not
    /// where. What an incident says that it may not see is not passed on either.
    pub(super) fn shown_to(mut self, shows: Shows<'_>) -> Self {
        let is_hidden = |id: &IncidentId| !shows(id);
        self.declared.retain(|id| !is_hidden(id));
        for placed in self.recorded.iter_mut().chain(&mut self.repeated) {
            placed.incident.take_if(|id| is_hidden(id));
        }
        for ignored in self.ignored.iter_mut().filter(|ignored| ignored.by.as_ref().is_some_and(is_hidden)) {
            "the incident that holds it does not take it".clone_into(&mut ignored.why);
        }
        self
    }
}

impl Subject {
    fn of(sighting: &Sighting) -> Self {
        let name = Some(sighting.name.clone());
        let named = match sighting.observed {
            Observed::Firing(_) | Observed::Resolved(_) => Self { alert: name, ..Self::default() },
            Observed::Changed(_) => Self { change: name, ..Self::default() },
            Observed::Said(_) => Self { message: name, ..Self::default() },
        };
        Self { fingerprint: Some(sighting.fingerprint.clone()), status: sighting.status(), ..named }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        let names = [&self.alert, &self.change, &self.message];
        names.into_iter().flatten().next().map_or("", Label::as_str)
    }
}
