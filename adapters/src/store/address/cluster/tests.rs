use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::super::StoreAddress;
use super::*;

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIUJ2TLE288DhzJyzM1MjbsTx8W3V8wCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLc2NyaWJlLXRlc3QwIBcNMjYxMTIzMDIzMjIzWhgPMjEyNjEw
MzAwMjMyMjNaMBYxFDASBgNVBAMMC3NjcmliZS10ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEcr6OPZWY4BtBuV8U5TuQVKErQmjEOFmk4RwWu+HnhtpF7ngN
L1wFZ5EXgs1b2T3PCujLiIJ4zvIA6op19AW4ZKNTMFEwHQYDVR0OBBYEFLDaabhA
h0GYA8lueUYQeZeg5II5MB8GA1UdIwQYMBaAFLDaabhAh0GYA8lueUYQeZeg5II5
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgFW6WWGXSDU//c+xC
cwVBj4vg2vLnptYBvdIVi2hvtMoCIQDEvQSpmoZqXoZidNNBNazhiqeNrXUgbwIm
oyFKZW90CA==
-----END CERTIFICATE-----
";
/// Its key, and one that is not; made for this test.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXo98EkLwt6qwPac/
oW8iIiGbxiZrbFQJG7p6ef/DLRyhRANCAARyvo49lZjgG0G5XxTlO5BUoStCaMQ4
WaThHBa74eeG2kXueA0vXAVnkReCzVvZPc8K6MuIgnjO8gDqinX0Bbhk
-----END PRIVATE KEY-----
";
const OTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgg+CFt8q3nb2wXgOO
26f6fYpcG3SM80Gvq4SpgCAuXbmhRANCAARpREzIKUWtBISu5psXJHFebxm2eqGw
+h2oSV/IQQsKb3gwct4I26FdClKywKLV7+/whO8aEK1u+aapKf4qIBdX
-----END PRIVATE KEY-----
";

fn read(text: &str) -> Result<ClusterAddress, AddressError> {
    text.parse()
}

fn refused(text: &str) -> String {
    let error = read(text).expect_err(text);
    assert!(!error.hint.is_empty());
    error.what
}

fn login(user: Option<&str>, password: Option<&str>) -> Login {
    Login { user: user.map(Into::into), password: password.map(Into::into) }
}

/// The settings as the crate reads them from an address that it reads well.
fn crates(text: &str) -> ClientSettings {
    text.parse().unwrap()
}

/// What our defaults are, as the crate's options.
const DEFAULTS: &str = "discoveryInterval=20&defaultDeadline=2000&connectionName=scribe&tlsCaFile=/dev/null";

#[test]
fn an_address_becomes_the_settings_that_it_says() {
    let read = |text| read(text).unwrap().settings().clone();
    let one = read("esdb://node1?tls=false");
    assert_eq!(one, crates(&format!("esdb://node1:2113?tls=false&{DEFAULTS}")));
    assert_eq!(read("KurrentDB://NODE1:2113/?TLS=False"), one);
    assert_eq!(
        read("esdb+discover://cluster.example:2114?tls=false&gossipTimeout=500&maxDiscoverAttempts=7"),
        crates(&format!(
            "esdb+discover://cluster.example:2114?tls=false&gossipTimeout=500&maxDiscoverAttempts=7&{DEFAULTS}"
        ))
    );
    assert_eq!(
        read(
            "kurrentdb://a:1,b:2,c?tls=false&keepAliveInterval=20000&keepAliveTimeout=30000&nodePreference=Leader"
        ),
        crates(&format!(
            "esdb://a:1,b:2,c:2113?tls=false&keepAliveInterval=20000&keepAliveTimeout=30000&{DEFAULTS}"
        ))
    );
    assert_eq!(
        read(
            "esdb://[::1]:2114?tlsVerifyCert=false&connectionName=scribe%20two&defaultDeadline=5000&discoveryInterval=20"
        ),
        crates(
            "esdb://[::1]:2114?tlsVerifyCert=false&connectionName=scribe%20two&defaultDeadline=5000&discoveryInterval=20&tlsCaFile=/dev/null"
        )
    );
}

/// With the crate's own reading, the second host would be asked at the default port.
#[test]
fn every_host_keeps_its_port() {
    let address = read("esdb://a,b:4321?tls=false").unwrap();
    let ports: Vec<_> = address.settings().hosts().iter().map(|host| (&*host.host, host.port)).collect();
    assert_eq!(ports, [("a", 2113), ("b", 4321)]);
    assert_ne!(crates("esdb://a,b:4321?tls=false").hosts(), address.settings().hosts());
}

#[test]
fn a_login_is_told_in_the_address_or_beside_it_and_reaches_the_crate_decoded() {
    let expected =
        |user: &str, password: &str| Some(eventstore::Credentials::new(user.to_owned(), password.to_owned()));
    let read = |text: &str, login: &Login| {
        let address = ClusterAddress::parse(text, login).unwrap();
        address.settings().default_authenticated_user().clone()
    };
    let none = Login::default();
    assert_eq!(read("esdb://h?tls=false", &none), None);
    assert_eq!(read("esdb://ada:secret@h?tls=false", &none), expected("ada", "secret"));
    assert_eq!(read("esdb://a%40b:%2F%3A%25%C3%A9,+@h:1,i:2?tls=false", &none), expected("a@b", "/:%é,+"));
    let both = login(Some("grace"), Some("p:/@? word"));
    assert_eq!(read("esdb://h?tls=false", &both), expected("grace", "p:/@? word"));
    assert_eq!(read("esdb://ada@h?tls=false", &both), expected("ada", "p:/@? word"));
    assert_eq!(read("esdb://ada:secret@h?tls=false", &both), expected("ada", "secret"));

    let refused = |text: &str, login: &Login| ClusterAddress::parse(text, login).unwrap_err().what;
    assert!(refused("esdb://ada@h?tls=false", &none).contains("no password"));
    assert!(refused("esdb://h?tls=false", &login(Some("ada"), None)).contains("no password"));
    assert!(refused("esdb://h?tls=false", &login(None, Some("x"))).contains("no user"));
    assert!(refused("esdb://ada:@h?tls=false", &none).contains("password is empty"));
    assert!(refused("esdb://:x@h?tls=false", &none).contains("user is empty"));
    assert!(refused("esdb://a%3Ab:x@h?tls=false", &none).contains("colon"));
    for text in ["a:b:c@h", "a:b@c@h", "a:%@h", "a:%4@h", "a:%zz@h", "a:%+1@h", "a:%ff@h"] {
        assert!(refused(&format!("esdb://{text}?tls=false"), &none).contains("cannot be read"), "{text}");
    }
    for text in ["a:b/c@h", "a:b?c@h", "a:b#c@h"] {
        assert!(refused(&format!("esdb://{text}"), &none).contains("behind the hosts"), "{text}");
    }
}

#[test]
fn what_cannot_work_is_told_before_anything_connects() {
    for (text, told) in [
        ("", "begin with esdb://"),
        ("localhost:2113", "begin with esdb://"),
        ("http://localhost", "something else"),
        ("esdb://", "host has no name"),
        ("esdb://a,,b", "host 2 of 3 has no name"),
        ("esdb://:2113", "host has no name"),
        ("esdb://a,b/c", "path"),
        ("esdb://a#b", "#"),
        ("esdb://a b", "letters, digits"),
        ("esdb://ä.example", "letters, digits"),
        ("esdb://fe80::1", "number from 1 to 65535"),
        ("esdb://[::1", "brackets"),
        ("esdb://[x]:1", "brackets"),
        ("esdb://[::1]1", "brackets"),
        ("esdb://a:0", "number from 1 to 65535"),
        ("esdb://a:65536", "number from 1 to 65535"),
        ("esdb://a:", "number from 1 to 65535"),
        ("esdb://a:+1", "number from 1 to 65535"),
        ("esdb://a:1,b:x", "port of host 2 of 2"),
        ("esdb+discover://a,b", "several hosts"),
        ("esdb://a?tls=no", "neither true nor false"),
        ("esdb://a?tls", "tls is empty"),
        ("esdb://a?tls=false&TLS=true", "told twice"),
        ("esdb://a?tsl=false", "not known"),
        ("esdb://a?throwOnAppendFailure=false", "other clients"),
        ("esdb://a?maxDiscoverAttempts=1", "never connect"),
        ("esdb://a?maxDiscoverAttempts=0", "from 2 to"),
        ("esdb://a?discoveryInterval=0", "discoveryInterval is not"),
        ("esdb://a?gossipTimeout=-1", "gossipTimeout is not"),
        ("esdb://a?gossipTimeout=+5", "gossipTimeout is not"),
        ("esdb://a?defaultDeadline=99999999999999999999", "defaultDeadline is not"),
        ("esdb://a?keepAliveInterval=99", "keepAliveInterval is not"),
        ("esdb://a?keepAliveTimeout=-1", "keepAliveTimeout is not"),
        ("esdb://a?nodePreference=follower", "nodePreference"),
        ("esdb://a?connectionName=caf%C3%A9", "connectionName"),
        ("esdb://a?connectionName=a%0Ab", "cannot be read"),
        ("esdb://a?prefix=a/b", "prefix is not"),
        ("esdb://a?prefix=$all", "prefix is not"),
        ("esdb://a?prefix=incident-2023", "knows its streams"),
        ("esdb://a?tls=false&tlsCaFile=/x.pem", "leaves the connection open"),
        ("esdb://a?tlsVerifyCert=false&userCertFile=/x.pem", "only one is told"),
    ] {
        let what = refused(text);
        assert!(what.contains(told), "{text}: {what}");
    }
}

#[test]
fn certificates_are_read_before_the_crate_reads_them() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (good, key, other) =
        (file("ca.pem", CERTIFICATE), file("key.pem", KEY), file("other.pem", OTHER_KEY));
    let broken = file("broken.pem", &CERTIFICATE.replacen("MIIB", "MIIC", 1));
    let (empty, torn) = (file("empty.pem", ""), file("torn.pem", &CERTIFICATE[..200]));
    let missing = folder.path().join("missing.pem");
    let missing = missing.to_str().unwrap();

    let address = read(&format!("esdb://a?tlsCaFile={good}")).unwrap();
    assert_eq!(address.settings().tls_ca_file(), Some(&good));
    let pair = read(&format!("esdb://a?tlsCaFile={good}&userCertFile={good}&userKeyFile={key}")).unwrap();
    assert_eq!(pair.settings().user_certificate(), Some((&good, &key)));
    for (told, what) in [
        (format!("tlsCaFile={missing}"), "cannot be read"),
        (format!("tlsCaFile={}", folder.path().display()), "cannot be read"),
        (format!("tlsCaFile={torn}"), "cannot be read"),
        (format!("tlsCaFile={empty}"), "holds no certificate"),
        (format!("tlsCaFile={key}"), "holds no certificate"),
        (format!("tlsCaFile={broken}"), "cannot be used"),
        (format!("tlsCaFile={good}&userCertFile={empty}&userKeyFile={key}"), "holds no certificate"),
        (format!("tlsCaFile={good}&userCertFile={good}&userKeyFile={good}"), "as a key"),
        (format!("tlsCaFile={good}&userCertFile={good}&userKeyFile={missing}"), "as a key"),
        (format!("tlsCaFile={good}&userCertFile={good}&userKeyFile={other}"), "does not go with"),
    ] {
        let refused = refused(&format!("esdb://a?{told}"));
        assert!(refused.contains(what), "{told}: {refused}");
    }
}

/// The crate would read the system's certificates even for an open connection, and panic over a bad one.
#[test]
fn no_certificates_are_read_where_none_are_needed() {
    for told in ["tls=false", "tlsVerifyCert=false", "tls=false&tlsVerifyCert=false"] {
        let address = read(&format!("esdb://a?{told}")).unwrap();
        let file = Path::new(address.settings().tls_ca_file().unwrap());
        assert!(fs::read(file).unwrap().is_empty());
    }
}

#[test]
fn an_address_shows_hosts_and_options_only() {
    let text = "kurrentdb://Ada:secret@A:1,b?tls=false&PREFIX=ops-&connectionName=a%26b";
    let address = read(text).unwrap();
    let shown = "esdb://a:1,b:2113?prefix=ops-&tls=false&connectionName=a%26b";
    assert_eq!(address.to_string(), shown);
    assert_eq!(format!("{address:?}"), format!("ClusterAddress({shown})"));
    assert_eq!(format!("{:?}", StoreAddress::Cluster(address)), format!("Cluster(ClusterAddress({shown}))"));
    assert_eq!(format!("{:?}", login(Some("ada"), Some("secret"))), "Login(..)");
    assert_eq!(read("esdb://h?tls=false").unwrap().prefix(), "");
}

#[test]
fn the_same_record_is_known_by_prefix_and_a_node() {
    let same = |one: &str, other: &str| read(one).unwrap().is_same_record(&read(other).unwrap());
    assert!(same("esdb://a,b?tls=false", "kurrentdb://u:p@B:2113?tls=false"));
    assert!(!same("esdb://a?tls=false", "esdb://a?tls=false&prefix=x"));
    assert!(!same("esdb://a:1?tls=false", "esdb://a:2?tls=false"));
}

/// Letters that no text of ours has in a row, and everything that has a meaning in an address.
fn secret() -> impl Strategy<Value = String> {
    "[XQJZ/:?#@%&=,;+\\[\\] ]{4,24}"
}

/// Whether a text shows a piece of a secret.
fn shows(text: &str, secret: &str) -> bool {
    let secret: Vec<char> = secret.chars().collect();
    secret.windows(3).any(|piece| {
        let letters = piece.iter().filter(|c| c.is_ascii_uppercase()).count();
        letters == 3 && text.contains(&piece.iter().collect::<String>())
    })
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        write!(encoded, "%{byte:02X}").unwrap();
        encoded
    })
}

proptest! {
    /// However an address and a login are put together, rightly or wrongly.
    #[test]
    fn nothing_of_a_login_is_ever_shown(
        user in secret(),
        password in secret(),
        encoded in any::<[bool; 2]>(),
        form in 0..7_usize,
        tail in prop_oneof![Just("?tls=false"), Just("?tls=false&prefix=a"), Just("?tsl=1"), Just("/x"), Just("?tls=false&gossipTimeout=x")],
        beside in any::<bool>(),
    ) {
        let part = |text: &String, encoded: bool| if encoded { encode(text) } else { text.clone() };
        let (told_user, told_password) = (part(&user, encoded[0]), part(&password, encoded[1]));
        let text = match form {
            0 => format!("esdb://{told_user}:{told_password}@host:2113{tail}"),
            1 => format!("esdb://{told_user}:{told_password}@a,b:1{tail}"),
            2 => format!("esdb+discover://{told_user}:{told_password}@host{tail}"),
            3 => format!("esdb:{told_user}:{told_password}@host{tail}"),
            4 => format!("{told_user}:{told_password}@host{tail}"),
            5 => format!("esdb://host{tail}&userName={told_user}&password={told_password}"),
            _ => format!("esdb://{told_user}@host{tail}"),
        };
        let login = if beside { login(Some(&user), Some(&password)) } else { Login::default() };
        let shown = match ClusterAddress::parse(&text, &login) {
            Ok(address) => {
                // Only if it was understood as it was meant.
                if encoded == [true, true] && form < 3 {
                    let meant = eventstore::Credentials::new(user.clone(), password.clone());
                    prop_assert_eq!(address.settings().default_authenticated_user(), &Some(meant));
                }
                format!("{address} {address:?} {:?}", StoreAddress::Cluster(address.clone()))
            }
            Err(error) => format!("{error} {error:?} {} {}", error.what, error.hint),
        };
        for secret in [&user, &password] {
            prop_assert!(!shows(&shown, secret) && !shown.contains(&encode(secret)), "{}: {}", text, shown);
        }
    }

    /// Any text is an address or a reason, never a panic; and what is shown reads back as the same.
    #[test]
    fn any_text_is_read_or_refused(text in "(esdb://)?[a-c:0-9,@%/?&=\\[\\]]{0,40}", value in "[ -~é]{0,20}") {
        let _ = read(&text);
        if let Ok(address) = read(&format!("esdb://h?tls=false&connectionName={}", encode(&value))) {
            prop_assert_eq!(&read(&address.to_string()).unwrap(), &address);
        }
    }
}
