//! Pages for people, a file a page. What the door says of every page (the content security policy, who may send
//! its forms) holds for each of them.

/// The first page.
mod home;

use super::operation::Operation;

/// Every page.
pub(super) fn operations() -> [Operation; 1] {
    [home::operation()]
}
