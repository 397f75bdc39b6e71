//! What shows who somebody is: secrets, how they are made, written and compared; and what an identity provider says.

/// The secret of a token.
pub mod secret;
/// Signing in with an identity provider.
pub mod oidc;
/// A code that people type.
pub mod code;
