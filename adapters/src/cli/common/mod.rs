//! What every subcommand stands on. In reading order; each part knows only of those above it.

/// Every exit code.
pub mod exit;
/// What goes wrong, in a form that a person can act on.
pub mod failure;
/// What the reader's side looks like, and writing to it.
pub mod terminal;
/// How far something is that takes its time.
pub mod progress;
/// Files that a command line names.
pub mod files;
/// Signals that ask the program to stop.
pub mod signals;
/// A long text, in an editor.
pub mod editor;
/// Words as a shell line.
pub mod quote;
/// What to do instead, as a command line.
pub mod remedy;
/// Secrets in output.
pub mod mask;
/// Which record, and who logs in there.
pub mod store;
/// Where things are kept on this machine, unless told.
pub mod home;
/// Which incident was used last.
pub mod memory;
/// Options that every subcommand takes.
pub mod options;
/// Addresses of the API.
pub mod address;
/// The tokens that are shown to servers.
pub mod credentials;
/// The platform's keyring.
pub mod keyring;
/// What is said of an answer that may be behind.
pub mod behind;
/// Whether the clock is right by which something is recorded.
pub mod clocks;
/// One request, one response: to a server, or in this process.
pub mod client;
/// A command as one request.
pub mod message;
/// What could not be sent yet.
pub mod outbox;
/// Who speaks, in which zone, through which client.
pub mod desk;
/// Arguments that several subcommands take.
pub mod arguments;
/// The event feed, as a reader sees it.
pub mod feed;
/// Which incident is meant.
pub mod incident;
/// Which event is meant.
pub mod event;
/// Showing a view.
pub mod view;
/// One run of the program: its options, and the desk they describe.
pub mod session;
/// Recording one command about an incident.
pub mod command;
/// A command line before it is read.
pub mod typed;
/// Sending what waits.
pub mod sending;
/// An example of each command.
pub mod examples;
/// What was meant by a word that is no command.
pub mod meant;
/// Subcommands as entries of a table.
pub mod subcommand;
