//! Every rule of `decide`: given these events, when this is asked, then these events or this refusal.
//!
//! A file per group of the catalogue. Each test is a scenario of the [`harness`]; the last module runs
//! them all once more and fails if a command was never accepted or a reason never given.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod harness;

mod access;
mod clocks;
mod evidence;
mod history;
mod impact;
mod life;
mod people;
mod record;
mod review;
mod runs;
mod words;
mod work;

mod coverage;
