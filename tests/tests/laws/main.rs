//! Laws: whatever is asked or told, in whatever order, these hold.

mod domain;
mod erasing;
mod execute;
mod views;
