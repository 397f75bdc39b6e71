//! The table of the ASVS: no requirement is left out, and whatever is said to show that one is met is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::pages::{Page, for_users, root};

/// The requirements of level 1 and 2 in the chapters that the page is about: how many there are in each section, in order, from
/// 1 on; those of level 3 among them are left out.
const SECTIONS: &str = "1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 \
    4.3:2 4.4:4 5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 \
    8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 \
    13.4:5 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3";

/// A row of the page.
struct Row {
    ids: Vec<String>,
    state: String,
    why: String,
}

fn page() -> Page {
    let mut pages = for_users().into_iter();
    pages.find(|page| page.path.ends_with("guide/asvs.md")).expect("the page")
}

fn rows(text: &str) -> Vec<Row> {
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|c| c.trim().to_owned()).collect();
    let is_row =
        |line: &&str| line.strip_prefix("| ").is_some_and(|l| l.starts_with(|c: char| c.is_ascii_digit()));
    let row = |line: &str| {
        let cells: Vec<String> = cells(line);
        let [ids, _, state, why] = &*cells else { panic!("{line} has not four cells") };
        Row { ids: ids.split(", ").flat_map(span).collect(), state: state.clone(), why: why.clone() }
    };
    text.lines().filter(is_row).map(row).collect()
}

/// `6.2.1–6.2.3` is three of them.
fn span(told: &str) -> Vec<String> {
    let Some((first, last)) = told.split_once('–') else { return vec![told.to_owned()] };
    let ends = [first, last].map(|id| id.rsplit_once('.').expect("an id"));
    let [(section, from), (same, to)] = ends;
    assert_eq!(section, same, "{told} is of one section");
    let [from, to] = [from, to].map(|number| number.parse::<u32>().expect("a number"));
    (from..=to).map(|number| format!("{section}.{number}")).collect()
}

#[test]
fn no_requirement_is_left_out_and_none_stands_there_twice() {
    let mut asked = BTreeSet::new();
    for section in SECTIONS.split_whitespace() {
        let (section, count) = section.split_once(':').expect("a section");
        asked.extend((1..=count.parse().expect("a number")).map(|n: u32| format!("{section}.{n}")));
    }
    let mut told = BTreeSet::new();
    for id in rows(&page().text).into_iter().flat_map(|row| row.ids) {
        assert!(asked.contains(&id), "{id} is not asked for");
        assert!(told.insert(id.clone()), "{id} stands there twice");
    }
    assert_eq!(asked.difference(&told).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(asked.len(), 210);
}

#[test]
fn what_shows_that_it_is_met_is_there() {
    let mut names = BTreeSet::new();
    for folder in ["domain", "projections", "adapters", "tests"] {
        tests_below(&root().join(folder), &mut names);
    }
    let (mut lost, mut shown) = (Vec::new(), 0);
    for row in rows(&page().text) {
        let ids = row.ids.join(", ");
        assert!(["met", "no matter", "yours", "open"].contains(&&*row.state), "{ids}: {}", row.state);
        assert!(row.why.len() > 3, "{ids}: it does not say why");
        for span in row.why.split('`').skip(1).step_by(2) {
            let is_name = span.len() > 20 && span.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let is_path = ["adapters/", "domain/", "projections/", "tests/", ".ci/", ".dist/"]
                .iter()
                .any(|room| span.starts_with(room));
            shown += usize::from(is_name || is_path);
            if (is_name && !names.contains(span)) || (is_path && !root().join(span).exists()) {
                lost.push(format!("{ids}: there is no {span}"));
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    assert!(shown > 70, "only {shown} are shown by something");
}

/// The names of all tests below a folder.
fn tests_below(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            tests_below(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                let name = line.split_once("fn ").map(|(_, rest)| rest);
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    is_test = true;
                } else if let Some(name) = name.filter(|_| is_test) {
                    names.insert(name.split('(').next().unwrap_or_default().to_owned());
                    is_test = false;
                }
            }
        }
    }
}
