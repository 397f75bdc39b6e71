//! What the other side began with: a wrong port, or TLS where none is spoken, is known by that.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// As many bytes as the head of an HTTP/2 frame has.
pub(super) const ENOUGH: usize = 9;

/// The first bytes that came over a connection.
#[derive(Debug, Default)]
pub(super) struct FirstBytes(Mutex<Vec<u8>>);

/// What they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    /// Nothing came.
    Silence,
    /// The beginning of HTTP/2.
    Http2,
    /// An answer in HTTP/1.
    Http1,
    /// TLS, where none was expected.
    Tls,
    /// Something else.
    Unknown,
}

impl FirstBytes {
    fn note(&self, bytes: &[u8]) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = ENOUGH.saturating_sub(first.len());
        first.extend(bytes.iter().take(room));
    }

    pub(super) fn tongue(&self) -> Tongue {
        tongue(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What bytes are the beginning of.
pub(super) fn tongue(bytes: &[u8]) -> Tongue {
    match bytes {
        [] => Tongue::Silence,
        [b'H', b'T', b'T', b'P', b'/', ..] => Tongue::Http1,
        // An alert, or a handshake.
        [0x15 | 0x16, 3, ..] => Tongue::Tls,
        // SETTINGS come first.
        [_, _, _, 4, ..] => Tongue::Http2,
        _ => Tongue::Unknown,
    }
}

/// A connection whose first bytes are noted.
pub(super) struct Listened<S> {
    stream: S,
    first: Arc<FirstBytes>,
    heard: usize,
}

impl<S> Listened<S> {
    pub(super) fn new(stream: S, first: Arc<FirstBytes>) -> Self {
        Self { stream, first, heard: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Listened<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if self.heard < ENOUGH {
            let news = &buffer.filled()[before..];
            self.first.note(news);
            self.heard += news.len();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Listened<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_speaks_is_known_by_the_first_bytes() {
        assert_eq!(tongue(b""), Tongue::Silence);
        assert_eq!(tongue(b"HTTP/1.1 4"), Tongue::Http1);
        assert_eq!(tongue(&[0x15, 3, 3, 0, 2]), Tongue::Tls);
        assert_eq!(tongue(&[0, 0, 18, 4, 0, 0, 0, 0, 0]), Tongue::Http2);
        assert_eq!(tongue(b"SSH-2.0-x"), Tongue::Unknown);
    }
}
