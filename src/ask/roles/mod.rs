//! The small grammar after the cover: what role each chunk plays, and the intent that
//! follows. Every chunk with content must end up used by exactly one role; what is left
//! over means no answer.

mod best_sellers;
mod binding;
mod changes;
mod cohorts;
mod comparisons;
mod conditions;
mod contradictions;
mod counts;
mod days;
mod dims;
mod either;
mod figures;
mod follow;
mod groups;
mod idle;
mod lists;
mod periods;
mod place;
mod rank;
mod rankings;
mod shapes;
mod shares;
mod taxes;
mod than;
mod unreturned;
mod values;

pub use follow::{Kept, follow};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::chunk::{Atom, Chunk};
use super::intent::{Filter, Intent, Op, Percent, Scope, Shape, Trend};
use super::lexicon::{Direction, GrammarNumber, Sense};
use super::values::{Candidate, ValueIndex};
use crate::model::{Dim, Metric, SalesModel};

/// What the grammar made of the chunks.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// One intent, everything used.
    Intent(Box<Intent>),
    /// A person must choose: a reason, and questions that mean one reading each.
    Clarify(Reason, Vec<String>),
    /// The words of a chunk name several values.
    WhichValue(usize, Vec<Candidate>),
    /// The data does not hold this.
    Topic(String),
    /// Chunks without a place: not understood or not combinable.
    Left(Vec<usize>),
    /// A value that is not in the data, said after its dimension.
    NoSuchValue(Dim, usize),
    /// A period the data does not reach.
    OutsideData(NaiveDate),
}

/// Why a person must choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No figure was named.
    NoMetric,
    /// A value can be several things; the chunk.
    WhichValue(usize),
    /// A phrase stands for two ranges; the chunk.
    WhichPeriod(usize),
    /// Two periods without a word that says what to do with them.
    TwoPeriods,
    /// A change against an unnamed period.
    WhichBase,
    /// Inactive since when.
    HowManyDays,
    /// A cohort needs a period.
    NeedPeriod,
    /// Something else that reads in two ways.
    WhichReading,
}

/// The result of a step: go on, or stop with a verdict.
type Step = Result<(), Verdict>;

/// What the roles work on.
pub struct Input<'a> {
    /// The question as typed.
    pub text: &'a str,
    /// Its chunks.
    pub chunks: &'a [Chunk],
    /// The store's model.
    pub model: &'a SalesModel,
    /// The values of the data.
    pub values: &'a ValueIndex,
    /// Today.
    pub today: NaiveDate,
    /// First and last day of the data.
    pub span: Option<(NaiveDate, NaiveDate)>,
    /// Whether the question is in Spanish, for the questions offered.
    pub spanish: bool,
}

/// A number with a comparison.
#[derive(Debug, Clone, Copy)]
struct Condition {
    op: Op,
    value: Decimal,
    money: bool,
    percent: bool,
    /// The figure it is about, once known.
    metric: Option<Metric>,
    /// It is about something that no figure is.
    unbound: bool,
    /// Where the number stands.
    at: usize,
    /// Where the operator stands.
    op_at: usize,
}

#[derive(Debug, Clone, Copy)]
struct DimUse {
    dim: Dim,
    number: GrammarNumber,
    at: usize,
    role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Asked for, ranked or listed.
    Head,
    /// After "por" or as a grain.
    Group,
    /// After "cada".
    Each,
    /// After "cuántos".
    Counted,
}

#[derive(Debug, Clone, Copy)]
struct Ranking {
    direction: Direction,
    n: Option<u32>,
    all: bool,
    /// "el mejor y el peor": two rankings in one question.
    both_ends: bool,
    /// "el segundo": only this place.
    place: Option<u32>,
    at: usize,
}

/// Fills an intent from chunks.
pub(super) struct Roles<'a> {
    input: &'a Input<'a>,
    used: Vec<bool>,
    /// Figures named, with their chunks.
    metrics: Vec<(Metric, usize)>,
    conditions: Vec<Condition>,
    dims: Vec<DimUse>,
    filters: Vec<(Filter, usize)>,
    rank: Option<Ranking>,
    scope: Scope,
    /// "más de 60 días sin comprar": the days without a purchase.
    absent_since: Option<NaiveDate>,
    /// "crecieron más del 20 %".
    changed_by: Option<(Trend, Percent)>,
}

/// Finds the intent of a question.
pub fn interpret(input: &Input<'_>) -> Verdict {
    match Roles::new(input).run() {
        Ok(intent) => Verdict::Intent(Box::new(intent)),
        Err(verdict) => verdict,
    }
}

impl<'a> Roles<'a> {
    fn new(input: &'a Input<'a>) -> Roles<'a> {
        Roles {
            input,
            used: vec![false; input.chunks.len()],
            metrics: Vec::new(),
            conditions: Vec::new(),
            dims: Vec::new(),
            filters: Vec::new(),
            rank: None,
            scope: Scope::Sales,
            absent_since: None,
            changed_by: None,
        }
    }

    fn run(&mut self) -> Result<Intent, Verdict> {
        self.known()?;
        self.read_tax_conditions();
        self.read_conditions();
        self.read_values()?;
        self.read_metrics();
        self.read_dims();
        self.read_rank();
        self.read_ranked_counts();
        self.bind_conditions()?;
        self.read_documents_by_amount();
        self.read_list_of_documents();
        let intent = self.shape().map_err(|verdict| self.without_its_place(verdict))?;
        self.nothing_left()?;
        // A place has no meaning in other shapes than its own.
        if let Some(rank) = self.rank.filter(|r| r.place.is_some())
            && !matches!(intent.shape, Shape::Place { .. })
        {
            return Err(Verdict::Left(vec![rank.at]));
        }
        if self.changed_by.is_some() && !matches!(intent.shape, Shape::Compare { by: Some(_), .. }) {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        super::validate::check(&intent, self.input.model).map_err(|_| Verdict::Left(Vec::new()))?;
        Ok(intent)
    }

    /// Stops at subjects outside the data and at words nobody knows.
    fn known(&self) -> Step {
        for chunk in self.input.chunks {
            if let Some(Sense::OutOfDomain(topic)) = chunk.sense() {
                return Err(Verdict::Topic(topic.clone()));
            }
        }
        let unknown: Vec<usize> = self.all(|atom| *atom == Atom::Unknown);
        let Some(first) = unknown.first() else { return self.no_such_code() };
        if let Some(before) = self.previous(*first)
            && let Some(Sense::Dim(dim, _)) = self.sense(before)
            && dim.value_column().is_some()
        {
            return Err(Verdict::NoSuchValue(*dim, *first));
        }
        Err(Verdict::Left(unknown))
    }

    /// "almacén 15", where there is none.
    fn no_such_code(&self) -> Step {
        for at in self.all(|atom| matches!(atom, Atom::Number(_))) {
            let beside = at.checked_sub(1).map(|k| {
                let numbered = matches!(self.word(k), "n" | "no" | "nro" | "numero" | "number");
                if numbered { k.saturating_sub(1) } else { k }
            });
            let named = beside.and_then(|k| self.sense(k));
            let code = matches!(self.atom(at), Some(Atom::Number(n)) if !n.money && !n.percent && n.value.fract().is_zero());
            let counts = matches!(self.sense(at + 1), Some(Sense::Dim(..) | Sense::Metric(_)));
            if code
                && !counts
                && let Some(Sense::Dim(dim, GrammarNumber::One)) = named
                && matches!(
                    dim,
                    Dim::Warehouse | Dim::Product | Dim::Customer | Dim::Salesperson | Dim::DocType
                )
            {
                return Err(Verdict::NoSuchValue(*dim, at));
            }
        }
        Ok(())
    }

    fn all(&self, is: impl Fn(&Atom) -> bool) -> Vec<usize> {
        self.input.chunks.iter().enumerate().filter(|(_, c)| is(&c.atom)).map(|(i, _)| i).collect()
    }

    fn atom(&self, i: usize) -> Option<&'a Atom> {
        self.input.chunks.get(i).map(|c| &c.atom)
    }

    fn sense(&self, i: usize) -> Option<&'a Sense> {
        self.input.chunks.get(i).and_then(Chunk::sense)
    }

    fn word(&self, i: usize) -> &'a str {
        self.input.chunks.get(i).map_or("", |c| c.text.as_str())
    }

    fn take(&mut self, i: usize) {
        if let Some(used) = self.used.get_mut(i) {
            *used = true;
        }
    }

    fn is_used(&self, i: usize) -> bool {
        self.used.get(i).copied().unwrap_or(true)
    }

    /// The places of a sense.
    fn places(&self, sense: &Sense) -> Vec<usize> {
        self.all(|atom| matches!(atom, Atom::Sense(s) if s == sense))
    }

    fn has(&self, sense: &Sense) -> bool {
        !self.places(sense).is_empty()
    }

    fn take_all(&mut self, sense: &Sense) -> bool {
        let places = self.places(sense);
        for place in &places {
            self.take(*place);
        }
        !places.is_empty()
    }

    fn binds(&self, i: usize) -> bool {
        matches!(
            self.sense(i),
            Some(
                Sense::Function
                    | Sense::Clitic
                    | Sense::Filler
                    | Sense::That
                    | Sense::HowMuch
                    | Sense::All
                    | Sense::Total
            )
        )
    }

    /// The next chunk that is not a binding word.
    fn next(&self, i: usize) -> Option<usize> {
        (i.saturating_add(1)..self.input.chunks.len()).find(|k| !self.binds(*k))
    }

    /// The next chunk that is not a binding word or preposition of place.
    fn next_past_in(&self, i: usize) -> Option<usize> {
        (i.saturating_add(1)..self.input.chunks.len())
            .find(|k| !self.binds(*k) && self.sense(*k) != Some(&Sense::In))
    }

    /// The chunk before that is not a binding word.
    fn previous(&self, i: usize) -> Option<usize> {
        if i > self.input.chunks.len() {
            return None;
        }
        (0..i).rev().find(|k| !self.binds(*k))
    }

    /// What is left must be words that mean nothing by themselves.
    fn nothing_left(&self) -> Step {
        let left: Vec<usize> =
            (0..self.input.chunks.len()).filter(|i| !self.is_used(*i) && !self.is_free(*i)).collect();
        if left.is_empty() { Ok(()) } else { Err(Verdict::Left(left)) }
    }

    fn is_free(&self, i: usize) -> bool {
        let Some(sense) = self.sense(i) else { return false };
        match sense {
            Sense::Function
            | Sense::In
            | Sense::That
            | Sense::Clitic
            | Sense::Filler
            | Sense::HowMuch
            | Sense::Which
            | Sense::Total
            | Sense::All
            | Sense::ShareOf
            | Sense::Also
            | Sense::Vague
            | Sense::Gross
            | Sense::Sell
            | Sense::Sold
            | Sense::Buy => true,
            Sense::Or => {
                // "¿subió o bajó?"
                let changes = |k: Option<usize>| {
                    matches!(k.and_then(|k| self.sense(k)), Some(Sense::Grew | Sense::Fell))
                };
                (self.filters.len() + self.dims.len() > 0 && !self.joins_kinds(i))
                    || (changes(self.previous(i)) && changes(self.next(i)))
            }
            // "ahora", "instead": before or after everything else.
            Sense::FollowUp => {
                let opens = (0..i).all(|k| self.binds(k) || self.sense(k) == Some(&Sense::And));
                opens || i + 1 == self.input.chunks.len()
            }
            // "marca = X"
            Sense::Exactly => self.word(i) == "=",
            // "over the last 10 days"
            Sense::Over => {
                self.word(i) == "over"
                    && self.next(i).is_some_and(|k| matches!(self.atom(k), Some(Atom::Time(_))))
            }
            // "entre los que": among those.
            Sense::Between => {
                matches!(self.sense(i + 1), Some(Sense::Function | Sense::That)) || self.between_values(i)
            }
            // "y" must join two things.
            Sense::And => i > 0 && i + 1 < self.input.chunks.len(),
            Sense::Only => {
                !self.filters.is_empty()
                    || !self.conditions.is_empty()
                    || matches!(self.next(i).and_then(|k| self.sense(k)), Some(Sense::AbcClass(_)))
                    || matches!(self.previous(i).and_then(|k| self.sense(k)), Some(Sense::AbcClass(_)))
            }
            _ => false,
        }
    }
}
