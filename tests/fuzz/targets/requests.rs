//! Whole requests: any method, address, headers and body, at every operation.

#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use scribe_fuzz::laws::hold;
use scribe_fuzz::request::read;
use scribe_fuzz::world::World;

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

fuzz_target!(|text: &[u8]| {
    WORLD.with_borrow_mut(|world| {
        if let Some(sent) = read(text, world) {
            hold(sent, world);
        }
    });
});
