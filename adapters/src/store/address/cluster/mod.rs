//! The address of a cluster, read strictly.
//!
//! The client crate reads such addresses too, but not in a way that could be relied upon: it ignores what
//! it does not know, loses the port of the second host if the first has none, does not decode what is
//! percent-encoded, panics over a certificate that cannot be read, and its errors hold the whole address
//! with the password in it. So an address is read here, strictly, and the crate gets finished settings.

/// The files with certificates that it names.
mod certificates;
/// What may stand behind the `?`.
mod options;
/// What has a meaning in addresses, written so that it has none.
mod percent;
/// The same as the client crate wants it.
mod settings;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use eventstore::ClientSettings;
use rustls::ClientConfig;

pub(crate) use self::certificates::unchecked;
pub use self::options::AddressOption;
use self::options::Options;
use self::percent::decode;
use super::{AddressError, Login};

/// The port of a node where none is told.
const PORT: u16 = 2_113;
/// The longest name of a host there is (RFC 1035).
const LONGEST_HOST: usize = 253;
/// More nodes than any cluster has.
const MOST_HOSTS: usize = 32;

/// A cluster of `EventStoreDB` or `KurrentDB` (or a single node of it), and what to keep to there.
#[derive(Clone, PartialEq, Eq)]
pub struct ClusterAddress {
    discover: bool,
    hosts: Vec<Host>,
    options: Box<Options>,
    login: Option<Box<Secrets>>,
    settings: Box<ClientSettings>,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Host {
    /// Its name, in small letters, or its address; one of IP version 6 in its brackets.
    name: String,
    port: u16,
}

/// How to write one, for hints.
const FORM: &str = "write it as esdb://HOST:PORT?OPTION=VALUE, several nodes as esdb://HOST:PORT,HOST:PORT";
/// How to write what has a meaning in addresses.
const ENCODE: &str = "write each of : / ? # @ % in a user name or password as %3A %2F %3F %23 %40 %25, or leave them \
    out of the address and set SCRIBE_STORE_USER and SCRIBE_STORE_PASSWORD";

impl ClusterAddress {
    /// What may stand behind the `?` of an address.
    pub fn options() -> impl Iterator<Item = AddressOption> {
        options::all()
    }

    /// Reads an address and the certificates that it names. Who logs in is told in it, or else by `login`.
    pub fn parse(text: &str, login: &Login) -> Result<Self, AddressError> {
        let not_one = || AddressError::new("it does not begin with esdb://", FORM);
        let (scheme, rest) = text.trim().split_once("://").ok_or_else(not_one)?;
        let discover = match scheme.to_ascii_lowercase().as_str() {
            "esdb" | "kurrentdb" => false,
            "esdb+discover" | "kurrentdb+discover" => true,
            _ => {
                let known = "esdb://, esdb+discover://, kurrentdb:// or kurrentdb+discover://";
                return Err(AddressError::new(format!("it begins with something else than {known}"), FORM));
            }
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        if tail.contains('@') {
            return Err(AddressError::new("there is an @ behind the hosts", ENCODE));
        }
        let (in_address, hosts) = match authority.rsplit_once('@') {
            Some((user_info, hosts)) => (Some(user_info), hosts),
            None => (None, authority),
        };
        let hosts = read_hosts(hosts, discover)?;
        let options = Options::read(query(tail)?)?;
        certificates::config(&options)?;
        let login = who(in_address, login)?;
        let settings = settings::of(discover, &hosts, &options, login.clone())?;
        let (options, login) = (Box::new(options), login.map(Box::new));
        Ok(Self { discover, hosts, options, login, settings: Box::new(settings) })
    }

    /// The same as the client crate wants it, with everything that was told and every default of ours.
    pub fn settings(&self) -> &ClientSettings {
        &self.settings
    }

    /// What the names of the record's streams begin with; nothing unless told.
    pub fn prefix(&self) -> &str {
        &self.options.prefix
    }

    /// The nodes that are named, as HOST:PORT.
    pub fn nodes(&self) -> impl Iterator<Item = String> {
        self.hosts.iter().map(ToString::to_string)
    }

    /// How long to wait for an answer.
    pub fn deadline(&self) -> Duration {
        Duration::from_millis(self.options.default_deadline.into())
    }

    /// After how much silence a connection is tried, and how long it may stay silent then.
    pub(crate) fn keep_alive(&self) -> (Duration, Duration) {
        let milliseconds = |number: u32| Duration::from_millis(number.into());
        (milliseconds(self.options.keep_alive_interval), milliseconds(self.options.keep_alive_timeout))
    }

    /// What the cluster's operators see of this side.
    pub(crate) fn connection_name(&self) -> &str {
        &self.options.connection_name
    }

    /// Who logs in, as a header says it. It is a secret.
    pub(crate) fn authorization(&self) -> Option<String> {
        let (user, password) = self.login.as_deref()?;
        Some(format!("Basic {}", BASE64.encode(format!("{user}:{password}").as_bytes())))
    }

    /// How a connection is secured, unless it is to be open. The certificates are read anew each time.
    pub(crate) fn tls(&self) -> Result<Option<Arc<ClientConfig>>, AddressError> {
        certificates::config(&self.options)
    }

    /// Whether both mean the same record, as far as can be seen without asking: the same streams, and a node
    /// in common.
    pub fn is_same_record(&self, other: &Self) -> bool {
        self.prefix() == other.prefix() && self.hosts.iter().any(|host| other.hosts.contains(host))
    }
}

/// The hosts and what was told, never who logs in.
impl fmt::Display for ClusterAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.discover { "esdb+discover://" } else { "esdb://" })?;
        for (place, host) in self.hosts.iter().enumerate() {
            write!(f, "{}{host}", if place == 0 { "" } else { "," })?;
        }
        write!(f, "{}", self.options)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, port } = self;
        write!(f, "{name}:{port}")
    }
}

/// The pairs behind the `?`.
fn query(tail: &str) -> Result<Vec<(&str, &str)>, AddressError> {
    if tail.contains('#') {
        return Err(AddressError::new("there is a # in it", ENCODE));
    }
    let tail = tail.strip_prefix('/').unwrap_or(tail);
    let Some(query) = tail.strip_prefix('?') else {
        let path = || AddressError::new("there is a path behind the hosts", FORM);
        return if tail.is_empty() { Ok(Vec::new()) } else { Err(path()) };
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    Ok(pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect())
}

fn read_hosts(hosts: &str, discover: bool) -> Result<Vec<Host>, AddressError> {
    let names: Vec<&str> = hosts.split(',').collect();
    if discover && names.len() > 1 {
        return Err(AddressError::new(
            "there are several hosts behind +discover://, of which only the first would be asked",
            "name one host that knows the others, or write several nodes as esdb://HOST:PORT,HOST:PORT",
        ));
    }
    if names.len() > MOST_HOSTS {
        return Err(AddressError::new(format!("there are more than {MOST_HOSTS} hosts"), FORM));
    }
    let read = names.iter().enumerate().map(|(place, text)| {
        let of = if names.len() == 1 { String::new() } else { format!(" {} of {}", place + 1, names.len()) };
        read_host(text, &of)
    });
    read.collect()
}

fn read_host(text: &str, of: &str) -> Result<Host, AddressError> {
    let (name, port) = if let Some(version_6) = text.strip_prefix('[') {
        let (inside, port) = version_6
            .split_once(']')
            .filter(|(inside, port)| {
                inside.parse::<Ipv6Addr>().is_ok() && (port.is_empty() || port.starts_with(':'))
            })
            .ok_or_else(|| AddressError::new(format!("host{of} is not an address in brackets"), FORM))?;
        (format!("[{inside}]"), port.strip_prefix(':'))
    } else {
        let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
        (name.to_owned(), port)
    };
    if name.is_empty() {
        return Err(AddressError::new(format!("host{of} has no name"), FORM));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name.len() > LONGEST_HOST || !(name.starts_with('[') || name.chars().all(fits)) {
        let what = format!("host{of} is not a name of letters, digits, dots and hyphens");
        return Err(AddressError::new(what, format!("{FORM}; {ENCODE}")));
    }
    // Digits only: numbers are read with a sign too.
    let read = |port: &str| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { port.parse().ok() } else { None }
    };
    let port = match port {
        None => Some(PORT),
        Some(port) => read(port).filter(|port| *port != 0),
    };
    let hint =
        "a node listens on port 2113 unless it was set up otherwise; a user and password end with an @";
    let port = port.ok_or_else(|| {
        AddressError::new(format!("the port of host{of} is not a number from 1 to 65535"), hint)
    })?;
    Ok(Host { name: name.to_ascii_lowercase(), port })
}

/// User and password.
type Secrets = (String, String);

/// Who logs in, if anybody does.
fn who(in_address: Option<&str>, login: &Login) -> Result<Option<Secrets>, AddressError> {
    let (user, password) = match in_address {
        None => (login.user.clone(), login.password.clone()),
        Some(text) => {
            let badly = || AddressError::new("the user and password before the @ cannot be read", ENCODE);
            let (user, password) = match text.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (text, None),
            };
            let plain =
                |part: &str| if part.contains([':', '@']) { None } else { decode(part) }.ok_or_else(badly);
            let password = password.map(plain).transpose()?;
            (Some(plain(user)?), password.or_else(|| login.password.clone()))
        }
    };
    match (user, password) {
        (None, None) => Ok(None),
        (Some(user), _) if user.is_empty() => Err(AddressError::new(
            "the name of the user is empty",
            "leave out the @, or name a user before it",
        )),
        // A server takes everything behind the first colon for the password.
        (Some(user), _) if user.contains(':') => Err(AddressError::new(
            "the name of the user has a colon in it, which no server can tell from the password's beginning",
            "use another user",
        )),
        (Some(_), Some(password)) if password.is_empty() => Err(AddressError::new(
            "the password is empty",
            "set SCRIBE_STORE_PASSWORD, or SCRIBE_STORE_PASSWORD_FILE",
        )),
        (Some(user), Some(password)) => Ok(Some((user, password))),
        (Some(_), None) => Err(AddressError::new(
            "there is a user, but no password",
            "set SCRIBE_STORE_PASSWORD, or SCRIBE_STORE_PASSWORD_FILE; others on this machine can see the arguments of a program",
        )),
        (None, Some(_)) => Err(AddressError::new(
            "there is a password, but no user",
            "set SCRIBE_STORE_USER, or name the user in the address: esdb://USER@HOST:PORT",
        )),
    }
}
