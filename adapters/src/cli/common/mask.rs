//! Secrets in what a run printed, masked before an excerpt of it enters the record.
//!
//! A record is never changed, so a secret in it stays. Masking is a net under the rope: it knows the
//! forms below and no others.

use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;

/// What stands in a secret's place.
pub const MASKED: &str = "[masked]";

/// The forms that are known by themselves: a name, and a pattern. Where a pattern has a group `keep`,
/// that part stays, so that a reader sees what was masked.
const KNOWN: &[(&str, &str)] = &[
    (
        "PEM private keys, also when cut off at either end",
        r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)|(?:[A-Za-z0-9+/=]+\s+)*-----END [A-Z0-9 ]*PRIVATE KEY-----",
    ),
    ("AWS access key ids (AKIA…, ASIA…)", r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}\b"),
    (
        "GitHub tokens (ghp_…, gho_…, ghu_…, ghs_…, ghr_…, github_pat_…)",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})",
    ),
    ("GitLab tokens (glpat-…)", r"\bglpat-[A-Za-z0-9_-]{16,}"),
    (
        "Slack tokens (xoxb-…, xapp-…) and webhook addresses",
        r"\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{8,}|hooks\.slack\.com/services/[A-Za-z0-9/_-]+",
    ),
    ("JSON Web Tokens (eyJ….eyJ….…)", r"\beyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"),
    (
        "Authorization, cookie and API key headers",
        r"(?im)(?P<keep>\b(?:proxy-)?authorization\s*:\s*|\bset-cookie\s*:\s*|\bcookie\s*:\s*|\bx-(?:api-key|auth-token)\s*:\s*)[^\r\n'\x22]+",
    ),
    ("bearer and basic credentials", r"(?i)(?P<keep>\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}"),
    (
        "the user part of addresses (https://user:password@host)",
        r"(?P<keep>\b[A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#@]+@",
    ),
    (
        "values of names that end in password, passwd, _pass, secret, token, api key, access key, private key, credential (NAME=… or NAME: …, also quoted, as in JSON and YAML)",
        r#"(?i)(?P<keep>[A-Za-z0-9_.-]*(?:passw(?:or)?d|[_-]pass|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)["']?\s*[=:]\s*)(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s"',;&]+)"#,
    ),
    (
        "values of options such as --password … and --token …",
        r#"(?i)(?P<keep>--?(?:[a-z0-9-]*-)?(?:password|passwd|secret|token|api-key)[ \t]+)(?:"[^"]*"?|'[^']*'?|[^\s"'-][^\s]*)"#,
    ),
];

static COMPILED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    // A pattern that does not compile would be found by the test below; here it would only be missing.
    KNOWN.iter().filter_map(|(_, pattern)| Regex::new(pattern).ok()).collect()
});

/// What counts as a secret.
#[derive(Debug, Clone, Default)]
pub struct Masks {
    own: Vec<Regex>,
}

impl Masks {
    /// The known forms, and some of the organisation's own.
    pub fn with(own: Vec<Regex>) -> Self {
        Self { own }
    }

    /// The text with every secret masked.
    pub fn mask(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for pattern in COMPILED.iter().chain(&self.own) {
            if pattern.is_match(&masked) {
                let keeps = pattern.capture_names().any(|name| name == Some("keep"));
                let replacement = if keeps { "${keep}[masked]" } else { MASKED };
                masked = pattern.replace_all(&masked, replacement).into_owned();
            }
        }
        masked
    }

    /// Whether there is something to mask.
    pub fn finds(&self, text: &str) -> bool {
        COMPILED.iter().chain(&self.own).any(|pattern| pattern.is_match(text))
    }
}

/// What `scribe run --help` says about it.
pub fn help() -> String {
    let mut text = String::from(
        "What is kept: the line, who ran it and by what right, when it began and ended, how it exited, the\n\
         SHA-256 of everything it printed (both streams, in the order they came), and the last 4 KiB of that\n\
         with secrets masked and control characters made visible. What it prints is passed through unchanged.\n\n\
         The line is kept as it is, for its approval covers exactly that: keep secrets out of it.\n\n\
         Words after -- are run as they are, without a shell; the line is those words joined by spaces, each\n\
         in single quotes unless it is all letters, digits and @%_+=:,./- (a quote becomes '\\'').\n\
         With --shell LINE, exactly that line is run by `sh -c`.\n\n\
         Masked in the excerpt:\n",
    );
    for (name, _) in KNOWN {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  - {name}");
    }
    text.push_str("  - whatever matches a pattern of the settings file: [mask] patterns = [\"…\"]\n\n");
    text.push_str(
        "Ctrl-C or the end of --wait before an approval withdraws the proposal. Once it runs, SIGTERM,\n\
         SIGINT, SIGHUP and SIGQUIT are passed on to all its processes, and what is left of it when it has ended so is\n\
         ended too. On a terminal the line has the keyboard, Ctrl-C included.\n\n\
         Exit codes before the line runs are scribe's own (see scribe --help); then the line's own, 128 + N\n\
         if signal N ended it, 127 if there is no such program and 126 if it cannot be started.",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        Masks::default().mask(text)
    }

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(COMPILED.len(), KNOWN.len());
    }

    #[test]
    fn known_secrets_are_masked_and_what_is_around_them_stays() {
        for (text, expected) in [
            ("id AKIAIOSFODNN7EXAMPLE.", "id [masked]."),
            ("ghp_0123456789abcdefghij0123456789abcdef ok", "[masked] ok"),
            ("glpat-0123456789abcdefABCD", "[masked]"),
            ("say xoxb-123456789012-abcdefghij there", "say [masked] there"),
            ("https://hooks.slack.com/services/T0/B0/xyz", "https://[masked]"),
            ("Authorization: Bearer abc.def", "Authorization: [masked]"),
            (
                "> authorization: Basic dXNlcjpwYXNz\n> accept: */*",
                "> authorization: [masked]\n> accept: */*",
            ),
            ("sent bearer 0123456789abcdef ok", "sent bearer [masked] ok"),
            ("psql postgres://app:hunter2@db:5432/x", "psql postgres://[masked]db:5432/x"),
            ("DB_PASSWORD=hunter2 make", "DB_PASSWORD=[masked] make"),
            ("password: 'two words' # why", "password: [masked] # why"),
            (r#"{"api_key":"a\"b","n":1}"#, r#"{"api_key":[masked],"n":1}"#),
            ("client_secret = \"x y\"", "client_secret = [masked]"),
            ("url?token=abc&x=1", "url?token=[masked]&x=1"),
            ("login --password hunter2 --user me", "login --password [masked] --user me"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig-nature end", "[masked] end"),
            ("a\n-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nb", "a\n[masked]\nb"),
            ("a\n-----BEGIN PRIVATE KEY-----\nMIIEv", "a\n[masked]"),
            ("MIIEv\nQIBA\n-----END PRIVATE KEY-----\nb", "[masked]\nb"),
        ] {
            assert_eq!(masked(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "deployment.apps/api rolled back",
            "see https://example.com/a@b?c=d#e and mail me@example.com",
            "the password was rotated, says the bearer of news",
            "tokens left: 3 of 5; exit 1",
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn an_organisation_has_forms_of_its_own() {
        let masks =
            Masks::with(vec![Regex::new("(?P<keep>cust-)[0-9]+").unwrap(), Regex::new("blue").unwrap()]);
        assert_eq!(masks.mask("cust-12 in blue"), "cust-[masked] in [masked]");
        assert!(masks.finds("blue") && !masks.finds("red"));
    }

    #[test]
    fn masking_again_changes_nothing() {
        let once = masked("token=abc https://u:p@h/ --password x Authorization: y");
        assert_eq!(masked(&once), once);
    }
}
