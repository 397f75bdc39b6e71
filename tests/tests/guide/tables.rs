//! Tables that are made from the code: between `<!-- table: NAME -->` and `<!-- /table -->` on the pages.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use scribe::app::ClusterAddress;
use scribe::cli::common::exit::EXIT_CODES;
use scribe::http::problem_codes;
use scribe::inbound::VENDORS;
use scribe_domain::refusal::Reason;
use scribe_tests::api::Api;
use scribe_tests::program::Program;
use serde_json::Value;

use crate::pages::{for_users, is_regenerating, turn};

/// Makes a table.
type Make = fn() -> String;

const TABLES: [(&str, Make); 8] = [
    ("commands", commands),
    ("exit codes", exit_codes),
    ("variables", variables),
    ("operations", operations),
    ("problems", problems),
    ("refusals", refusals),
    ("address options", address_options),
    ("vendors", vendors),
];

const END: &str = "<!-- /table -->";

#[test]
fn every_table_is_what_the_code_says() {
    let _turn = turn();
    let mut seen = BTreeSet::new();
    let mut old = Vec::new();
    for page in for_users() {
        let mut edits = Vec::new();
        for (at, begin) in page.text.match_indices("<!-- table: ") {
            let name = page.text[at + begin.len()..].split(" -->").next().unwrap_or_default();
            let (name, table) = TABLES
                .iter()
                .find(|(known, _)| *known == name)
                .unwrap_or_else(|| panic!("{}: nobody makes a table {name:?}", page.name()));
            assert!(seen.insert(*name), "{name} stands twice");
            let from = at + page.text[at..].find('\n').expect("a line's end") + 1;
            let to = from + page.text[from..].find(END).expect("the table's end is marked");
            let fresh = format!("\n{}\n", table());
            if page.text[from..to] != fresh {
                old.push(format!("{}: the table of {name}", page.name()));
                edits.push((from..to, fresh));
            }
        }
        if is_regenerating() && !edits.is_empty() {
            page.rewrite(edits);
        }
    }
    let all: BTreeSet<&str> = TABLES.iter().map(|(name, _)| *name).collect();
    assert_eq!(seen, all, "every table stands on a page");
    assert!(old.is_empty() || is_regenerating(), "{}: SCRIBE_REGENERATE=1 writes them anew", old.join("\n"));
}

/// `scribe --help`, and that of commands which have commands of their own.
fn commands() -> String {
    let program = Program::new();
    let mut table = head(&["command", "what it does"]);
    let help = program.ok(&["--help"]);
    let (groups, _) = help.split_once("\nOptions, for every command:").expect("options come last");
    for line in groups.lines().skip_while(|line| !line.starts_with("Usage:")).skip(1) {
        match (line.strip_suffix(':'), entry(line)) {
            (Some(heading), _) if !line.starts_with(' ') => row(&mut table, &[&format!("**{heading}**"), ""]),
            (_, Some((name, about))) => {
                let inner = program.ok(&[name, "--help"]);
                let inner = inner.split("\nCommands:\n").nth(1).and_then(|text| text.split("\n\n").next());
                row(&mut table, &[&format!("`{name}`"), about]);
                for line in joined(inner.unwrap_or_default()) {
                    if let Some((inner, about)) = entry(&line).filter(|(inner, _)| *inner != "help") {
                        row(&mut table, &[&format!("`{name} {inner}`"), about]);
                    }
                }
            }
            _ => {}
        }
    }
    table
}

/// `  name  what it does`.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (name, about) = line.strip_prefix("  ")?.split_once("  ")?;
    (!name.is_empty() && !name.starts_with(' ')).then(|| (name, about.trim()))
}

/// Lines, each with those that go on with it.
fn joined(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match lines.last_mut() {
            Some(before) if line.starts_with("   ") => {
                before.push(' ');
                before.push_str(line.trim());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn exit_codes() -> String {
    let mut table = head(&["exit code", "name", "what it means"]);
    for exit in EXIT_CODES {
        row(&mut table, &[&exit.code.to_string(), exit.name, &exit.meaning.replace('\n', " ")]);
    }
    table
}

/// Options for every command that a variable may tell instead.
fn variables() -> String {
    let help = Program::new().ok(&["--help"]);
    let (_, options) = help.split_once("\nOptions, for every command:").expect("options come last");
    let (options, _) = options.split_once("\nTexts:").expect("the guide follows");
    let mut told: Vec<String> = Vec::new();
    for line in options.lines() {
        if line.trim_start().starts_with('-') {
            told.push(line.trim().to_owned());
        } else if let Some(option) = told.last_mut().filter(|_| !line.trim().is_empty()) {
            let _ = write!(option, "  {}", line.trim());
        }
    }
    let mut table = head(&["variable", "instead of", "what it is"]);
    for option in told {
        let Some((before, variable)) = option.split_once("[env: ") else { continue };
        let variable = variable.split([']', '=']).next().unwrap_or_default();
        let (flag, about) = before.split_once("  ").expect("what it is follows");
        let about: Vec<&str> = about.split_whitespace().collect();
        row(&mut table, &[&format!("`{variable}`"), &format!("`{flag}`"), &about.join(" ")]);
    }
    table
}

fn operations() -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let document: Value = runtime.block_on(async { Api::default().get("/openapi.json").await.json() });
    let paths = document["paths"].as_object().expect("paths");
    let mut table = head(&["address", "what it answers"]);
    for (path, methods) in paths {
        let command = path.strip_prefix("/v1/incidents/{incident}/commands/");
        for (method, operation) in methods.as_object().expect("methods") {
            // Sixty commands are one row: their names are those of the table of commands.
            if command.is_none() {
                let about = operation["summary"].as_str().expect("a summary");
                row(&mut table, &[&format!("`{} {path}`", method.to_uppercase()), about]);
            }
        }
    }
    let commands = paths.keys().filter(|path| path.contains("/commands/")).count();
    let about = format!("Any of {commands} commands, by name.");
    row(&mut table, &["`POST /v1/incidents/{incident}/commands/{command}`", &about]);
    table
}

fn problems() -> String {
    let mut table = head(&["code", "status", "what is wrong"]);
    for problem in problem_codes().iter().filter(|problem| !is_refusal(problem.code)) {
        row(&mut table, &[&format!("`{}`", problem.code), &problem.status.to_string(), problem.title]);
    }
    table
}

fn refusals() -> String {
    let mut table = head(&["code", "status", "why"]);
    for problem in problem_codes().iter().filter(|problem| is_refusal(problem.code)) {
        row(&mut table, &[&format!("`{}`", problem.code), &problem.status.to_string(), problem.title]);
    }
    table
}

fn address_options() -> String {
    let mut table = head(&["option", "default", "what it is"]);
    for option in ClusterAddress::options() {
        let default = if option.default.is_empty() { String::new() } else { format!("`{}`", option.default) };
        row(&mut table, &[&format!("`{}`", option.name), &default, option.about]);
    }
    table
}

fn vendors() -> String {
    let mut table = head(&["address", "what becomes of what is sent there"]);
    for vendor in VENDORS {
        row(&mut table, &[&format!("`/hooks/{}`", vendor.name), vendor.about]);
    }
    table
}

/// Whether a code is a reason of the domain.
fn is_refusal(code: &str) -> bool {
    Reason::ALL.iter().any(|reason| reason.code() == code)
}

fn head(names: &[&str]) -> String {
    let mut table = String::new();
    row(&mut table, names);
    row(&mut table, &vec!["---"; names.len()]);
    table
}

fn row(table: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    // Writing to a string cannot fail.
    let _ = writeln!(table, "| {} |", cells.join(" | "));
}
