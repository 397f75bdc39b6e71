//! The tokens that this program shows to servers: one for each server, in the platform's keyring where there is one, and else in a file
//! that only its owner can read.
//!
//! `SCRIBE_TOKEN` comes first, for scripts. A token is never an option, since other users of a machine see arguments.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use scribe_domain::actor::Who;
use serde::{Deserialize, Serialize};

use super::failure::{Failure, Kind};
use super::home;
use super::keyring::{self, Keyring};
use crate::auth::secret::Secret;
use crate::durable;

/// The variable with the token.
pub const VARIABLE: &str = "SCRIBE_TOKEN";
const FILE: &str = "credentials.json";

/// Servers by their addresses, and the token for each.
type Kept = BTreeMap<String, Credential>;

/// A token, and whose it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Credential {
    /// The secret; none where the keyring has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    who: Option<Who>,
}

/// What is shown to a server: a secret, and whose it is as far as that is known here.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The secret.
    pub secret: Secret,
    /// Whose it is.
    pub who: Option<Who>,
}

/// The token to show to this server, if there is one.
pub fn of(server: &str) -> Result<Option<Shown>, Failure> {
    let told = std::env::var(VARIABLE).ok().filter(|told| !told.trim().is_empty());
    if let Some(told) = told {
        return read_secret(VARIABLE, &told).map(|secret| Some(Shown { secret, who: None }));
    }
    let Some(kept) = read()?.remove(&key(server)) else { return Ok(None) };
    let locked = || {
        Failure::new(
            Kind::BadInput,
            "the keyring does not give the token that `scribe login` kept there",
            format!("unlock it, or log in again; {}=off keeps tokens in a file", keyring::VARIABLE),
        )
    };
    let in_keyring =
        || Keyring::of_this_session().and_then(|keyring| keyring.look(&key(server))).ok_or_else(locked);
    let token = kept.token.map_or_else(in_keyring, Ok)?;
    let secret = read_secret("the token that `scribe login` kept", &token)?;
    Ok(Some(Shown { secret, who: kept.who }))
}

/// Keeps the token for a server; it is kept when this returns. In which file, unless the keyring has it.
pub fn keep(server: &str, secret: &Secret, who: Option<Who>) -> Result<Option<PathBuf>, Failure> {
    let mut kept = read()?;
    let (server, shown) = (key(server), secret.shown());
    let is_in_keyring = Keyring::of_this_session().is_some_and(|keyring| keyring.keep(&server, &shown));
    let token = (!is_in_keyring).then_some(shown);
    kept.insert(server, Credential { token, who });
    let path = write(&kept)?;
    Ok((!is_in_keyring).then_some(path))
}

/// Forgets the token for a server; whether there was one.
pub fn forget(server: &str) -> Result<bool, Failure> {
    let mut kept = read()?;
    let Some(was_there) = kept.remove(&key(server)) else { return Ok(false) };
    if was_there.token.is_none()
        && let Some(keyring) = Keyring::of_this_session()
    {
        keyring.forget(&key(server));
    }
    write(&kept)?;
    Ok(true)
}

/// A secret as somebody typed or kept it; what is wrong is said without repeating it.
pub fn read_secret(from: &str, told: &str) -> Result<Secret, Failure> {
    told.trim().parse().map_err(|error| {
        Failure::new(
            Kind::BadInput,
            format!("{from} {error}"),
            "a token is shown once, when it is made: `scribe token create` makes one",
        )
    })
}

fn key(server: &str) -> String {
    server.trim_end_matches('/').to_owned()
}

fn folder() -> Result<PathBuf, Failure> {
    let nowhere = || {
        Failure::new(
            Kind::BadInput,
            "there is no home folder to keep a token in",
            format!("set {VARIABLE} instead"),
        )
    };
    home::state_folder().ok_or_else(nowhere)
}

fn read() -> Result<Kept, Failure> {
    let Ok(folder) = folder() else { return Ok(Kept::new()) };
    let path = folder.join(FILE);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kept::new()),
        read => read.map_err(|error| unusable(&error))?,
    };
    let mode = fs::metadata(&path).map_err(|error| unusable(&error))?.mode();
    if mode & 0o077 != 0 {
        return Err(Failure::new(
            Kind::BadInput,
            format!("{} can be read by others than you", path.display()),
            "if nobody else has read it: chmod 600 it; otherwise have the tokens in it revoked",
        ));
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| unusable(&io::Error::new(io::ErrorKind::InvalidData, error)))
}

fn write(kept: &Kept) -> Result<PathBuf, Failure> {
    let folder = folder()?;
    let written = || {
        durable::folder(&folder)?;
        durable::write(&folder, FILE, &serde_json::to_vec_pretty(kept)?)
    };
    written().map_err(|error| unusable(&error))?;
    Ok(folder.join(FILE))
}

fn unusable(error: &io::Error) -> Failure {
    Failure::new(
        Kind::BadInput,
        format!("the file with your tokens cannot be used: {error}"),
        format!("look at {FILE} in the folder for state of scribe, or set {VARIABLE}"),
    )
}
