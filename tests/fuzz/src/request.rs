//! A request, as a seed writes it: a line with method and address, a line a header, an empty line, the body.
//!
//! Seeds are read and written by people, and the fuzzer changes letters and whole words of them.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, Uri};

use crate::world::World;

/// The most bytes of an address that are tried: the server's own limit is above it.
const LONGEST: usize = 4_096;

/// A request that could have come over a socket.
pub struct Sent {
    /// The method.
    pub method: Method,
    /// The path, as it was sent.
    pub path: String,
    /// Everything that is told in the address and in the body, which an answer may tell again.
    pub told: String,
    /// What shows who asks: the values of `Authorization` and `Cookie`.
    pub shown: Vec<Vec<u8>>,
    /// The request itself.
    pub request: Request<Body>,
}

/// Reads one; nothing if no server would get to see it.
pub fn read(text: &[u8], world: &World) -> Option<Sent> {
    let (head, body) = split(text, b"\n\n").unwrap_or((text, b""));
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next()?;
    let (method, address) = split(first, b" ")?;
    let mut request = of(method, &world.filled(address), &world.filled(body))?;
    for line in lines.take(40) {
        let Some((name, value)) = split(line, b":") else { continue };
        let value = world.filled(value.trim_ascii());
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(&value)) else {
            continue;
        };
        request.add(name, value);
    }
    Some(request)
}

/// The same without headers.
pub fn of(method: &[u8], address: &[u8], body: &[u8]) -> Option<Sent> {
    let method = Method::from_bytes(method).ok()?;
    let uri: Uri = std::str::from_utf8(address).ok().filter(|text| text.len() <= LONGEST)?.parse().ok()?;
    // Whatever else an address may be, a server is asked for a path.
    if !uri.path().starts_with('/') {
        return None;
    }
    let mut told = String::from_utf8_lossy(address).into_owned();
    told.push('\n');
    told.push_str(&String::from_utf8_lossy(body));
    let path = uri.path().to_owned();
    let request = Request::builder().method(method.clone()).uri(uri).body(Body::from(body.to_vec())).ok()?;
    Some(Sent { method, path, told, shown: Vec::new(), request })
}

impl Sent {
    /// Adds a header.
    pub fn add(&mut self, name: HeaderName, value: HeaderValue) {
        if name == "authorization" || name == "cookie" {
            self.shown.push(value.as_bytes().to_vec());
        } else {
            self.told.push('\n');
            self.told.push_str(&String::from_utf8_lossy(value.as_bytes()));
        }
        self.request.headers_mut().append(name, value);
    }
}

fn split<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = text.windows(at.len()).position(|window| window == at)?;
    Some((&text[..place], &text[place + at.len()..]))
}
