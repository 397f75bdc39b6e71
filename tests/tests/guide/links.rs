//! Every link leads somewhere, and every map shows what is there.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::pages::{Page, Part, all, root};

/// The first folders of paths that stand in the text of a page.
const ROOTS: [&str; 6] = ["domain/", "projections/", "adapters/", "tests/", ".ci/", ".dist/"];

#[test]
fn every_link_leads_somewhere() {
    let pages = all();
    let anchors: BTreeMap<PathBuf, Vec<String>> =
        pages.iter().map(|page| (page.path.clone(), page.anchors())).collect();
    let mut lost = Vec::new();
    let mut count = 0;
    for page in &pages {
        for link in page.links().iter().filter(|link| !is_elsewhere(link)) {
            count += 1;
            let (path, anchor) = link.split_once('#').map_or((&**link, None), |(path, at)| (path, Some(at)));
            let target = if path.is_empty() { page.path.clone() } else { beside(&page.path, path) };
            let fits = root().join(&target).exists()
                && anchor.is_none_or(|anchor| {
                    anchors.get(&target).is_some_and(|anchors| anchors.iter().any(|known| known == anchor))
                });
            if !fits {
                lost.push(format!("{}: {link} leads nowhere", page.name()));
            }
        }
    }
    assert!(count > 40, "only {count} links were found");
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn every_path_of_a_map_is_there() {
    let (mut lost, mut count) = (Vec::new(), 0);
    for page in all() {
        for part in page.parts() {
            let Part::Fence(info, body) = part else { continue };
            if info != "text map" {
                continue;
            }
            for line in page.text[body].lines().filter(|line| !line.trim().is_empty()) {
                let path = line.split_whitespace().next().unwrap_or_default();
                count += 1;
                if !is_there(&beside(&page.path, path)) {
                    lost.push(format!("{}: there is no {path}", page.name()));
                }
            }
        }
    }
    assert!(count > 60, "only {count} lines of maps were found");
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn every_path_in_the_text_is_there() {
    let mut lost = Vec::new();
    for page in all().iter().filter(|page| page.path != Path::new("CHANGELOG.md")) {
        for span in page.code_spans() {
            let is_path = ROOTS.iter().any(|root| span.starts_with(root))
                && !span.contains(|c: char| c.is_whitespace() || "*{<:…".contains(c));
            if is_path && !is_there(Path::new(&span)) && !is_there(&beside(&page.path, &span)) {
                lost.push(format!("{}: there is no {span}", page.name()));
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn the_readme_is_short() {
    let pages = all();
    let readme = pages.iter().find(|page| page.path == Path::new("README.md")).expect("a README");
    let lines = readme.text.lines().count();
    assert!(lines <= 150, "README.md has {lines} lines; a topic of the guide takes what is too much");
}

fn is_there(path: &Path) -> bool {
    root().join(path).exists()
}

fn is_elsewhere(link: &str) -> bool {
    ["http://", "https://", "mailto:"].iter().any(|scheme| link.starts_with(scheme))
}

/// A path as it is meant on a page.
fn beside(page: &Path, path: &str) -> PathBuf {
    let mut target = page.parent().unwrap_or(Path::new("")).to_owned();
    for component in Path::new(path).components() {
        match component {
            Component::ParentDir => {
                target.pop();
            }
            Component::CurDir => {}
            component => target.push(component),
        }
    }
    target
}

#[test]
fn a_page_that_lies_is_found_out() {
    let page = Page { path: "a/b.md".into(), text: "[x](../c.md#d)".to_owned() };
    assert_eq!(page.links(), ["../c.md#d"]);
    assert_eq!(beside(&page.path, "../c.md"), Path::new("c.md"));
}
