//! Laws of stores: whatever is asked, in whatever order, these hold. Those of the domain and of the views stand
//! in `domain/src/laws` and `projections/src/laws`.

mod execute;
