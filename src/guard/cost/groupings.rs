//! How many groupings a `GROUP BY` asks for: `CUBE` doubles them with every column.

use sqlparser::ast::{Expr, GroupByExpr, Select, Spanned};

use crate::guard::parse::offset_of;
use crate::guard::rule::{Rule, Stop};

/// Most groupings of one `GROUP BY`.
const MAX_GROUPINGS: u64 = 64;

/// Refuses a `GROUP BY` of more groupings than anybody reads.
pub(super) fn check(select: &Select) -> Result<(), Stop> {
    let GroupByExpr::Expressions(keys, modifiers) = &select.group_by else { return Ok(()) };
    let mut groupings = if modifiers.is_empty() { 1 } else { cube(keys.len()) };
    for key in keys {
        groupings = groupings.saturating_mul(match key {
            Expr::Cube(sets) => cube(sets.len()),
            Expr::Rollup(sets) => count(sets.len()).saturating_add(1),
            Expr::GroupingSets(sets) => count(sets.len()),
            _ => 1,
        });
        if groupings > MAX_GROUPINGS {
            return Err(Stop::new(Rule::TooManyGroupings, offset_of(key.span())));
        }
    }
    Ok(())
}

fn cube(columns: usize) -> u64 {
    u32::try_from(columns).ok().and_then(|columns| 2u64.checked_pow(columns)).unwrap_or(u64::MAX)
}

fn count(sets: usize) -> u64 {
    u64::try_from(sets).unwrap_or(u64::MAX)
}
