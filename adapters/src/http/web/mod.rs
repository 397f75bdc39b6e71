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
/// Letting in a program that has no browser.
mod device;
/// Runs that wait for a second pair of eyes.
mod approvals;

use chrono_tz::Tz;
use scribe_domain::actor::Actor;
use scribe_projections::document::Style;

use super::operation::Operation;
use super::problem::Problem;
use super::state::Api;
use crate::app::gate::rights::NotAllowed;
use crate::app::gate::speaker::actor;

/// Every page.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = vec![home::operation()];
    all.extend(sign_in::operations());
    all.extend(account::operations());
    all.extend(approvals::operations());
    all.extend(device::operations());
    all
}

/// Whoever is signed in, as they speak by a page.
fn speaker(api: &Api) -> Result<Actor, Problem> {
    let who = api.caller().rights.who().ok_or(Problem::NotAllowed(NotAllowed::Unknown))?.clone();
    Ok(actor(who, "web")?)
}

/// How times are shown on pages.
fn style(api: &Api) -> Style {
    Style { zone: api.app.config().zone.unwrap_or(Tz::UTC), ..Style::default() }
}
