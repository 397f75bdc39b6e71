//! Which incident is meant: its id, any part of it, or `@`.

use std::str::FromStr;

use scribe_domain::ids::IncidentId;
use serde::Deserialize;

use super::address::Address;
use super::desk::Desk;
use super::failure::{Failure, Kind};
use super::memory::Memory;
use super::terminal::say;

/// Stands for the incident where none is named: the open one, and never one of several.
pub const IMPLIED: &str = "@the-one";
/// How many candidates an error lists.
const MOST: usize = 8;

/// An incident as somebody typed it.
#[derive(Debug, Clone)]
pub struct IncidentRef {
    typed: String,
    found: Option<IncidentId>,
}

/// Whether what is done to the incident can be taken back; if not, nothing is guessed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// It can.
    Usual,
    /// It cannot.
    Final,
}

/// An incident as the board has it.
#[derive(Debug, Clone, Deserialize)]
struct Known {
    incident: IncidentId,
    #[serde(default)]
    title: Option<String>,
    situation: serde_json::Value,
}

impl Known {
    fn is_open(&self) -> bool {
        self.situation == "open"
    }
}

impl FromStr for IncidentRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let typed = text.trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if matches!(typed, "@" | IMPLIED) || (!typed.is_empty() && typed.chars().all(fits)) {
            return Ok(Self { typed: typed.to_owned(), found: None });
        }
        let shown: String = text.chars().take(80).collect();
        Err(format!("{shown:?} is not an incident id, nor a part of one, nor @ for the open one"))
    }
}

impl IncidentRef {
    /// The incident that is meant, looked up once.
    pub async fn find(&mut self, desk: &Desk, care: Care) -> Result<IncidentId, Failure> {
        if let Some(found) = &self.found {
            return Ok(found.clone());
        }
        let found = find(desk, &self.typed, care).await?;
        if let Some(memory) = &desk.memory {
            memory.used(&found);
        }
        self.found = Some(found.clone());
        Ok(found)
    }

    /// The incident, where a look asks for it.
    pub async fn to_look_at(mut self, desk: &Desk) -> Result<IncidentId, Failure> {
        self.find(desk, Care::Usual).await
    }

    /// The incident that was found.
    pub fn found(self) -> Result<IncidentId, Failure> {
        self.found.ok_or_else(|| Failure::plain(Kind::Other, format!("{:?} was not looked up", self.typed)))
    }
}

/// The incident, where a look may ask for one.
pub async fn some_to_look_at(desk: &Desk, given: Option<IncidentRef>) -> Result<Option<IncidentId>, Failure> {
    match given {
        Some(given) => given.to_look_at(desk).await.map(Some),
        None => Ok(None),
    }
}

async fn find(desk: &Desk, typed: &str, care: Care) -> Result<IncidentId, Failure> {
    let last = desk.memory.as_ref().and_then(Memory::last);
    let exact: Option<IncidentId> = typed.parse().ok();
    if let Some(exact) = &exact {
        match exists(desk, exact).await {
            Ok(false) => {}
            // Out of reach: a whole id needs no looking up.
            Ok(true) => return Ok(exact.clone()),
            Err(failure) if failure.kind.may_pass() => return Ok(exact.clone()),
            Err(failure) => return Err(failure),
        }
    }
    let known = match board(desk).await {
        Ok(known) => known,
        Err(failure) if failure.kind.may_pass() && care == Care::Usual => {
            let fits = |last: &IncidentId| {
                matches!(typed, "@" | IMPLIED) || last.as_str().contains(&typed.to_ascii_lowercase())
            };
            return last.filter(fits).ok_or(failure);
        }
        Err(failure) => return Err(failure),
    };
    match typed {
        "@" => return at_sign(&known, last, care),
        IMPLIED => return the_one(&known, last, care),
        _ => {}
    }
    let wanted = typed.to_ascii_lowercase();
    // The words of an id begin behind its date.
    let begins = |known: &&Known| {
        let id = known.incident.as_str();
        id.starts_with(&wanted) || id.get(9..).is_some_and(|words| words.starts_with(&wanted))
    };
    let mut fitting: Vec<&Known> = known.iter().filter(begins).collect();
    if fitting.is_empty() {
        fitting = known.iter().filter(|known| known.incident.as_str().contains(&wanted)).collect();
    }
    let open: Vec<&Known> = fitting.iter().copied().filter(|known| known.is_open()).collect();
    match (fitting.as_slice(), open.as_slice()) {
        ([one], _) => Ok(one.incident.clone()),
        ([], _) => Err(nothing_fits(typed, exact.is_some(), &known)),
        (several, [open]) if care == Care::Usual => {
            say(&format!(
                "note: {:?} is read as {}, the open one of {}",
                typed,
                open.incident,
                several.len()
            ));
            Ok(open.incident.clone())
        }
        (several, _) => Err(Failure::new(
            Kind::BadInput,
            format!("{typed:?} fits {} incidents:{}", several.len(), listed(several)),
            "type more of the one that is meant",
        )),
    }
}

fn at_sign(known: &[Known], last: Option<IncidentId>, care: Care) -> Result<IncidentId, Failure> {
    let open: Vec<&Known> = known.iter().filter(|known| known.is_open()).collect();
    let last = last.filter(|last| known.iter().any(|known| known.incident == *last));
    match (open.as_slice(), last) {
        ([one], _) => Ok(one.incident.clone()),
        ([], Some(last)) => {
            say(&format!("note: @ is {last}, used here last; none is open"));
            Ok(last)
        }
        (several, Some(last)) if care == Care::Usual && several.iter().any(|one| one.incident == last) => {
            say(&format!("note: @ is {last}, used here last; {} are open", several.len()));
            Ok(last)
        }
        ([], None) => Err(nothing_fits("@", false, known)),
        (several, _) => Err(Failure::new(
            Kind::BadInput,
            format!("@ could be any of {} open incidents:{}", several.len(), listed(several)),
            "name the one that is meant; a part of its id will do",
        )),
    }
}

/// The incident that nobody named: the open one, or, where none is open, the one whose review is likely under way.
fn the_one(known: &[Known], last: Option<IncidentId>, care: Care) -> Result<IncidentId, Failure> {
    let mut open: Vec<&Known> = known.iter().filter(|known| known.is_open()).collect();
    if open.is_empty() && care == Care::Final {
        // What is done for good is done to what is not over for good.
        open = known.iter().filter(|known| known.situation == "resolved").collect();
    }
    let last = last.filter(|last| known.iter().any(|known| known.incident == *last));
    match (open.as_slice(), last) {
        ([one], _) => Ok(one.incident.clone()),
        ([], Some(last)) if care == Care::Usual => {
            say(&format!("note: this is about {last}, used here last; none is open"));
            Ok(last)
        }
        ([], _) => Err(nothing_fits(IMPLIED, false, known)),
        (several, _) => Err(Failure::new(
            Kind::BadInput,
            format!(
                "it is not said which incident is meant, and {} could be:{}",
                several.len(),
                listed(several)
            ),
            "name it first; a part of its id will do, and @ is the one used here last",
        )),
    }
}

fn nothing_fits(typed: &str, is_id: bool, known: &[Known]) -> Failure {
    let open: Vec<&Known> = known.iter().filter(|known| known.is_open()).collect();
    let message = match typed {
        "@" | IMPLIED => "no incident is open, and none was used here before".to_owned(),
        typed if is_id => format!("there is no incident {typed}"),
        typed => format!("no incident is called {typed:?}"),
    };
    let hint = if open.is_empty() {
        "list them all: scribe list --state all".to_owned()
    } else {
        format!("open now:{}", listed(&open))
    };
    Failure::new(Kind::Refused, message, hint)
}

fn listed(several: &[&Known]) -> String {
    let line = |known: &&Known| match &known.title {
        Some(title) => format!("\n  {}  {title}", known.incident),
        None => format!("\n  {}", known.incident),
    };
    // The latest are the likeliest.
    let mut lines: Vec<String> = several.iter().rev().take(MOST).map(line).collect();
    if several.len() > MOST {
        lines.push(format!("\n  and {} more: scribe list --state all", several.len() - MOST));
    }
    lines.concat()
}

async fn exists(desk: &Desk, incident: &IncidentId) -> Result<bool, Failure> {
    let address = Address::of(&["v1", "events"]).with("incident", incident).with("limit", 1);
    Ok(!desk.client.peek(address.as_str()).await?.trim_ascii().is_empty())
}

async fn board(desk: &Desk) -> Result<Vec<Known>, Failure> {
    #[derive(Deserialize)]
    struct Board {
        incidents: Vec<Known>,
    }
    let address =
        Address::of(&["v1", "incidents"]).with("state", "all").with("drills", "true").with("format", "json");
    let mut board: Board = desk.client.get_json(address.as_str()).await?;
    board.incidents.sort_by(|a, b| a.incident.cmp(&b.incident));
    Ok(board.incidents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(list: &[(&str, &str)]) -> Vec<Known> {
        list.iter()
            .map(|(id, situation)| Known {
                incident: id.parse().unwrap(),
                title: None,
                situation: serde_json::json!(situation),
            })
            .collect()
    }

    #[test]
    fn what_is_not_named_is_the_open_one_and_never_one_of_several() {
        let last = || Some("20260102-b".parse().unwrap());
        let one = known(&[("20260101-a", "open"), ("20260102-b", "resolved")]);
        assert_eq!(the_one(&one, last(), Care::Final).unwrap().as_str(), "20260101-a");
        let none = known(&[("20260101-a", "closed"), ("20260102-b", "resolved")]);
        assert_eq!(the_one(&none, last(), Care::Usual).unwrap().as_str(), "20260102-b");
        let unclosed = known(&[("20260101-a", "resolved"), ("20260102-b", "resolved")]);
        assert_eq!(the_one(&unclosed, last(), Care::Usual).unwrap().as_str(), "20260102-b");
        assert!(the_one(&unclosed, last(), Care::Final).unwrap_err().message.contains("20260101-a"));
        assert!(the_one(&none, None, Care::Usual).unwrap_err().message.contains("no incident is open"));
        let two = known(&[("20260101-a", "open"), ("20260102-b", "open")]);
        let failure = the_one(&two, last(), Care::Usual).unwrap_err();
        assert!(failure.message.contains("20260101-a") && failure.message.contains("20260102-b"));
    }

    #[test]
    fn the_at_sign_is_the_open_one_or_the_last_one_used() {
        let one = known(&[("20260101-a", "open"), ("20260102-b", "resolved")]);
        let last = || Some("20260102-b".parse().unwrap());
        assert_eq!(at_sign(&one, last(), Care::Final).unwrap().as_str(), "20260101-a");
        let none = known(&[("20260102-b", "resolved")]);
        assert_eq!(at_sign(&none, last(), Care::Final).unwrap().as_str(), "20260102-b");
        assert!(at_sign(&none, None, Care::Usual).unwrap_err().message.contains("no incident is open"));
        let two = known(&[("20260101-a", "open"), ("20260102-b", "open")]);
        assert_eq!(at_sign(&two, last(), Care::Usual).unwrap().as_str(), "20260102-b");
        // What cannot be taken back is not done to the likelier one of two.
        let failure = at_sign(&two, last(), Care::Final).unwrap_err();
        assert!(
            failure.message.contains("20260101-a") && failure.message.contains("20260102-b"),
            "{failure:?}"
        );
    }
}
