//! The marks: what was right, what was declined, what was wrong.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// The right answer, or no answer where there is none.
    Right,
    /// No answer where there is one.
    Declined,
    /// A wrong answer, or an answer where there is none.
    Wrong(String),
}

/// A case with its mark.
#[derive(Debug, Clone)]
pub struct Marked {
    /// The case.
    pub id: String,
    /// Its kind.
    pub category: String,
    /// How its words are disfigured.
    pub variant: Option<String>,
    /// Its language's code.
    pub lang: &'static str,
    /// Its words.
    pub question: String,
    /// Whether the data holds an answer.
    pub answerable: bool,
    /// Whether the planner's way of declining was the expected one.
    pub expected_outcome: bool,
    /// The mark.
    pub mark: Mark,
    /// Time for planning the last turn.
    pub planning: Duration,
}

/// Counts of marks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Right.
    pub right: usize,
    /// Declined.
    pub declined: usize,
    /// Wrong.
    pub wrong: usize,
}

impl Count {
    fn add(&mut self, mark: &Mark) {
        match mark {
            Mark::Right => self.right += 1,
            Mark::Declined => self.declined += 1,
            Mark::Wrong(_) => self.wrong += 1,
        }
    }

    /// All of them.
    pub fn total(self) -> usize {
        self.right + self.declined + self.wrong
    }

    /// The reliability score in percent: +1 for right, 0 for declined, -`penalty` for wrong.
    pub fn reliability(self, penalty: f64) -> f64 {
        percent(self.right as f64 - penalty * self.wrong as f64, self.total())
    }
}

/// The figures of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    /// All cases.
    pub all: Count,
    /// Cases with an answer.
    pub answerable: Count,
    /// Cases without.
    pub unanswerable: Count,
    /// Half of the questions were planned within this time.
    pub p50: Duration,
    /// All but one in a hundred were.
    pub p99: Duration,
}

impl Figures {
    /// Counts marks.
    pub fn of(marked: &[Marked]) -> Figures {
        let mut figures = Figures::default();
        for case in marked {
            figures.all.add(&case.mark);
            let side = if case.answerable { &mut figures.answerable } else { &mut figures.unanswerable };
            side.add(&case.mark);
        }
        let mut times: Vec<Duration> = marked.iter().map(|case| case.planning).collect();
        times.sort_unstable();
        let at = |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1)));
        figures.p50 = at(50).copied().unwrap_or_default();
        figures.p99 = at(99).copied().unwrap_or_default();
        figures
    }

    /// Right answers among the answers to questions that have one, in percent.
    pub fn precision(&self) -> f64 {
        percent(self.answerable.right as f64, self.answerable.right + self.answerable.wrong)
    }

    /// Right answers among the questions that have one, in percent.
    pub fn coverage(&self) -> f64 {
        percent(self.answerable.right as f64, self.answerable.total())
    }
}

fn percent(part: f64, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part / whole as f64 }
}

/// The report on one set, as Markdown.
pub fn markdown(title: &str, marked: &[Marked]) -> String {
    let mut out = String::new();
    let figures = Figures::of(marked);
    let _ = writeln!(
        out,
        "## {title}\n\n{} questions, {} with an answer.\n",
        marked.len(),
        figures.answerable.total()
    );
    let _ = writeln!(out, "| measure | value |\n|---|---:|");
    for (penalty, name) in [(0.0, "RS(0)"), (1.0, "RS(1)"), (10.0, "RS(10)")] {
        let _ = writeln!(out, "| {name} | {:.1} |", figures.all.reliability(penalty));
    }
    let _ = writeln!(out, "| precision of answers | {:.1} % |", figures.precision());
    let _ = writeln!(out, "| coverage of answerable questions | {:.1} % |", figures.coverage());
    let _ = writeln!(out, "| answers to questions without one | {} |", figures.unanswerable.wrong);
    let _ = writeln!(out, "| planning time, p50 | {:.2} ms |", figures.p50.as_secs_f64() * 1e3);
    let _ = writeln!(out, "| planning time, p99 | {:.2} ms |\n", figures.p99.as_secs_f64() * 1e3);
    let as_expected = marked.iter().filter(|case| !case.answerable && case.expected_outcome).count();
    let _ = writeln!(
        out,
        "Of the {} questions without an answer, {as_expected} were declined in the way expected (abstain, refuse or clarify).\n",
        figures.unanswerable.total()
    );
    groups(&mut out, "category", marked, |case| case.category.clone());
    groups(&mut out, "language", marked, |case| case.lang.to_string());
    groups(&mut out, "variant", marked, |case| case.variant.clone().unwrap_or_else(|| "clean".into()));
    out
}

fn groups(out: &mut String, name: &str, marked: &[Marked], key: impl Fn(&Marked) -> String) {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for case in marked {
        counts.entry(key(case)).or_default().add(&case.mark);
    }
    let _ = writeln!(out, "| {name} | right | declined | wrong | RS(10) |\n|---|---:|---:|---:|---:|");
    for (group, count) in counts {
        let (right, declined, wrong) = (count.right, count.declined, count.wrong);
        let _ =
            writeln!(out, "| {group} | {right} | {declined} | {wrong} | {:.1} |", count.reliability(10.0));
    }
    out.push('\n');
}
