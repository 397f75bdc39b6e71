//! What may stand behind the `?` of an address: the client crate's options as far as they work, and one of
//! our own.

use std::fmt;
use std::path::PathBuf;

use super::super::AddressError;
use super::percent::{Encoded, decode};

/// What was told, with a default for everything that was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    /// Whether the connection is secured.
    pub(super) tls: bool,
    /// Whether the server's certificate is checked.
    pub(super) tls_verify_cert: bool,
    /// The certificates of those who vouch for the server's, instead of the system's.
    pub(super) tls_ca_file: Option<PathBuf>,
    /// By which this side shows who it is.
    pub(super) user_cert_file: Option<PathBuf>,
    /// The certificate's key.
    pub(super) user_key_file: Option<PathBuf>,
    /// How often a node is looked for. The first time is not counted as the crate counts.
    pub(super) max_discover_attempts: u32,
    /// Milliseconds between two looks.
    pub(super) discovery_interval: u32,
    /// Milliseconds to wait for a node's word on the cluster, and on itself.
    pub(super) gossip_timeout: u32,
    /// Milliseconds of silence after which a connection is tried.
    pub(super) keep_alive_interval: u32,
    /// Milliseconds without an answer to that, after which it counts as gone.
    pub(super) keep_alive_timeout: u32,
    /// Milliseconds to wait for an answer.
    pub(super) default_deadline: u32,
    /// What the server's operators see of this side.
    pub(super) connection_name: String,
    /// What the names of the record's streams begin with.
    pub(super) prefix: String,
    /// The options by name, as they were told, for showing.
    shown: Vec<(&'static str, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tls: true,
            tls_verify_cert: true,
            tls_ca_file: None,
            user_cert_file: None,
            user_key_file: None,
            max_discover_attempts: 3,
            discovery_interval: 20,
            gossip_timeout: 3_000,
            // A node that vanished is noticed within 3.5 seconds.
            keep_alive_interval: 2_000,
            keep_alive_timeout: 1_500,
            default_deadline: 2_000,
            connection_name: "scribe".to_owned(),
            prefix: String::new(),
            shown: Vec::new(),
        }
    }
}

/// Every option, as it is written in most places. Capitals don't matter.
const NAMES: [&str; 14] = [
    "prefix",
    "tls",
    "tlsVerifyCert",
    "tlsCaFile",
    "userCertFile",
    "userKeyFile",
    "connectionName",
    "defaultDeadline",
    "discoveryInterval",
    "gossipTimeout",
    "keepAliveInterval",
    "keepAliveTimeout",
    "maxDiscoverAttempts",
    "nodePreference",
];

/// A shorter one would find fault with a network that is just busy.
const LEAST_KEEP_ALIVE: u32 = 100;
/// Longer than anybody waits.
const MOST_MILLISECONDS: u32 = 3_600_000;
const MOST_ATTEMPTS: u32 = 1_000;
const LONGEST_NAME: usize = 64;

impl Options {
    /// Reads the pairs of an address.
    pub(super) fn read(pairs: Vec<(&str, &str)>) -> Result<Self, AddressError> {
        let mut options = Self::default();
        for (name, value) in pairs {
            let known = NAMES.into_iter().find(|known| known.eq_ignore_ascii_case(name));
            let name = known.ok_or_else(|| unknown(name))?;
            if options.shown.iter().any(|(before, _)| *before == name) {
                return Err(AddressError::new(format!("{name} is told twice"), "leave one of them out"));
            }
            let value = decode(value).filter(|value| !value.chars().any(char::is_control));
            let value = value.ok_or_else(|| {
                let hint = "write a % as %25; what is encoded must be UTF-8 without control characters";
                AddressError::new(format!("{name} cannot be read"), hint)
            })?;
            if value.is_empty() {
                return Err(AddressError::new(
                    format!("{name} is empty"),
                    format!("write {name}=VALUE, or leave it out"),
                ));
            }
            options.set(name, &value)?;
            options.shown.push((name, value));
        }
        options.shown.sort_by_key(|(name, _)| NAMES.iter().position(|known| known == name));
        options.must_fit_together()?;
        Ok(options)
    }

    fn set(&mut self, name: &'static str, value: &str) -> Result<(), AddressError> {
        match name {
            "prefix" => self.prefix = prefix(value)?,
            "tls" => self.tls = yes_or_no(name, value)?,
            "tlsVerifyCert" => self.tls_verify_cert = yes_or_no(name, value)?,
            "tlsCaFile" => self.tls_ca_file = Some(value.into()),
            "userCertFile" => self.user_cert_file = Some(value.into()),
            "userKeyFile" => self.user_key_file = Some(value.into()),
            "connectionName" => self.connection_name = connection_name(value)?,
            "defaultDeadline" => self.default_deadline = milliseconds(name, value, 1)?,
            "discoveryInterval" => self.discovery_interval = milliseconds(name, value, 1)?,
            "gossipTimeout" => self.gossip_timeout = milliseconds(name, value, 1)?,
            "keepAliveInterval" => self.keep_alive_interval = milliseconds(name, value, LEAST_KEEP_ALIVE)?,
            "keepAliveTimeout" => self.keep_alive_timeout = milliseconds(name, value, LEAST_KEEP_ALIVE)?,
            "maxDiscoverAttempts" => self.max_discover_attempts = attempts(value)?,
            _ => leader(value)?,
        }
        Ok(())
    }

    fn must_fit_together(&self) -> Result<(), AddressError> {
        let files = [
            ("tlsCaFile", &self.tls_ca_file),
            ("userCertFile", &self.user_cert_file),
            ("userKeyFile", &self.user_key_file),
        ];
        if let Some((name, _)) = files.iter().find(|(_, file)| !self.tls && file.is_some()) {
            return Err(AddressError::new(
                format!("{name} is told, but tls=false leaves the connection open"),
                format!("leave out tls=false, or {name}"),
            ));
        }
        if self.user_cert_file.is_some() != self.user_key_file.is_some() {
            return Err(AddressError::new(
                "of userCertFile and userKeyFile only one is told",
                "a certificate is of no use without its key: name both files, or neither",
            ));
        }
        Ok(())
    }
}

/// As they would be told again.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, value)) in self.shown.iter().enumerate() {
            write!(f, "{}{name}={}", if place == 0 { '?' } else { '&' }, Encoded(value))?;
        }
        Ok(())
    }
}

fn unknown(name: &str) -> AddressError {
    let known = format!("known are {}", NAMES.join(", "));
    let elsewhere = ["throwOnAppendFailure", "maxConcurrentItems", "preferredProtocol"];
    if let Some(name) = elsewhere.into_iter().find(|other| other.eq_ignore_ascii_case(name)) {
        let what = format!("{name} is an option of other clients, and has no meaning here");
        return AddressError::new(what, format!("leave it out; {known}"));
    }
    let is_login =
        ["user", "username", "password", "login"].iter().any(|word| word.eq_ignore_ascii_case(name));
    let hint = if is_login {
        "who logs in stands before the hosts, or in SCRIBE_STORE_USER and SCRIBE_STORE_PASSWORD".to_owned()
    } else {
        known
    };
    // Not quoted: nobody knows what it was meant to be.
    AddressError::new("there is an option behind the ? that is not known", hint)
}

fn yes_or_no(name: &str, value: &str) -> Result<bool, AddressError> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(AddressError::new(
            format!("{name} is neither true nor false"),
            format!("write {name}=true or {name}=false"),
        )),
    }
}

/// Digits only: numbers are otherwise read with a sign too.
fn number(value: &str) -> Option<u32> {
    if value.bytes().all(|byte| byte.is_ascii_digit()) { value.parse().ok() } else { None }
}

fn milliseconds(name: &str, value: &str, least: u32) -> Result<u32, AddressError> {
    let fits = |number: &u32| (least..=MOST_MILLISECONDS).contains(number);
    number(value).filter(fits).ok_or_else(|| {
        let what = format!("{name} is not a number of milliseconds from {least} to {MOST_MILLISECONDS}");
        let hint = match name {
            "keepAliveInterval" | "keepAliveTimeout" => {
                "without it nobody would notice a node that is gone; 2000 and 1500 are the defaults"
                    .to_owned()
            }
            _ => format!("write {name}=5000 for five seconds, or leave it out"),
        };
        AddressError::new(what, hint)
    })
}

fn attempts(value: &str) -> Result<u32, AddressError> {
    match number(value) {
        Some(1) => Err(AddressError::new(
            "maxDiscoverAttempts=1 would never connect: choosing a node counts as the first attempt",
            "write maxDiscoverAttempts=2 or more; 3 is the default",
        )),
        Some(attempts @ 2..=MOST_ATTEMPTS) => Ok(attempts),
        _ => Err(AddressError::new(
            format!("maxDiscoverAttempts is not a number from 2 to {MOST_ATTEMPTS}"),
            "3 is the default",
        )),
    }
}

fn leader(value: &str) -> Result<(), AddressError> {
    if value.eq_ignore_ascii_case("leader") {
        return Ok(());
    }
    Err(AddressError::new(
        "nodePreference is not leader",
        "only the leader takes appends, so no other node will do; leave it out",
    ))
}

/// It goes into a header of every call.
fn connection_name(value: &str) -> Result<String, AddressError> {
    let fits = |c: char| c.is_ascii_graphic() || c == ' ';
    if value.len() > LONGEST_NAME || !value.chars().all(fits) {
        let what = format!("connectionName is not a name of at most {LONGEST_NAME} plain ASCII characters");
        return Err(AddressError::new(what, "scribe is the default"));
    }
    Ok(value.to_owned())
}

fn prefix(value: &str) -> Result<String, AddressError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if value.len() > LONGEST_NAME || !value.chars().all(fits) {
        let what = format!(
            "prefix is not a name of at most {LONGEST_NAME} letters, digits, hyphens, underscores and dots"
        );
        return Err(AddressError::new(what, "write for example prefix=ops- for streams like ops-incident-…"));
    }
    // Streams of this record would otherwise read as streams of another one.
    if ["incident-", "scribe-checkpoints"].iter().any(|ours| value.contains(ours)) {
        return Err(AddressError::new(
            "prefix holds `incident-` or `scribe-checkpoints`, by which scribe knows its streams",
            "choose another word, such as prefix=ops-",
        ));
    }
    Ok(value.to_owned())
}

/// What may stand behind the `?`, for whoever writes an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressOption {
    /// As it is written in most places; capitals don't matter.
    pub name: &'static str,
    /// What holds if it is left out; empty if nothing does.
    pub default: String,
    /// What it is for, with its unit and bounds.
    pub about: &'static str,
}

/// Every option.
pub(super) fn all() -> impl Iterator<Item = AddressOption> {
    let default = Options::default();
    NAMES.into_iter().map(move |name| {
        let (default, about) = match name {
            "prefix" => (
                default.prefix.clone(),
                "what the record's streams begin with (letters, digits, `-` `_` `.`): several records in one cluster",
            ),
            "tls" => (default.tls.to_string(), "`false` leaves the connection open; passwords can then be read on the way"),
            "tlsVerifyCert" => (default.tls_verify_cert.to_string(), "`false` takes any certificate"),
            "tlsCaFile" => (
                String::new(),
                "a file (PEM) with the certificates of those who may vouch for the cluster's; otherwise the system's",
            ),
            "userCertFile" => (String::new(), "the certificate by which scribe shows who it is"),
            "userKeyFile" => (String::new(), "that certificate's key"),
            "connectionName" => (default.connection_name.clone(), "what the cluster's operators see"),
            "defaultDeadline" => (
                default.default_deadline.to_string(),
                "milliseconds to wait for an answer before it is asked for again",
            ),
            "discoveryInterval" => {
                (default.discovery_interval.to_string(), "milliseconds between looking for a leader twice")
            }
            "gossipTimeout" => (
                default.gossip_timeout.to_string(),
                "milliseconds for a node to tell of the cluster; at most 1000 where others can be asked",
            ),
            "keepAliveInterval" => (
                default.keep_alive_interval.to_string(),
                "milliseconds after which a silent connection is tried; at least 100",
            ),
            "keepAliveTimeout" => (
                default.keep_alive_timeout.to_string(),
                "milliseconds without an answer to that, after which it is given up; at least 100",
            ),
            "maxDiscoverAttempts" => (
                default.max_discover_attempts.to_string(),
                "how often a node is looked for; at least 2, as choosing a node counts as the first",
            ),
            _ => ("leader".to_owned(), "only the leader takes appends, so nothing else is taken"),
        };
        AddressOption { name, default, about }
    })
}
