//! What to do instead, as a command line.

use scribe_domain::account::Account;
use scribe_domain::remedy::{Remedy, Step};

use super::quote;

/// The remedy as a hint: what it is for and, where something else is to be asked, the line to type.
pub fn hint(remedy: &Remedy) -> String {
    remedy.worded(line)
}

/// The line that takes the step; what only the asker knows stands there in capitals or as `…`.
fn line(step: &Step) -> String {
    match step {
        Step::ListIncidents => "scribe list".to_owned(),
        Step::ListRuns { incident } => format!("scribe audit runs --incident {incident}"),
        Step::FindEvents { incident } => format!("scribe timeline {incident} --ids"),
        Step::Upgrade { incident, to } => format!("scribe upgrade {incident} {to}"),
        Step::Downgrade { incident, to } => format!("scribe downgrade {incident} {to}"),
        Step::Resolve { incident } => format!("scribe resolve {incident}"),
        Step::Reopen { incident } => format!("scribe reopen {incident} --why …"),
        Step::AssignRole { incident, role } => format!("scribe role assign {incident} {role} NAME"),
        Step::HandOff { incident, role, from, to } => {
            let (from, to) = (from.as_str(), to.as_str());
            format!("scribe role handoff {incident} {role} --from {from:?} --to {to:?}")
        }
        Step::ApproveRun { incident, run } => format!("scribe approve {incident} {run}"),
        Step::DeclineRun { incident, run } => format!("scribe decline {incident} {run}"),
        Step::WithdrawRun { incident, run } => format!("scribe withdraw {incident} {run}"),
        Step::RecordRun { incident } => format!("scribe ran {incident} …"),
        Step::AddPerson { person } => format!("scribe person add {:?}", person.as_str()),
        Step::ShowPerson { person } => format!("scribe person show {:?}", person.as_str()),
        Step::LinkAccount { account } => format!("scribe person link NAME {}", word(account)),
        Step::UnlinkAccount { person, account } => {
            format!("scribe person unlink {:?} {}", person.as_str(), word(account))
        }
        Step::StayOn { person } => format!("scribe person left {:?} --not", person.as_str()),
        Step::CorrectTime { incident } => format!("scribe correct {incident} EVENT --occurred-at … --why …"),
    }
}

/// An account as a shell reads it.
fn word(account: &Account) -> String {
    quote::join(&[account.to_string()])
}
