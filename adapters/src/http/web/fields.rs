//! What the forms of pages send.

use std::collections::BTreeMap;

use axum::body::Bytes;
use scribe_domain::text::Text;

use crate::http::problem::Problem;
use crate::http::wire::body::Written;

/// The fields of a form; what was left empty was left out.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Reads a form that has these fields and no others.
    pub(super) fn read(body: &Written, known: &[&str]) -> Result<Self, Problem> {
        let Written::Form(body) = body else {
            return Err(Problem::MediaType {
                given: "application/json".into(),
                read: "application/x-www-form-urlencoded",
            });
        };
        let body: &Bytes = body;
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if !known.contains(&&*name) {
                let name: String = name.chars().take(80).collect();
                return Err(Problem::Field {
                    path: name,
                    what: "is no field of this form".into(),
                    hint: format!("it has {}", known.join(", ")),
                });
            }
            if value.contains('\u{fffd}') {
                return Err(Problem::field(name, "is not UTF-8"));
            }
            if !value.trim().is_empty() && fields.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(Problem::field(name, "stands there twice"));
            }
        }
        Ok(Self(fields))
    }

    /// What was written into a field, if anything was.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// What was written into a field that must not be left empty, read as what it is.
    pub(super) fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        name: &str,
    ) -> Result<T, Problem> {
        let text = self.get(name).ok_or_else(|| Problem::field(name, "is missing"))?;
        text.trim().parse().map_err(|error: T::Err| Problem::field(name, error.to_string()))
    }

    /// Words, if there are any.
    pub(super) fn words(&self, name: &str) -> Result<Option<Text>, Problem> {
        let read = |text: &str| Text::new(text).map_err(|error| Problem::field(name, error.to_string()));
        self.get(name).map(read).transpose()
    }
}

/// Where to go afterwards: a place of this server's own, or else the first page. Whoever makes an address that leads here could
/// otherwise lead people on to a page of theirs, as if it were ours.
pub(super) fn place(next: Option<&str>) -> &str {
    let is_own = |next: &&str| {
        next.starts_with('/')
            && !next[1..].starts_with(['/', '\\'])
            && next.len() <= 1_000
            && next.bytes().all(|byte| byte.is_ascii_graphic())
            && !next.starts_with("/sign-")
    };
    next.filter(is_own).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        for own in
            ["/", "/v1/runs?format=html", "/v1/incidents/20230104-x/timeline?format=html&zone=Asia%2FTokyo"]
        {
            assert_eq!(place(Some(own)), own);
        }
        for other in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
            "/a\r\nLocation: https://evil.example",
            "/ a",
            "",
            "v1",
            "/\t/evil.example",
            "/sign-out",
            "/sign-in?next=/",
            &format!("/{}", "a".repeat(1_000)),
        ] {
            assert_eq!(place(Some(other)), "/", "{other}");
        }
        assert_eq!(place(None), "/");
    }

    #[test]
    fn a_form_has_its_own_fields_each_once() {
        let read = |form: &'static str| {
            Fields::read(&Written::Form(Bytes::from_static(form.as_bytes())), &["a", "b"])
        };
        let fields = read("a=1+2&b=").unwrap();
        assert_eq!((fields.get("a"), fields.get("b")), (Some("1 2"), None));
        for bad in ["c=1", "a=1&a=2", "a=%ff"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read("a=x").unwrap().parse::<u32>("a").is_err() && fields.parse::<u32>("b").is_err());
        assert!(Fields::read(&Written::Json(Bytes::new()), &[]).is_err());
    }
}
