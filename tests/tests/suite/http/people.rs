//! The directory of people over HTTP.
