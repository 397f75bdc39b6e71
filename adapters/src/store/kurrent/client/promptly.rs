//! Sending small packets at once.
//!
//! The client crate leaves `TCP_NODELAY` off and sends each request in two small packets, so the second waits for
//! the first one's acknowledgement, which the other side delays by 40 ms. Its sockets cannot be had from it, but
//! the system lends a program its own: the option is set on every connection of this process, where it changes
//! nothing but when packets leave. Where the system does not allow it (some containers), requests are slow, and
//! nothing else.

use std::fs;
use std::mem;

use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::sockopt::set_tcp_nodelay;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

/// Lets every connection of this process send at once.
pub(super) fn send_promptly() {
    let Ok(myself) = pidfd_open(getpid(), PidfdFlags::empty()) else { return };
    let Ok(descriptors) = fs::read_dir("/proc/self/fd") else { return };
    for descriptor in descriptors.flatten() {
        let is_socket =
            fs::read_link(descriptor.path()).is_ok_and(|link| link.to_string_lossy().starts_with("socket:"));
        let number = descriptor.file_name().to_str().and_then(|name| name.parse().ok());
        let (true, Some(number)) = (is_socket, number) else { continue };
        if let Ok(socket) = pidfd_getfd(&myself, number, PidfdGetfdFlags::empty()) {
            set(socket);
        }
    }
}

fn set(socket: OwnedFd) {
    if set_tcp_nodelay(&socket, true) == Err(Errno::NOTSOCK) {
        // In this very moment its number became another file's. Closing any handle to the record's file would
        // drop the database engine's locks on it, so this one is left open.
        mem::forget(socket);
    }
}
