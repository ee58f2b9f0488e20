//! `PERCENTILE_DISC`: a value that is there, not one between two.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as PlanResult, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

/// The aggregate for one fraction and one direction.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct PercentileDisc {
    /// The fraction's bits, so that two of them can be compared.
    fraction: u64,
    ascending: bool,
    signature: Signature,
}

impl PercentileDisc {
    pub(in super::super) fn aggregate(fraction: f64, ascending: bool) -> Arc<AggregateUDF> {
        let signature = Signature::any(1, Volatility::Immutable);
        Arc::new(AggregateUDF::from(PercentileDisc { fraction: fraction.to_bits(), ascending, signature }))
    }
}

impl AggregateUDFImpl for PercentileDisc {
    fn name(&self) -> &str {
        "percentile_disc"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, args: &[DataType]) -> PlanResult<DataType> {
        Ok(args.first().cloned().unwrap_or(DataType::Null))
    }

    fn schema_name(
        &self,
        params: &datafusion::logical_expr::expr::AggregateFunctionParams,
    ) -> PlanResult<String> {
        let args: Vec<String> = params.args.iter().map(|arg| arg.schema_name().to_string()).collect();
        Ok(format!("percentile_disc:{}:{}({})", self.fraction, self.ascending, args.join(",")))
    }

    fn window_function_schema_name(
        &self,
        params: &datafusion::logical_expr::expr::WindowFunctionParams,
    ) -> PlanResult<String> {
        let shown = |exprs: &[datafusion::logical_expr::Expr]| {
            exprs.iter().map(|expr| expr.schema_name().to_string()).collect::<Vec<_>>().join(",")
        };
        let (args, partition) = (shown(&params.args), shown(&params.partition_by));
        Ok(format!("percentile_disc:{}:{}({args})over({partition})", self.fraction, self.ascending))
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> PlanResult<Box<dyn Accumulator>> {
        Ok(Box::new(Values {
            fraction: f64::from_bits(self.fraction),
            ascending: self.ascending,
            ty: args.return_field.data_type().clone(),
            values: Vec::new(),
        }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> PlanResult<Vec<FieldRef>> {
        let item = Arc::new(Field::new_list_field(args.return_field.data_type().clone(), true));
        Ok(vec![Arc::new(Field::new(format!("{}[values]", args.name), DataType::List(item), true))])
    }
}

/// All values so far, NULL aside.
#[derive(Debug)]
struct Values {
    fraction: f64,
    ascending: bool,
    ty: DataType,
    values: Vec<ScalarValue>,
}

impl Values {
    fn take(&mut self, array: &ArrayRef) -> PlanResult<()> {
        for row in 0..array.len() {
            if array.is_valid(row) {
                self.values.push(ScalarValue::try_from_array(array, row)?);
            }
        }
        Ok(())
    }
}

impl Accumulator for Values {
    fn update_batch(&mut self, values: &[ArrayRef]) -> PlanResult<()> {
        values.first().map_or(Ok(()), |array| self.take(array))
    }

    fn evaluate(&mut self) -> PlanResult<ScalarValue> {
        self.values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        if !self.ascending {
            self.values.reverse();
        }
        // The first row whose share of all rows reaches the fraction.
        let count = self.values.len();
        let place = (self.fraction * count as f64 - 1e-9).ceil().max(1.0) as usize;
        let found = self.values.get(place.min(count).saturating_sub(1)).cloned();
        found.map_or_else(|| ScalarValue::try_from(&self.ty), Ok)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.iter().map(ScalarValue::size).sum::<usize>()
    }

    fn state(&mut self) -> PlanResult<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::List(ScalarValue::new_list_nullable(&self.values, &self.ty))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> PlanResult<()> {
        let Some(lists) = states.first() else { return Ok(()) };
        for row in 0..lists.len() {
            if let ScalarValue::List(list) = ScalarValue::try_from_array(lists, row)?
                && list.is_valid(0)
            {
                self.take(&list.value(0))?;
            }
        }
        Ok(())
    }
}
