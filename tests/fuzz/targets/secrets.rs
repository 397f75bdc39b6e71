//! What shows who asks: the first line is sent as `Authorization`, the others as `Cookie`.

#![no_main]

use std::cell::RefCell;

use axum::http::HeaderValue;
use axum::http::header::{AUTHORIZATION, COOKIE};
use libfuzzer_sys::fuzz_target;
use scribe::auth::secret::Secret;
use scribe_fuzz::laws::hold;
use scribe_fuzz::request::of;
use scribe_fuzz::world::World;

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

fuzz_target!(|text: &[u8]| {
    WORLD.with_borrow_mut(|world| {
        let text = world.filled(text);
        for word in text.split(|byte| byte.is_ascii_whitespace()) {
            is_written_in_one_way(word);
        }
        let mut sent = of(b"GET", b"/v1/me", b"").expect("a request");
        for (number, line) in text.split(|byte| *byte == b'\n').take(8).enumerate() {
            if let Ok(value) = HeaderValue::from_bytes(line) {
                sent.add(if number == 0 { AUTHORIZATION } else { COOKIE }, value);
            }
        }
        hold(sent, world);
    });
});

/// A secret is read from the one text that it is shown as; what is wrong with another is said without it.
fn is_written_in_one_way(word: &[u8]) {
    let Ok(word) = std::str::from_utf8(word) else { return };
    match word.parse::<Secret>() {
        Ok(secret) => {
            assert_eq!(secret.shown(), word);
            assert!(secret.is_of(&secret.digest()) && !format!("{secret:?}").contains(word));
        }
        Err(error) => assert!(word.len() < 12 || !error.to_string().contains(word)),
    }
}
