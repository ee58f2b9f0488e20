//! What is asked for and what figures are grouped by.

use super::{DimUse, Role, Roles};
use crate::ask::chunk::Atom;
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::ask::time::Grain;
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// Gives every dimension noun its role.
    pub(super) fn read_dims(&mut self) {
        for i in 0..self.input.chunks.len() {
            if self.is_used(i) {
                continue;
            }
            match self.sense(i) {
                Some(Sense::Grain(grain)) => self.read_grain(*grain, i),
                Some(Sense::Dim(dim, number)) => self.read_noun(*dim, *number, i),
                _ => {}
            }
        }
    }

    fn read_grain(&mut self, grain: Grain, i: usize) {
        let Some(dim) = grain.dim() else { return };
        self.take(i);
        self.add_dim(dim, GrammarNumber::One, i, Role::Group);
    }

    fn add_dim(&mut self, dim: Dim, number: GrammarNumber, at: usize, role: Role) {
        match self.dims.iter_mut().find(|d| d.dim == dim) {
            // "por cliente los mejores clientes": the stronger role stays.
            Some(known) if known.role == Role::Head && role != Role::Head => known.role = role,
            Some(_) => {}
            None => self.dims.push(DimUse { dim, number, at, role }),
        }
    }

    fn read_noun(&mut self, dim: Dim, number: GrammarNumber, i: usize) {
        if self.is_cue(dim, i) || self.is_generic(dim, number, i) {
            self.take(i);
            return;
        }
        let Some(role) = self.role_of(i, dim, number) else { return };
        self.take(i);
        self.add_dim(dim, number, i, role);
    }

    /// A noun beside its own value only says what the value is.
    fn is_cue(&self, dim: Dim, i: usize) -> bool {
        let names = |k: usize| match self.atom(k) {
            Some(Atom::Value(candidates)) => candidates.iter().any(|c| c.dim == dim),
            _ => false,
        };
        let mut k = i + 1;
        while matches!(self.sense(k), Some(Sense::Function | Sense::Except | Sense::Without))
            || (self.sense(k) == Some(&Sense::Less) && self.is_used(k))
            || matches!(self.word(k), "=" | "llamado" | "llamada" | "named" | "called")
        {
            k += 1;
        }
        let left_out = (i + 1..k).any(|m| {
            self.word(m) != "≠" && matches!(self.sense(m), Some(Sense::Except | Sense::Without | Sense::Less))
        });
        let all = (i.saturating_sub(2)..i).any(|m| self.sense(m) == Some(&Sense::All));
        if left_out && !all {
            return false;
        }
        names(k) || (i > 0 && names(i - 1) && !self.leads(i))
    }

    /// Whether a grouping word stands before: "Neiva por ciudad" groups.
    fn leads(&self, i: usize) -> bool {
        self.previous(i).is_some_and(|k| {
            k + 1 == i
                && matches!(self.sense(k), Some(Sense::Por | Sense::Group | Sense::Each | Sense::Which))
        })
    }

    /// "los productos Corona", "Makita products", "clientes de Neiva" after a figure: the noun
    /// adds nothing to the value, unless the question ranks, lists or counts it.
    fn is_generic(&self, dim: Dim, number: GrammarNumber, i: usize) -> bool {
        if dim != Dim::Product || self.asks_for_members(i) {
            return false;
        }
        // "los productos que nos surte Andina"
        let clause = self.sense(i + 1) == Some(&Sense::That);
        let is_goods = |k: usize| match self.atom(k) {
            Some(Atom::Value(candidates)) => {
                candidates.iter().any(|c| clause || c.dim.is_goods() || c.dim == Dim::Supplier)
            }
            _ => false,
        };
        let mut k = i + 1;
        while self.sense(k) == Some(&Sense::Function)
            || (clause
                && matches!(
                    self.sense(k),
                    Some(
                        Sense::That | Sense::Clitic | Sense::Filler | Sense::Sell | Sense::Sold | Sense::Buy
                    )
                ))
            || (self.sense(k) == Some(&Sense::Filler) && self.word(k).ends_with(" by"))
            || matches!(self.sense(k), Some(Sense::Dim(d, GrammarNumber::One)) if d.is_goods() || *d == Dim::Supplier)
        {
            k += 1;
        }
        let beside = is_goods(k) || (i > 0 && is_goods(i - 1));
        let after_figure = (0..i).any(|k| {
            matches!(self.sense(k), Some(Sense::Metric(_) | Sense::Sell | Sense::Returns | Sense::HowMuch))
        }) || (i > 0 && is_goods(i - 1));
        beside && after_figure && number == GrammarNumber::Many
    }

    /// Whether words around ask for members of this noun: a rank, a condition, "qué", "cada".
    fn asks_for_members(&self, i: usize) -> bool {
        let ranked = (0..self.input.chunks.len()).any(|k| {
            matches!(
                self.sense(k),
                Some(
                    Sense::Rank(_)
                        | Sense::More
                        | Sense::Less
                        | Sense::Ranking
                        | Sense::RankingUp
                        | Sense::Abc
                        | Sense::Each
                )
            ) && !self.is_used(k)
        });
        let asked = self.previous(i).is_some_and(|k| {
            matches!(
                self.sense(k),
                Some(
                    Sense::Which | Sense::Count | Sense::Por | Sense::Group | Sense::Each | Sense::Different
                )
            )
        });
        ranked || asked || !self.conditions.is_empty()
    }

    fn role_of(&self, i: usize, dim: Dim, number: GrammarNumber) -> Option<Role> {
        if dim == Dim::PaymentTerm && self.word(i).contains("contado") | self.word(i).contains("cash") {
            return Some(Role::Group);
        }
        let Some(before) = self.previous(i) else { return Some(Role::Head) };
        // "en promedio al mes", "average a month"
        let beside = i.checked_sub(1).map_or("", |k| self.word(k));
        if dim.is_calendar() && self.has(&Sense::Average) && matches!(beside, "al" | "a" | "la") {
            return Some(Role::Group);
        }
        Some(match self.sense(before) {
            Some(Sense::Por | Sense::Group) => Role::Group,
            // "margen categorías"
            Some(Sense::Metric(_)) if before + 1 == i && number == GrammarNumber::Many && !self.ranks() => {
                Role::Group
            }
            Some(Sense::Each) => Role::Each,
            Some(Sense::Count) => Role::Counted,
            Some(Sense::Different)
                if self.previous(before).is_some_and(|k| self.sense(k) == Some(&Sense::Count)) =>
            {
                Role::Counted
            }
            // "each plumbing product"
            None if matches!(self.atom(before), Some(Atom::Value(_))) && number == GrammarNumber::One => {
                match self.previous(before).and_then(|k| self.sense(k)) {
                    Some(Sense::Each) => Role::Each,
                    Some(Sense::Por | Sense::Group) => Role::Group,
                    _ => Role::Head,
                }
            }
            Some(Sense::And) => self.listed_role(before).unwrap_or(Role::Head),
            Some(Sense::Dim(other, _)) if i > 0 && self.word(i - 1) == "," => {
                self.dims.iter().find(|d| d.dim == *other).map_or(Role::Head, |d| d.role)
            }
            _ if dim.is_calendar() && matches!(self.sense(before), Some(Sense::Average)) => return None,
            _ => Role::Head,
        })
    }

    /// Whether any word orders.
    fn ranks(&self) -> bool {
        (0..self.input.chunks.len()).any(|k| {
            matches!(
                self.sense(k),
                Some(
                    Sense::Rank(_)
                        | Sense::More
                        | Sense::Less
                        | Sense::Ranking
                        | Sense::RankingUp
                        | Sense::First
                        | Sense::Metric(Metric::MaxUnitPrice | Metric::MinUnitPrice)
                )
            )
        })
    }

    /// "por categoría y ciudad": the second is what the first is.
    fn listed_role(&self, and: usize) -> Option<Role> {
        let first = self.previous(and)?;
        match self.sense(first) {
            Some(Sense::Dim(dim, _)) => {
                self.dims.iter().find(|d| d.dim == *dim && d.role != Role::Counted).map(|d| d.role)
            }
            Some(Sense::Grain(grain)) => {
                let dim = grain.dim()?;
                self.dims.iter().find(|d| d.dim == dim).map(|d| d.role)
            }
            _ => None,
        }
    }

    /// The dimensions with one of the roles, in the order of the words.
    pub(super) fn dims_as(&self, roles: &[Role]) -> Vec<Dim> {
        let mut all: Vec<&DimUse> = self.dims.iter().filter(|d| roles.contains(&d.role)).collect();
        all.sort_by_key(|d| d.at);
        all.into_iter().map(|d| d.dim).collect()
    }

    /// The words that lead a group must lead something.
    pub(super) fn take_leaders(&mut self) {
        for i in 0..self.input.chunks.len() {
            let leads = matches!(
                self.sense(i),
                Some(
                    Sense::Por | Sense::Group | Sense::Each | Sense::Which | Sense::Count | Sense::Different
                )
            );
            if !leads {
                continue;
            }
            let Some(next) = self.next(i) else {
                // "las facturas de mayo, ¿cuántas fueron?"
                let counted =
                    self.metrics.iter().any(|(m, _)| matches!(m, Metric::Distinct(_) | Metric::Units));
                if counted && self.sense(i) == Some(&Sense::Count) {
                    self.take(i);
                }
                continue;
            };
            let led = match self.sense(next) {
                Some(Sense::Dim(..) | Sense::Grain(_)) => self.is_used(next),
                Some(Sense::Metric(_)) if self.sense(i) != Some(&Sense::Which) => {
                    let compares = [
                        Sense::Versus,
                        Sense::CompareIt,
                        Sense::Change,
                        Sense::Difference,
                        Sense::Grew,
                        Sense::Fell,
                    ];
                    let class = (0..self.input.chunks.len())
                        .any(|k| matches!(self.sense(k), Some(Sense::AbcClass(_))));
                    let orders = self.rank.is_some()
                        || class
                        || self.has(&Sense::Abc)
                        || compares.iter().any(|s| self.has(s));
                    orders && matches!(self.sense(i), Some(Sense::Por | Sense::Group))
                }
                Some(
                    Sense::Metric(_)
                    | Sense::Average
                    | Sense::Each
                    | Sense::Returns
                    | Sense::Sell
                    | Sense::Running,
                ) => {
                    matches!(self.sense(i), Some(Sense::Por | Sense::Group | Sense::Which))
                }
                Some(
                    Sense::Different
                    | Sense::NewCustomers
                    | Sense::Returning
                    | Sense::Inactive
                    | Sense::Stopped,
                ) => {
                    matches!(self.sense(i), Some(Sense::Count | Sense::Which))
                }
                Some(Sense::Rank(_) | Sense::More) => self.sense(i) == Some(&Sense::Which),
                Some(Sense::Share | Sense::Change) => {
                    self.rank.is_some() && self.sense(i) != Some(&Sense::Each)
                }
                // "por número de ciudades"
                Some(Sense::Count) => {
                    let orders = self.rank.is_some() || self.has(&Sense::Abc);
                    orders && matches!(self.sense(i), Some(Sense::Por | Sense::Group))
                }
                _ => {
                    let value = matches!(self.atom(next), Some(Atom::Value(_)));
                    let noun = self.next(next).is_some_and(|k| self.dims.iter().any(|d| d.at == k));
                    match self.sense(i) {
                        Some(Sense::Por | Sense::Group | Sense::Count) => value,
                        // "each plumbing product"
                        Some(Sense::Each) => value && noun,
                        _ => false,
                    }
                }
            };
            // "cuántos invoices", "number of units": the figure is a number already.
            let counts = matches!(
                self.sense(next),
                Some(Sense::Metric(Metric::Units | Metric::Distinct(_) | Metric::UnitsPerDocument))
            );
            if led || (counts && self.sense(i) == Some(&Sense::Count)) {
                self.take(i);
            }
        }
    }
}
