//! The HTTP API under `/v1`. In reading order:

/// What an operation is: its address, what it takes and answers.
mod spec;
/// What goes wrong, as an answer.
mod problem;
/// What failed beneath, as a problem.
mod causes;
/// Every code of a problem.
mod codes;
/// What to do instead, in the API's language.
mod remedy;
/// Query parameters and parts of the address.
mod query;
/// What goes over the wire: bodies, commands with their envelope, events as lines.
mod wire;
/// What the server counts.
mod metrics;
/// The API's description.
mod openapi;
/// Every operation by its address.
mod map;
/// What every handler has at hand.
mod state;
/// An operation and what carries it out.
mod operation;
/// In which form an answer is given, and what is said if it may be behind.
mod answer;
/// What every request passes first.
mod door;
/// Cookies of pages.
mod cookies;
/// Programs without a browser that wait to be let in.
mod devices;
/// Who asks.
mod authentication;
/// Commands, looks, the record and the ledger, under `/v1`.
mod v1;
/// What other tools send.
mod hooks;
/// Pages for people.
mod web;
/// What whoever runs the server asks: health, readiness, counters, the API's description.
mod ops;
/// Every operation in one table, behind the door.
mod router;
/// Who is at the other end of a connection.
mod peer;
/// How many requests may come in a while.
mod buckets;
/// Where and how it is listened.
mod listening;
/// The entrance that a request came through.
mod entrance;
/// Who is connected.
mod guests;
/// Listening, serving and stopping.
mod server;

pub use answer::STALE;
pub use answer::display;
pub use codes::{KnownCode, problem_codes};
pub use listening::{CertificateError, ListenAddress, Listener, Listening, ServeError, TlsFiles, bind};
pub use problem::{PROBLEM_JSON, ProblemDetails};
pub use router::{in_process, router};
pub use server::serve;
pub use v1::clock::ClockAnswer;
pub use v1::device::{DeviceCode, DeviceState};
pub use wire::form::typed as typed_command;
pub use wire::line::EventLine;
pub use wire::outcome::{Outcome, PutRight};
pub use wire::sender_clock;
