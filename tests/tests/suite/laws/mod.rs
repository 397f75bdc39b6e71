//! Laws of stores: whatever is asked, in whatever order, these hold. Those of the domain and of the views stand
//! in `domain/src/laws` and `projections/src/laws`.

/// Carrying out requests.
mod execute;
/// Clocks that jump, and what is said about it.
mod clocks;
/// Every store answers like the model, and loses nothing that others write.
mod every_store;
