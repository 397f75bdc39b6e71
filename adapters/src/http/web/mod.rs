//! Pages for people, a file a page. What the door says of every page (the content security policy, who may send
//! its forms) holds for each of them.

/// What stands around every page.
mod frame;
/// What forms send.
mod fields;
/// The first page.
mod home;
/// Signing in and out.
mod sign_in;
/// Who one is here.
mod account;
/// Runs that wait for a second pair of eyes.
mod approvals;

use super::operation::Operation;

/// Every page.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = vec![home::operation()];
    all.extend(sign_in::operations());
    all.extend(account::operations());
    all.extend(approvals::operations());
    all
}
