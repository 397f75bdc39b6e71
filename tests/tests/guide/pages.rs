//! Markdown, as far as it matters here: fences, comments, headings, links.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// One Markdown file.
pub(crate) struct Page {
    /// Its path below the repository's root.
    pub(crate) path: PathBuf,
    /// What stands in it.
    pub(crate) text: String,
}

/// What the tests act on, in the order of the page.
pub(crate) enum Part {
    /// A block of code: the words behind its fence, and where its text is.
    Fence(String, Range<usize>),
    /// An HTML comment, which readers do not see.
    Comment(String),
}

/// The folder of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there")
}

/// Every page of the repository.
pub(crate) fn all() -> Vec<Page> {
    let mut pages = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() {
                // What was built or installed here, and hidden folders of tools, but for our own two.
                let is_ours = !name.starts_with('.') || name == ".ci" || name == ".dist";
                if is_ours && name != "target" && name != "node_modules" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(Page::read(&path));
            }
        }
    }
    pages.sort_by(|a, b| a.path.cmp(&b.path));
    pages
}

/// The pages for users: the README and the guide.
pub(crate) fn for_users() -> Vec<Page> {
    let is_for_users =
        |page: &Page| page.path == Path::new("README.md") || page.path.starts_with("adapters/guide");
    let pages: Vec<Page> = all().into_iter().filter(is_for_users).collect();
    assert!(pages.len() > 5, "the guide is missing");
    pages
}

/// Held by whoever may write pages anew, from reading them to writing them.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether pages are to be written anew rather than compared.
pub(crate) fn is_regenerating() -> bool {
    std::env::var_os("SCRIBE_REGENERATE").is_some()
}

impl Page {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path: path.strip_prefix(root()).expect("below the root").to_owned(), text }
    }

    /// The page's name in messages.
    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Puts texts in the places of others; the places must not overlap.
    pub(crate) fn rewrite(&self, mut edits: Vec<(Range<usize>, String)>) {
        edits.sort_by_key(|(range, _)| range.start);
        let mut text = self.text.clone();
        for (range, new) in edits.into_iter().rev() {
            text.replace_range(range, &new);
        }
        fs::write(root().join(&self.path), text).expect("the page can be written");
    }

    fn events(&self) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES).into_offset_iter()
    }

    /// Its blocks of code and comments.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut fence: Option<(String, Option<Range<usize>>)> = None;
        for (event, range) in self.events() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    fence = Some((info.to_string(), None));
                }
                Event::Text(_) => {
                    if let Some((_, body)) = &mut fence {
                        let start = body.as_ref().map_or(range.start, |body| body.start);
                        *body = Some(start..range.end);
                    }
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some((info, Some(body))) = fence.take() {
                        parts.push(Part::Fence(info, body));
                    }
                }
                Event::Html(html) => {
                    let comment = html.trim().strip_prefix("<!--").and_then(|html| html.strip_suffix("-->"));
                    parts.extend(comment.map(|comment| Part::Comment(comment.trim().to_owned())));
                }
                _ => {}
            }
        }
        parts
    }

    /// Where its links and images lead.
    pub(crate) fn links(&self) -> Vec<String> {
        let link = |event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.to_string())
            }
            _ => None,
        };
        self.events().filter_map(|(event, _)| link(event)).collect()
    }

    /// Its words in code type.
    pub(crate) fn code_spans(&self) -> Vec<String> {
        let span = |event| match event {
            Event::Code(code) => Some(code.to_string()),
            _ => None,
        };
        self.events().filter_map(|(event, _)| span(event)).collect()
    }

    /// Its headings' anchors, as GitHub makes them.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let mut anchors: Vec<String> = Vec::new();
        let mut heading: Option<String> = None;
        for (event, _) in self.events() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::Text(words) | Event::Code(words) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    let anchor = anchor(&heading.take().unwrap_or_default());
                    let again = anchors.iter().filter(|before| **before == anchor).count();
                    anchors.push(if again == 0 { anchor } else { format!("{anchor}-{again}") });
                }
                _ => {}
            }
        }
        anchors
    }
}

fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn a_page_is_read_as_readers_see_it() {
    let text = "# A `b`: c\n\n<!-- run: true -->\n\n```console waits\n$ x\ny\n```\n\n[a](b.md#c) `d/e`\n\n## A b c\n";
    let page = Page { path: "x.md".into(), text: text.to_owned() };
    assert_eq!(page.anchors(), ["a-b-c", "a-b-c-1"]);
    assert_eq!(
        (page.links(), page.code_spans()),
        (vec!["b.md#c".to_owned()], vec!["b".to_owned(), "d/e".to_owned()])
    );
    let parts = page.parts();
    assert!(matches!(&parts[0], Part::Comment(words) if words == "run: true"));
    assert!(
        matches!(&parts[1], Part::Fence(info, body) if info == "console waits" && &text[body.clone()] == "$ x\ny\n")
    );
}
