//! The house as the README draws it: which crate and which room may know of which.
//!
//! Reads the manifests and every mention of a path, and fails on an arrow that points the wrong way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use scribe_tests::modules::circles;

/// The crates of the house, and those each may depend on.
const CRATES: [(&str, &str, &[&str]); 5] = [
    ("domain", "scribe-domain", &[]),
    ("projections", "scribe-projections", &["scribe-domain"]),
    ("adapters", "scribe", &["scribe-domain", "scribe-projections"]),
    ("tests/protocol_server", "scribe-protocol-server", &[]),
    ("tests", "scribe-tests", &["scribe-domain", "scribe-projections", "scribe", "scribe-protocol-server"]),
];

/// The rooms of `adapters`, and the siblings each may mention. `app` joins them.
const ROOMS: [(&str, &[&str]); 21] = [
    ("clock", &[]),
    ("chance", &[]),
    ("durable", &[]),
    ("pause", &["chance"]),
    ("origin", &[]),
    ("way", &[]),
    ("time_stamping", &["chance", "way"]),
    ("config", &["inbound", "time_stamping"]),
    ("auth", &["chance", "config", "way"]),
    ("guide", &[]),
    ("store", &["chance", "clock"]),
    ("transfer", &["chance", "ledger", "pause"]),
    ("inbound", &[]),
    ("snapshots", &["durable"]),
    ("ledger", &["chance"]),
    ("views", &["inbound", "snapshots", "store"]),
    ("tasks", &["clock"]),
    ("outbound", &["clock", "config", "durable", "tasks"]),
    (
        "app",
        &[
            "auth",
            "clock",
            "config",
            "durable",
            "inbound",
            "ledger",
            "outbound",
            "pause",
            "snapshots",
            "store",
            "tasks",
            "time_stamping",
            "transfer",
            "views",
        ],
    ),
    (
        "http",
        &[
            "app",
            "auth",
            "clock",
            "config",
            "inbound",
            "ledger",
            "origin",
            "time_stamping",
            "transfer",
            "views",
        ],
    ),
    (
        "cli",
        &[
            "app",
            "auth",
            "clock",
            "config",
            "durable",
            "guide",
            "http",
            "ledger",
            "origin",
            "time_stamping",
            "views",
            "way",
        ],
    ),
];

/// What the inner crates never touch: the world, the clock, chance, a runtime.
const OUTSIDE: [&str; 18] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io",
    "SystemTime",
    "Instant",
    "Utc::now",
    "Local::now",
    "new_v4",
    "now_v7",
    "rand",
    "tokio",
    "println",
    "eprintln",
    "rusqlite",
    "axum",
];

/// Folders in which files know of each other all the way round, each with the reason why that is so today.
const CIRCLES: [(&str, &str); 2] = [
    ("tests/protocol_server/src", "calls, listeners and the node know each other; so do log and bulk"),
    ("tests/protocol_server/src/service", "reading goes over into a subscription, which begins by reading"),
];

const MOST_LINES: usize = 500;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there")
}

/// Every Rust file below a folder, with its text, comments taken out.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text =
                    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                found.push((path, without_comments(&text)));
            }
        }
    }
    assert!(!found.is_empty(), "no Rust files below {}", folder.display());
    found.sort();
    found
}

fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| if line.trim_start().starts_with("//") { "" } else { line })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The words of a text: what stands between characters that no path has.
fn mentions(text: &str, path: &str) -> bool {
    let in_a_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(path).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !before.is_some_and(in_a_word) && !after.is_some_and(in_a_word)
    })
}

/// The first names of the paths that begin with `prefix`: `crate::a::b` and `crate::{a::b, c}`.
fn names_after(text: &str, prefix: &str) -> BTreeSet<String> {
    let name =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices(prefix) {
        let rest = &text[at + prefix.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            names.insert(name(rest));
            continue;
        };
        let mut depth = 1;
        let mut starts = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' => starts = depth == 1,
                c if c.is_whitespace() => {}
                _ if starts => {
                    names.insert(name(&group[at..]));
                    starts = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    names.remove("");
    names
}

fn manifest(folder: &Path) -> toml::Table {
    let path = folder.join("Cargo.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn names_in<'a>(table: &'a toml::Table, section: &str) -> impl Iterator<Item = &'a str> {
    table
        .get(section)
        .and_then(toml::Value::as_table)
        .into_iter()
        .flat_map(toml::Table::keys)
        .map(String::as_str)
}

#[test]
fn crates_depend_inwards_only() {
    let ours: BTreeSet<&str> = CRATES.iter().map(|(_, name, _)| *name).collect();
    for (folder, name, may) in CRATES {
        let manifest = manifest(&root().join(folder));
        assert_eq!(manifest["package"]["name"].as_str(), Some(name));
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{name} keeps the house's lints");
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for dependency in names_in(&manifest, section).filter(|dependency| ours.contains(dependency)) {
                assert!(may.contains(&dependency), "{name} must not depend on {dependency} ({section})");
            }
        }
    }
}

#[test]
fn no_dependency_is_idle() {
    let mut idle = Vec::new();
    let mut used = BTreeSet::new();
    for (folder, name, _) in CRATES {
        let folder = root().join(folder);
        let manifest = manifest(&folder);
        let sources = sources(&folder);
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for dependency in names_in(&manifest, section) {
                used.insert(dependency.to_owned());
                let path = dependency.replace('-', "_");
                if !sources.iter().any(|(_, text)| mentions(text, &path)) {
                    idle.push(format!("{name} never mentions {dependency} of its {section}"));
                }
            }
        }
    }
    let workspace = manifest(&root());
    let listed = workspace["workspace"]["dependencies"].as_table().expect("shared versions");
    let unused = listed.keys().filter(|name| !used.contains(*name));
    idle.extend(unused.map(|name| format!("no crate uses {name}")));
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}

#[test]
fn the_inner_crates_touch_nothing_outside() {
    for folder in ["domain", "projections"] {
        for (path, text) in sources(&root().join(folder).join("src")) {
            for outside in OUTSIDE {
                assert!(!mentions(&text, outside), "{} mentions {outside}", path.display());
            }
        }
    }
}

#[test]
fn siblings_in_adapters_know_only_whom_they_may() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.into_iter().collect();
    let source = root().join("adapters/src");
    for (path, text) in sources(&source) {
        let inside = path.strip_prefix(&source).expect("below it");
        let first = inside.components().next().expect("a name").as_os_str().to_string_lossy();
        let room = first.trim_end_matches(".rs");
        if matches!(room, "lib" | "main") {
            continue;
        }
        let may =
            rooms.get(room).unwrap_or_else(|| panic!("{room} stands in no row of ROOMS: add it, and why"));
        // `super::` leads out of a room as well as `crate::` does.
        let out = "super::".repeat(inside.components().count() - usize::from(inside.ends_with("mod.rs")));
        let mentioned = names_after(&text, "crate::").into_iter().chain(names_after(&text, &out));
        for other in mentioned.filter(|other| rooms.contains_key(other.as_str()) && other != room) {
            assert!(may.contains(&other.as_str()), "{}: {room} must not know of {other}", inside.display());
        }
    }
}

#[test]
fn no_arrow_between_rooms_goes_both_ways() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.into_iter().collect();
    for (room, may) in &rooms {
        for other in *may {
            let back = rooms.get(other).is_some_and(|others| others.contains(room));
            assert!(!back, "{room} and {other} know of each other");
        }
    }
}

/// Of a folder's files and folders, none knows of one that knows of it, however far the way. Only its `mod.rs` stands
/// above and below them: it uses what it declares, and defines types that they share.
#[test]
fn no_folder_has_a_circle_in_it() {
    let mut found = BTreeMap::new();
    for (folder, _, _) in CRATES {
        let source = root().join(folder).join("src");
        let below = |path: &Path| path.strip_prefix(&source).expect("below it").display().to_string();
        let files: Vec<_> = sources(&source).iter().map(|(path, text)| (below(path), text.clone())).collect();
        for circle in circles(&files) {
            found.insert(Path::new(folder).join("src").join(circle.folder.join("/")), circle);
        }
    }
    let mut wrong = Vec::new();
    for (folder, reason) in CIRCLES {
        if found.remove(Path::new(folder)).is_none() {
            wrong.push(format!("{folder} has no circle any more ({reason}): take it out of CIRCLES"));
        }
    }
    wrong.extend(found.iter().map(|(folder, circle)| format!("{}: {circle}", folder.display())));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    for (folder, _, _) in CRATES {
        for (path, text) in sources(&root().join(folder)) {
            // What a protocol compiles to is as long as it is.
            if path.parent().is_some_and(|folder| folder.ends_with("client/proto")) {
                continue;
            }
            let lines = text.lines().count();
            assert!(lines <= MOST_LINES, "{} has {lines} lines; one concept a file", path.display());
        }
    }
}

#[test]
fn only_the_house_is_visible() {
    let may = ["Cargo.lock", "Cargo.toml", "README.md", "adapters", "domain", "projections", "tests"];
    let ignored = fs::read_to_string(root().join(".gitignore")).unwrap_or_default();
    let ignored: Vec<&str> = ignored.lines().map(|line| line.trim_matches('/')).collect();
    for entry in fs::read_dir(root()).expect("the workspace is there") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let fits = may.contains(&name.as_str())
            || name.starts_with('.')
            || name.starts_with("LICENSE")
            || name == "CHANGELOG.md"
            || ignored.contains(&name.as_str());
        assert!(fits, "{name} lies in the hall; settings are dotted, everything else has a room");
    }
}

#[test]
fn the_reader_of_paths_reads_paths() {
    let text = "use crate::{app::{App, Options}, config::Config};\nuse crate::clock::Clock;\nlet x = crate::cli::run();";
    let names: Vec<String> = names_after(text, "crate::").into_iter().collect();
    assert_eq!(names, ["app", "cli", "clock", "config"]);
    assert!(mentions("use tokio::fs;", "tokio") && !mentions("let tokio_like = 1;", "tokio"));
}
