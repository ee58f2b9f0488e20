//! Which lines: values of the data, cash and credit, days of the week; what is left out.

use super::{Reason, Roles, Step, Verdict};
use crate::ask::chunk::Atom;
use crate::ask::intent::{Filter, LineColumn, Op, Scope};
use crate::ask::lexicon::Sense;
use crate::ask::values::{Candidate, Quality};
use crate::model::{Dim, Metric};
use rust_decimal::Decimal;

impl Roles<'_> {
    /// Reads every value, with its dimension and whether it is left out.
    pub(super) fn read_values(&mut self) -> Step {
        self.no_longer_name()?;
        let mut negated = vec![false; self.input.chunks.len()];
        self.read_negations(&mut negated);
        for i in self.all(|atom| matches!(atom, Atom::Value(_))) {
            let Some(Atom::Value(candidates)) = self.atom(i) else { continue };
            let chosen = self.choose(i, candidates)?;
            self.take(i);
            for value in chosen {
                self.add_value(value, i, negated.get(i).copied().unwrap_or(false));
            }
        }
        self.read_payment(&negated);
        self.one_weekend()?;
        self.read_weekdays(&negated);
        Ok(())
    }

    /// Two values side by side whose words together name a third ("cementos argos").
    fn no_longer_name(&self) -> Step {
        let all = self.all(|atom| matches!(atom, Atom::Value(_)));
        for pair in all.windows(2) {
            let [i, j] = pair else { continue };
            let (Some(first), Some(second)) = (self.input.chunks.get(*i), self.input.chunks.get(*j)) else {
                continue;
            };
            if first.tokens.end != second.tokens.start {
                continue;
            }
            let words = crate::ask::normalize::tokens(&format!("{} {}", first.text, second.text));
            let mut third = self.input.values.named(&words);
            third.retain(|c| c.quality <= Quality::Form);
            if let Some(whole) = third.first() {
                let lang = if self.input.spanish { crate::i18n::Lang::Es } else { crate::i18n::Lang::En };
                let noun = |dim| crate::ask::restate::names::dim_one(self.input.model, lang, dim);
                let said = |c: &Candidate| format!("{} {}", noun(c.dim), self.input.values.text(c.id));
                let parts = [first, second].map(|chunk| match &chunk.atom {
                    Atom::Value(candidates) => candidates.first().map_or(String::new(), said),
                    _ => String::new(),
                });
                let span = first.span.start..second.span.end;
                let questions =
                    [said(whole), parts.join(" ")].map(|by| self.rewritten(span.clone(), &by)).to_vec();
                return Err(Verdict::Clarify(Reason::WhichValue(*i), questions));
            }
        }
        Ok(())
    }

    /// "excepto X", "menos X", "sin X", "que no sea X": what follows is left out.
    fn read_negations(&mut self, negated: &mut [bool]) {
        for i in 0..self.input.chunks.len() {
            let negates = matches!(
                self.sense(i),
                Some(Sense::Except | Sense::Without | Sense::Less | Sense::Drop | Sense::Not)
            );
            if !negates {
                continue;
            }
            let mut at = self.next_past_in(i);
            if let Some(k) = at
                && matches!(self.sense(k), Some(Sense::Dim(..)))
            {
                at = self.next(k);
            }
            let Some(first) = at else { continue };
            if self.sense(i) == Some(&Sense::Without)
                && self.sense(first) == Some(&Sense::Metric(Metric::Discount))
            {
                self.take(i);
                self.take(first);
                let filter =
                    Filter::Line { column: LineColumn::DiscountPct, op: Op::Equal, value: Decimal::ZERO };
                self.filters.push((filter, first));
                continue;
            }
            // "sin devoluciones": sales before returns.
            if self.sense(first) == Some(&Sense::Returns) {
                self.take(i);
                self.take(first);
                self.scope = Scope::BeforeReturns;
                continue;
            }
            let mut k = first;
            while self.is_restriction(k) {
                self.take(i);
                if let Some(slot) = negated.get_mut(k) {
                    *slot = true;
                }
                let Some(next) = self.next_listed(k) else { break };
                if !self.same_kind(k, next) {
                    break;
                }
                k = next;
            }
        }
    }

    fn is_restriction(&self, i: usize) -> bool {
        matches!(self.atom(i), Some(Atom::Value(_) | Atom::Weekday(..)))
            || matches!(self.sense(i), Some(Sense::Credit | Sense::Cash | Sense::Weekend))
    }

    /// "sin Bosch, ventas a crédito": what is left out ends where another kind of thing begins.
    fn same_kind(&self, i: usize, other: usize) -> bool {
        let kind = |k: usize| match (self.atom(k), self.sense(k)) {
            (Some(Atom::Value(_)), _) => 1,
            (Some(Atom::Weekday(..)), _) | (_, Some(Sense::Weekend)) => 2,
            _ => 3,
        };
        kind(i) == kind(other)
    }

    /// The next item of the list that `i` stands in.
    fn next_listed(&self, i: usize) -> Option<usize> {
        let joins = |k: usize| matches!(self.sense(k), Some(Sense::And | Sense::Or)) || self.word(k) == ",";
        let mut k = i + 1;
        let mut joined = false;
        while k < self.input.chunks.len() && (joins(k) || self.binds(k)) {
            joined |= joins(k);
            k += 1;
        }
        (joined && k < self.input.chunks.len()).then_some(k)
    }

    /// The value meant: by the dimension named beside it, by the words around, or the only one.
    fn choose(&self, i: usize, candidates: &[Candidate]) -> Result<Vec<Candidate>, Verdict> {
        let mut left: Vec<Candidate> = candidates.to_vec();
        if let Some(dim) = self.cue(i, candidates) {
            left.retain(|c| c.dim == dim);
        }
        if left.len() > 1 {
            self.prefer_by_preposition(i, &mut left);
        }
        if left.len() > 1 && left.iter().all(|c| self.same_text(c, &left)) {
            // One name in two dimensions of the same thing is a matter of taste only where both agree.
            let dims: Vec<Dim> = left.iter().map(|c| c.dim).collect();
            if dims.contains(&Dim::City) && dims.contains(&Dim::State) && left.len() == 2 && self.after_in(i)
            {
                return Err(self.which_value(i, &left));
            }
        }
        // A name for several values means all of them, and so does a value that stands in the
        // data with and without its accents.
        let alike = left.first().is_some_and(|first| {
            left.iter().all(|c| {
                c.dim == first.dim
                    && (c.quality == Quality::Group
                        || (c.quality == Quality::Exact && self.input.values.same_words(c.id, first.id)))
            })
        });
        match left.as_slice() {
            [_] => Ok(left),
            [_, ..] if alike => Ok(left),
            _ => Err(self.which_value(i, &left)),
        }
    }

    /// "ventas de Bosch o de Neiva": lines of the one or of the other, which no filter says.
    pub(super) fn joins_kinds(&self, or: usize) -> bool {
        let dim = |k: Option<usize>| match k.and_then(|k| self.atom(k)) {
            Some(Atom::Value(candidates)) => candidates.first().map(|c| c.dim),
            _ => None,
        };
        let next =
            (or + 1..self.input.chunks.len()).find(|k| !self.binds(*k) && self.sense(*k) != Some(&Sense::In));
        let (before, after) = (dim(self.previous(or)), dim(next));
        before.is_some() && after.is_some() && before != after
    }

    /// "entre Bosch y Makita": the two together.
    pub(super) fn between_values(&self, i: usize) -> bool {
        let is_value = |k: usize| matches!(self.atom(k), Some(Atom::Value(_)));
        self.next(i).is_some_and(|first| {
            is_value(first)
                && self
                    .next_listed(first)
                    .is_some_and(|second| is_value(second) && self.same_kind(first, second))
        })
    }

    fn same_text(&self, candidate: &Candidate, all: &[Candidate]) -> bool {
        let text = self.input.values.text(candidate.id);
        all.iter().all(|c| self.input.values.text(c.id) == text)
    }

    fn after_in(&self, i: usize) -> bool {
        i > 0 && self.sense(i - 1) == Some(&Sense::In)
    }

    fn prefer_by_preposition(&self, i: usize, left: &mut Vec<Candidate>) {
        let mut before = i;
        while before > 0
            && self.sense(before - 1) == Some(&Sense::Function)
            && !matches!(self.word(before - 1), "a" | "al" | "to" | "con")
        {
            before -= 1;
        }
        let keep = |left: &mut Vec<Candidate>, wanted: &dyn Fn(Dim) -> bool| {
            if left.iter().any(|c| wanted(c.dim)) {
                left.retain(|c| wanted(c.dim));
            }
        };
        let Some(preposition) = before.checked_sub(1) else { return };
        let made_by = matches!(self.word(preposition), "made by" | "handled");
        match self.sense(preposition) {
            Some(Sense::Por) => keep(left, &|d| d == Dim::Salesperson),
            Some(Sense::Group) if self.word(preposition) == "by" => keep(left, &|d| d == Dim::Salesperson),
            Some(Sense::Filler) if made_by => keep(left, &|d| d == Dim::Salesperson),
            Some(Sense::In) => keep(left, &|d| matches!(d, Dim::City | Dim::State | Dim::Warehouse)),
            Some(Sense::Function) if matches!(self.word(preposition), "a" | "al" | "to") => {
                keep(left, &|d| d == Dim::Customer);
            }
            Some(Sense::Buy) => keep(left, &|d| d == Dim::Customer || d.is_goods()),
            _ => {}
        }
    }

    /// The dimension whose noun stands beside the value: "marca X", "X brand", "marcas X y Y".
    fn cue(&self, i: usize, candidates: &[Candidate]) -> Option<Dim> {
        let fits = |k: usize| match self.sense(k) {
            Some(Sense::Dim(dim, _)) if candidates.iter().any(|c| c.dim == *dim) => Some(*dim),
            _ => None,
        };
        let mut k = i;
        while let Some(before) = k.checked_sub(1) {
            if let Some(dim) = fits(before) {
                return Some(dim);
            }
            let joins = matches!(self.sense(before), Some(Sense::And | Sense::Or | Sense::Versus))
                || self.word(before) == ",";
            let passes = self.sense(before) == Some(&Sense::Function)
                || matches!(self.word(before), "=" | "≠" | "llamado" | "llamada" | "named" | "called");
            let listed = joins || matches!(self.atom(before), Some(Atom::Value(_)));
            if !(passes || listed) {
                break;
            }
            k = before;
        }
        fits(i + 1)
    }

    fn which_value(&self, i: usize, left: &[Candidate]) -> Verdict {
        let mut left = left.to_vec();
        left.sort_by_key(|c| std::cmp::Reverse(self.input.values.count(c.id)));
        left.truncate(8);
        Verdict::WhichValue(i, left)
    }

    /// The question with a part of it replaced.
    pub(super) fn rewritten(&self, span: std::ops::Range<usize>, by: &str) -> String {
        let text = self.input.text;
        let before = text.get(..span.start).unwrap_or_default();
        let after = text.get(span.end..).unwrap_or_default();
        format!("{before}{by}{after}")
    }

    fn add_value(&mut self, candidate: Candidate, at: usize, negated: bool) {
        let text = self.input.values.text(candidate.id).to_string();
        for (filter, _) in &mut self.filters {
            if let Filter::In { dim, values, negated: n } = filter
                && *dim == candidate.dim
                && *n == negated
            {
                if !values.contains(&text) {
                    values.push(text);
                }
                return;
            }
        }
        debug_assert!(candidate.quality <= Quality::Part);
        self.filters.push((Filter::In { dim: candidate.dim, values: vec![text], negated }, at));
    }

    /// Cash or credit; both at once are a comparison of the two.
    fn read_payment(&mut self, negated: &[bool]) {
        let (credit, cash) = (self.places(&Sense::Credit), self.places(&Sense::Cash));
        for place in credit.iter().chain(&cash) {
            self.take(*place);
        }
        let left_out = |places: &[usize]| places.iter().any(|i| negated.get(*i).copied().unwrap_or(false));
        match (credit.first(), cash.first()) {
            (Some(i), None) => self.filters.push((Filter::Credit(!left_out(&credit)), *i)),
            (None, Some(i)) => self.filters.push((Filter::Credit(left_out(&cash)), *i)),
            (Some(i), Some(_)) => self.dims.push(super::DimUse {
                dim: Dim::PaymentTerm,
                number: crate::ask::lexicon::GrammarNumber::Many,
                at: *i,
                role: super::Role::Group,
            }),
            (None, None) => {}
        }
        let places = self.places(&Sense::WithDiscount);
        for i in places {
            let bound = self.conditions.iter().any(|c| self.previous(c.op_at) == Some(i));
            self.take(i);
            if !bound {
                let filter =
                    Filter::Line { column: LineColumn::DiscountPct, op: Op::Over, value: Decimal::ZERO };
                self.filters.push((filter, i));
            }
        }
    }

    /// "el fin de semana", no other time said: the last one, or all of them?
    fn one_weekend(&self) -> Step {
        let timed = !self.all(|atom| matches!(atom, Atom::Time(_))).is_empty();
        let [at] = self.places(&Sense::Weekend)[..] else { return Ok(()) };
        let before = at.checked_sub(1).map_or("", |k| self.word(k));
        let plural = self.word(at).starts_with("fines") || self.word(at).ends_with('s');
        if timed || plural || !matches!(before, "el" | "del" | "al" | "the") {
            return Ok(());
        }
        let Some(chunk) = self.input.chunks.get(at) else { return Ok(()) };
        let last = crate::ask::time::last_weekend(self.input.today);
        let mut questions: Vec<String> = self.with_dates(at, &last).into_iter().collect();
        let every = match before {
            "del" => "de los fines de semana",
            "al" => "a los fines de semana",
            "the" => "weekends",
            _ => "los fines de semana",
        };
        let from = self.input.chunks.get(at - 1).map_or(chunk.span.start, |c| c.span.start);
        questions.push(self.rewritten(from..chunk.span.end, every));
        Err(Verdict::Clarify(Reason::WhichPeriod(at), questions))
    }

    fn read_weekdays(&mut self, negated: &[bool]) {
        let mut days: Vec<u8> = Vec::new();
        let mut at = None;
        let mut left_out = false;
        for i in 0..self.input.chunks.len() {
            match self.atom(i) {
                Some(Atom::Weekday(day, true)) => days.push(*day),
                Some(Atom::Sense(Sense::Weekend)) => days.extend([6, 7]),
                Some(Atom::Sense(Sense::Workdays)) => days.extend([1, 2, 3, 4, 5]),
                _ => continue,
            }
            left_out |= negated.get(i).copied().unwrap_or(false);
            at = Some(i);
            self.take(i);
        }
        if let Some(at) = at {
            days.sort_unstable();
            days.dedup();
            if left_out {
                days = (1..=7).filter(|d| !days.contains(d)).collect();
            }
            self.filters.push((Filter::Weekdays(days), at));
        }
    }
}
