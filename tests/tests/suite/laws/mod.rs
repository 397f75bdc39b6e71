//! Laws of stores: whatever is asked, in whatever order, these hold. Those of the domain and of the views stand
//! in `domain/src/laws` and `projections/src/laws`.

/// Carrying out requests.
mod execute;
/// Every store answers like the model, and loses nothing that others write.
mod every_store;
