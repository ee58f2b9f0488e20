//! From a question to its outcome: refuse, cover, roles, follow-up, and the words for each.

use super::chunk::{Atom, Chunk, Corrected};
use super::intent::{Intent, Shape};
use super::lexicon::Sense;
use super::normalize::Token;
use super::planner::Planner;
use super::restate::names::{self, dim_one};
use super::roles::{Input, Kept, Reason, Verdict, follow, interpret};
use super::values::{Candidate, Quality};
use super::{Abstain, Choice, Clarify, Outcome, Plan, Question, Reading, Refused, explain, refuse};
use crate::i18n::{Lang, fill, text};
use crate::model::{Dim, Metric};
use crate::sanitize::display_safe;

/// Answers a question; `with_choices` says whether options of a clarification are tried out.
pub(super) fn answer(planner: &Planner, question: &Question<'_>, with_choices: bool) -> Outcome {
    let (tokens, corrected, chunks) = planner.cover(question.text, question.today);
    let said = language(planner, &tokens, &chunks);
    let lang = question.lang.unwrap_or(said);
    if let Some(reason) = refuse::check(question.text) {
        return refused(reason, lang);
    }
    let turn = Turn { planner, question, lang, said, chunks: &chunks, corrected: &corrected, with_choices };
    if chunks.is_empty() {
        return turn.abstain(text(lang, "ask.nothing_to_answer").to_string(), Vec::new(), Vec::new());
    }
    turn.outcome()
}

fn refused(reason: refuse::Reason, lang: Lang) -> Outcome {
    let message = match reason {
        refuse::Reason::Write => text(lang, "ask.refuse.write"),
        refuse::Reason::Injection => text(lang, "ask.refuse.injection"),
        refuse::Reason::Secret => text(lang, "ask.refuse.secret"),
        refuse::Reason::Code => text(lang, "ask.refuse.code"),
    };
    Outcome::Refuse(Refused { lang, message: message.to_string(), reason: reason.name() })
}

/// The language most of the words belong to; Spanish when even.
fn language(planner: &Planner, tokens: &[Token], chunks: &[Chunk]) -> Lang {
    let lexicon = planner.lexicon();
    let mut english = 0_i32;
    // The words of a value say nothing about the language of the question.
    let of_value =
        |i: usize| chunks.iter().any(|c| matches!(c.atom, Atom::Value(_)) && c.tokens.contains(&i));
    for (_, token) in tokens.iter().enumerate().filter(|(i, _)| !of_value(*i)) {
        match lexicon.language_of(&token.norm) {
            Some(Lang::En) => english += 1,
            Some(Lang::Es) => english -= 1,
            None => {}
        }
    }
    for chunk in chunks.iter().filter(|c| c.tokens.len() > 1) {
        match chunk.lang {
            Some(Lang::En) => english += 1,
            Some(Lang::Es) => english -= 1,
            None => {}
        }
    }
    if english > 0 { Lang::En } else { Lang::Es }
}

/// One question being answered.
pub(super) struct Turn<'a> {
    pub planner: &'a Planner,
    pub question: &'a Question<'a>,
    pub lang: Lang,
    /// The language the question is written in, whatever the answer's.
    said: Lang,
    pub chunks: &'a [Chunk],
    corrected: &'a [Corrected],
    with_choices: bool,
}

impl Turn<'_> {
    fn outcome(&self) -> Outcome {
        let input = self.input(self.chunks);
        if let Some(previous) = self.question.previous
            && let Some((intent, kept)) = follow(&input, previous)
        {
            return self.plan(&intent, self.said_kept(&intent, &kept));
        }
        match interpret(&input) {
            Verdict::Intent(intent) => self.plan(&intent, Vec::new()),
            other => self.said_no(other),
        }
    }

    pub fn input<'b>(&'b self, chunks: &'b [Chunk]) -> Input<'b> {
        Input {
            text: self.question.text,
            chunks,
            model: self.planner.model(),
            values: self.planner.values(),
            today: self.question.today,
            span: self.planner.span(),
            spanish: self.said == Lang::Es,
        }
    }

    fn readings(&self) -> Vec<Reading> {
        self.readings_for(&[])
    }

    fn readings_for(&self, figures: &[Metric]) -> Vec<Reading> {
        let today = self.question.today;
        explain::readings(self.chunks, self.corrected, self.planner, figures, self.lang, today)
    }

    fn plan(&self, intent: &Intent, inherited: Vec<String>) -> Outcome {
        let Ok(mut plan) = self.planner.compile(intent, self.lang) else {
            return self.said_no(Verdict::Left(Vec::new()));
        };
        plan.readings = self.readings_for(&intent.metrics);
        plan.warnings = self.warnings(&plan, inherited);
        Outcome::Plan(Box::new(plan))
    }

    /// What was taken over from the question before, for people.
    fn said_kept(&self, intent: &Intent, kept: &[Kept]) -> Vec<String> {
        let lang = self.lang;
        let one = |kept: &Kept| match kept {
            Kept::Metrics => intent
                .metrics
                .iter()
                .map(|m| names::metric_phrase(self.planner.model(), lang, *m, intent.scope))
                .collect::<Vec<_>>()
                .join(", "),
            Kept::Filters => intent
                .filters
                .iter()
                .map(|f| super::restate::filter(self.planner.model(), lang, f))
                .collect::<Vec<_>>()
                .join(", "),
            Kept::Time => intent.time.map_or(String::new(), |t| super::restate::range(lang, &t)),
            Kept::Dims => {
                let dims =
                    intent.dims.iter().map(|d| dim_one(self.planner.model(), lang, *d)).collect::<Vec<_>>();
                fill(lang, "ask.say.by", &[("dims", &names::join(lang, &dims))])
            }
        };
        kept.iter().map(one).filter(|said| !said.is_empty()).collect()
    }

    fn warnings(&self, plan: &Plan, inherited: Vec<String>) -> Vec<String> {
        let lang = self.lang;
        let mut all: Vec<String> = self
            .corrected
            .iter()
            .map(|c| {
                let written = self.question.text.get(c.span.clone()).unwrap_or(&c.written);
                fill(
                    lang,
                    "ask.warn.corrected",
                    &[("understood", &c.taken), ("written", display_safe(written).as_str())],
                )
            })
            .collect();
        if !inherited.is_empty() {
            all.push(fill(lang, "ask.warn.inherited", &[("what", &inherited.join(", "))]));
        }
        if let (Some(range), Some((start, end))) = (plan.intent.time, self.planner.span())
            && (range.start < start || range.end > end)
        {
            all.push(fill(
                lang,
                "ask.warn.partly_outside",
                &[("start", &start.to_string()), ("end", &end.to_string())],
            ));
        }
        if let (Shape::Compare { .. }, Some(range)) = (&plan.intent.shape, plan.intent.time)
            && !range.is_whole()
        {
            all.push(fill(lang, "ask.warn.incomplete", &[("end", &range.end.to_string())]));
        }
        all
    }

    pub fn abstain(&self, message: String, unknown: Vec<String>, suggestions: Vec<String>) -> Outcome {
        Outcome::Abstain(Abstain {
            lang: self.lang,
            message,
            unknown,
            suggestions,
            readings: self.readings(),
        })
    }

    fn written(&self, i: usize) -> String {
        let span = self.chunks.get(i).map_or(0..0, |c| c.span.clone());
        display_safe(self.question.text.get(span).unwrap_or_default()).into_string()
    }

    fn said_no(&self, verdict: Verdict) -> Outcome {
        match verdict {
            Verdict::Intent(intent) => self.plan(&intent, Vec::new()),
            Verdict::Topic(topic) if topic == "reasons" && self.no_subject() => {
                self.clarify(Reason::NoMetric, Vec::new())
            }
            Verdict::Topic(topic) => {
                let message = crate::i18n::find(self.lang, &format!("ask.topic.{topic}"))
                    .unwrap_or_else(|| text(self.lang, "ask.not_combined"));
                self.abstain(message.to_string(), Vec::new(), self.examples())
            }
            Verdict::Left(left) => self.not_understood(&left),
            Verdict::NoSuchValue(dim, at) => self.no_such_value(dim, at),
            Verdict::OutsideData(day) => self.outside(day),
            Verdict::Clarify(reason, questions) => {
                let options = self.choices(questions);
                self.clarify(reason, options)
            }
            Verdict::WhichValue(at, candidates) => {
                let options = self.value_choices(at, &candidates);
                self.clarify(Reason::WhichValue(at), options)
            }
        }
    }

    fn examples(&self) -> Vec<String> {
        // A question that is only tried must not try others in its turn.
        if !self.with_choices {
            return Vec::new();
        }
        let of_lang = self.planner.examples(self.question.today).into_iter().filter(|(l, _)| *l == self.lang);
        of_lang.map(|(_, q)| q).take(3).collect()
    }

    fn not_understood(&self, left: &[usize]) -> Outcome {
        let unknown: Vec<usize> = left
            .iter()
            .copied()
            .filter(|i| self.chunks.get(*i).is_some_and(|c| c.atom == Atom::Unknown))
            .collect();
        if unknown.is_empty() {
            let words: Vec<String> =
                left.iter().map(|i| self.written(*i)).filter(|w| !w.is_empty()).collect();
            let nothing_but_vague = self.chunks.iter().any(|c| c.sense() == Some(&Sense::Vague));
            if nothing_but_vague {
                return self.clarify(Reason::NoMetric, Vec::new());
            }
            return self.abstain(text(self.lang, "ask.not_combined").to_string(), words, self.examples());
        }
        let words: Vec<String> = unknown.iter().map(|i| self.written(*i)).collect();
        let quoted: Vec<String> = words.iter().map(|w| format!("«{w}»")).collect();
        let mut near: Vec<String> = Vec::new();
        for i in &unknown {
            let Some(chunk) = self.chunks.get(*i) else { continue };
            let words = self.planner.near_words(&chunk.text);
            let values = self.planner.values().holding(&words, None, 2);
            near.extend(values.into_iter().map(|v| display_safe(v).into_string()));
            near.extend(words.into_iter().filter(|w| self.planner.lexicon().words().any(|known| known == w)));
        }
        near.dedup();
        near.truncate(6);
        if let Some(outcome) = self.value_nowhere(&unknown, &quoted) {
            return outcome;
        }
        if near.is_empty() {
            near = self.examples();
        }
        let message = fill(self.lang, "ask.not_understood", &[("words", &quoted.join(", "))]);
        self.abstain(message, words, near)
    }

    /// Words after "de", "en", "a", where the rest is understood, are taken for a value that
    /// is nowhere in the data; near ones are offered.
    fn value_nowhere(&self, unknown: &[usize], quoted: &[String]) -> Option<Outcome> {
        let (first, last) = (*unknown.first()?, *unknown.last()?);
        let in_a_row = last - first + 1 == unknown.len();
        let before = self.chunks.get(first.checked_sub(1)?)?;
        let placed = matches!(before.sense(), Some(Sense::Function | Sense::In | Sense::Por | Sense::Group));
        let asked = self
            .chunks
            .iter()
            .any(|c| matches!(c.sense(), Some(Sense::Metric(_) | Sense::Sell | Sense::Sold | Sense::Buy)));
        if !in_a_row || !placed || !asked {
            return None;
        }
        let span = self.chunks.get(first)?.span.start..self.chunks.get(last)?.span.end;
        let mut near: Vec<&str> = Vec::new();
        for i in unknown {
            let folded = self.chunks.get(*i).map_or("", |c| c.text.as_str());
            near.extend(self.planner.values().holding(&self.planner.near_words(folded), None, 3));
        }
        near.dedup();
        let (before, after) = (self.question.text.get(..span.start)?, self.question.text.get(span.end..)?);
        let questions = near.iter().take(4).map(|v| format!("{before}{v}{after}")).collect();
        let options = self.choices(questions);
        let words = [("words", quoted.join(", "))];
        let words: Vec<(&str, &str)> = words.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let message = fill(self.lang, "ask.value_nowhere", &words);
        let unknown = unknown.iter().map(|i| self.written(*i)).collect();
        if options.is_empty() {
            return Some(self.abstain(message, unknown, self.examples()));
        }
        Some(Outcome::Clarify(Clarify {
            lang: self.lang,
            message,
            options,
            unknown,
            readings: self.readings(),
        }))
    }

    fn no_such_value(&self, dim: Dim, at: usize) -> Outcome {
        let word = self.written(at);
        let folded = self.chunks.get(at).map_or("", |c| c.text.as_str());
        let near: Vec<&str> = self.planner.values().holding(&self.planner.near_words(folded), Some(dim), 3);
        let name = dim_one(self.planner.model(), self.lang, dim);
        let safe: Vec<String> = near.iter().map(|v| display_safe(v).into_string()).collect();
        let message = if safe.is_empty() {
            fill(self.lang, "ask.no_such_value", &[("dim", &name), ("word", &word)])
        } else {
            fill(
                self.lang,
                "ask.no_such_value_near",
                &[("dim", &name), ("word", &word), ("near", &safe.join(", "))],
            )
        };
        let span = self.chunks.get(at).map_or(0..0, |c| c.span.clone());
        let shown: Vec<&str> = if near.is_empty() { self.planner.values().values_of(dim, 5) } else { near };
        let questions = shown
            .iter()
            .map(|v| {
                let (before, after) =
                    (self.question.text.get(..span.start), self.question.text.get(span.end..));
                format!("{}{v}{}", before.unwrap_or_default(), after.unwrap_or_default())
            })
            .collect();
        Outcome::Clarify(Clarify {
            lang: self.lang,
            message,
            options: self.choices(questions),
            unknown: vec![word],
            readings: self.readings(),
        })
    }

    fn outside(&self, day: chrono::NaiveDate) -> Outcome {
        let message = match self.planner.span() {
            Some((start, end)) => {
                let values = [("start", start.to_string()), ("end", end.to_string())];
                let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
                if day > end {
                    fill(self.lang, "ask.after_data", &values)
                } else {
                    fill(self.lang, "ask.before_data", &values)
                }
            }
            None => text(self.lang, "ask.future").to_string(),
        };
        self.abstain(message, Vec::new(), self.examples())
    }

    /// Whether nothing in the question says what it is about.
    fn no_subject(&self) -> bool {
        let empty = |sense: &Sense| {
            matches!(
                sense,
                Sense::Vague
                    | Sense::And
                    | Sense::Function
                    | Sense::Filler
                    | Sense::That
                    | Sense::HowMuch
                    | Sense::FollowUp
                    | Sense::OutOfDomain(_)
            )
        };
        self.chunks.iter().all(|c| c.sense().is_some_and(empty))
    }

    fn clarify(&self, reason: Reason, options: Vec<Choice>) -> Outcome {
        let lang = self.lang;
        let message = match reason {
            Reason::NoMetric
                if self.no_subject() && self.chunks.iter().any(|c| c.sense() == Some(&Sense::And)) =>
            {
                text(lang, "ask.no_antecedent").to_string()
            }
            Reason::NoMetric => text(lang, "ask.no_metric").to_string(),
            Reason::WhichValue(i) => fill(lang, "ask.which_value", &[("word", &self.written(i))]),
            Reason::WhichPeriod(i) => fill(lang, "ask.which_period", &[("words", &self.written(i))]),
            Reason::TwoPeriods => text(lang, "ask.two_periods").to_string(),
            Reason::WhichBase => text(lang, "ask.which_base").to_string(),
            Reason::HowManyDays => text(lang, "ask.how_many_days").to_string(),
            Reason::NeedPeriod => text(lang, "ask.need_period").to_string(),
            Reason::WhichReading if options.is_empty() => text(lang, "ask.unclear").to_string(),
            Reason::WhichReading => text(lang, "ask.which_reading").to_string(),
        };
        Outcome::Clarify(Clarify { lang, message, options, unknown: Vec::new(), readings: self.readings() })
    }

    /// One option for each value that the chunk may name, read with that value alone.
    fn value_choices(&self, at: usize, candidates: &[Candidate]) -> Vec<Choice> {
        let Some(chunk) = self.chunks.get(at).filter(|_| self.with_choices) else { return Vec::new() };
        let (before, after) =
            (self.question.text.get(..chunk.span.start), self.question.text.get(chunk.span.end..));
        let mut all: Vec<Choice> = Vec::new();
        for candidate in candidates {
            let mut chunks = self.chunks.to_vec();
            if let Some(slot) = chunks.get_mut(at) {
                slot.atom = Atom::Value(vec![*candidate]);
            }
            let Verdict::Intent(intent) = interpret(&self.input(&chunks)) else { continue };
            let value = self.planner.values().text(candidate.id);
            let noun = dim_one(self.planner.model(), self.said, candidate.dim);
            let choice = Choice {
                restatement: super::restate::restate(&intent, self.planner.model(), self.lang),
                question: format!(
                    "{}{noun} {value}{}",
                    before.unwrap_or_default(),
                    after.unwrap_or_default()
                ),
            };
            if !all.iter().any(|c| c.restatement == choice.restatement) {
                all.push(choice);
            }
        }
        all.extend(self.all_of_them(at, candidates));
        all
    }

    /// "todos estos": the values together, where they are of one kind and few.
    fn all_of_them(&self, at: usize, candidates: &[Candidate]) -> Option<Choice> {
        let first = candidates.first().filter(|_| (2..8).contains(&candidates.len()))?;
        candidates.iter().all(|c| c.dim == first.dim).then_some(())?;
        let span = self.chunks.get(at)?.span.clone();
        let (before, after) = (self.question.text.get(..span.start)?, self.question.text.get(span.end..)?);
        let noun = dim_one(self.planner.model(), self.said, first.dim);
        let values: Vec<String> =
            candidates.iter().map(|c| format!("{noun} {}", self.planner.values().text(c.id))).collect();
        let choice = self.choices(vec![format!("{before}{}{after}", names::join(self.said, &values))]);
        let mut chunks = self.chunks.to_vec();
        let group = candidates.iter().map(|c| Candidate { quality: Quality::Group, ..*c }).collect();
        chunks.get_mut(at)?.atom = Atom::Value(group);
        let Verdict::Intent(intent) = interpret(&self.input(&chunks)) else { return None };
        let meant = super::restate::restate(&intent, self.planner.model(), self.lang);
        choice.into_iter().find(|c| c.restatement == meant)
    }

    /// The questions that turn into plans, with what they would compute.
    fn choices(&self, questions: Vec<String>) -> Vec<Choice> {
        if !self.with_choices {
            return Vec::new();
        }
        let mut all: Vec<Choice> = Vec::new();
        for asked in questions.into_iter().take(8) {
            let question = Question { text: &asked, lang: Some(self.lang), ..*self.question };
            if let Outcome::Plan(plan) = answer(self.planner, &question, false) {
                let choice = Choice { restatement: plan.restatement, question: asked.clone() };
                if !all.iter().any(|c| c.restatement == choice.restatement) {
                    all.push(choice);
                }
            }
        }
        all
    }
}
