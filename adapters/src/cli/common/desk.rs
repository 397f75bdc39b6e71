//! What every command line stands on: who speaks, in which zone, through which client.

use std::cell::{Cell, RefCell};
use std::io::Read as _;

use chrono::{DateTime, SubsecRound as _, Utc};
use chrono_tz::Tz;
use scribe_domain::account::OnBehalfOf;
use scribe_domain::actor::{Person, Who};
use scribe_domain::spoken::{self, Here, Lean};
use scribe_domain::text::Text;
use scribe_domain::when::{BadWhen, When};
use scribe_projections::document::Style;
use scribe_projections::document::time::date_time_of;
use serde_json::{Value, json};

use super::client::Client;
use super::editor;
use super::failure::{Failure, Kind};
use super::mask::Masks;
use super::memory::Memory;
use super::outbox::Outbox;
use super::terminal::{Colour, printable, say};
use crate::clock::Clock;

/// What every command line stands on.
pub struct Desk {
    /// The way to the API.
    pub client: Client,
    /// The zone for times without one, and for showing times.
    pub zone: Option<Tz>,
    /// Whether a program reads what is printed.
    pub json: bool,
    /// When to colour.
    pub colour: Colour,
    /// Whether to say nothing about what was recorded.
    pub quiet: bool,
    /// What counts as a secret in output.
    pub masks: Masks,
    /// Who speaks, if known.
    pub who: Option<Who>,
    /// For whom an integration speaks.
    pub on_behalf_of: Option<OnBehalfOf>,
    /// What time it is, for a time of day alone.
    pub clock: Clock,
    /// What waits to be sent, where the record is a server's.
    pub outbox: Option<Outbox>,
    /// What is remembered of this record between two runs.
    pub memory: Option<Memory>,
    /// Whether some text has taken stdin already.
    pub stdin_taken: Cell<bool>,
    /// Times whose reading was shown already.
    pub readings: RefCell<Vec<String>>,
}

/// More than any text may have, in bytes.
const STDIN_LIMIT: u64 = 1 << 20;

impl Desk {
    /// Who speaks.
    pub fn who(&self) -> Result<Who, Failure> {
        self.who.clone().ok_or_else(|| {
            Failure::new(
                Kind::BadInput,
                "it is not known who you are",
                "say who you are: --as \"Your Name\", or set SCRIBE_AS",
            )
        })
    }

    /// Who does what is administered, where no token tells that: a server that knows the caller needs no name.
    pub fn actor(&self) -> Result<Option<Value>, Failure> {
        if self.client.shows_a_token() {
            return Ok(None);
        }
        Ok(Some(json!({ "who": self.who()?, "via": "cli" })))
    }

    /// The person given, or else whoever speaks, who then must be a person.
    pub fn person_or_self(&self, given: Option<Person>, option: &str) -> Result<Person, Failure> {
        if let Some(person) = given {
            return Ok(person);
        }
        match self.who()? {
            Who::Person(person) => Ok(person),
            other => Err(Failure::new(
                Kind::BadInput,
                format!("{other} is not a person"),
                format!("name the person it is about: {option}"),
            )),
        }
    }

    /// A text as given, or from stdin when given as `-`.
    pub fn text(&self, field: &str, given: &str) -> Result<Text, Failure> {
        let text = if given == "-" { self.stdin(field)? } else { given.to_owned() };
        Text::new(text).map_err(|error| Failure::bad_text(field, &error))
    }

    /// A text as given, or else as written in an editor, below which the note stands.
    pub fn text_or_editor(&self, given: Option<&str>, note: &str) -> Result<Text, Failure> {
        match given {
            Some(given) => self.text("the text", given),
            None => {
                Text::new(editor::write("", note)?).map_err(|error| Failure::bad_text("the text", &error))
            }
        }
    }

    /// Like [`Self::text`], for one that may be left out.
    pub fn some_text(&self, field: &str, given: Option<&str>) -> Result<Option<Text>, Failure> {
        given.map(|text| self.text(field, text)).transpose()
    }

    /// When something happened, in whatever words; a time without a zone is in the zone asked for, and a time of day
    /// alone is the latest such moment.
    pub fn when(&self, field: &str, given: &str) -> Result<When, Failure> {
        let here = self.here(Lean::Past);
        let when = spoken::hear(given, here).map_err(|error| bad_time(field, &error))?;
        if spoken::is_ahead(when, here.now) {
            let (now, told) = (self.told(When::second(here.now.trunc_subsecs(0))), self.told(when));
            let hint = spoken::likely(when, here).map_or_else(
                || "check the year, the zone and this machine's clock".to_owned(),
                |likely| format!("did you mean {likely}? otherwise check the zone and this machine's clock"),
            );
            return Err(Failure::new(
                Kind::Refused,
                format!("{field}: {told} is ahead of now, {now}: what has not happened yet is not recorded"),
                hint,
            ));
        }
        self.show_reading(field, given, when);
        Ok(when)
    }

    /// When something is to come, in whatever words; a time of day alone is the next such moment.
    pub fn when_next(&self, field: &str, given: &str) -> Result<When, Failure> {
        let when = spoken::hear(given, self.here(Lean::Ahead)).map_err(|error| bad_time(field, &error))?;
        self.show_reading(field, given, when);
        Ok(when)
    }

    /// A moment that must be known.
    pub fn moment(&self, field: &str, given: Option<&str>) -> Result<Option<DateTime<Utc>>, Failure> {
        let Some(given) = given else { return Ok(None) };
        let when = spoken::hear(given, self.here(Lean::Past)).map_err(|error| bad_time(field, &error))?;
        self.show_reading(field, given, when);
        when.at().map(Some).ok_or_else(|| bad_time(field, &BadWhen::Unknown))
    }

    fn here(&self, lean: Lean) -> Here {
        Here { now: (self.clock)(), zone: self.zone, lean }
    }

    /// Says how a time was understood, unless there was nothing to understand.
    fn show_reading(&self, field: &str, given: &str, when: When) {
        let ends_plainly = |c: char| !c.is_alphabetic() || matches!(c, 'Z' | 'z');
        let is_plain = When::parse(given, None) == Ok(when)
            && (given.trim_end().ends_with(ends_plainly) || given.contains('/') || when == When::Unknown);
        let mut shown = self.readings.borrow_mut();
        if self.quiet || is_plain || shown.iter().any(|before| before == given) {
            return;
        }
        shown.push(given.to_owned());
        say(&format!("note: {field} {:?} is read as {}", printable(given), self.told(when)));
    }

    /// A time as it is read here, and in UTC.
    fn told(&self, when: When) -> String {
        let style = Style { zone: self.zone.unwrap_or(Tz::UTC), ..Style::default() };
        match style.zone {
            Tz::UTC => format!("{} UTC", date_time_of(when, &style)),
            zone => format!("{} {zone} ({when})", date_time_of(when, &style)),
        }
    }

    fn stdin(&self, field: &str) -> Result<String, Failure> {
        if self.stdin_taken.replace(true) {
            return Err(Failure::new(
                Kind::BadInput,
                format!("{field} is `-`, but another text was read from stdin already"),
                "only one text can come from stdin",
            ));
        }
        let mut text = String::new();
        // One byte more than allowed tells "too long" from "just fits".
        std::io::stdin().lock().take(STDIN_LIMIT + 1).read_to_string(&mut text).map_err(|error| {
            let message = format!("{field}: cannot read stdin: {error}");
            Failure::new(Kind::BadInput, message, "send it as text in UTF-8")
        })?;
        // What ends the last line is no part of the text.
        let end = ["\r\n", "\n", "\r"].into_iter().find(|end| text.ends_with(end)).map_or(0, str::len);
        text.truncate(text.len() - end);
        Ok(text)
    }
}

fn bad_time(field: &str, error: &BadWhen) -> Failure {
    let hint = match error {
        BadWhen::NoZone(_) => "or name the zone of all such times: --zone America/New_York, or SCRIBE_ZONE",
        BadWhen::Form(_) => {
            "or in words: \"10 min ago\", \"14:05\", \"yesterday 23:00\", \"Tuesday 2:50 pm\"; a day alone, or \"20:00 to 21:00\""
        }
        BadWhen::Abbreviation { .. } => {
            "or name the zone of all such times: --zone Europe/London, or SCRIBE_ZONE"
        }
        _ => "write it as \"2023-01-04 13:05 America/New_York\" or 2023-01-04T18:05:00Z",
    };
    Failure::new(Kind::BadInput, format!("{field}: {error}"), hint)
}
