//! Settings and variables: the page knows all of them, and what pages show as settings can be read.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;
use scribe::config::Config;
use scribe_projections::postmortem::metrics::PointName;

use crate::pages::{Page, Part, for_users, root};

/// What comes before a key nobody knows, to be told which keys are known there.
const SECTIONS: [(&str, &str); 12] = [
    ("", ""),
    ("on_call.", "[on_call]"),
    ("mask.", "[mask]"),
    ("ledger.", "[ledger]"),
    ("metrics.", "[metrics]"),
    ("clock.", "[clock]"),
    ("listen.", "[listen]"),
    ("time_stamps.", "[time_stamps]"),
    ("sign_in.", "[sign_in]"),
    ("sign_in.proxy.", "[sign_in.proxy]"),
    ("sign_in.oidc.", "[sign_in.oidc]"),
    ("alertmanager.", "[alertmanager]"),
];
/// A rule has keys that must be there, so it is asked about with one.
const RULE: &str = "[[alertmanager.rule]]\nmatch = { a = \"b\" }";

/// A metric likewise.
const METRIC: &str = "[[metrics.between]]\nfrom = \"declared\"\nto = \"closed\"";

fn page() -> Page {
    named("settings.md")
}

fn named(name: &str) -> Page {
    let page = for_users().into_iter().find(|page| page.path.ends_with(name));
    page.unwrap_or_else(|| panic!("the guide has {name}"))
}

/// The keys that are known behind these lines, as the program tells whoever mistypes one.
fn known(before: &str) -> BTreeSet<String> {
    let text = format!("{before}\nno_such_key = 1\n");
    let error = Config::read(&text, Path::new("scribe.toml")).expect_err("nobody knows it").to_string();
    let (_, known) = error.split_once("expected ").unwrap_or_else(|| panic!("no keys are told: {error}"));
    let name = Regex::new("`([a-z_]+)`").expect("a pattern");
    name.captures_iter(known).map(|found| found[1].to_owned()).collect()
}

#[test]
fn every_setting_stands_on_the_page_and_no_other() {
    let mut keys = BTreeSet::new();
    for (prefix, before) in SECTIONS {
        let is_section = |key: &str| SECTIONS.iter().any(|(other, _)| *other == format!("{prefix}{key}."));
        let own = known(before).into_iter().filter(|key| !is_section(key));
        keys.extend(own.map(|key| format!("{prefix}{key}")));
    }
    keys.remove("alertmanager.rule");
    keys.remove("metrics.between");
    keys.extend(known(METRIC).into_iter().map(|key| format!("metrics.between.{key}")));
    keys.extend(known(RULE).into_iter().map(|key| format!("alertmanager.rule.{key}")));
    let row = Regex::new(r"(?m)^\| `([a-z_.]+)` \|").expect("a pattern");
    let told: BTreeSet<String> = row.captures_iter(&page().text).map(|row| row[1].to_owned()).collect();
    assert_eq!(told, keys);
}

#[test]
fn every_point_of_a_metric_stands_on_its_page_and_no_other() {
    let row = Regex::new(r"(?m)^\| `([a-z_]+)` \|").expect("a pattern");
    let page = named("metrics.md");
    let told: BTreeSet<&str> =
        row.captures_iter(&page.text).map(|row| row.get(1).expect("a word").as_str()).collect();
    assert_eq!(told, PointName::words().collect());
}

#[test]
fn every_variable_stands_on_the_page() {
    let variable = Regex::new("\"(SCRIBE_[A-Z_]+)\"").expect("a pattern");
    let page = page();
    let mut names = BTreeSet::new();
    let mut folders = vec![root().join("adapters/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                names.extend(variable.captures_iter(&text).map(|found| found[1].to_owned()));
            }
        }
    }
    assert!(names.len() > 8, "{names:?}");
    let missing: Vec<_> = names.iter().filter(|name| !page.text.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "settings.md does not tell {missing:?}");
}

#[test]
fn settings_on_a_page_can_be_read() {
    let mut count = 0;
    for page in for_users() {
        for part in page.parts() {
            if let Part::Fence(info, body) = part
                && info.split_whitespace().next() == Some("toml")
            {
                count += 1;
                let read = Config::read(&page.text[body], &page.path);
                assert!(read.is_ok(), "{}: {}", page.name(), read.unwrap_err());
            }
        }
    }
    assert!(count > 1, "no settings were found");
}
