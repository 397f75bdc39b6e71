//! The settings file: what is read is read again as the same, and what is wrong is told with its place.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use scribe::config::Config;

fuzz_target!(|text: &str| {
    let read = || Config::read(text, Path::new("scribe.toml"));
    match (read(), read()) {
        (Ok(one), Ok(other)) => {
            assert_eq!(&*one.text, text);
            assert_eq!(format!("{one:?}"), format!("{other:?}"));
        }
        (Err(one), Err(other)) => {
            let said = one.to_string();
            assert!(said.starts_with("scribe.toml: ") && said.len() > "scribe.toml: ".len() + 5, "{said}");
            assert_eq!(said, other.to_string());
        }
        _ => panic!("it is read in two ways"),
    }
});
