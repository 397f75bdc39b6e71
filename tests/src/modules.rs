//! Which file of a crate mentions which, and where that goes round in a circle.
//!
//! Files are read as text: `use` items, and paths that begin with `crate::`, `super::`, `self::` or the name of a
//! module below. A name that a module has from a `use` of its own counts as one of the file that it comes from, so
//! that no arrow hides behind a re-export. What is compiled for tests only does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use regex::Regex;

/// A module by its names below the crate; the crate's root has none.
pub type Module = Vec<String>;

/// Files or folders of one folder that know of each other all the way round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// The folder, as names below the crate.
    pub folder: Module,
    /// Each names the next, and the last the first; with a file that does, and what it names.
    pub arrows: Vec<(String, Mention)>,
}

/// One file that names something of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    from: Module,
    path: String,
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a circle in {}:", self.folder.join("/"))?;
        for (name, mention) in &self.arrows {
            write!(f, "\n  {name} → ({} names {})", mention.from.join("/"), mention.path)?;
        }
        Ok(())
    }
}

/// One circle for each folder that has any, given every file of a crate: its path below `src` and its text.
///
/// A folder's own `mod.rs` is no part of a circle: it may use what it declares, and what it declares may use the
/// types that it defines.
pub fn circles(files: &[(String, String)]) -> Vec<Circle> {
    let modules = Modules::read(files);
    let mut folders: BTreeMap<Module, Arrows> = BTreeMap::new();
    for (from, file) in &modules.files {
        for path in &file.paths {
            let Some(to) = modules.target(from, path, 0) else { continue };
            let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
            // One of the two is the other's `mod.rs`, or they are the same.
            let (Some(one), Some(other)) = (from.get(shared), to.get(shared)) else { continue };
            let mention = Mention { from: from.clone(), path: path.join("::") };
            let arrows = folders.entry(from[..shared].to_vec()).or_default();
            arrows.entry(one.clone()).or_default().entry(other.clone()).or_insert(mention);
        }
    }
    let found = folders.into_iter().filter_map(|(folder, arrows)| {
        let round = arrows.keys().find_map(|start| way_round(&arrows, start))?;
        let next = round.iter().cycle().skip(1);
        let arrows =
            round.iter().zip(next).map(|(one, other)| (one.clone(), arrows[one][other].clone())).collect();
        Some(Circle { folder, arrows })
    });
    found.collect()
}

/// Whom each names, with the first file that does.
type Arrows = BTreeMap<String, BTreeMap<String, Mention>>;

/// The shortest way from a name back to itself.
fn way_round(arrows: &Arrows, start: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut met = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in way.last().and_then(|last| arrows.get(last)).into_iter().flat_map(BTreeMap::keys) {
                if next == start {
                    return Some(way);
                }
                if met.insert(next.clone()) {
                    longer.push(way.iter().chain([next]).cloned().collect());
                }
            }
        }
        ways = longer;
    }
    None
}

struct Modules {
    files: BTreeMap<Module, File>,
}

/// What a file mentions.
#[derive(Default)]
struct File {
    paths: Vec<Vec<String>>,
    /// What a `use` gives names to.
    names: BTreeMap<String, Vec<String>>,
}

impl Modules {
    fn read(files: &[(String, String)]) -> Self {
        let mut texts: BTreeMap<Module, String> = BTreeMap::new();
        let mut for_tests = BTreeSet::new();
        for (path, text) in files {
            let mut module: Module = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            // What a protocol compiles to has a name with dots, and is no module by itself.
            if module == ["main"] || module.last().is_some_and(|name| name.contains('.')) {
                continue;
            }
            if matches!(module.last().map(String::as_str), Some("lib" | "mod")) {
                module.pop();
            }
            let (text, declared) = without_tests(text);
            for_tests.extend(declared.into_iter().map(|name| [module.clone(), vec![name]].concat()));
            texts.insert(module, text);
        }
        texts.retain(|module, _| !(1..=module.len()).any(|end| for_tests.contains(&module[..end])));
        let below = |module: &Module| -> BTreeSet<String> {
            let folder = |other: &&Module| other.len() == module.len() + 1 && other.starts_with(module);
            texts.keys().filter(folder).filter_map(|other| other.last().cloned()).collect()
        };
        let files = texts.iter().map(|(module, text)| (module.clone(), File::read(text, &below(module))));
        Self { files: files.collect() }
    }

    /// The file in which what a path names is defined; nothing for a path out of the crate.
    fn target(&self, from: &[String], path: &[String], depth: usize) -> Option<Module> {
        let mut at = from.to_vec();
        let mut names = path.iter();
        let mut name = names.next()?;
        match name.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => drop(at.pop()?),
            // Of a module below; anything else is looked up by whoever calls.
            _ => names = path.iter(),
        }
        loop {
            let Some(next) = names.next() else { return Some(at) };
            name = next;
            if name == "super" {
                at.pop()?;
            } else if self.files.contains_key(&[at.clone(), vec![name.clone()]].concat()) {
                at.push(name.clone());
            } else {
                break;
            }
        }
        // Round and round only where a name stands for itself.
        let from_elsewhere = self.files.get(&at).and_then(|file| file.names.get(name)).filter(|_| depth < 8);
        from_elsewhere.and_then(|path| self.target(&at, path, depth + 1)).or(Some(at))
    }
}

impl File {
    fn read(text: &str, below: &BTreeSet<String>) -> Self {
        let uses = Regex::new(r"(?m)^\s*(?:pub(?:\([^)]*\))? )?use ([^;]+);").expect("a pattern");
        let visibility = Regex::new(r"pub\(in [^)]*\)").expect("a pattern");
        let inline = Regex::new(r"(?:^|[^\w:])((?:\w+::)+\w+)").expect("a pattern");
        let starts = |path: &[String]| {
            path.first().is_some_and(|first| {
                matches!(first.as_str(), "crate" | "super" | "self") || below.contains(first)
            })
        };
        let mut file = Self::default();
        for found in uses.captures_iter(text) {
            for (path, name) in leaves(&found[1]) {
                if starts(&path) {
                    file.paths.push(path.clone());
                    file.names.insert(name, path);
                }
            }
        }
        let rest = uses.replace_all(text, "");
        for found in inline.captures_iter(&visibility.replace_all(&rest, "")) {
            let path: Vec<String> = found[1].split("::").map(str::to_owned).collect();
            if starts(&path) {
                file.paths.push(path);
            }
        }
        file
    }
}

/// The paths of a `use`, and what each is called from there on: `a::{b, c::d as e}` is `a::b` and `a::c::d`.
fn leaves(tree: &str) -> Vec<(Vec<String>, String)> {
    let tree = tree.trim();
    if let Some((before, group)) = tree.split_once('{') {
        let prefix: Vec<String> =
            before.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let group = group.trim_end().strip_suffix('}').unwrap_or(group);
        let mut depth = 0;
        let parts = group.split(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            c == ',' && depth == 0
        });
        let of_part = |part: &str| {
            leaves(part)
                .into_iter()
                .map(|(mut path, name)| {
                    if path == ["self"] {
                        return (prefix.clone(), prefix.last().cloned().unwrap_or(name));
                    }
                    path.splice(..0, prefix.iter().cloned());
                    (path, name)
                })
                .collect::<Vec<_>>()
        };
        return parts.filter(|part| !part.trim().is_empty()).flat_map(of_part).collect();
    }
    let (path, name) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name.trim())));
    let path: Vec<String> = path.split("::").map(|name| name.trim().to_owned()).collect();
    let name = name.map(str::to_owned).or_else(|| path.last().cloned()).unwrap_or_default();
    vec![(path, name)]
}

/// A text without comments and without its modules of tests; and the names of those that lie in files of their own.
fn without_tests(text: &str) -> (String, Vec<String>) {
    let (mut kept, mut declared) = (String::new(), Vec::new());
    let mut lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    while let Some(line) = lines.next() {
        if !(line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test,")) {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        let item = lines.by_ref().find(|line| !line.starts_with("#[")).unwrap_or_default();
        if let Some((_, name)) = item.strip_suffix(';').and_then(|item| item.split_once("mod ")) {
            declared.push(name.to_owned());
        } else if item.ends_with('{') {
            // As rustfmt sets it, what begins at a line's first place ends there.
            lines.by_ref().find(|line| *line == "}");
        }
    }
    (kept, declared)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect();
        let name = |circle: Circle| {
            let names: Vec<String> = circle.arrows.into_iter().map(|(name, _)| name).collect();
            format!("{}: {}", circle.folder.join("/"), names.join(" "))
        };
        circles(&files).into_iter().map(name).collect()
    }

    #[test]
    fn a_circle_is_found_however_it_is_written() {
        let root = ("lib.rs", "pub mod a;\npub mod b;\n");
        for there in ["use crate::b::Thing;", "use super::b::{self, Thing};", "fn f() -> super::b::Thing {}"]
        {
            assert_eq!(found(&[root, ("a.rs", there), ("b.rs", "use crate::{a::Other, c};\n")]), [": a b"]);
        }
        assert_eq!(found(&[root, ("a.rs", "use super::b;\n"), ("b.rs", "// super::a\n")]), [""; 0]);
        let folder = [root, ("a/mod.rs", "mod one;\nmod two;\n"), ("a/one.rs", "use super::two::x;\n")];
        let round = [&folder[..], &[("a/two.rs", "fn f() {\n    super::one::y();\n}\n")]].concat();
        assert_eq!(found(&round), ["a: one two"]);
        // From folder to folder, though no two files know of each other.
        let far = [
            root,
            ("a/one.rs", "use crate::b::x;\n"),
            ("b/mod.rs", ""),
            ("b/y.rs", "use crate::a::two::z;\n"),
            ("a/mod.rs", ""),
            ("a/two.rs", ""),
        ];
        assert_eq!(found(&far), [": a b"]);
    }

    #[test]
    fn a_reexport_hides_nothing() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\npub use b::Thing;\n"),
            ("a.rs", "use super::Thing;\n"),
            ("b.rs", "use crate::a::Other;\n"),
        ];
        assert_eq!(found(&files), [": a b"]);
    }

    #[test]
    fn a_folders_own_file_and_tests_are_no_part_of_it() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\npub struct Shared(b::Thing);\n"),
            ("a.rs", "use super::Shared;\nuse crate::b::Thing;\n"),
            (
                "b.rs",
                "pub(in crate::a) struct Thing;\n\n#[cfg(test)]\nmod tests {\n    use crate::a::x;\n}\n",
            ),
        ];
        assert_eq!(found(&files), [""; 0]);
        let apart = [
            files[0],
            files[1],
            ("b/mod.rs", "#[cfg(test)]\nmod tests;\n"),
            ("b/tests.rs", "use crate::a::x;\n"),
        ];
        assert_eq!(found(&apart), [""; 0]);
    }
}
