//! Cost that can be judged from the text: products, recursion, growing text.
use super::rule::Stop;
use sqlparser::ast::Query;
pub(super) fn check(_query: &Query, _max_recursion: u32) -> Result<(), Stop> { Ok(()) }
