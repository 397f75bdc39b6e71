//! What is decided about the program itself: who holds which token, by which settings it runs, who is who.
//!
//! These events stand in a stream of their own, beside the incidents: kept, ordered, proven and exported as
//! theirs are, but no incident's, and shown to auditors only. Each is a storage format, as every event is.

/// What tokens are, and the rules about them.
pub mod tokens;
/// What sessions are, and the rules about them.
pub mod sessions;
/// The directory of people.
pub mod people;
/// Whose clock was wrong.
pub mod clocks;
/// What time-stamping authorities signed.
pub mod time_stamps;

use std::fmt;

use chrono::SubsecRound as _;
use serde_json::value::RawValue;

use crate::ids::IncidentId;
use crate::text::Text;
use crate::values::Digest;
use crate::when::When;

pub use clocks::ClockSettled;
use people::{
    AccountLinked, AccountUnlinked, EmploymentTold, MergeUndone, PersonAdded, PersonMerged, PersonRenamed,
    TeamsChanged,
};
pub use sessions::{SessionBegan, SessionEnded};
pub use time_stamps::TimeStamped;
pub use tokens::{TokenCreated, TokenRevoked};

macro_rules! system_events {
    ($($(#[$doc:meta])* $variant:ident($payload:ty) = $name:literal version $version:literal),+ $(,)?) => {
        /// Something that was decided about the program itself.
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "kind", content = "fields")]
        pub enum SystemEvent {
            $($(#[$doc])* #[serde(rename = $name)] $variant($payload)),+
        }

        impl SystemEvent {
            /// Every kind's name.
            pub const KINDS: &'static [&'static str] = &[$($name),+];

            /// The kind, as stored.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name),+ }
            }

            /// The version that is stored with it.
            pub fn version(&self) -> u32 {
                match self { $(Self::$variant(_) => $version),+ }
            }

            /// The payload as compact JSON: the bytes that are stored.
            ///
            /// # Panics
            ///
            /// Never: payloads are plain structs of texts and numbers, which always serialise.
            pub fn payload(&self) -> Box<RawValue> {
                let raw = match self { $(Self::$variant(payload) => serde_json::value::to_raw_value(payload)),+ };
                raw.expect("a payload always serialises")
            }

            /// Reads a stored payload; `None` if the kind, or this version of it, is not known here.
            pub fn from_payload(kind: &str, version: u32, payload: &str) -> Result<Option<Self>, serde_json::Error> {
                match (kind, version) {
                    $(($name, $version) => serde_json::from_str(payload).map(|payload| Some(Self::$variant(payload))),)+
                    _ => Ok(None),
                }
            }
        }

        $(impl From<$payload> for SystemEvent {
            fn from(payload: $payload) -> Self {
                Self::$variant(payload)
            }
        })+
    };
}

system_events! {
    /// Somebody was given a token.
    TokenCreated(TokenCreated) = "token_created" version 1,
    /// A token counts no longer.
    TokenRevoked(TokenRevoked) = "token_revoked" version 1,
    /// The program runs by other settings from here on.
    SettingsChanged(SettingsChanged) = "settings_changed" version 1,
    /// Somebody looked at a private incident.
    PrivateSeen(PrivateSeen) = "private_seen" version 1,
    /// Somebody signed in.
    SessionBegan(SessionBegan) = "session_began" version 1,
    /// A session counts no longer.
    SessionEnded(SessionEnded) = "session_ended" version 1,
    /// Somebody is in the directory from here on.
    PersonAdded(PersonAdded) = "person_added" version 1,
    /// Somebody goes by another name.
    PersonRenamed(PersonRenamed) = "person_renamed" version 1,
    /// An account is somebody's.
    AccountLinked(AccountLinked) = "account_linked" version 1,
    /// An account is somebody's no longer, or never was.
    AccountUnlinked(AccountUnlinked) = "account_unlinked" version 1,
    /// Somebody is in these teams.
    TeamsChanged(TeamsChanged) = "teams_changed" version 1,
    /// Since when somebody is with the company, and when they left.
    EmploymentTold(EmploymentTold) = "employment_told" version 1,
    /// A wrong name is somebody's.
    PersonMerged(PersonMerged) = "person_merged" version 1,
    /// It is somebody else's after all.
    MergeUndone(MergeUndone) = "merge_undone" version 1,
    /// Whose clock was wrong.
    ClockSettled(ClockSettled) = "clock_settled" version 1,
    /// An authority signed when the record was as it was.
    TimeStamped(TimeStamped) = "time_stamped" version 1,
}

impl SystemEvent {
    /// Whether it tells something of a person in the directory.
    pub fn tells_of_people(&self) -> bool {
        match self {
            Self::PersonAdded(_)
            | Self::PersonRenamed(_)
            | Self::AccountLinked(_)
            | Self::AccountUnlinked(_)
            | Self::TeamsChanged(_)
            | Self::EmploymentTold(_)
            | Self::PersonMerged(_)
            | Self::MergeUndone(_) => true,
            Self::TokenCreated(_)
            | Self::TokenRevoked(_)
            | Self::SettingsChanged(_)
            | Self::PrivateSeen(_)
            | Self::SessionBegan(_)
            | Self::SessionEnded(_)
            | Self::ClockSettled(_)
            | Self::TimeStamped(_) => false,
        }
    }
}

/// Somebody looked at a private incident, who was allowed to. It stands in a stream of its own, apart from the incident's.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivateSeen {
    /// Which.
    pub incident: IncidentId,
}

/// The program runs by other settings from here on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsChanged {
    /// Of the whole file.
    pub digest: Digest,
    /// The file, as it was read; none where there is none, or it is longer than a text may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
}

/// What was done, as a sentence without its subject: `gave Ada Example the token ci (0f3a91bc22d4)`.
impl fmt::Display for SystemEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TokenCreated(e) => {
                let scopes: Vec<&str> = e.scopes.iter().map(|scope| scope.as_str()).collect();
                write!(f, "gave {} the token {} ({}) for {}", e.owner, e.token, e.name, scopes.join(", "))?;
                if let Some(at) = e.expires {
                    write!(f, ", until {}", When::second(at.trunc_subsecs(0)))?;
                }
                e.replaces.as_ref().map_or(Ok(()), |old| write!(f, ", in place of {old}"))
            }
            Self::TokenRevoked(e) => {
                write!(f, "revoked the token {}", e.token)?;
                e.why.as_ref().map_or(Ok(()), |why| write!(f, ": {why}"))
            }
            Self::SettingsChanged(e) => write!(f, "runs by other settings ({})", e.digest),
            Self::PrivateSeen(e) => write!(f, "looked at {}", e.incident),
            Self::SessionBegan(e) => write!(f, "signed in by {} (session {})", e.by, e.session),
            Self::SessionEnded(e) => {
                write!(f, "ended the session {}", e.session)?;
                e.why.as_ref().map_or(Ok(()), |why| write!(f, ": {why}"))
            }
            Self::PersonAdded(e) => e.fmt(f),
            Self::PersonRenamed(e) => e.fmt(f),
            Self::AccountLinked(e) => e.fmt(f),
            Self::AccountUnlinked(e) => e.fmt(f),
            Self::TeamsChanged(e) => e.fmt(f),
            Self::EmploymentTold(e) => e.fmt(f),
            Self::PersonMerged(e) => e.fmt(f),
            Self::MergeUndone(e) => e.fmt(f),
            Self::ClockSettled(e) => {
                write!(f, "said that the clock was wrong that stamped {}: {}", e.wrong, e.why)?;
                e.instead_of.map_or(Ok(()), |old| write!(f, ", instead of what was said at {old}"))
            }
            Self::TimeStamped(e) => e.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of each kind as they are stored: they must stay readable for ever.
    #[test]
    fn the_payloads_bytes_are_pinned() {
        let digest = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        let plain = format!(
            r#"{{"token":"0f3a91bc22d4","name":"ci","owner":"integration:ci","scopes":["read","communicate:public"],"digest":"{digest}"}}"#
        );
        let full = format!(
            r#"{{"token":"0f3a91bc22d4","name":"Ada's laptop","owner":"Ada Example","scopes":["respond"],"expires":"2027-01-31T00:00:00Z","incidents":["20230104-list-import-problems"],"sources":["alertmanager"],"digest":"{digest}","replaces":"aa3a91bc22d4"}}"#
        );
        for (kind, payload) in [
            ("token_created", plain.as_str()),
            ("token_created", &full),
            ("token_revoked", r#"{"token":"0f3a91bc22d4"}"#),
            ("token_revoked", r#"{"token":"0f3a91bc22d4","why":"the laptop was stolen"}"#),
            ("private_seen", r#"{"incident":"20230104-list-import-problems"}"#),
            (
                "session_began",
                &format!(
                    r#"{{"session":"9b3a91bc22d4","who":"Ada Example","by":"oidc:https://idp.example#7","scopes":["read"],"until":"2027-01-31T00:00:00Z","digest":"{digest}"}}"#
                ),
            ),
            ("session_ended", r#"{"session":"9b3a91bc22d4"}"#),
            ("session_ended", r#"{"session":"9b3a91bc22d4","why":"a lost laptop"}"#),
            ("settings_changed", &format!(r#"{{"digest":"{digest}","text":"zone = \"UTC\""}}"#)),
            ("person_added", r#"{"person":"Ada Okafor"}"#),
            ("person_added", r#"{"person":"Ada Okafor","since":"2024-03-01","teams":["payments"]}"#),
            (
                "person_renamed",
                r#"{"person":"Ada Okafor","to":"Ada King","since":"2026-11-01","why":"she married"}"#,
            ),
            (
                "account_linked",
                r#"{"person":"Ada King","account":"slack:U0123ABC","since":"2026-11-28T06:00:00Z"}"#,
            ),
            (
                "account_linked",
                r#"{"person":"Ada King","account":"mail:ada@example.com","since":"unknown","until":"2026-01-01"}"#,
            ),
            ("account_unlinked", r#"{"person":"Ada King","account":"slack:U0123ABC"}"#),
            (
                "account_unlinked",
                r#"{"person":"Ada King","account":"slack:U0123ABC","until":"2026-11-28T06:00:00Z","why":"it was closed"}"#,
            ),
            ("teams_changed", r#"{"person":"Ada King","teams":["payments","on call"],"since":"2026-11-28"}"#),
            ("employment_told", r#"{"person":"Ada King","since":"2024-03-01","left":"2026-12-31"}"#),
            ("person_merged", r#"{"person":"Ada Kng","into":"Ada King","why":"a slip"}"#),
            ("merge_undone", r#"{"person":"Ada Kng","why":"there is one"}"#),
            (
                "clock_settled",
                r#"{"wrong":{"first":2,"last":5},"why":"the laptop was a year ahead","resumes":"2026-11-27T10:36:00.250Z"}"#,
            ),
            (
                "clock_settled",
                r#"{"wrong":{"first":2,"last":2},"why":"it was not","resumes":"2026-11-27T10:36:00Z","instead_of":6}"#,
            ),
            (
                "time_stamped",
                &format!(
                    r#"{{"size":42,"digest":"{digest}","checkpoint":"log.example\n42\n","authority":"https://tsa.example/","nonce":"0123456789abcdef0123456789abcdef","gen_time":"2026-11-28T14:10:02Z","token":"MAMCAQA="}}"#
                ),
            ),
        ] {
            let event = SystemEvent::from_payload(kind, 1, payload).unwrap().unwrap();
            assert_eq!((event.kind(), event.version(), event.payload().get()), (kind, 1, payload));
            let kept = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<SystemEvent>(&kept).unwrap(), event);
        }
        assert_eq!(SystemEvent::from_payload("token_created", 2, "{}").unwrap(), None);
        assert!(SystemEvent::from_payload("token_created", 1, "{}").is_err());
        let all: Vec<_> = SystemEvent::KINDS.to_vec();
        let known = [
            "token_created",
            "token_revoked",
            "settings_changed",
            "private_seen",
            "session_began",
            "session_ended",
            "person_added",
            "person_renamed",
            "account_linked",
            "account_unlinked",
            "teams_changed",
            "employment_told",
            "person_merged",
            "merge_undone",
            "clock_settled",
            "time_stamped",
        ];
        assert_eq!(all, known);
    }
}
