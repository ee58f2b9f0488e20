//! The optimiser's rules, less what one of them does to types.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::optimizer::{ApplyOrder, Optimizer};
use datafusion::optimizer::single_distinct_to_groupby::SingleDistinctToGroupBy;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// All rules, in their order.
pub(super) fn rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let guarded = |rule: Arc<dyn OptimizerRule + Send + Sync>| {
        let is_it = rule.name() == SingleDistinctToGroupBy::new().name();
        if is_it { Arc::new(SameTypes) as Arc<dyn OptimizerRule + Send + Sync> } else { rule }
    };
    Optimizer::new().rules.into_iter().map(guarded).collect()
}

/// Turns a distinct count into two groupings, unless that changes the type of another column:
/// a sum of sums has more digits than the sum, and what was compared with it no longer fits.
#[derive(Debug)]
struct SameTypes;

impl OptimizerRule for SameTypes {
    fn name(&self) -> &str {
        "single_distinct_aggregation_to_group_by"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        SingleDistinctToGroupBy::new().apply_order()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let before = plan.clone();
        let after = SingleDistinctToGroupBy::new().rewrite(plan, config)?;
        let types = |plan: &LogicalPlan| -> Vec<_> {
            plan.schema().fields().iter().map(|field| field.data_type().clone()).collect()
        };
        let same = types(&before) == types(&after.data);
        Ok(if same { after } else { Transformed::no(before) })
    }
}
