//! The cookies of pages: a session's, and that of a sign-in with a provider that is on its way.
//!
//! Where connections are secured, their names begin with `__Host-` (RFC 6265bis, section 4.1.3.2): a browser takes such a cookie from
//! this very host alone, so that no other site below the same domain can put one there.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;

use super::entrance::Entrance;
use crate::auth::secret::Secret;

/// A cookie of this program's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    /// Of somebody who is signed in.
    Session,
    /// Of somebody who was sent to a provider and has not come back.
    OnTheWay,
}

/// How cookies are named and kept at an entrance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Jar {
    /// Whether whoever asks does so over a secured connection, here or up to a proxy.
    is_secured: bool,
}

impl Jar {
    /// Of the entrance that a request came through.
    pub(super) fn of(entrance: Option<&Entrance>) -> Self {
        Self { is_secured: entrance.is_some_and(Entrance::is_private) }
    }

    /// How a browser asks here.
    pub(super) fn scheme(self) -> &'static str {
        if self.is_secured { "https" } else { "http" }
    }

    fn name(self, cookie: Cookie) -> &'static str {
        match (cookie, self.is_secured) {
            (Cookie::Session, true) => "__Host-scribe",
            (Cookie::Session, false) => "scribe",
            (Cookie::OnTheWay, true) => "__Host-scribe-on-the-way",
            (Cookie::OnTheWay, false) => "scribe-on-the-way",
        }
    }

    /// What a cookie holds. Two of one name are none: it cannot be said which is ours.
    pub(super) fn read(self, headers: &HeaderMap, cookie: Cookie) -> Option<&str> {
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut found = pairs.filter(|(name, _)| *name == self.name(cookie)).map(|(_, value)| value);
        let value = found.next()?;
        if found.next().is_some() { None } else { Some(value) }
    }

    /// The secret of the session that a request belongs to.
    pub(super) fn session(self, headers: &HeaderMap) -> Option<Secret> {
        self.read(headers, Cookie::Session)?.parse().ok()
    }

    /// Has a browser keep a cookie for so long. What it holds is letters, digits, `.`, `-` and `_`; anything else would end it.
    pub(super) fn keep(self, cookie: Cookie, value: &str, long: TimeDelta) -> Option<HeaderValue> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if !value.bytes().all(is_plain) {
            return None;
        }
        let secure = if self.is_secured { "; Secure" } else { "" };
        let seconds = long.num_seconds().max(0);
        let name = self.name(cookie);
        let line = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let mut line = HeaderValue::from_str(&line).ok()?;
        line.set_sensitive(true);
        Some(line)
    }

    /// Has a browser forget a cookie.
    pub(super) fn forget(self, cookie: Cookie) -> Option<HeaderValue> {
        self.keep(cookie, "", TimeDelta::zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        headers
    }

    #[test]
    fn a_cookie_is_read_by_its_whole_name_and_only_where_there_is_one() {
        let (plain, secured) = (Jar { is_secured: false }, Jar { is_secured: true });
        let secret = Secret::draw().unwrap();
        let shown = secret.shown();
        for line in
            [format!("scribe={shown}"), format!("a=b; scribe={shown};c=d"), format!(" scribe={shown} ")]
        {
            assert_eq!(plain.session(&with(&[&line])), Some(secret.clone()), "{line}");
            assert_eq!(secured.session(&with(&[&line])), None, "a name that anybody may set does not count");
        }
        let host = format!("__Host-scribe={shown}");
        assert_eq!(secured.session(&with(&["x=y", &host])), Some(secret));
        let other = format!("scribe={}", Secret::draw().unwrap().shown());
        let one = format!("scribe={shown}");
        for none in [
            vec![],
            vec!["scribe"],
            vec!["scribe="],
            vec!["scribe=scribe_short"],
            vec![one.as_str(), other.as_str()],
            vec!["xscribe=1", "Scribe=2"],
            vec!["\u{fc}=1"],
        ] {
            assert_eq!(plain.session(&with(&none)), None, "{none:?}");
        }
    }

    #[test]
    fn a_kept_cookie_is_for_this_host_and_not_for_scripts() {
        let line = |jar: Jar| jar.keep(Cookie::Session, "scribe_ab", TimeDelta::hours(1));
        let kept = line(Jar { is_secured: true }).unwrap();
        assert_eq!(kept, "__Host-scribe=scribe_ab; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure");
        assert!(kept.is_sensitive());
        let kept = line(Jar { is_secured: false }).unwrap();
        assert_eq!(kept, "scribe=scribe_ab; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax");
        let jar = Jar { is_secured: false };
        assert!(jar.forget(Cookie::OnTheWay).unwrap().to_str().unwrap().contains("Max-Age=0"));
        for bad in ["a;b", "a b", "a\r\nb", "\"", "\u{fc}"] {
            assert_eq!(jar.keep(Cookie::OnTheWay, bad, TimeDelta::hours(1)), None, "{bad:?}");
        }
    }
}
