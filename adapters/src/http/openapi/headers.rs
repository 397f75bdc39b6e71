//! The headers that are asked with and answered with, each described once.

use serde_json::{Value, json};

/// Those of requests.
pub(super) fn asked() -> Value {
    let header = |name: &str, about: &str| json!({ "name": name, "in": "header", "description": about, "schema": { "type": "string" } });
    json!({
        "IdempotencyKey": header(
            "Idempotency-Key",
            "Makes the request safe to send again: the same key gets the first receipt, and nothing is \
             recorded twice. A UUID is the request's own id; any other text stands for one."
        ),
        "IfMatch": header("If-Match", "The revision, in quotes, that the incident must be at."),
        "IfNoneMatch": header("If-None-Match", "The entity tag, in quotes, of the answer that the caller has seen."),
        "ScribeClock": header(
            "Scribe-Clock",
            "What the sender's clock says as it sends this, in RFC 3339. It decides no recorded time: if it differs from \
             the server's by more than is tolerated, when something happened that was told as now is put right, and \
             what was told is kept beside it. The answer then says what the server's clock says."
        ),
        "ScribeOccurredBy": header(
            "Scribe-Occurred-By",
            "`clock` if `occurred` was read off the sender's clock, then or when it was typed, and told by nobody."
        ),
        "LastEventId": header("Last-Event-ID", "Resumes an event stream after this position.")
    })
}

/// Those of answers.
pub(super) fn answered() -> Value {
    let header = |about: &str, kind: &str| json!({ "description": about, "schema": { "type": kind } });
    json!({
        "ETag": header("In quotes the incident's revision, and of a look a digest of the answer behind it; not told of what may be behind.", "string"),
        "ScribeStale": header(
            "Only while the store is out of reach: what is shown may lack what others have recorded since. A \
             dictionary (RFC 9651) of the moment since when, of the position of the last event that is at hand, \
             and of the cause: `since=\"2026-11-23T14:07:03Z\", position=1234, cause=\"out-of-reach\"`; `barred` \
             if somebody must change something first, with `why` and `remedy`; `differs` if what is at hand is \
             not what others have signed, and is read anew. A view's JSON then begins with a member `stale`, with \
             the first three; its text, Markdown and HTML with a sentence.",
            "string"
        ),
        "ScribePosition": header("The position up to which the record was seen.", "integer"),
        "Location": header("Where to go on; of an incident that was declared, its address.", "string")
    })
}
