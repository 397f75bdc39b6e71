//! `scribe erase-person`: erasing the words of every event that names somebody, and saying what cannot be erased.

use async_trait::async_trait;
use clap::Args;
use scribe_domain::actor::Person;
use serde_json::json;

use crate::app::gate::erasing::{NamedEvent, NamedIn, PersonErasure};
use crate::cli::common::address::Address;
use crate::cli::common::exit;
use crate::cli::common::failure::Failure;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::terminal::{put_line, say};

const ERASING: &str = "\
Without --yes it is only said what would be erased: read that first, for a short name may be another's too.
It cannot be undone. Former and merged names of theirs in the directory of people are looked for too.

What goes: the words of each event that names them, as `scribe redact` erases an event. What stays, since
every proof is of it or rights depend on it: who told an event, who got a role or approved a line, an
incident's id, tokens, the directory of people, and the reasons of earlier erasures. Exports and backups made before keep it all.";

/// Erase somebody's name from the words of the whole record, for good; say what stays.
#[derive(Debug, Clone, Args)]
#[command(after_help = ERASING)]
pub(super) struct ErasePersonArgs {
    /// Whom, by their name
    name: Person,
    /// Why; it is kept for ever with each erasure, so it must not name them
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Look for this name alone, and not for the others that the directory of people has for them
    #[arg(long)]
    only_this_name: bool,
    /// Only say what would be erased, as it is without --yes
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do it
    #[arg(long)]
    yes: bool,
}

#[async_trait(?Send)]
impl Effect for ErasePersonArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let desk = session.desk()?;
        let why = desk.text("the reason", &self.reason)?;
        let mut body = json!({ "name": self.name, "why": why, "dry_run": !self.yes });
        if self.only_this_name {
            body["only_this_name"] = json!(true);
        }
        if desk.who.is_some() || !desk.client.shows_a_token() {
            body["actor"] = json!({ "who": desk.who()?, "via": "cli" });
        }
        if let Some(person) = &desk.on_behalf_of {
            body["actor"]["on_behalf_of"] = json!(person);
        }
        let address = Address::of(&["v1", "erasures", "people"]);
        let answer = desk.client.post_json(address.as_str(), &body).await?;
        if desk.json {
            answer.put()?;
            return Ok(exit::DONE);
        }
        let found: PersonErasure = answer.json()?;
        for named in &found.incidents {
            put_line(named.incident.as_str())?;
            for event in &named.words {
                put_line(&line(event, &found.name))?;
            }
            if let Some(stays) = stays(named) {
                put_line(&format!("  stays: {stays}"))?;
            }
        }
        if !found.directory.is_empty() {
            put_line("the directory of people")?;
            for event in &found.directory {
                put_line(&line(event, &found.name))?;
            }
            put_line(&format!("  stays: {DIRECTORY}"))?;
        }
        put_line(&outcome(&found))?;
        if !found.other_names.is_empty() {
            let names: Vec<&str> = found.other_names.iter().map(Person::as_str).collect();
            say(&format!("note: also looked for: {}", names.join(", ")));
        }
        if found.administered > 0 {
            say(&format!("note: {} of administration; none is erased", number(found.administered, "act")));
        }
        if found.dry_run {
            say("hint: nothing was erased; if that is what you mean, say --yes");
        } else {
            say("hint: exports and backups made before still contain it");
        }
        Ok(exit::DONE)
    }
}

/// Why nothing of the directory of people is erased.
const DIRECTORY: &str =
    "by it the record knows which names are one person's, and so who may approve and see what";

/// An event, and by which names it names them, if by others than the one that was asked for.
fn line(event: &NamedEvent, name: &Person) -> String {
    let names: Vec<&str> = event.names.iter().map(Person::as_str).collect();
    let is_by_others = event.names.iter().any(|other| other != name);
    let by = if is_by_others { format!(", as {}", names.join(" and ")) } else { String::new() };
    format!("  {}  {}{by}", event.event, event.kind.replace('_', " "))
}

/// What of an incident still names them.
fn stays(named: &NamedIn) -> Option<String> {
    let parts = [
        (named.told > 0).then(|| format!("{} told by them", number(named.told, "event"))),
        (named.stays > 0)
            .then(|| format!("{} where rights or keys depend on it", number(named.stays, "event"))),
        named.id.then(|| "the incident's id".to_owned()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn outcome(found: &PersonErasure) -> String {
    let events: usize = found.incidents.iter().map(|named| named.words.len()).sum();
    let incidents = found.incidents.iter().filter(|named| !named.words.is_empty()).count();
    let did = if found.dry_run { "would erase" } else { "erased" };
    format!(
        "{did} the words of {} in {} that name {}",
        number(events as u64, "event"),
        number(incidents as u64, "incident"),
        found.name
    )
}

fn number(number: u64, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}
