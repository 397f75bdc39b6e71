//! The calls that are made, as the vendor's protocol files compile to them. The test `client_code` of the stand-in
//! server holds this to the same files as that server, and writes it anew when `SCRIBE_REGENERATE=1` is set.

include!("event_store.client.rs");

pub(super) mod gossip {
    include!("event_store.client.gossip.rs");
}

pub(super) mod server_features {
    include!("event_store.client.server_features.rs");
}

pub(super) mod streams {
    include!("event_store.client.streams.rs");
}

/// What a read is made of.
pub(super) mod read_parts {
    pub(in super::super) use super::streams::read_req::Options;
    pub(in super::super) use super::streams::read_req::options::all_options::AllOption;
    pub(in super::super) use super::streams::read_req::options::filter_options::{Expression, Filter, Window};
    pub(in super::super) use super::streams::read_req::options::stream_options::RevisionOption;
    pub(in super::super) use super::streams::read_req::options::uuid_option::Content as UuidContent;
    pub(in super::super) use super::streams::read_req::options::{
        AllOptions, ControlOption, CountOption, FilterOption, FilterOptions, Position, ReadDirection,
        StreamOption, StreamOptions, SubscriptionOptions, UuidOption,
    };
    pub(in super::super) use super::streams::read_resp::{Content, ReadEvent};
    pub(in super::super) use super::streams::{ReadReq, ReadResp};
}

/// What an append is made of.
pub(super) mod append_parts {
    pub(in super::super) use super::streams::append_req::options::ExpectedStreamRevision as ExpectedRevision;
    pub(in super::super) use super::streams::append_req::{Content, Options, ProposedMessage};
    pub(in super::super) use super::streams::append_resp::Result;
    pub(in super::super) use super::streams::append_resp::success::{
        CurrentRevisionOption as CurrentRevision, PositionOption,
    };
    pub(in super::super) use super::streams::append_resp::wrong_expected_version::CurrentRevisionOption as WrongRevision;
    pub(in super::super) use super::streams::{AppendReq, AppendResp};
}
