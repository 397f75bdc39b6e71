//! The client crate's settings. It has no constructor for them but its own reading of an address; but they
//! deserialise.

use std::path::Path;

use eventstore::ClientSettings;
use toml::{Table, Value};

use super::super::AddressError;
use super::options::Options;
use super::{Host, Secrets};

/// The crate takes no shorter ones. The connection is not its business here, so it is not told them.
const LEAST_KEEP_ALIVE: u32 = 10_000;
/// Where no certificate is needed, the crate reads the system's all the same, and panics over one that it
/// cannot read. A file without any keeps it from that.
const NO_CERTIFICATES: &str = "/dev/null";

/// Every setting, none left to the crate's defaults.
pub(super) fn of(
    discover: bool,
    hosts: &[Host],
    options: &Options,
    login: Option<Secrets>,
) -> Result<ClientSettings, AddressError> {
    let hosts = hosts.iter().map(|Host { name, port }| {
        table([("host", name.as_str().into()), ("port", i64::from(*port).into())])
    });
    let mut all = Table::from_iter([
        ("dns_discover".to_owned(), discover.into()),
        ("hosts".to_owned(), hosts.collect::<Vec<_>>().into()),
        ("max_discover_attempts".to_owned(), i64::from(options.max_discover_attempts).into()),
        ("discovery_interval".to_owned(), i64::from(options.discovery_interval).into()),
        ("gossip_timeout".to_owned(), i64::from(options.gossip_timeout).into()),
        ("preference".to_owned(), "Leader".into()),
        ("secure".to_owned(), options.tls.into()),
        ("tls_verify_cert".to_owned(), options.tls_verify_cert.into()),
        (
            "keep_alive_interval".to_owned(),
            i64::from(options.keep_alive_interval.max(LEAST_KEEP_ALIVE)).into(),
        ),
        ("keep_alive_timeout".to_owned(), i64::from(options.keep_alive_timeout.max(LEAST_KEEP_ALIVE)).into()),
        ("default_deadline".to_owned(), i64::from(options.default_deadline).into()),
        ("connection_name".to_owned(), options.connection_name.as_str().into()),
    ]);
    let needs_none = !options.tls || !options.tls_verify_cert;
    let authorities = match &options.tls_ca_file {
        None if needs_none => Some(Path::new(NO_CERTIFICATES)),
        told => told.as_deref(),
    };
    let files = [
        ("tls_ca_file", authorities),
        ("user_cert_file", options.user_cert_file.as_deref()),
        ("user_key_file", options.user_key_file.as_deref()),
    ];
    for (name, file) in files {
        // What was told was text.
        if let Some(file) = file.and_then(Path::to_str) {
            all.insert(name.to_owned(), file.into());
        }
    }
    if let Some((user, password)) = login {
        let login = table([("login", user.into()), ("password", password.into())]);
        all.insert("default_user_name".to_owned(), login);
    }
    // The error is not shown: it may quote.
    Value::Table(all).try_into().map_err(|_| {
        AddressError::new("the client library does not take these settings", "this is a fault in scribe")
    })
}

fn table<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Table(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
