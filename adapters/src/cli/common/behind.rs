//! What is said of an answer that may be behind.

use super::terminal::printable;
use crate::http::display;

/// The warning about an answer that may be behind: by the header's members, whatever else a newer server
/// may say there.
pub(super) fn warning(stale: &str) -> String {
    let member = |name: &str| {
        let value =
            stale.split(',').find_map(|member| member.trim().strip_prefix(name)?.strip_prefix('='))?;
        let value = display::read(value).unwrap_or_else(|| value.to_owned());
        Some(printable(value.trim_matches('"')))
    };
    let or_unknown = |member: Option<String>| member.unwrap_or_else(|| "?".to_owned());
    let (since, position) = (or_unknown(member("since")), or_unknown(member("position")));
    match member("cause").as_deref() {
        Some("barred") => {
            let why = member("why").map(|why| format!(": {why}")).unwrap_or_default();
            let remedy = member("remedy").map(|remedy| format!("\nhint: {remedy}")).unwrap_or_default();
            format!(
                "warning: this may be behind: the store has refused access since {since}{why}; it shows the \
                 record up to event {position}{remedy}"
            )
        }
        Some("differs") => format!(
            "warning: this may be wrong: since {since}, the local copy up to event {position} differs from what \
             other nodes have signed; it is being read again from the log"
        ),
        _ => format!(
            "warning: this may be behind: the store has been out of reach since {since}; it shows the record up \
             to event {position}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_behind_is_told_by_the_header() {
        let given = warning(r#"since="2026-11-23T14:07:03Z", position=1234"#);
        assert!(
            given.ends_with("since 2026-11-23T14:07:03Z; it shows the record up to event 1234"),
            "{given}"
        );
        let given = warning(
            r#"since="2026-11-23T14:07:03Z", position=7, cause="barred", why=%"no%2c never %c3%a4", remedy=%"ask Ada""#,
        );
        assert!(
            given.contains("refused access since 2026-11-23T14:07:03Z: no, never ä; it shows"),
            "{given}"
        );
        assert!(given.ends_with("up to event 7\nhint: ask Ada"), "{given}");
        assert!(warning(r#"since="x", position=7, cause="differs""#).contains("this may be wrong"));
        assert!(warning("position=7;x, since=\"a\u{1b}b\"").contains("since a<U+001B>b;"));
        assert!(warning("").contains("since ?"));
    }
}
