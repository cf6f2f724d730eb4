//! A model made by hand, and what is refused.
