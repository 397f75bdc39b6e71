//! Query parameters and parts of addresses: the first line is the operation's number, a line that begins with `/` the
//! next part of its address, one that begins with `&` stands in the query as it is, and any other is the value of the
//! next parameter.

#![no_main]

use std::cell::RefCell;

use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use libfuzzer_sys::fuzz_target;
use scribe_fuzz::laws::hold;
use scribe_fuzz::request::{Sent, of};
use scribe_fuzz::world::World;

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

fuzz_target!(|text: &[u8]| {
    WORLD.with_borrow_mut(|world| {
        if let Some(sent) = sent(text, world) {
            hold(sent, world);
        }
    });
});

fn sent(text: &[u8], world: &World) -> Option<Sent> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let number = std::str::from_utf8(lines.next()?).ok()?.trim().parse::<usize>().ok()?;
    let operation = &world.operations[number % world.operations.len()];
    let mut names = operation.query.iter();
    let (mut parts, mut query) = (Vec::new(), Vec::new());
    for line in lines {
        match line {
            [b'/', part @ ..] => parts.push(encoded(&world.filled(part))),
            [b'&', raw @ ..] => query.push(String::from_utf8_lossy(&world.filled(raw)).into_owned()),
            value => {
                let Some(name) = names.next() else { continue };
                query.push(format!("{name}={}", encoded(&world.filled(value))));
            }
        }
    }
    let mut parts = parts.into_iter();
    let path: Vec<String> = operation
        .path
        .split('/')
        .map(|part| match part {
            "{incident}" => parts.next().unwrap_or_else(|| world.place("{incident}").to_owned()),
            _ if part.starts_with('{') => parts.next().unwrap_or_else(|| "1".to_owned()),
            _ => part.to_owned(),
        })
        .collect();
    let address = format!("{}?{}", path.join("/"), query.join("&"));
    let mut sent = of(operation.method.as_bytes(), address.as_bytes(), b"")?;
    let bearer = format!("Bearer {}", world.place(if number % 7 == 0 { "{read}" } else { "{admin}" }));
    sent.add(AUTHORIZATION, HeaderValue::from_str(&bearer).ok()?);
    Some(sent)
}

fn encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(byte) {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
