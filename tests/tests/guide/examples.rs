//! Every `console` block of the README and the guide, run in a shell, one shell a page, and compared.
//!
//! - `$` begins a command and `>` goes on with it; what follows is its output. A line `…` stands for any lines, and
//!   `…` within a line for any characters.
//! - ```` ```console waits ```` is one command that goes on running, as a server does.
//! - A fence with a file's name behind the language (```` ```toml scribe-data/scribe.toml ````) is that file.
//! - `<!-- run: COMMAND -->` is run and not shown; `<!-- cluster -->` starts a cluster at `127.0.0.1:2113`,
//!   `<!-- cluster away -->` and `<!-- cluster back -->` stop it and start it again.
//! - A block `sh` is not run. There are few, and each page says in `NOT_RUN` how many.

use std::ops::Range;

use snapbox::{Assert, Data};

use crate::pages::{Page, Part, for_users, is_regenerating, turn};
use crate::session::{Session, today};

/// How many blocks of a page are not run: they need a network, a cluster of somebody's, or minutes.
const NOT_RUN: [(&str, usize); 4] = [
    ("README.md", 3),
    ("adapters/guide/install.md", 3),
    ("adapters/guide/backups.md", 1),
    ("adapters/guide/cluster.md", 3),
];

/// A command and its output on the page.
struct Step {
    command: String,
    shown: Range<usize>,
}

#[test]
fn every_example_is_what_the_program_says() {
    let _turn = turn();
    let mut lies = Vec::new();
    for page in for_users() {
        let began = today();
        let mut found = follow(&page);
        if today() != began {
            // Midnight passed on the way, and an incident has two days in it.
            found = follow(&page);
        }
        if is_regenerating() {
            page.rewrite(found.into_iter().map(|lie| (lie.shown, lie.actual)).collect());
        } else {
            lies.extend(found.into_iter().map(|lie| lie.text));
        }
    }
    assert!(lies.is_empty(), "{}\nSCRIBE_REGENERATE=1 writes what it says now", lies.join("\n"));
}

#[test]
fn what_is_not_run_is_counted() {
    for page in for_users() {
        let mut not_run = 0;
        for part in page.parts() {
            let Part::Fence(info, body) = part else { continue };
            let language = info.split_whitespace().next().unwrap_or_default();
            let is_command = page.text[body].lines().any(|line| line.starts_with("$ "));
            match language {
                "console" => assert!(is_command, "{}: a console without a command", page.name()),
                "sh" => not_run += 1,
                "text" | "toml" | "yaml" | "json" => {
                    assert!(!is_command, "{}: a command that is not run stands in {language}", page.name());
                }
                other => panic!("{}: a fence of {other:?}: nothing checks it", page.name()),
            }
        }
        let said = NOT_RUN.iter().find(|(name, _)| *name == page.name()).map_or(0, |(_, count)| *count);
        assert_eq!(not_run, said, "{}: blocks `sh`, which are not run", page.name());
    }
}

/// Where a page differs from the program.
struct Lie {
    shown: Range<usize>,
    actual: String,
    text: String,
}

fn follow(page: &Page) -> Vec<Lie> {
    let mut session = Session::new();
    let mut lies = Vec::new();
    for part in page.parts() {
        match part {
            Part::Comment(comment) => match comment.as_str() {
                "cluster" => session.cluster(),
                "cluster away" => session.cluster_away(),
                "cluster back" => session.cluster_back(),
                other => {
                    if let Some(command) = other.strip_prefix("run: ") {
                        session.prepare(command);
                    }
                }
            },
            Part::Fence(info, body) => match info.split_once(' ').unwrap_or((&info, "")) {
                ("console", "waits") => {
                    let steps = steps(&page.text, &body);
                    let [step] = steps.as_slice() else {
                        panic!("{}: one command waits, and not {}", page.name(), steps.len())
                    };
                    let shown = &page.text[step.shown.clone()];
                    let actual = session.start(&step.command, |output| differs(output, shown).is_none());
                    lies.extend(lie(page, step, &actual));
                }
                ("console", _) => {
                    for step in steps(&page.text, &body) {
                        let actual = session.run(&step.command);
                        lies.extend(lie(page, &step, &actual));
                    }
                }
                (_, "" | "map") => {}
                (_, file) => session.write(file, &page.text[body]),
            },
        }
    }
    lies
}

fn steps(text: &str, body: &Range<usize>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut at = body.start;
    for line in text[body.clone()].split_inclusive('\n') {
        let end = at + line.len();
        let words = line.trim_end_matches('\n');
        match (words.strip_prefix("$ "), words.strip_prefix("> "), steps.last_mut()) {
            (Some(command), _, _) => steps.push(Step { command: command.to_owned(), shown: end..end }),
            (None, Some(more), Some(step)) if step.shown.is_empty() => {
                step.command.push('\n');
                step.command.push_str(more);
                step.shown = end..end;
            }
            (None, _, Some(step)) => step.shown.end = end,
            (None, _, None) => panic!("a console begins with a command, and not with {words:?}"),
        }
        at = end;
    }
    steps
}

fn lie(page: &Page, step: &Step, actual: &str) -> Option<Lie> {
    let shown = &page.text[step.shown.clone()];
    let difference = differs(actual, shown)?;
    let (nearest, _) = Assert::new().normalize(Data::text(trimmed(actual)), Data::text(pattern(shown)));
    let nearest = nearest.render().unwrap_or_default();
    let mut actual = String::new();
    for line in nearest.lines() {
        actual.push_str(if line == "..." { "…" } else { line }.replace("[..]", "…").as_str());
        actual.push('\n');
    }
    let text = format!("{}: $ {}\n{difference}", page.name(), step.command);
    Some(Lie { shown: step.shown.clone(), actual, text })
}

/// How an output differs from what a page shows.
fn differs(actual: &str, shown: &str) -> Option<String> {
    let compared =
        Assert::new().try_eq(Some(&"the program"), Data::text(trimmed(actual)), Data::text(pattern(shown)));
    compared.err().map(|difference| difference.to_string())
}

/// What a page shows, as a pattern of `snapbox`.
fn pattern(shown: &str) -> String {
    let line = |line: &str| if line.trim() == "…" { "...".to_owned() } else { line.replace('…', "[..]") };
    trimmed(&shown.lines().map(line).collect::<Vec<_>>().join("\n"))
}

/// An empty line at the end is not to be seen on a page.
fn trimmed(text: &str) -> String {
    let text = text.trim_matches('\n');
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_page_that_lies_is_found_out() {
    let text = "```console\n$ echo \"a\n> b\"; echo c\na\n…\nc\n$ echo d\ne\n```\n";
    let page = Page { path: "x.md".into(), text: text.to_owned() };
    let lies = follow(&page);
    assert_eq!(lies.len(), 1, "only the last output is wrong");
    assert_eq!((&text[lies[0].shown.clone()], lies[0].actual.as_str()), ("e\n", "d\n"));
    assert!(differs("a: 17 things", "a: … things").is_none() && differs("a: 17", "b: …").is_some());
}
