//! Having the record stamped by somebody else's clock, and what was stamped.

use std::time::Duration;

use chrono::{SubsecRound as _, TimeDelta};
use data_encoding::BASE64;
use scribe_domain::actor::{Actor, Who};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::StoreError;
use scribe_domain::identity::Identity;
use scribe_domain::ids::{IncidentId, Revision};
use scribe_domain::recorded::Recorded;
use scribe_domain::system::time_stamps::{Due, TimeStamps, Token};
use scribe_domain::system::{SystemEvent, TimeStamped};
use scribe_domain::text::{Locator, Text};
use scribe_domain::values::Digest;
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::note::Note;

use super::App;
use super::doors::ATTEMPTS;
use super::gate::speaker::actor;
use super::gate::time_stamps::StampError;
use crate::ledger::{LedgerError, proofs};
use crate::pause::pause;
use crate::tasks::{Failure, Next};
use crate::time_stamping::NoStamp;
use crate::time_stamping::fetch::{self, TsaAddress};
use crate::time_stamping::kept::{KeptStamp, StampList};
use crate::time_stamping::request::Asked;
use crate::time_stamping::token::TimeStamp;
use crate::time_stamping::verify::Authorities;

/// How often it is looked whether the record is to be stamped, and how soon an authority that failed is asked again.
const LOOKED: Duration = Duration::from_mins(10);

impl App {
    /// Has the record as it stands stamped, and records the token once it was found good: by what stands in it, and by
    /// these authorities if some are named. Nothing is recorded otherwise. If somebody else had it stamped since `seen`,
    /// that will do, and nothing is told.
    pub(super) async fn stamp(
        &self,
        (actor, origin): (&Actor, Option<&Identity>),
        address: &TsaAddress,
        authorities: Option<&Authorities>,
        seen: Option<Revision>,
    ) -> Result<Option<KeptStamp>, StampError> {
        if self.store().tree().await?.size == 0 {
            return Err(NoStamp::Nothing.into());
        }
        let note = self.ledger().checkpoint(self.store()).await?;
        let unread = || LedgerError::Rewritten { size: 0 };
        let parsed = Note::parse(&note).map_err(|_| unread())?;
        let size = Checkpoint::parse(parsed.text()).map_err(|_| unread())?.head.size;
        let digest = Digest::of(note.as_bytes());
        let asked = Asked::draw(digest).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let token = fetch::token(address, &asked).await?;
        let stamp = TimeStamp::read(&token)?;
        stamp.check(&asked)?;
        if let Some(authorities) = authorities {
            authorities.vouch(&stamp)?;
        }
        let too_long = |what: &dyn std::fmt::Display| NoStamp::Odd(format!("it cannot be kept: {what}"));
        let event = TimeStamped {
            size,
            digest,
            checkpoint: Text::new(note).map_err(|error| too_long(&error))?,
            authority: Locator::new(address.to_string()).map_err(|error| too_long(&error))?,
            nonce: asked.nonce,
            gen_time: stamp.gen_time,
            token: Token::new(BASE64.encode(&token)).map_err(|error| too_long(&error))?,
        };
        let stream = IncidentId::time_stamps();
        for attempt in 1..=ATTEMPTS {
            let expected = self.store().revision(&stream).await?;
            if seen.is_some_and(|seen| seen != expected) {
                return Ok(None);
            }
            if self.append_own(&stream, expected, actor, origin, vec![event.clone().into()]).await? {
                let kept = self.last_stamp(Revision(expected.0 + 1)).await?;
                return match kept {
                    Some((recorded, stamp)) => Ok(Some(self.kept(&recorded, stamp).await?)),
                    None => Err(StoreError::NotShown("the stamp".to_owned()).into()),
                };
            }
            pause(attempt).await;
        }
        Err(StoreError::Unavailable("others keep having the record stamped".to_owned()).into())
    }

    /// Every stamp in the record. One that cannot be read is left out; reading the whole record again tells of it.
    pub(super) async fn stamps(&self) -> Result<StampList, LedgerError> {
        let events = self.store().tree().await?.size;
        let history = self.store().history(&IncidentId::time_stamps(), Revision::NEW).await?;
        let mut stamps = Vec::with_capacity(history.len());
        for recorded in history {
            // What was stamped since then comes with the next look.
            if recorded.position.0 <= events
                && let Some(stamp) = stamp_of(&recorded)
            {
                stamps.push(self.kept(&recorded, stamp).await?);
            }
        }
        Ok(StampList { events, stamps })
    }

    /// Has the record stamped if the settings say so, it has grown and the time has come.
    pub(super) async fn stamp_if_due(&self) -> Result<Next, Failure> {
        let settings = &self.config().time_stamps;
        let (Some(address), Some(every)) = (&settings.tsa, settings.every) else { return Ok(Next::Never) };
        if self.store().stale().await.is_some() {
            tracing::debug!("nothing is stamped while the store is out of reach");
            return Ok(Next::After(LOOKED));
        }
        let again = LOOKED.min(every.to_std().unwrap_or(LOOKED));
        let failed =
            |error: StampError| Failure::again(format!("the record could not be stamped: {error}"), again);
        let due = async {
            let seen = self.store().revision(&IncidentId::time_stamps()).await?;
            let mut stamps = TimeStamps::default();
            if let Some((last, _)) = self.last_stamp(seen).await? {
                stamps.follow(last.position, last.recorded_at);
            }
            let head = self.store().head().await?;
            Ok::<_, StoreError>((stamps.due(head, self.now(), every), seen))
        };
        let (due, seen) = due.await.map_err(|error| failed(error.into()))?;
        if let Due::In(left) = due {
            let left = left.max(TimeDelta::seconds(1)).to_std().unwrap_or(LOOKED);
            return Ok(Next::After(left.min(LOOKED)));
        }
        let authorities = self.authorities_of_the_settings().map_err(|error| failed(error.into()))?;
        let actor = actor(Who::Scribe, "serve").map_err(|error| failed(error.into()))?;
        let stamped = self.stamp((&actor, None), address, authorities.as_ref(), Some(seen)).await;
        if let Some(kept) = stamped.map_err(failed)? {
            let TimeStamped { size, gen_time, authority, .. } = &kept.stamp;
            tracing::info!(size, %gen_time, %authority, "the record was stamped");
        }
        Ok(Next::After(again))
    }

    /// Whom the settings believe, if they say so.
    pub(super) fn authorities_of_the_settings(&self) -> Result<Option<Authorities>, NoStamp> {
        let Some(file) = &self.config().time_stamps.ca else { return Ok(None) };
        let bad = |error: &dyn std::fmt::Display| {
            NoStamp::Address(format!("[time_stamps] ca, {}: {error}", file.display()))
        };
        let pem = std::fs::read(file).map_err(|error| bad(&error))?;
        Authorities::read(&pem).map(Some).map_err(|error| bad(&error))
    }

    /// The stamp at this revision.
    async fn last_stamp(&self, revision: Revision) -> Result<Option<(Recorded, TimeStamped)>, StoreError> {
        let Some(before) = revision.0.checked_sub(1) else { return Ok(None) };
        let history = self.store().history(&IncidentId::time_stamps(), Revision(before)).await?;
        let last = history.into_iter().find(|recorded| recorded.revision == revision);
        Ok(last.and_then(|recorded| stamp_of(&recorded).map(|stamp| (recorded, stamp))))
    }

    async fn kept(&self, recorded: &Recorded, stamp: TimeStamped) -> Result<KeptStamp, LedgerError> {
        let is_there = stamp.size < recorded.position.0;
        let root = if is_there { Some(proofs::root_at(self.store(), stamp.size).await?) } else { None };
        let recorded_at = recorded.recorded_at.trunc_subsecs(6);
        Ok(KeptStamp { position: recorded.position, recorded_at, root, stamp })
    }
}

fn stamp_of(recorded: &Recorded) -> Option<TimeStamped> {
    match &recorded.event {
        IncidentEvent::System(SystemEvent::TimeStamped(stamp)) => Some(stamp.clone()),
        _ => None,
    }
}
