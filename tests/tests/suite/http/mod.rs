//! The HTTP API, called in-process and over a real socket: what it answers, and what it refuses.

#![expect(clippy::unwrap_used, reason = "a check that cannot go on says where, by a panic")]

/// A store that is out of reach: looks go on and say so.
mod away;
/// The door, the doors' edges: methods, hosts, origins, sizes, a store that fails.
mod edges;
/// Forms, as pages send them, and what a page may do.
mod forms;
/// The event feed.
mod feed;
/// Looks: forms, moments, tags.
mod looking;
/// The record itself: export, restore and import.
mod record;
/// Over a real socket: serving and stopping.
mod socket;
/// Commands: what is taken, and what is refused.
pub(crate) mod telling;
/// The doors of the real program: TLS, socket files, a team.
mod doors;
/// Who is let in: tokens, scopes, private incidents.
mod tokens;
/// Who is signed in: sessions, and programs without a browser.
mod sessions;
/// What was given, once what it rests on counts no longer.
mod outlived;
/// The directory of people, and whom an integration speaks for.
mod people;
/// What is private: that nobody learns of it who may not.
mod private;
/// A private incident that says one word everywhere, and every operation.
mod hidden;
/// Events that cannot be read, and who is let in then.
mod damage;
/// A record that was read anew as a whole.
mod anew;
/// Many who tell of one incident at once.
mod turns;
