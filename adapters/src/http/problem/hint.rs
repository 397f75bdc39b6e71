//! What to do about a problem.

use scribe_domain::event_store::StoreError;

use super::Problem;
use crate::app::BadToken;
use crate::app::gate::rights::NotAllowed;
use crate::auth::oidc::Trouble;
use crate::time_stamping::NoStamp;

impl Problem {
    /// What to do instead.
    pub(super) fn hint(&self) -> String {
        match self {
            Self::Refused(refusal) => crate::http::remedy::hint(&refusal.remedy),
            Self::Stale { .. } => "look at the incident again, and send the request with its ETag".into(),
            Self::Contended | Self::Store(StoreError::Unavailable(_)) | Self::TimedOut | Self::Overloaded => {
                "send it again with the same Idempotency-Key: it is recorded once".into()
            }
            Self::Unseen { .. } => "ask again in a moment; if it stays so, look at the address and at the cluster".into(),
            Self::Store(StoreError::Barred { remedy, .. } | StoreError::ClockWrong { remedy, .. })
            | Self::NotLetIn { remedy, .. } => remedy.clone(),
            Self::Store(StoreError::NotShown(_)) => {
                "nothing need be told again; the same request with the same Idempotency-Key, or GET /v1/receipts/KEY, gets the receipt once it is shown".into()
            }
            Self::Store(StoreError::NotWiped(_)) => {
                "send it again to have them wiped; opening the record again does it too".into()
            }
            Self::Store(StoreError::Damaged(_)) => {
                "let `scribe audit verify` tell where, keep the folder as it is, and restore a backup or an export into another".into()
            }
            Self::Store(StoreError::Unacceptable(_)) => "nothing was recorded; send what the store says that it takes".into(),
            Self::NotUtf8 { .. } | Self::Malformed { .. } => "send one JSON object in UTF-8".into(),
            Self::Field { hint, .. } | Self::Query { hint, .. } | Self::Line { hint, .. }
                if hint.is_empty() =>
            {
                "what each address takes stands in /openapi.json".into()
            }
            Self::Field { hint, .. } | Self::Query { hint, .. } | Self::Line { hint, .. } => hint.clone(),
            Self::Address { hint, .. } | Self::Header { hint, .. } => (*hint).into(),
            Self::MediaType { read, .. } => format!("send it with Content-Type: {read}"),
            Self::NotAcceptable { .. } => "ask with ?format= or another Accept header".into(),
            Self::TooLarge { .. } => {
                "send less at once; keep large evidence elsewhere and attach its digest".into()
            }
            Self::InTheFuture { likely, .. } => {
                let meant = likely.as_ref().map(|likely| format!("did you mean {likely} UTC? ")).unwrap_or_default();
                format!("{}check the year, the zone and this machine's clock", meant.replace("UTC UTC", "UTC"))
            }
            Self::KeyReused { .. } => "use a fresh key for every new request".into(),
            Self::OtherRecord { .. } => {
                "restore into an empty data folder, or into one that the export continues".into()
            }
            Self::NoReceipt { .. } => {
                "what is not there may be sent, or sent again: with the same key it is recorded once".into()
            }
            Self::NotInRecord { .. } => {
                "ids of events stand in GET /v1/events and `scribe timeline --ids`".into()
            }
            Self::CannotSign { .. } => {
                "the key is ledger.key in the data folder, readable by its owner only".into()
            }
            Self::Rewritten { .. } => "`scribe audit verify` says where it was changed".into(),
            Self::Differs { .. } => {
                "compare it with what another node says: `scribe audit verify` on each".into()
            }
            Self::NoStamp(NoStamp::Nothing) => "record something first".into(),
            Self::NoStamp(NoStamp::Address(_)) => {
                "name the authority's own address: --tsa https://…, or [time_stamps] tsa in scribe.toml".into()
            }
            Self::NoStamp(NoStamp::Away(_)) => "ask again later, or another authority; nothing else waits for it".into(),
            Self::NoStamp(NoStamp::Refused(_) | NoStamp::Odd(_)) => {
                "ask whoever runs the authority, or ask another; nothing was recorded".into()
            }
            Self::NoStamp(NoStamp::Wrong(_)) => {
                "do not trust this authority before it is known why; look also whether --tsa-ca names the right one; nothing was recorded".into()
            }
            Self::NoSuchAddress { .. } => "every address stands in /openapi.json".into(),
            Self::NoSuchCommand { known, .. } => format!("the commands are {known}"),
            Self::Method { .. } => "every address and its methods stand in /openapi.json".into(),
            Self::NotAllowed(NotAllowed::Unknown) => {
                "send a token: Authorization: Bearer scribe_…; whoever runs the server makes one with `scribe token create`".into()
            }
            Self::NotAllowed(NotAllowed::Scope { .. }) => {
                "use a token that has it, or ask whoever runs the server for one".into()
            }
            Self::NotAllowed(NotAllowed::Source { .. }) => "use the token that was made for this tool".into(),
            Self::NotAllowed(NotAllowed::OtherName { .. }) => {
                "leave `actor` out: whose token it is, tells it; a program speaks for a person by `on_behalf_of`".into()
            }
            Self::NotAllowed(NotAllowed::NotAll { .. }) => {
                "ask incident by incident, or have it done by somebody who may see all of them".into()
            }
            Self::BadToken(BadToken::Other(_)) => "send it as it was shown: Authorization: Bearer scribe_…".into(),
            Self::BadToken(_) => "ask whoever runs the server for a new one: `scribe token rotate`, or `create`".into(),
            Self::BadSession(_) => "sign in again, at /sign-in".into(),
            Self::NoSignIn(why) => why.remedy(),
            Self::Provider(Trouble::SetUp(_)) => "whoever runs this server looks at [sign_in.oidc] in scribe.toml".into(),
            Self::Provider(Trouble::NoProvider) => {
                "sign in with a token, at /sign-in; whoever runs this server sets one up under [sign_in.oidc]".into()
            }
            Self::Provider(_) => "begin again at /sign-in; a token signs in too".into(),
            Self::ForeignHost { .. } => "ask under localhost or 127.0.0.1, or name it under [listen] hosts in scribe.toml".into(),
            Self::CrossOrigin => "only pages of this server may write here".into(),
            Self::NotReady { .. } => "ask again in a moment".into(),
            Self::TooMany { seconds } | Self::HookLater { seconds } => {
                format!("send it again after {seconds} s (Retry-After), with the same Idempotency-Key")
            }
            Self::SlowBody => "send it again with the same Idempotency-Key, faster or in smaller parts".into(),
            Self::Broken => "the same request may be sent again with the same Idempotency-Key".into(),
        }
    }
}
