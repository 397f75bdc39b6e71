//! How people sign in to the pages, and what they may then: the section `[sign_in]`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use axum::http::{HeaderName, Uri};
use chrono::TimeDelta;
use ipnet::IpNet;
use scribe_domain::scope::Scope;
use serde::{Deserialize, Deserializer};

/// How people sign in, and what they may then.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInSettings {
    /// What everybody may whom a provider or a proxy names.
    #[serde(default)]
    pub everyone: Vec<Scope>,
    /// What the members of a group may besides.
    #[serde(default)]
    pub groups: BTreeMap<String, Vec<Scope>>,
    /// After how long without use a session ends.
    #[serde(default)]
    pub idle: Idle,
    /// After how long a session ends whatever happens.
    #[serde(default)]
    pub longest: Longest,
    /// Whether somebody whom the directory does not know is added to it when they come.
    #[serde(default = "yes")]
    pub new_people: bool,
    /// A proxy that names its user.
    #[serde(default)]
    pub proxy: Option<ProxySettings>,
    /// A provider that people sign in with.
    #[serde(default)]
    pub oidc: Option<ProviderSettings>,
}

/// After how long without use a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Idle(#[serde(deserialize_with = "span")] pub TimeDelta);

/// After how long a session ends whatever happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Longest(#[serde(deserialize_with = "span")] pub TimeDelta);

impl Default for Idle {
    fn default() -> Self {
        Self(TimeDelta::hours(12))
    }
}

impl Default for Longest {
    fn default() -> Self {
        Self(TimeDelta::days(7))
    }
}

/// A proxy that names its user in a header of each request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxySettings {
    /// From where it asks: what comes from elsewhere names nobody.
    #[serde(deserialize_with = "networks")]
    pub from: Vec<IpNet>,
    /// The header with the user's account.
    #[serde(deserialize_with = "header")]
    pub user: HeaderName,
    /// The header with the name that people call them by; the account where there is none.
    #[serde(default, deserialize_with = "some_header")]
    pub name: Option<HeaderName>,
    /// The header with their groups, separated by commas.
    #[serde(default, deserialize_with = "some_header")]
    pub groups: Option<HeaderName>,
}

impl ProxySettings {
    /// Whether what comes from this address is the proxy's word.
    pub fn is_trusted(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.from.iter().any(|network| network.contains(&address))
    }
}

/// A provider of OpenID Connect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// Its address, as it calls itself.
    #[serde(deserialize_with = "issuer")]
    pub issuer: String,
    /// Under which name it knows this program.
    pub client_id: String,
    /// The file with the secret that it knows this program by; none for a public client.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// What it is asked to tell.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// The claim with the name that people call them by.
    #[serde(default = "name_claim")]
    pub name: String,
    /// The claim with their groups.
    #[serde(default = "groups_claim")]
    pub groups: String,
    /// What the button says: `Sign in with …`.
    #[serde(default)]
    pub label: Option<String>,
    /// The file with the certificate of the authority that has signed the provider's, in place of the system's.
    #[serde(default)]
    pub ca: Option<PathBuf>,
}

impl SignInSettings {
    /// What somebody of these groups may.
    pub fn scopes<'a>(&self, groups: impl IntoIterator<Item = &'a str>) -> Vec<Scope> {
        let of_groups = groups.into_iter().filter_map(|group| self.groups.get(group));
        let mut scopes: Vec<Scope> = of_groups.flatten().chain(&self.everyone).copied().collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }

    /// Whether anybody is known by more than tokens.
    pub fn names_people(&self) -> bool {
        self.proxy.is_some() || self.oidc.is_some()
    }
}

fn yes() -> bool {
    true
}

fn scopes() -> Vec<String> {
    ["openid", "profile", "email"].map(str::to_owned).to_vec()
}

fn name_claim() -> String {
    "name".to_owned()
}

fn groups_claim() -> String {
    "groups".to_owned()
}

/// A length of time: `30m`, `12h`, `7d`.
pub(super) fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeDelta, D::Error> {
    let text = String::deserialize(deserializer)?;
    let read = || {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
        match unit {
            "m" => TimeDelta::try_minutes(number.into()),
            "h" => TimeDelta::try_hours(number.into()),
            "d" => TimeDelta::try_days(number.into()),
            _ => None,
        }
        .filter(|span| *span <= TimeDelta::days(366))
    };
    read().ok_or_else(|| {
        serde::de::Error::custom(format!("{text:?} is no length of time up to a year: write 30m, 12h or 7d"))
    })
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    if texts.is_empty() {
        return Err(serde::de::Error::custom("name at least one address of the proxy's"));
    }
    let read = |text: &String| {
        let one = text.parse::<IpAddr>().map(IpNet::from);
        one.or_else(|_| text.parse()).map_err(|_| {
            let what = "is neither an address nor a network: write 10.0.0.5 or 10.0.0.0/24";
            serde::de::Error::custom(format!("{text:?} {what}"))
        })
    };
    texts.iter().map(read).collect()
}

fn header<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderName, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| serde::de::Error::custom(format!("{text:?} is not the name of a header")))
}

fn some_header<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<HeaderName>, D::Error> {
    header(deserializer).map(Some)
}

/// An issuer is an address without a query (OpenID Connect Discovery 1.0, section 3); in the clear only on this machine.
fn issuer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let bad = |what: &str| Err(serde::de::Error::custom(format!("{text:?} {what}")));
    let Ok(uri) = text.parse::<Uri>() else { return bad("is not an address") };
    if uri.query().is_some() || text.contains('#') || uri.host().is_none() {
        return bad("is no issuer: write its address, without a query");
    }
    match uri.scheme_str() {
        Some("https") => Ok(text),
        Some("http") if is_this_machine(uri.host().unwrap_or_default()) => Ok(text),
        _ => bad("is not secured: an issuer begins with https://"),
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SignInSettings, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn groups_and_everybody_give_scopes_and_nobody_else() {
        let settings = read(
            r#"
            everyone = ["read"]
            idle = "30m"
            [groups]
            sre = ["respond", "approve", "read"]
            leads = ["communicate:public"]
            "#,
        )
        .unwrap();
        assert_eq!(settings.scopes([]), [Scope::Read]);
        assert_eq!(settings.scopes(["sre", "SRE", "other"]), [Scope::Read, Scope::Respond, Scope::Approve]);
        assert_eq!((settings.idle.0, settings.longest.0), (TimeDelta::minutes(30), TimeDelta::days(7)));
        assert!(SignInSettings::default().scopes(["sre"]).is_empty());
        assert!(!settings.names_people());
    }

    #[test]
    fn a_proxy_is_trusted_by_its_address() {
        let settings = read(
            "[proxy]\nfrom = [\"10.0.0.5\", \"2001:db8::/32\", \"127.0.0.0/8\"]\nuser = \"Remote-User\"",
        );
        let proxy = settings.unwrap().proxy.unwrap();
        let trusted = |address: &str| proxy.is_trusted(address.parse().unwrap());
        assert!(trusted("10.0.0.5") && trusted("::ffff:10.0.0.5") && trusted("2001:db8::7"));
        assert!(!trusted("10.0.0.6") && !trusted("2001:db9::7") && !trusted("::1"));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, part) in [
            ("everyone = [\"reads\"]", "reads"),
            ("idle = \"12\"", "write 30m, 12h or 7d"),
            ("longest = \"0d\"", "write 30m, 12h or 7d"),
            ("longest = \"9999d\"", "up to a year"),
            ("longest = \"1\u{e9}\"", "write 30m"),
            ("[proxy]\nfrom = []\nuser = \"x\"", "at least one"),
            ("[proxy]\nfrom = [\"proxy.example\"]\nuser = \"x\"", "neither an address nor a network"),
            ("[proxy]\nfrom = [\"10.0.0.1\"]\nuser = \"a b\"", "not the name of a header"),
            ("[oidc]\nissuer = \"http://idp.example\"\nclient_id = \"scribe\"", "not secured"),
            ("[oidc]\nissuer = \"https://idp.example?x=1\"\nclient_id = \"scribe\"", "without a query"),
            ("[oidc]\nissuer = \"https://idp.example\"", "client_id"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part), "{part:?} is missing in: {error}");
        }
    }
}
