//! A page as people read it.
