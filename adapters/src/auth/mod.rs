//! What shows who somebody is: secrets, how they are made, written and compared.

/// The secret of a token.
pub mod secret;
