//! An event as the cluster has it: its payload is the data; its header is the metadata, with a trailer.
//!
//! The bytes of both stay as they are, so the leaves of the ledger are the same as in every other store. What
//! the header does not say stands in the trailer, spliced in before its last brace, so that the metadata are one
//! JSON object to everybody else: the event's index in its append and how many the append has, and the salt, or
//! of an erased event the digest of what stood there.

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use scribe_domain::event_store::{Body, Salt};
use scribe_domain::ids::{CommandId, EventId};
use scribe_domain::values::Digest;
use serde_json::value::RawValue;

use crate::store::kurrent::client::Proposed;

const PLACE: &str = r#","append":["#;
const SALT: &str = r#"],"salt":""#;
const ERASED: &str = r#"],"erased":""#;
const END: &str = r#""}"#;

/// An event, as both of its texts say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store::kurrent) struct Form {
    /// The header, byte for byte.
    pub(in crate::store::kurrent) header: Box<str>,
    /// The payload, or what remains of it.
    pub(in crate::store::kurrent) body: Body,
    /// Its index in its append, from 0.
    pub(in crate::store::kurrent) index: u32,
    /// How many events the append has.
    pub(in crate::store::kurrent) count: u32,
}

impl Form {
    /// The metadata.
    pub(in crate::store::kurrent) fn metadata(&self) -> String {
        let open = self.header.strip_suffix('}').unwrap_or(&self.header);
        let mut metadata = String::with_capacity(open.len() + 80);
        metadata.push_str(open);
        // Writing to a string cannot fail.
        let _ = write!(metadata, "{PLACE}{},{}", self.index, self.count);
        match &self.body {
            Body::Told { salt, .. } => metadata.extend([SALT, &HEXLOWER.encode(&salt.0)]),
            Body::Erased { digest, .. } => metadata.extend([ERASED, &HEXLOWER.encode(&digest.0)]),
        }
        metadata.push_str(END);
        metadata
    }

    /// The event as the cluster gets it: of this request, of this kind, with these data.
    pub(in crate::store::kurrent) fn proposed(
        &self,
        command_id: CommandId,
        kind: &str,
        data: Box<RawValue>,
    ) -> Proposed {
        let id = EventId::derive(command_id, self.index).0;
        Proposed { id, kind: kind.to_owned(), metadata: self.metadata(), data }
    }

    /// The data.
    pub(in crate::store::kurrent) fn data(&self) -> &str {
        match &self.body {
            Body::Told { payload, .. } => payload,
            Body::Erased { remains, .. } => remains,
        }
    }

    /// Reads both texts; `None` unless they are just what would be written.
    pub(in crate::store::kurrent) fn read(metadata: &[u8], data: &[u8]) -> Option<Self> {
        let (metadata, data) = (str::from_utf8(metadata).ok()?, str::from_utf8(data).ok()?);
        let (open, trailer) = metadata.rsplit_once(PLACE)?;
        let (place, secret) = trailer.split_once("],")?;
        let (index, count) = place.split_once(',')?;
        let secret = secret.strip_suffix(END)?;
        let body = if let Some(salt) = secret.strip_prefix(&SALT[2..]) {
            let salt = HEXLOWER.decode(salt.as_bytes()).ok()?.try_into().ok()?;
            Body::Told { payload: data.into(), salt: Salt(salt) }
        } else {
            let digest = secret.strip_prefix(&ERASED[2..])?;
            let digest = HEXLOWER.decode(digest.as_bytes()).ok()?.try_into().ok()?;
            Body::Erased { digest: Digest(digest), remains: data.into() }
        };
        let form = Self {
            header: format!("{open}}}").into(),
            body,
            index: index.parse().ok()?,
            count: count.parse().ok()?,
        };
        (form.index < form.count && form.metadata() == metadata).then_some(form)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(body: Body) -> Form {
        Form { header: r#"{"type":"noted","index":1}"#.into(), body, index: 1, count: 3 }
    }

    #[test]
    fn the_metadata_are_the_header_and_a_trailer() {
        let told = form(Body::Told { payload: r#"{"text":"x"}"#.into(), salt: Salt([0xab; 16]) });
        let golden = format!(r#"{{"type":"noted","index":1,"append":[1,3],"salt":"{}"}}"#, "ab".repeat(16));
        assert_eq!(told.metadata(), golden);
        assert!(serde_json::from_str::<serde_json::Value>(&golden).is_ok());
        assert_eq!(Form::read(golden.as_bytes(), br#"{"text":"x"}"#), Some(told));

        let erased = form(Body::Erased { digest: Digest([0xcd; 32]), remains: "{}".into() });
        let golden = format!(r#"{{"type":"noted","index":1,"append":[1,3],"erased":"{}"}}"#, "cd".repeat(32));
        assert_eq!(erased.metadata(), golden);
        assert_eq!(Form::read(golden.as_bytes(), b"{}"), Some(erased));
    }

    #[test]
    fn what_is_not_just_that_is_somebody_elses() {
        let good = form(Body::Told { payload: "{}".into(), salt: Salt([1; 16]) }).metadata();
        for bad in [
            String::new(),
            "{}".into(),
            good.replace("[1,3]", "[3,3]"),
            good.replace("[1,3]", "[01,3]"),
            good.replace("[1,3]", "[1, 3]"),
            good.replace("01\"}", "\"}"),
            good.replace("salt", "sand"),
            format!("{good} "),
            good.replace("\"}", "\",\"more\":1}"),
        ] {
            assert_eq!(Form::read(bad.as_bytes(), b"{}"), None, "{bad}");
        }
        assert_eq!(Form::read(good.as_bytes(), &[0xff]), None);
    }

    proptest! {
        /// Also a header whose texts speak of appends and salts comes back byte for byte.
        #[test]
        fn every_header_comes_back(
            texts in proptest::collection::vec(r#"\PC{0,12}|,"append":\[0,1\],"salt":"00"\}"#, 1..4),
            payload in r"\PC{0,40}", salt in any::<[u8; 16]>(), (index, count) in (0..9_u32, 1..9_u32),
        ) {
            let header = serde_json::json!({ "texts": texts, "append": [0, 1], "nested": { "append": [0, 1] } });
            let body = Body::Told { payload: payload.as_str().into(), salt: Salt(salt) };
            let form = Form { header: header.to_string().into(), body, index, count: index + count };
            let metadata = form.metadata();
            prop_assert_eq!(Form::read(metadata.as_bytes(), payload.as_bytes()), Some(form));
        }

        #[test]
        fn nothing_makes_it_panic(metadata in any::<Vec<u8>>(), text in r#"\PC{0,20}(,"append":\[[0-9,]{0,6}\],"salt":"[0-9a-f]{0,40}"\})?"#) {
            for metadata in [&metadata, text.as_bytes()] {
                if let Some(form) = Form::read(metadata, b"{}") {
                    let again = form.metadata();
                    prop_assert_eq!(again.as_bytes(), metadata);
                }
            }
        }
    }
}
