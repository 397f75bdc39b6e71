//! Laws: whatever is asked or told, in whatever order, these hold.

mod domain;
mod execute;
mod views;
