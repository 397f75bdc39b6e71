//! What an authority answers: a token, or why not.

use der::{Decode as _, Encode as _};

use super::NoStamp;
use super::asn1::{StatusInfo, TimeStampResp};

/// How much of an authority's words is told.
const WORDS: usize = 200;

/// The token in an answer; or why there is none.
pub fn token(answer: &[u8]) -> Result<Vec<u8>, NoStamp> {
    let odd = |what: String| NoStamp::Odd(what);
    let TimeStampResp { status, token } =
        TimeStampResp::from_der(answer).map_err(|error| odd(format!("it does not read ({error})")))?;
    // 0 is granted, 1 granted with changes; what was changed is seen in the token.
    match (status.status, token) {
        (0 | 1, Some(token)) => token.to_der().map_err(|error| odd(error.to_string())),
        (0 | 1, None) => Err(odd("it says that it stamped, and holds no token".to_owned())),
        _ => Err(NoStamp::Refused(reason(&status))),
    }
}

fn reason(status: &StatusInfo<'_>) -> String {
    let words = status.text.iter().flatten().map(|text| text.as_str()).collect::<Vec<_>>().join("; ");
    let words: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS).collect();
    let failures: Vec<&str> = FAILURES
        .iter()
        .filter(|(bit, _)| status.failure.is_some_and(|bits| bits.bits().nth(*bit) == Some(true)))
        .map(|(_, what)| *what)
        .collect();
    let kind = match status.status {
        2 => "rejected".to_owned(),
        3 => "it answers later, and is not waited for".to_owned(),
        4 | 5 => "its certificate is revoked, or about to be".to_owned(),
        other => format!("status {other}"),
    };
    let told = failures.join(", ");
    match (words.trim(), told.as_str()) {
        ("", "") => kind,
        ("", told) => told.to_owned(),
        (words, "") => format!("{words} ({kind})"),
        (words, told) => format!("{words} ({told})"),
    }
}

/// What bits of a refusal mean (RFC 3161, section 2.4.2).
const FAILURES: [(usize, &str); 8] = [
    (0, "it takes no SHA-256"),
    (2, "it does not allow this request"),
    (5, "it could not read the request"),
    (14, "its clock is not available"),
    (15, "it has no such policy"),
    (16, "it has no such extension"),
    (17, "what was asked besides is not available"),
    (25, "it cannot work at present"),
];
