//! Options that every subcommand takes.

use std::path::PathBuf;

use chrono_tz::Tz;
use clap::Args;
use scribe_domain::account::OnBehalfOf;
use scribe_domain::actor::Who;

use super::client::Trust;
use super::home;
use super::store::TypedAddress;
use super::terminal::Colour;

/// Options that every subcommand takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalOptions {
    /// The folder with the record [default: ./scribe-data if there is one, or else ~/.local/share/scribe]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "SCRIBE_DATA",
        default_value_os_t = home::data_folder(),
        hide_default_value = true,
        hide_env_values = true
    )]
    pub data: PathBuf,
    /// The cluster with the record, esdb://HOST:PORT, instead of the folder, which then holds the local copy and key
    #[arg(long, global = true, value_name = "STORE", env = "SCRIBE_STORE", hide_env_values = true)]
    pub store: Option<TypedAddress>,
    /// Speak to a server, https://HOST:PORT or unix:/PATH, instead of to the folder
    #[arg(long, global = true, value_name = "URL", env = "SCRIBE_SERVER", hide_env_values = true)]
    pub server: Option<TypedAddress>,
    /// The certificate of the server's authority, in PEM form [default: those that the system trusts]
    #[arg(long, global = true, value_name = "FILE", env = "SCRIBE_CA", hide_env_values = true)]
    pub ca: Option<PathBuf>,
    /// Speak http:// to another machine all the same, where everybody on the way may read it
    #[arg(long, global = true)]
    pub insecure_http: bool,
    /// The settings file [default: scribe.toml in the folder, if there]
    #[arg(long, global = true, value_name = "FILE", env = "SCRIBE_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// Who you are: a name, or integration:NAME [default: the user who is logged in]
    #[arg(
        id = "speaker",
        long = "as",
        global = true,
        value_name = "WHO",
        env = "SCRIBE_AS",
        hide_env_values = true
    )]
    pub who: Option<Who>,
    /// On whose behalf an integration acts: a name, or better an account that `person link` tells of, slack:U0123ABC
    #[arg(long, global = true, value_name = "NAME|ACCOUNT")]
    pub on_behalf_of: Option<OnBehalfOf>,
    /// The zone to read times without a zone in, and to show times in [default: from the settings, or UTC]
    #[arg(long, global = true, value_name = "ZONE", env = "SCRIBE_ZONE", hide_env_values = true, value_parser = zone)]
    pub zone: Option<Tz>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", visible_alias = "color")]
    pub colour: Colour,
}

impl GlobalOptions {
    /// Whom to trust on the way to a server.
    pub fn trust(&self) -> Trust {
        Trust { ca: self.ca.clone(), insecure_http: self.insecure_http }
    }
}

fn zone(name: &str) -> Result<Tz, String> {
    Tz::from_str_insensitive(name)
        .map_err(|_| "use a name from the tz database, such as Europe/Berlin".into())
}
