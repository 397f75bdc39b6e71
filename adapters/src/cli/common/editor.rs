//! A long text, written in the editor that people are used to.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::Command;

use super::failure::{Failure, Kind};

/// What stands below it is not part of the text. Lines of Markdown may begin with any other mark.
const SCISSORS: &str = "----- >8 ----- what stands below is left out -----";

/// Whether somebody sits at a terminal and has said which editor they use.
pub fn is_at_hand() -> bool {
    io::stdin().is_terminal()
        && io::stdout().is_terminal()
        && io::stderr().is_terminal()
        && chosen().is_some()
}

/// `$VISUAL`, or else `$EDITOR`; what is empty counts as unset.
fn chosen() -> Option<String> {
    let set = |name| std::env::var(name).ok().filter(|value: &String| !value.trim().is_empty());
    set("VISUAL").or_else(|| set("EDITOR"))
}

/// Lets somebody write a text that begins so; `note` stands below it, to be read and not to be kept.
pub fn write(begin: &str, note: &str) -> Result<String, Failure> {
    let Some(editor) = chosen() else {
        return Err(Failure::new(Kind::BadInput, "the text is missing", "give it, or set VISUAL or EDITOR"));
    };
    let failed =
        |what: String| Failure::new(Kind::Other, what, "give the text on the command line, or - for stdin");
    let mut file = tempfile::Builder::new()
        .prefix("scribe-")
        .suffix(".md")
        .tempfile()
        .map_err(|error| failed(format!("a file for the editor cannot be made: {error}")))?;
    file.write_all(format!("{begin}\n\n{SCISSORS}\n\n{note}\n").as_bytes())
        .and_then(|()| file.flush())
        .map_err(|error| failed(format!("a file for the editor cannot be written: {error}")))?;
    // An editor may come with options: a shell splits them as people expect.
    let status =
        Command::new("sh").args(["-c", &format!("{editor} \"$1\""), "scribe"]).arg(file.path()).status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => {
            return Err(failed(format!(
                "the editor {editor:?} ended badly ({status}); nothing was recorded"
            )));
        }
        Err(error) => return Err(failed(format!("the editor {editor:?} cannot be started: {error}"))),
    }
    // Read by its name: many editors put a new file in the place of the old one.
    let written = std::fs::read_to_string(file.path())
        .map_err(|error| failed(format!("what the editor wrote cannot be read: {error}")))?;
    let text = above(&written);
    if text.is_empty() {
        return Err(Failure::plain(Kind::BadInput, "nothing was written, so nothing was recorded"));
    }
    Ok(text)
}

fn above(written: &str) -> String {
    let lines: Vec<&str> = written.lines().take_while(|line| line.trim_end() != SCISSORS).collect();
    lines.join("\n").trim().to_owned()
}

/// What stands below each of these headings, where something does.
pub fn sections<'a>(text: &str, headings: &[&'a str]) -> Vec<(&'a str, String)> {
    let mut found: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        let heading = line.strip_prefix("## ").map(str::trim);
        if let Some(heading) = headings.iter().find(|known| heading == Some(**known)) {
            found.push((heading, String::new()));
        } else if let Some((_, body)) = found.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    for (_, body) in &mut found {
        *body = body.trim().to_owned();
    }
    found.retain(|(_, body)| !body.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_below_the_line_is_left_out() {
        let written = format!("\n# A heading\n\n- an item\n\n{SCISSORS}\n\nThe last one.\n");
        assert_eq!(above(&written), "# A heading\n\n- an item");
        assert_eq!(above("all of it"), "all of it");
    }

    #[test]
    fn a_section_is_what_stands_below_its_heading() {
        let text = "## What went well?\nThe page came.\n\n## Where were we lucky?\n\n## What went badly?\n## Else\nSlow.\n";
        let headings = ["What went well?", "Where were we lucky?", "What went badly?"];
        assert_eq!(
            sections(text, &headings),
            [
                ("What went well?", "The page came.".to_owned()),
                ("What went badly?", "## Else\nSlow.".to_owned())
            ]
        );
    }
}
