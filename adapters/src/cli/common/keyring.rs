//! The platform's keyring, by the tool that comes with it: `secret-tool` of the Secret Service (GNOME Keyring, KWallet).
//!
//! The secret goes over stdin and stdout, never as an argument, since other users of a machine see those. A keyring counts as one only if
//! it gives back at once what it was given: where nobody sits before the machine, it may wait for ever to be unlocked.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The variable that turns it off.
pub const VARIABLE: &str = "SCRIBE_KEYRING";
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// A keyring.
pub struct Keyring {
    tool: OsString,
}

impl Keyring {
    /// This session's, if it may have one.
    pub fn of_this_session() -> Option<Self> {
        let is_off = std::env::var(VARIABLE).is_ok_and(|told| told.eq_ignore_ascii_case("off"));
        let has_bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some();
        (cfg!(target_os = "linux") && has_bus && !is_off).then(|| Self { tool: "secret-tool".into() })
    }

    /// Keeps a secret for a server; whether it is found there again.
    pub fn keep(&self, server: &str, secret: &str) -> bool {
        let label = format!("--label=scribe: {server}");
        self.ask(&["store", &label, "application", "scribe", "server", server], secret).is_some()
            && self.look(server).as_deref() == Some(secret)
    }

    /// The secret for a server.
    pub fn look(&self, server: &str) -> Option<String> {
        let found = self.ask(&["lookup", "application", "scribe", "server", server], "")?;
        Some(found.trim().to_owned()).filter(|found| !found.is_empty())
    }

    /// Forgets it.
    pub fn forget(&self, server: &str) {
        // What is not there need not be forgotten.
        self.ask(&["clear", "application", "scribe", "server", server], "");
    }

    /// What the tool says, if it says yes in time.
    fn ask(&self, arguments: &[&str], told: &str) -> Option<String> {
        let mut command = Command::new(&self.tool);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let mut stdin = child.stdin.take()?;
        // A few bytes: they fit in the pipe, whether or not they are read.
        stdin.write_all(told.as_bytes()).ok()?;
        drop(stdin);
        if !ended_well(&mut child) {
            return None;
        }
        let mut said = String::new();
        child.stdout.take()?.take(4_096).read_to_string(&mut said).ok()?;
        Some(said)
    }
}

/// Whether it ended with a yes in time; else it is ended.
fn ended_well(child: &mut Child) -> bool {
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(5)),
            _ => {
                // It is gone already, or it hangs.
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;

    /// A tool that keeps secrets in a folder, or does something else.
    fn tool(folder: &Path, does: &str) -> Keyring {
        let path = folder.join("secret-tool");
        fs::write(&path, format!("#!/bin/sh\ncd {}\n{does}\n", folder.display())).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        Keyring { tool: path.into() }
    }

    const KEEPS: &str = r#"echo "$@" >>asked
case "$1" in
store) cat >kept ;;
lookup) cat kept ;;
clear) rm kept ;;
esac"#;

    #[test]
    fn what_is_kept_is_found_again_and_never_an_argument() {
        let folder = tempfile::tempdir().unwrap();
        let keyring = tool(folder.path(), KEEPS);
        assert!(keyring.keep("https://scribe.example.com", "hunter2"));
        assert_eq!(keyring.look("https://scribe.example.com").as_deref(), Some("hunter2"));
        let asked = fs::read_to_string(folder.path().join("asked")).unwrap();
        assert!(asked.contains("server https://scribe.example.com") && !asked.contains("hunter2"), "{asked}");
        keyring.forget("https://scribe.example.com");
        assert_eq!(keyring.look("https://scribe.example.com"), None);
    }

    #[test]
    fn a_keyring_that_does_not_give_back_what_it_was_given_is_none() {
        let folder = tempfile::tempdir().unwrap();
        for does in ["exit 1", "cat >/dev/null; echo other", "cat >/dev/null", "sleep 60"] {
            let began = Instant::now();
            assert!(!tool(folder.path(), does).keep("https://scribe.example.com", "hunter2"), "{does}");
            assert!(began.elapsed() < 3 * PATIENCE, "{does}");
        }
        assert!(!Keyring { tool: "/no/such/tool".into() }.keep("https://scribe.example.com", "hunter2"));
    }
}
