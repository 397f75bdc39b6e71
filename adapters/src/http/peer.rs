//! Who is at the other end of a connection, as the machine itself knows it.

use std::net::{IpAddr, SocketAddr};

use scribe_domain::identity::Identity;

use crate::origin;

/// Who is at the other end of a connection; every request over a socket carries it among its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// An address. Behind a proxy, that is the proxy's.
    Address(SocketAddr),
    /// An account of this machine, as the kernel says of a socket file.
    Account {
        /// Its number.
        uid: u32,
    },
}

impl Peer {
    /// The account at the other end of a socket file, if this program runs as it too, or it is the machine's own.
    pub(super) fn owner_of_this_program(self) -> Option<Identity> {
        match self {
            Self::Account { uid } => origin::of_the_same_account(uid),
            Self::Address(_) => None,
        }
    }

    /// The address at the other end.
    pub(super) fn address(self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(address.ip()),
            Self::Account { .. } => None,
        }
    }

    /// By what its requests are counted; nothing for this machine's own, which are not.
    pub(super) fn counted_as(self) -> Option<String> {
        let Self::Address(address) = self else { return None };
        match address.ip().to_canonical() {
            own if own.is_loopback() => None,
            IpAddr::V4(address) => Some(address.to_string()),
            // Whoever has one address of IPv6 has all those of its network.
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Some(format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_counts_as_one_and_this_machine_not_at_all() {
        let counted = |address: &str| Peer::Address(address.parse().unwrap()).counted_as();
        assert_eq!(counted("192.0.2.7:1"), Some("192.0.2.7".into()));
        assert_eq!(counted("[::ffff:192.0.2.7]:1"), Some("192.0.2.7".into()));
        assert_eq!(counted("[2001:db8:1:2:3:4:5:6]:1"), counted("[2001:db8:1:2::1]:2"));
        assert_ne!(counted("[2001:db8:1:2::1]:1"), counted("[2001:db8:1:3::1]:1"));
        assert_eq!(counted("127.9.9.9:1"), None);
        assert_eq!(counted("[::1]:1"), None);
        assert_eq!(counted("[::ffff:127.0.0.1]:1"), None);
        assert_eq!(Peer::Account { uid: 1_000 }.counted_as(), None);
    }
}
