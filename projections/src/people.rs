//! Who is who: the directory of people at a moment, and one of them with all that was told.

use chrono::{DateTime, Utc};
use scribe_domain::account::Account;
use scribe_domain::actor::Person;
use scribe_domain::system::people::{People, PersonEntry};
use scribe_domain::text::Label;
use scribe_domain::when::When;
use serde::Serialize;

use crate::document::time::{date_time_of, moment};
use crate::document::{Block, Document, Span, Style, View, code, dim, plain, strong};
use crate::question::AsOf;

/// Whether accounts are shown: by what other services know somebody is for those who keep the directory or audit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accounts {
    /// They are.
    Shown,
    /// Only names, teams and times are.
    Hidden,
}

/// Everybody who was with the company by a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PeopleList {
    /// The moment in the world.
    pub at: DateTime<Utc>,
    /// They, in the order in which they were added.
    pub people: Vec<PersonRow>,
}

/// Somebody as they were at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PersonRow {
    /// The name that they went by.
    pub name: Person,
    /// Every other name that they had, or have since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<Person>,
    /// Names that were merged into theirs: what they were misspelt by, or entered by a second time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged_names: Vec<Person>,
    /// The teams that they were in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<Label>,
    /// Since when they are with the company, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<When>,
    /// When they left, if they did or are to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<When>,
    /// Whether they had left.
    pub has_left: bool,
    /// Their accounts, for those who may see them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Vec<Account>>,
}

/// Somebody, with every account and since when it is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PersonView {
    /// The moment in the world.
    pub at: DateTime<Utc>,
    /// As they were then.
    #[serde(flatten)]
    pub person: PersonRow,
    /// Every account that is or was theirs, for those who may see them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Vec<LinkRow>>,
}

/// An account, and for how long it is somebody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LinkRow {
    /// The account.
    pub account: Account,
    /// Since when.
    pub since: When,
    /// Until when, if it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<When>,
}

/// The moment in the world that a question is about: when something had happened, or else when it was known; or now.
fn moment_of(as_of: &AsOf, now: DateTime<Utc>) -> DateTime<Utc> {
    as_of.occurred_by.or(as_of.recorded_by).unwrap_or(now)
}

impl PeopleList {
    /// Of the directory as it was recorded by the moment asked about.
    pub fn of(people: &People, as_of: &AsOf, now: DateTime<Utc>, accounts: Accounts) -> Self {
        let at = moment_of(as_of, now);
        let had_come = people.iter().filter(|entry| entry.has_come_by(at));
        Self { at, people: had_come.map(|entry| PersonRow::of(entry, at, accounts)).collect() }
    }
}

impl PersonView {
    /// Of whom a name means, if it means anybody.
    pub fn of(
        people: &People,
        name: &Person,
        as_of: &AsOf,
        now: DateTime<Utc>,
        accounts: Accounts,
    ) -> Option<Self> {
        let at = moment_of(as_of, now);
        let entry = people.entry(name)?;
        let links = || {
            let row = |link: &scribe_domain::system::people::entry::Link| LinkRow {
                account: link.account.clone(),
                since: link.since,
                until: link.until,
            };
            entry.links().map(row).collect()
        };
        let links = (accounts == Accounts::Shown).then(links);
        Some(Self { at, person: PersonRow::of(entry, at, accounts), links })
    }
}

impl PersonRow {
    fn of(entry: &PersonEntry, at: DateTime<Utc>, accounts: Accounts) -> Self {
        let name = entry.name_at(at);
        let mut other_names: Vec<Person> = Vec::new();
        for other in std::iter::once(entry.name()).chain(entry.former_names()) {
            if other != name && !other_names.contains(other) {
                other_names.push(other.clone());
            }
        }
        Self {
            name: name.clone(),
            other_names,
            merged_names: entry.merged_names().cloned().collect(),
            teams: entry.teams_at(at).to_vec(),
            since: entry.since,
            left: entry.left,
            has_left: entry.has_left_by(at),
            accounts: (accounts == Accounts::Shown).then(|| entry.accounts_at(at).cloned().collect()),
        }
    }

    /// Since when and until when they are with the company, as people say it.
    fn stay(&self, style: &Style) -> Option<String> {
        let told = |when: When| date_time_of(when, style);
        match (self.since, self.left) {
            (Some(since), Some(left)) => Some(format!("{} to {}", told(since), told(left))),
            (Some(since), None) => Some(format!("since {}", told(since))),
            (None, Some(left)) => Some(format!("left {}", told(left))),
            (None, None) => None,
        }
    }

    /// Their name, and the others below it.
    fn name_cell(&self) -> Vec<Span> {
        let mut cell = vec![strong(&self.name)];
        let mut others = Vec::new();
        if !self.other_names.is_empty() {
            others.push(format!("also {}", joined(&self.other_names)));
        }
        if !self.merged_names.is_empty() {
            others.push(format!("written {}", joined(&self.merged_names)));
        }
        if !others.is_empty() {
            cell.extend([plain("\n"), dim(others.join("; "))]);
        }
        cell
    }

    fn cells(&self, style: &Style) -> Vec<Vec<Span>> {
        let mut about = vec![plain(joined(&self.teams))];
        if let Some(stay) = self.stay(style) {
            let break_line = if self.teams.is_empty() { "" } else { "\n" };
            about.extend([plain(break_line), dim(stay)]);
        }
        let mut cells = vec![self.name_cell(), about];
        cells.extend(self.accounts.as_ref().map(|accounts| lines(accounts)));
        cells
    }
}

fn joined(names: &[impl ToString]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn lines(accounts: &[Account]) -> Vec<Span> {
    let mut cell = Vec::new();
    for account in accounts {
        if !cell.is_empty() {
            cell.push(plain("\n"));
        }
        cell.push(code(account));
    }
    cell
}

fn as_of_note(at: DateTime<Utc>, style: &Style) -> Block {
    Block::Paragraph(vec![dim(format!("as of {}, times in {}", moment(at, style), style.zone))])
}

impl View for PeopleList {
    fn document(&self, style: &Style) -> Document {
        let list = if self.people.is_empty() {
            Block::Paragraph(vec![plain("nobody is in the directory")])
        } else {
            let shows_accounts = self.people.iter().any(|row| row.accounts.is_some());
            let header = ["Who", "Teams", "Accounts"].iter().take(if shows_accounts { 3 } else { 2 });
            Block::Table {
                header: header.map(ToString::to_string).collect(),
                rows: self.people.iter().map(|row| row.cells(style)).collect(),
            }
        };
        Document { title: "People".to_owned(), blocks: vec![as_of_note(self.at, style), list] }
    }
}

impl View for PersonView {
    fn document(&self, style: &Style) -> Document {
        let mut facts = Vec::new();
        let mut fact = |name: &str, text: String| {
            if !text.is_empty() {
                facts.push((name.to_owned(), vec![plain(text)]));
            }
        };
        let row = &self.person;
        fact("Other names", joined(&row.other_names));
        fact("Written", joined(&row.merged_names));
        fact("Teams", joined(&row.teams));
        fact("With the company", row.stay(style).unwrap_or_else(|| "since when is not known".to_owned()));
        let mut blocks = vec![as_of_note(self.at, style), Block::Facts(facts)];
        if let Some(links) = self.links.as_ref().filter(|links| !links.is_empty()) {
            let told = |when: When| date_time_of(when, style);
            let cells = |link: &LinkRow| {
                let until = link.until.map(told).unwrap_or_default();
                vec![vec![code(&link.account)], vec![plain(told(link.since))], vec![plain(until)]]
            };
            blocks.push(Block::Table {
                header: ["Account", "Since", "Until"].map(String::from).to_vec(),
                rows: links.iter().map(cells).collect(),
            });
        }
        Document { title: row.name.to_string(), blocks }
    }
}

#[cfg(test)]
mod tests;
