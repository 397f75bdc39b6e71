//! What the machine itself knows of who uses it: the account, whatever name somebody goes by.
//!
//! It proves nobody's identity: accounts are shared. But two people who act from one account are a thing that an
//! auditor wants to see.

use scribe_domain::identity::Identity;
use scribe_domain::text::Label;

/// The account and the machine that this process runs as: `uid:1000@bastion`; none where that makes no label.
pub fn of_this_process() -> Option<Identity> {
    account(rustix::process::getuid().as_raw())
}

/// The same of another process that has this account, if it is this one's or the superuser's.
pub fn of_the_same_account(uid: u32) -> Option<Identity> {
    account(uid).filter(|_| uid == 0 || uid == rustix::process::getuid().as_raw())
}

fn account(uid: u32) -> Option<Identity> {
    let name = rustix::system::uname();
    let host = name.nodename().to_str().unwrap_or_default();
    Label::new(format!("{uid}@{host}")).ok().map(Identity::Account)
}
