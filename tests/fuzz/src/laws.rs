//! What every answer must be, whatever was sent.

use scribe::http::{PROBLEM_JSON, problem_codes};
use serde_json::Value;

use crate::request::Sent;
use crate::world::{Answer, Operation, World};

/// A run of letters and digits that is so long is no word: it may be a secret.
const SECRET_LIKE: usize = 24;

/// Sends a request and holds its answer to the laws.
pub fn hold(sent: Sent, world: &mut World) {
    world.turn();
    let Sent { method, path, told, shown, request } = sent;
    // What somebody wrote into the record, others are shown.
    world.told.push_str(&told);
    let answer = world.send(request);
    let what = || format!("{method} {path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));

    assert!(answer.status < 500 || answer.status == 503, "a failure of the server's own: {}", what());
    assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{}", what());
    assert_eq!(header(&answer, "referrer-policy"), "same-origin", "{}", what());
    if answer.status >= 400 && method != "HEAD" {
        is_problem(&answer, &what());
    }
    if answer.status == 503 {
        assert!(!header(&answer, "retry-after").is_empty(), "nobody is told when to come again: {}", what());
    }

    let said = said(&answer);
    let counts = |value: &Vec<u8>| world.secrets().any(|secret| holds(value, secret.as_bytes()));
    if (200..300).contains(&answer.status) && !shown.iter().any(counts) {
        let anybody = world.operations.iter().any(|known| known.is_open && known.is_at(&path));
        assert!(anybody, "nobody was let in: {}", what());
    }
    for secret in world.secrets() {
        let is_shown = holds(&said, secret.as_bytes());
        assert!(!is_shown || world.told.contains(secret), "a secret is told: {}", what());
    }
    for run in shown.iter().flat_map(|value| value.split(|byte| !byte.is_ascii_alphanumeric())) {
        let is_shown = run.len() >= SECRET_LIKE && holds(&said, run);
        assert!(!is_shown || holds(world.told.as_bytes(), run), "it says what was shown: {}", what());
    }
}

fn is_problem(answer: &Answer, what: &str) {
    assert_eq!(header(answer, "content-type"), PROBLEM_JSON, "{what}");
    let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {what}"));
    let code = problem["code"].as_str().unwrap_or_else(|| panic!("a problem without a code: {what}"));
    let known = problem_codes().into_iter().any(|known| known.code == code && known.status == answer.status);
    assert!(known, "no such code with this status: {what}");
    assert_eq!(problem["type"], format!("urn:scribe:problem:{code}"), "{what}");
    assert_eq!(problem["status"], answer.status, "{what}");
    for told in ["title", "detail", "hint"] {
        assert!(problem[told].as_str().is_some_and(|text| !text.is_empty()), "no {told}: {what}");
    }
}

impl Operation {
    /// Whether it is asked at this path.
    fn is_at(&self, path: &str) -> bool {
        let (mut known, mut asked) = (self.path.split('/'), path.split('/'));
        loop {
            match (known.next(), asked.next()) {
                // As many parts as there are.
                (Some("{tile}"), Some(_)) | (None, None) => return true,
                (Some(part), Some(asked)) if part == asked || part.starts_with('{') => {}
                _ => return false,
            }
        }
    }
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The headers and the body.
fn said(answer: &Answer) -> Vec<u8> {
    let mut said: Vec<u8> = answer.headers.values().flat_map(|value| [value.as_bytes(), b"\n"].concat()).collect();
    said.extend_from_slice(&answer.body);
    said
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && text.windows(part.len()).any(|window| window == part)
}
