//! Addresses of the API: a path and a query, safely encoded.

use std::fmt::Write as _;

/// A path under `/v1` with its query.
#[derive(Debug, Clone)]
pub struct Address {
    text: String,
    has_query: bool,
}

impl Address {
    /// The address of these path segments, each encoded.
    pub fn of(segments: &[&str]) -> Self {
        let mut text = String::new();
        for segment in segments {
            text.push('/');
            encode(segment, &mut text);
        }
        Self { text, has_query: false }
    }

    /// With one more part of the query.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "callers pass what they have, owned or not")]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.text.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        self.text.push_str(name);
        self.text.push('=');
        encode(&value.to_string(), &mut self.text);
        self
    }

    /// With one more part of the query if there is a value.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            into.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_addresses_is_encoded() {
        let address = Address::of(&["v1", "status-pages", "a/../b"])
            .with("as_of", "2023-01-04T18:05Z")
            .with_some("match", Some("kubectl & café"))
            .with_some("by", None::<&str>);
        assert_eq!(
            address.as_str(),
            "/v1/status-pages/a%2F..%2Fb?as_of=2023-01-04T18%3A05Z&match=kubectl%20%26%20caf%C3%A9"
        );
    }
}
