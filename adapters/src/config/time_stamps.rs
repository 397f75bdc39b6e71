//! Who stamps the record, and how often: the section `[time_stamps]`.

use std::path::PathBuf;

use chrono::TimeDelta;
use serde::Deserialize;

use super::span::span;
use crate::time_stamping::fetch::TsaAddress;

/// Which authority stamps the record, and how often.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "Written")]
pub struct TimeStampSettings {
    /// Where it is asked; nowhere unless told.
    pub tsa: Option<TsaAddress>,
    /// How often a server has a record stamped that grows; never by itself unless told.
    pub every: Option<TimeDelta>,
    /// The file with the certificate of who vouches for it, in PEM: what others signed is not kept.
    pub ca: Option<PathBuf>,
}

/// A length of time.
#[derive(Deserialize)]
#[serde(transparent)]
struct Every(#[serde(deserialize_with = "span")] TimeDelta);

/// The section as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    tsa: Option<TsaAddress>,
    #[serde(default)]
    every: Option<Every>,
    #[serde(default)]
    ca: Option<PathBuf>,
}

impl TryFrom<Written> for TimeStampSettings {
    type Error = &'static str;

    fn try_from(Written { tsa, every, ca }: Written) -> Result<Self, Self::Error> {
        match (&tsa, &every, &ca) {
            (None, Some(_), _) => Err("`every` is set, but not whom to ask: write `tsa` too"),
            (None, None, Some(_)) => Err("`ca` is set, but not whom to ask: write `tsa` too"),
            _ => Ok(Self { tsa, every: every.map(|Every(span)| span), ca }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<TimeStampSettings, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn an_authority_is_asked_every_so_often() {
        let settings = read("tsa = \"https://tsa.example.com\"\nevery = \"6h\"\nca = \"tsa.pem\"").unwrap();
        assert_eq!(settings.every, Some(TimeDelta::hours(6)));
        assert_eq!(settings.tsa.unwrap().to_string(), "https://tsa.example.com/");
        assert!(read("").unwrap().tsa.is_none());
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, part) in [
            ("every = \"6h\"", "write `tsa` too"),
            ("ca = \"tsa.pem\"", "write `tsa` too"),
            ("tsa = \"tsa.example.com\"", "is no address of an authority"),
            ("tsa = \"https://ada:secret@tsa.example.com\"", "login"),
            ("tsa = \"https://tsa.example.com\"\nevery = \"6\"", "write 30m, 12h or 7d"),
            ("tsa = \"https://tsa.example.com\"\noften = \"6h\"", "unknown field `often`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part), "{part:?} is missing in: {error}");
        }
    }
}
