//! What each trouble on the way is told as.
