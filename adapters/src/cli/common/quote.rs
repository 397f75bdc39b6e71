//! Words as a shell line.

/// The line that a POSIX shell reads as exactly these words.
///
/// A word of nothing but letters, digits and `@%_+=:,./-` stands as it is; any other is put in single
/// quotes, and a single quote in it becomes `'\''`. A first word with a `=` is quoted too, or a shell
/// would take it for an assignment.
pub fn join(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().enumerate().map(|(place, word)| quote(word, place == 0)).collect();
    quoted.join(" ")
}

fn quote(word: &str, first: bool) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%_+=:,./-".contains(c);
    let assigns = first && word.contains('=');
    if !word.is_empty() && word.chars().all(plain) && !assigns {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(words: &[&str]) -> String {
        join(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn only_what_needs_quotes_gets_them() {
        assert_eq!(joined(&["kubectl", "rollout", "undo", "deploy/api"]), "kubectl rollout undo deploy/api");
        assert_eq!(joined(&["echo", "a b", "", "it's", "$HOME;ls"]), r"echo 'a b' '' 'it'\''s' '$HOME;ls'");
        assert_eq!(joined(&["A=b", "env", "A=b"]), "'A=b' env A=b");
    }

    #[test]
    fn a_shell_reads_the_line_as_the_same_words() {
        let words = ["a b", "", "'", "\"$x`y`\"", "~", "*", "#", "!", "line\nbreak", "\\", "-n", "ü"];
        let line = format!("for w in {}; do printf '%s\\0' \"$w\"; done", joined(&words));
        let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
        let read = String::from_utf8(output.stdout).unwrap();
        assert_eq!(read.split_terminator('\0').collect::<Vec<_>>(), words);
    }
}
