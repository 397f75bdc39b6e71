//! What every command line stands on: who speaks, in which zone, through which client.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::Read as _;

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use scribe_domain::actor::{Person, Who};
use scribe_domain::text::Text;
use scribe_domain::when::{BadWhen, When};

use super::client::Client;
use super::failure::{Failure, Kind};
use super::mask::Masks;
use super::terminal::Colour;
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
    /// The person for whom an integration speaks.
    pub on_behalf_of: Option<Person>,
    /// What time it is, for a time of day alone.
    pub clock: Clock,
    /// Whether some text has taken stdin already.
    pub stdin_taken: Cell<bool>,
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

    /// Like [`Self::text`], for one that may be left out.
    pub fn some_text(&self, field: &str, given: Option<&str>) -> Result<Option<Text>, Failure> {
        given.map(|text| self.text(field, text)).transpose()
    }

    /// When something happened, as given; a time without a zone is in the zone asked for.
    pub fn when(&self, field: &str, given: &str) -> Result<When, Failure> {
        When::parse(&self.dated(given), self.zone).map_err(|error| bad_time(field, &error))
    }

    /// A moment that must be known.
    pub fn moment(&self, field: &str, given: Option<&str>) -> Result<Option<DateTime<Utc>>, Failure> {
        let known =
            |given| When::parse_known(&self.dated(given), self.zone).map_err(|error| bad_time(field, &error));
        given.map(known).transpose()
    }

    /// A time of day alone is today's, where the zone says which day that is.
    fn dated<'a>(&self, given: &'a str) -> Cow<'a, str> {
        let (about, time) = match given.trim().strip_prefix("about ") {
            Some(time) => ("about ", time.trim_start()),
            None => ("", given.trim()),
        };
        let is_time = ["%H:%M", "%H:%M:%S"].iter().any(|form| NaiveTime::parse_from_str(time, form).is_ok());
        match self.zone {
            Some(zone) if is_time => {
                let today = (self.clock)().with_timezone(&zone).date_naive();
                Cow::Owned(format!("{about}{today} {time}"))
            }
            _ => Cow::Borrowed(given),
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
        _ => "write it as \"2023-01-04 13:05 America/New_York\" or 2023-01-04T18:05:00Z",
    };
    Failure::new(Kind::BadInput, format!("{field}: {error}"), hint)
}
