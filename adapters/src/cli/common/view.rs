//! Showing a view: one request, and what comes is shown.

use std::ops::RangeInclusive;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, ValueEnum};

use super::address::Address;
use super::desk::Desk;
use super::failure::Failure;
use super::terminal::{put, put_line, width};

/// The widths that the API renders text for, in columns.
const WIDTHS: RangeInclusive<usize> = 40..=400;

/// As of when a view is shown, and in which form.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "View options")]
pub struct ViewOptions {
    /// As the record was then: what did we know?
    #[arg(long, value_name = "WHEN")]
    pub as_of: Option<String>,
    /// As the world was then, by what is known now: what had happened?
    #[arg(long, value_name = "WHEN")]
    pub occurred_by: Option<String>,
    /// In which form [default: text]
    #[arg(long, value_name = "FORM")]
    pub format: Option<Format>,
}

/// The forms of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// Markdown
    Markdown,
    /// A page of its own
    Html,
    /// The API's JSON
    Json,
    /// A table; timelines only
    Csv,
}

impl Format {
    /// The word, as the API has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

/// Shows a view in the form asked for.
pub async fn show(desk: &Desk, address: Address, options: &ViewOptions) -> Result<(), Failure> {
    let format = options.format.unwrap_or(if desk.json { Format::Json } else { Format::Text });
    let mut address =
        as_of(desk, address, options)?.with("format", format.as_str()).with_some("zone", desk.zone);
    if format == Format::Text {
        let width = width().clamp(*WIDTHS.start(), *WIDTHS.end());
        address = address.with("width", width).with("colour", desk.colour.on_stdout());
    }
    let answer = desk.client.get(address.as_str()).await?;
    put(&answer.body)?;
    // A terminal's next prompt starts on a line of its own.
    if answer.body.last().is_some_and(|last| *last != b'\n') {
        put_line("")?;
    }
    Ok(())
}

/// The address with the moments that are asked about.
pub fn as_of(desk: &Desk, address: Address, options: &ViewOptions) -> Result<Address, Failure> {
    Ok(address
        .with_some("as_of", desk.moment("--as-of", options.as_of.as_deref())?.map(stamp))
        .with_some("occurred_by", desk.moment("--occurred-by", options.occurred_by.as_deref())?.map(stamp)))
}

/// A moment as the API reads it.
pub fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
