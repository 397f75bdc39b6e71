//! Who is let in: tokens, who is who, and who may see a private incident.

mod access;
mod login;
mod logout;
mod session;
mod person;
mod token;
mod whoami;

use super::common::failure::{Failure, Kind};
use super::common::session::Session;
use super::common::store::TypedAddress;
use super::common::subcommand::{Entry, Group};

/// The group in the help.
pub(super) const GROUP: Group = Group {
    heading: "Doors",
    entries: &[
        Entry::family::<access::AccessCommand>("access"),
        Entry::family::<token::TokenCommand>("token"),
        Entry::family::<session::SessionCommand>("session"),
        Entry::family::<person::PersonCommand>("person"),
        Entry::new::<login::LoginArgs>("login"),
        Entry::new::<logout::LogoutArgs>("logout"),
        Entry::new::<whoami::WhoamiArgs>("whoami"),
    ],
};

/// The server that a token is for.
fn server(session: &Session) -> Result<&TypedAddress, Failure> {
    session.options.server.as_ref().ok_or_else(|| {
        Failure::new(
            Kind::BadInput,
            "a token is for a server, and none is named",
            "name it: scribe --server http://HOST:PORT login, or set SCRIBE_SERVER",
        )
    })
}
