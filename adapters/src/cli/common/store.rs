//! Which record a command line is about, and who logs in there.

use std::convert::Infallible;
use std::fmt;
use std::fs;
use std::str::FromStr;

use super::failure::{Failure, Kind};
use crate::app::{AddressError, ClusterAddress, Login, Place, StoreAddress};

/// An address as it was typed, which may hold a password: it is not to be shown.
#[derive(Clone)]
pub struct TypedAddress(String);

const USER: &str = "SCRIBE_STORE_USER";
const PASSWORD: &str = "SCRIBE_STORE_PASSWORD";
const PASSWORD_FILE: &str = "SCRIBE_STORE_PASSWORD_FILE";

/// The store that `--store` names; a folder without it.
pub fn chosen(store: Option<&TypedAddress>) -> Result<StoreAddress, Failure> {
    match store {
        Some(TypedAddress(text)) if text.is_empty() => Ok(StoreAddress::Folder),
        Some(TypedAddress(text)) if !ClusterAddress::is_meant(text) => Err(Failure::new(
            Kind::BadInput,
            "--store names no cluster",
            "write it as esdb://HOST:PORT; a record in a folder is named by --data DIR alone",
        )),
        Some(TypedAddress(text)) => cluster("--store", text).map(StoreAddress::Cluster),
        None => Ok(StoreAddress::Folder),
    }
}

/// A store as `scribe copy` takes it: a folder or a cluster.
pub fn place(option: &str, TypedAddress(text): &TypedAddress) -> Result<Place, Failure> {
    if text.is_empty() {
        return Err(Failure::new(
            Kind::BadInput,
            format!("{option} is empty"),
            "name a folder, or a cluster as esdb://HOST:PORT",
        ));
    }
    if ClusterAddress::is_meant(text) {
        cluster(option, text).map(Place::Cluster)
    } else {
        Ok(Place::Folder(text.into()))
    }
}

fn cluster(option: &str, text: &str) -> Result<ClusterAddress, Failure> {
    ClusterAddress::parse(text, &login()?).map_err(|AddressError { what, hint }| {
        Failure::new(Kind::BadInput, format!("{option} cannot be used: {what}"), hint)
    })
}

/// Who logs in, as the environment says: other users of a machine see arguments, but not that.
fn login() -> Result<Login, Failure> {
    let (user, password, file) = (variable(USER)?, variable(PASSWORD)?, variable(PASSWORD_FILE)?);
    let password = match (password, file) {
        (Some(_), Some(_)) => {
            return Err(Failure::new(
                Kind::BadInput,
                format!("both {PASSWORD} and {PASSWORD_FILE} are set"),
                "unset one of them",
            ));
        }
        (password, None) => password,
        (None, Some(file)) => {
            let unreadable = |error: &dyn fmt::Display| {
                let message = format!("{PASSWORD_FILE}: cannot read {file}: {error}");
                Failure::new(Kind::BadInput, message, "name a file with the password in it, and nothing else")
            };
            let bytes = fs::read(&file).map_err(|error| unreadable(&error))?;
            let text = String::from_utf8(bytes).map_err(|_| unreadable(&"it is not UTF-8"))?;
            // Editors end a file with a line's end, which is not meant.
            let text = text.strip_suffix('\n').map_or(&*text, |text| text.strip_suffix('\r').unwrap_or(text));
            Some(text.to_owned())
        }
    };
    Ok(Login { user, password })
}

/// A variable of the environment; one that is empty counts as unset.
fn variable(name: &str) -> Result<Option<String>, Failure> {
    let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) else { return Ok(None) };
    let not_utf_8 = |_| Failure::plain(Kind::BadInput, format!("{name} is not UTF-8"));
    value.into_string().map(Some).map_err(not_utf_8)
}

/// A text without what stands between `://` and the last `@` of a word: an address in the wrong place is
/// quoted where it is refused.
pub fn without_logins(text: &str) -> String {
    let hidden =
        text.split_inclusive(char::is_whitespace).map(|word| match (word.find("://"), word.rfind('@')) {
            (Some(scheme), Some(at)) if scheme < at => format!("{}://…{}", &word[..scheme], &word[at..]),
            _ => word.to_owned(),
        });
    hidden.collect()
}

/// An address without whatever may be a secret in it, however badly it is written: what stands before the last `@`,
/// and what stands behind a `?`.
fn address_without_login(text: &str) -> String {
    let (address, query) = match text.split_once('?') {
        // A password may have a question mark in it.
        Some((_, after)) if after.contains('@') => (text, ""),
        Some((address, _)) => (address, "?…"),
        None => (text, ""),
    };
    let shown = match (address.find("://"), address.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://…{}", &address[..scheme], &address[at..]),
        (_, Some(at)) => format!("…{}", &address[at..]),
        _ => address.to_owned(),
    };
    format!("{shown}{query}")
}

impl FromStr for TypedAddress {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl TypedAddress {
    /// As it was typed, to be read and never to be shown.
    pub fn as_typed(&self) -> &str {
        &self.0
    }
}

/// Without whoever logs in there.
impl fmt::Display for TypedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What stands behind a # is sent nowhere, and may be anything.
        let (address, rest) = self.0.split_once('#').map_or((&*self.0, ""), |(address, _)| (address, "#…"));
        write!(f, "{}{rest}", address_without_login(address))
    }
}

impl fmt::Debug for TypedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedAddress(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_holds_no_login() {
        let quoted = "unrecognized subcommand 'esdb://ada:p@ss@host:2113/a'\n\nUsage: esdb://host a@b";
        let shown = "unrecognized subcommand 'esdb://…@host:2113/a'\n\nUsage: esdb://host a@b";
        assert_eq!(without_logins(quoted), shown);
    }

    #[test]
    fn an_address_is_shown_without_its_secrets_however_it_is_written() {
        for (typed, shown) in [
            ("http://127.0.0.1:7474", "http://127.0.0.1:7474"),
            ("http://ada:p@ss@host:1/x", "http://…@host:1/x"),
            ("ada:hunter2@host", "…@host"),
            ("http:/ada:hunter2@host", "…@host"),
            ("http://host/?token=hunter2", "http://host/?…"),
            ("http://ada:hunt?er2@host", "http://…@host"),
        ] {
            assert_eq!(TypedAddress(typed.into()).to_string(), shown);
        }
    }

    #[test]
    fn what_was_typed_is_not_shown() {
        let typed: TypedAddress = " esdb://ada:secret@host ".parse().unwrap();
        assert_eq!(format!("{typed:?}"), "TypedAddress(..)");
        assert_eq!(typed.0, "esdb://ada:secret@host");
    }
}
