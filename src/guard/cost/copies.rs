//! How often the tables are read once every CTE is written out.
//!
//! A server writes a CTE out wherever it is named, so `b` of `a, a`, `c` of `b, b` and so on
//! double the work with every line of text.

use std::collections::HashMap;
use std::ops::ControlFlow;

use sqlparser::ast::{ObjectName, Query, Visit, Visitor};

use crate::guard::parse::offset_of;
use crate::guard::rule::{Rule, Stop};

/// Most sources a query may have when it is written out.
const MAX_COPIES: u64 = 200;

/// Refuses a query that grows out of proportion when its CTEs are written out.
pub(super) fn check(query: &Query) -> Result<(), Stop> {
    let mut known: HashMap<String, u64> = HashMap::new();
    for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
        let copies = within(&known, cte.query.as_ref());
        if copies > MAX_COPIES {
            return Err(Stop::new(Rule::TooManyCopies, offset_of(cte.alias.name.span)));
        }
        known.insert(cte.alias.name.value.to_uppercase(), copies);
    }
    let copies = within(&known, &query.body).saturating_add(within(&known, &query.order_by));
    if copies > MAX_COPIES {
        use sqlparser::ast::Spanned;
        return Err(Stop::new(Rule::TooManyCopies, offset_of(query.body.span())));
    }
    Ok(())
}

fn within<V: Visit>(known: &HashMap<String, u64>, part: &V) -> u64 {
    let mut counter = Counter { known, copies: 0 };
    let _ = part.visit(&mut counter);
    counter.copies
}

struct Counter<'k> {
    known: &'k HashMap<String, u64>,
    copies: u64,
}

impl Visitor for Counter<'_> {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let own = match relation.0.as_slice() {
            [part] => part.as_ident().and_then(|name| self.known.get(&name.value.to_uppercase())),
            _ => None,
        };
        self.copies = self.copies.saturating_add(own.copied().unwrap_or(1).max(1));
        ControlFlow::Continue(())
    }
}
