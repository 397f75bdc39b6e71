//! The documents that people read, held to what the program does: links, maps, tables, settings, topics, examples.
//!
//! `SCRIBE_REGENERATE=1 cargo test --workspace --test guide` writes the tables, and the output of examples that
//! differ, anew; read the difference before you keep it.

/// The ASVS's requirements, each with what shows that it is met.
mod asvs;
/// Every `console` block of the README and the guide, run.
mod examples;
/// Every link leads somewhere, and every map shows what is there.
mod links;
/// Markdown, as far as it matters here.
mod pages;
/// A shell with the real program in a folder of its own.
mod session;
/// Settings and variables: the page knows all of them.
mod settings;
/// Tables that are made from the code.
mod tables;
/// `scribe help`.
mod topics;
