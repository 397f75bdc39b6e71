//! Two hosts, as network namespaces; where they cannot be made, this machine alone.

use std::net::IpAddr;
use std::path::Path;
use std::process::{Command, Stdio};

/// How many addresses the callers have.
const ADDRESSES: u8 = 16;

/// The server's host, and its callers'.
pub(crate) struct Hosts {
    /// The names of the two namespaces.
    names: Option<[String; 2]>,
}

impl Hosts {
    /// Makes them; needs root and iproute2.
    pub(crate) fn make() -> Self {
        let id = std::process::id();
        let names = [format!("scribe-{id}-a"), format!("scribe-{id}-b")];
        let hosts = Self { names: Some(names.clone()) };
        let [server, callers] = &names;
        let (near, far) = (format!("la{id}"), format!("lb{id}"));
        let mut lines = vec![
            format!("netns add {server}"),
            format!("netns add {callers}"),
            format!("link add {near} type veth peer name {far}"),
            format!("link set {near} netns {server}"),
            format!("link set {far} netns {callers}"),
            format!("-n {server} addr add 10.77.0.1/24 dev {near}"),
            format!("-n {server} link set {near} up"),
            format!("-n {server} link set lo up"),
            format!("-n {callers} link set {far} up"),
        ];
        lines
            .extend((0..ADDRESSES).map(|n| format!("-n {callers} addr add 10.77.0.{}/24 dev {far}", 10 + n)));
        if lines.iter().all(|line| ip(line)) {
            return hosts;
        }
        drop(hosts);
        Self { names: None }
    }

    /// What they are, in words.
    pub(crate) fn about(&self) -> String {
        match self.names {
            Some(_) => format!("two hosts (network namespaces), the callers with {ADDRESSES} addresses"),
            None => {
                "SKIPPED: limits by address, since making another host needs root and iproute2, and this \
                machine's own are not counted; nobody gets 429 for an address"
                    .to_owned()
            }
        }
    }

    /// Where the server listens.
    pub(crate) fn server(&self) -> IpAddr {
        let address: [u8; 4] = if self.names.is_some() { [10, 77, 0, 1] } else { [127, 0, 0, 1] };
        address.into()
    }

    /// From where its callers ask.
    pub(crate) fn callers(&self) -> Vec<IpAddr> {
        let network: [u8; 3] = if self.names.is_some() { [10, 77, 0] } else { [127, 0, 0] };
        let [a, b, c] = network;
        (0..ADDRESSES).map(|n| IpAddr::from([a, b, c, 10 + n])).collect()
    }

    /// A program on the server's host.
    pub(crate) fn on_server(&self, program: &Path) -> Command {
        self.on(0, program)
    }

    /// A program on the callers' host.
    pub(crate) fn on_callers(&self, program: &Path) -> Command {
        self.on(1, program)
    }

    fn on(&self, which: usize, program: &Path) -> Command {
        let Some(names) = &self.names else { return Command::new(program) };
        // It becomes the program, so that its process is the program's.
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &names[which]]).arg(program);
        command
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for name in self.names.iter().flatten() {
            ip(&format!("netns del {name}"));
        }
    }
}

fn ip(line: &str) -> bool {
    let done = Command::new("ip").args(line.split(' ')).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}
