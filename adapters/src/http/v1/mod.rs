//! What stands under `/v1`: a file a look, or a group of operations that belong together; each holds what the
//! operation is and what carries it out.

/// An incident's events, for every look at one incident.
mod history;
/// Every command by its name.
mod commands;
/// What became of a request.
mod receipts;
/// Incidents as they stand.
mod board;
/// One incident as it stands.
mod incident;
/// What happened, in order.
mod timeline;
/// Who held which role.
mod roles;
/// The postmortem.
mod postmortem;
/// One incident's events as they were recorded.
mod events;
/// What an audience was told.
mod status_page;
/// Who ran what.
mod runs;
/// What somebody should ask about.
mod actions;
/// Whether deploys are held.
mod holds;
/// The event feed.
mod feed;
/// The record itself: export and restore.
mod record;
/// Adding what happened elsewhere.
mod imports;
/// Erasing a person.
mod erasures;
/// Checkpoints, tiles and proofs.
mod ledger;
/// Time stamps.
mod time_stamps;
/// The views themselves.
mod views;
/// Tokens, and who a caller is.
mod tokens;
/// Who signed in.
mod sessions;
/// Signing in a program that has no browser.
pub(super) mod device;
/// The directory of people.
mod people;
/// Whether the clock is to be believed.
pub(super) mod clock;
/// Whose clock was wrong.
mod settlements;
/// Who administered what, and looked at what is private.
mod administration;

use super::operation::Operation;

/// Every operation under `/v1`.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = commands::operations();
    all.extend([
        receipts::operation(),
        board::operation(),
        incident::operation(),
        timeline::operation(),
        roles::operation(),
        postmortem::operation(),
        events::operation(),
        status_page::operation(),
        runs::operation(),
        runs::one_operation(),
        actions::operation(),
        holds::operation(),
        feed::operation(),
        imports::operation(),
        erasures::operation(),
    ]);
    all.extend(record::operations());
    all.extend(ledger::operations());
    all.extend(time_stamps::operations());
    all.extend(views::operations());
    all.extend(tokens::operations());
    all.extend(sessions::operations());
    all.extend(device::operations());
    all.extend(people::operations());
    all.extend(settlements::operations());
    all.extend(administration::operations());
    all.push(clock::operation());
    all
}
