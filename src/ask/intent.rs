//! What a question asks for, typed. The only thing that becomes SQL: the planner fills it
//! from words, a follow-up changes the one before, a language model may fill it as JSON.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use super::lexicon::Direction;
use super::time::TimeRange;
use crate::model::{Dim, Metric};

/// What the planner understood, typed; the planner's own, and what a follow-up builds on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The form of the answer.
    #[serde(default)]
    pub shape: Shape,
    /// The figures, in order.
    pub metrics: Vec<Metric>,
    /// An average of the figures per member of this ("per day"), if asked.
    #[serde(default)]
    pub per: Option<Dim>,
    /// What the figures are grouped by, in order.
    #[serde(default)]
    pub dims: Vec<Dim>,
    /// Which days; all when absent.
    #[serde(default)]
    pub time: Option<TimeRange>,
    /// Which lines.
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// Which groups.
    #[serde(default)]
    pub having: Vec<Having>,
    /// Order of the rows; calendar order or largest first when absent.
    #[serde(default)]
    pub sort: Option<Sort>,
    /// How many rows at the most.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Which documents.
    #[serde(default)]
    pub scope: Scope,
}

impl Intent {
    /// Figures over everything, to be narrowed down.
    pub fn of(metrics: Vec<Metric>) -> Intent {
        Intent {
            shape: Shape::Group,
            metrics,
            per: None,
            dims: Vec::new(),
            time: None,
            filters: Vec::new(),
            having: Vec::new(),
            sort: None,
            limit: None,
            scope: Scope::Sales,
        }
    }
}

/// Which documents count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Sales netted by returns: all but the excluded documents.
    #[default]
    Sales,
    /// Return documents only, amounts shown positive.
    Returns,
    /// Sales before returns: neither the excluded documents nor those of returns.
    BeforeReturns,
}

/// The form of an answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Figures by groups: totals, lists, series, rankings.
    #[default]
    Group,
    /// The same figure in the intent's time and in an earlier one, with the change in percent.
    Compare {
        /// The earlier range.
        base: TimeRange,
        /// Only groups that changed in this direction.
        #[serde(default)]
        only: Option<Trend>,
        /// Only groups that changed in that direction by so many percent ("> 20").
        #[serde(default)]
        by: Option<Percent>,
    },
    /// The same figure of two values of one dimension, and their difference.
    Difference {
        /// The dimension.
        dim: Dim,
        /// The first value.
        first: String,
        /// The second value, subtracted.
        second: String,
    },
    /// Each group's share, or without groups the share of the lines that `part` selects.
    Share {
        /// What selects the part; empty with groups.
        #[serde(default)]
        part: Vec<Filter>,
    },
    /// The share that the `n` largest members of the dimension have together.
    Concentration {
        /// How many members.
        n: u32,
    },
    /// The first `n` of the last dimension within each member of the others.
    TopPerGroup {
        /// How many each.
        n: u32,
    },
    /// The one member of the dimension that stands in this place of the order.
    Place {
        /// Which place, from 1.
        n: u32,
    },
    /// A series and its running total.
    Running,
    /// A series and each bucket's change against the one before, in percent.
    Growth,
    /// How many members of the dimension meet the conditions.
    CountGroups,
    /// Customers by when they bought.
    Cohort {
        /// Which customers.
        kind: Cohort,
        /// Their number instead of their names.
        #[serde(default)]
        count: bool,
    },
    /// The members of the dimension that have sales, but none in the intent's time.
    Idle {
        /// Their number instead of their names.
        #[serde(default)]
        count: bool,
    },
    /// The members of the dimension with sales in the intent's time, and no returns in it.
    Unreturned {
        /// Their number instead of their names.
        #[serde(default)]
        count: bool,
    },
    /// The members of the dimension in classes A, B, C by their accumulated share.
    Abc {
        /// Only this class.
        #[serde(default)]
        only: Option<char>,
        /// The size of each class instead of its members.
        #[serde(default)]
        summary: bool,
    },
    /// Products on the same documents: with one of the given, or all pairs.
    Together {
        /// What the documents must hold.
        #[serde(default)]
        with: Option<Filter>,
    },
}

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// Grew.
    Up,
    /// Fell.
    Down,
}

/// How a change in percent, taken as positive, must compare.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Percent {
    /// How.
    pub op: Op,
    /// With what.
    pub value: Decimal,
}

/// Which customers, by when they bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cohort {
    /// Their first purchase falls in the intent's time (or, grouped by a calendar unit, in each).
    New,
    /// They bought in the intent's time and before it.
    Returning,
    /// Their last purchase is before this day.
    NotSince(NaiveDate),
    /// They bought in the intent's time and not in this one.
    NotIn(TimeRange),
    /// They bought in the intent's time and in this one.
    AlsoIn(TimeRange),
    /// Everyone who bought in the intent's time, new or returning.
    NewVersusReturning,
}

/// A condition on lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// A dimension's value is (not) one of these.
    In {
        /// The dimension.
        dim: Dim,
        /// The values as they stand in the data.
        values: Vec<String>,
        /// All but these.
        #[serde(default)]
        negated: bool,
    },
    /// Sold on credit, or for cash.
    Credit(bool),
    /// A number on the line.
    Line {
        /// Which.
        column: LineColumn,
        /// How it compares.
        op: Op,
        /// With what.
        value: Decimal,
    },
    /// On these days of the week, Monday = 1.
    Weekdays(Vec<u8>),
}

/// A number that stands on each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineColumn {
    /// Discount in percent.
    DiscountPct,
    /// VAT rate in percent.
    VatRate,
    /// Unit price with VAT.
    UnitPrice,
    /// Days of credit.
    CreditDays,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// `>`
    Over,
    /// `>=`
    AtLeast,
    /// `<`
    Under,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
}

impl Op {
    /// The T-SQL sign, which people read too.
    pub fn sign(self) -> &'static str {
        match self {
            Op::Over => ">",
            Op::AtLeast => ">=",
            Op::Under => "<",
            Op::AtMost => "<=",
            Op::Equal => "=",
        }
    }
}

/// A condition on groups.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Having {
    /// The figure.
    pub metric: Metric,
    /// How it compares.
    pub op: Op,
    /// With what.
    pub value: Decimal,
}

/// The order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// By which figure; in comparisons by its change.
    pub metric: Metric,
    /// Highest or lowest first.
    pub direction: Direction,
}
