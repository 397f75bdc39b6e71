//! `scribe login`.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use clap::Args;
use serde_json::json;

use super::server;
use crate::app::gate::system::{NewToken, Whoami};
use crate::auth::secret::Secret;
use crate::cli::common::client::Client;
use crate::cli::common::credentials;
use crate::cli::common::exit;
use crate::cli::common::failure::{Failure, Kind};
use crate::cli::common::home;
use crate::cli::common::session::{Effect, Session};
use crate::cli::common::store::TypedAddress;
use crate::cli::common::terminal::say;
use crate::http::{DeviceCode, DeviceState};

/// Keep a token for a server, so that it is shown from then on: one that a browser lets this program have, or one that
/// is read from stdin.
#[derive(Debug, Clone, Args)]
pub(super) struct LoginArgs {
    /// Paste a token, in place of signing in with a browser
    #[arg(long)]
    paste: bool,
}

#[async_trait(?Send)]
impl Effect for LoginArgs {
    async fn carry_out(self: Box<Self>, session: &Session) -> Result<u8, Failure> {
        let server = server(session)?;
        let client = Client::remote(server, &session.options.trust())?;
        let secret = if self.paste || !io::stdin().is_terminal() {
            pasted(server)?
        } else {
            by_browser(server, &client).await?
        };
        // Asked before it is kept: a token of another server is told at once.
        let client = client.showing(Some(secret.clone()));
        let who: Whoami = client.get_json("/v1/me").await?;
        let path = credentials::keep(server.as_typed(), &secret, who.who.clone())?;
        let place = path.map_or_else(|| "the keyring".to_owned(), |path| home::Shown(&path).to_string());
        let name = who.who.map_or_else(|| "somebody".to_owned(), |who| who.to_string());
        say(&format!("you are {name} at {server}; the token is kept in {place}"));
        Ok(exit::DONE)
    }

    fn minds_the_outbox(&self) -> bool {
        true
    }
}

fn pasted(server: &TypedAddress) -> Result<Secret, Failure> {
    if io::stdin().is_terminal() {
        say(&format!("paste the token for {server}, and press Enter:"));
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    credentials::read_secret("what was given", &line)
}

/// Has somebody let this program in by a page of the server, on this machine or on any other.
async fn by_browser(server: &TypedAddress, client: &Client) -> Result<Secret, Failure> {
    if server.as_typed().starts_with("unix:") {
        return Err(Failure::new(
            Kind::BadInput,
            "a socket file has no pages to sign in on",
            "who runs as the server's own account needs no token; else paste one: scribe login --paste",
        ));
    }
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let code: DeviceCode =
        client.post_json("/v1/device", &json!({ "name": format!("scribe on {name}") })).await?.json()?;
    let page = format!("{}{}", server.as_typed().trim_end_matches('/'), code.verification_path);
    say(&format!("sign in at {page}\nand let in what shows the code {}; waiting …", code.user_code));
    open(&page);
    loop {
        tokio::time::sleep(Duration::from_secs(code.interval.clamp(1, 60))).await;
        let asked = json!({ "device_code": code.device_code });
        match client.post_json("/v1/device/token", &asked).await?.json()? {
            DeviceState::Waiting => {}
            DeviceState::Allowed(NewToken { secret, .. }) => {
                return credentials::read_secret("what the server gave", &secret);
            }
            DeviceState::Declined => {
                return Err(Failure::new(Kind::Refused, "somebody said no", "begin again: scribe login"));
            }
            DeviceState::Over => {
                let hint = "begin again: scribe login; a code counts for ten minutes";
                return Err(Failure::new(Kind::Refused, "nobody let this program in in time", hint));
            }
        }
    }
}

/// Opens a page in this machine's browser, if somebody sits before it; whoever does not, opens it elsewhere.
fn open(page: &str) {
    let sits_here = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    if (sits_here || cfg!(target_os = "macos")) && std::env::var_os("SSH_CONNECTION").is_none() {
        let quiet = || Stdio::null();
        // Whether it opens is seen by whoever waits for it.
        let _ = Command::new(program).arg(page).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
    }
}
