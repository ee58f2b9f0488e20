//! Examines the planner and prints the report.
//!
//! ```text
//! cargo run --example benchmark                 # all but held, with every case that is not right
//! cargo run --example benchmark -- --held       # and held: figures only, nothing to tune on
//! cargo run --example benchmark -- --write      # every set, into docs/benchmark.md
//! cargo run --example benchmark -- more.json    # only the cases of other files of the same form
//! cargo run --example benchmark -- --time       # only how long planning takes in a large store
//! cargo run --example benchmark -- --ask q.txt  # only what becomes of the questions, one a line
//! ```
//!
//! In a file of questions, a line that begins with `> ` continues the line before.

mod exam;
mod large;

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use depotru::ask::{Intent, Outcome, Planner, Question};
use exam::cases::{Case, Set};
use exam::report::{Mark, Marked, markdown};
use exam::run;
use exam::store::Store;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let store = Store::open();
    let engine = run::engine(&store);
    let planner = Planner::new(store.values(), store.manifest.facts().span);
    if let Some(at) = arguments.iter().position(|argument| argument == "--ask") {
        for file in arguments.iter().skip(at + 1) {
            say_readings(&planner, &std::fs::read_to_string(file)?);
        }
        return Ok(());
    }

    if asked("--time") {
        print!("{}", time_in_a_large_store());
        return Ok(());
    }

    let mut report = HEAD.replace("VERSION", env!("CARGO_PKG_VERSION"));
    let files: Vec<&String> = arguments.iter().filter(|argument| argument.ends_with(".json")).collect();
    for set in Set::ALL.into_iter().filter(|_| files.is_empty()) {
        if set == Set::Held && !asked("--held") && !asked("--write") {
            continue;
        }
        let mut marked = Vec::new();
        for case in set.cases() {
            marked.push(run::mark(&planner, &engine, &case).await);
        }
        if set != Set::Held {
            print_what_is_not_right(&marked);
        }
        let _ = writeln!(report, "{}", markdown(set.name(), &marked));
    }
    for file in files {
        let cases: Vec<Case> = serde_json::from_str(&std::fs::read_to_string(file)?)?;
        let mut marked = Vec::new();
        for case in cases {
            marked.push(run::mark(&planner, &engine, &case).await);
        }
        print_what_is_not_right(&marked);
        println!("{}", markdown(file, &marked));
    }
    println!("{report}");
    if asked("--write") {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/benchmark.md");
        std::fs::write(path, format!("{}\n", report.trim_end()))?;
    }
    Ok(())
}

const HEAD: &str = "\
# The planner's examination

Written by `cargo run --example benchmark -- --write`, of version VERSION. What is asked and what counts as right is in
`tests/fixtures/benchmark/README.md`. The planner is alone here: no network, no language model.
RS(c) is the mean of +1 for right, 0 for declined though there is an answer, −c for wrong. `public`
and the `dev` sets may be used to improve the planner; `held` only ever measures. Planning times are of an
unoptimised build unless the command was run with `--release`.

";

/// How long the questions take with 50,000 values, and what the index takes.
fn time_in_a_large_store() -> String {
    let columns = large::columns();
    let count: usize = columns.iter().map(|c| c.values.len()).sum();
    let before = resident_kib();
    let started = Instant::now();
    let first = chrono::NaiveDate::from_ymd_opt(2023, 1, 1);
    let planner = Planner::new(columns, first.map(|day| (day, run::today())));
    let built = started.elapsed();
    let after = resident_kib();
    let questions: Vec<String> = [Set::Public, Set::Dev, Set::Dev2, Set::Dev3, Set::Dev4]
        .into_iter()
        .flat_map(Set::cases)
        .map(|case| case.question)
        .collect();
    let once = |text: &str| {
        let started = Instant::now();
        planner.ask(&Question { text, lang: None, today: run::today(), previous: None });
        started.elapsed()
    };
    for text in &questions {
        once(text);
    }
    let mut times: Vec<(Duration, &str)> = questions
        .iter()
        .map(|text| ((0..5).map(|_| once(text)).min().unwrap_or_default(), text.as_str()))
        .collect();
    times.sort();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].0.as_secs_f64() * 1e3;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "## 50,000 values\n\n{} questions of the sets above, asked in a store of {count} values.\n",
        times.len()
    );
    let _ = writeln!(out, "| measure | value |\n|---|---:|");
    let _ = writeln!(out, "| planning time, p50 | {:.2} ms |", at(50));
    let _ = writeln!(out, "| planning time, p99 | {:.2} ms |", at(99));
    let _ = writeln!(out, "| planning time, longest | {:.2} ms |", at(100));
    let _ = writeln!(out, "| index built in | {:.0} ms |", built.as_secs_f64() * 1e3);
    if let (Some(before), Some(after)) = (before, after) {
        let _ = writeln!(
            out,
            "| memory of the index | {:.1} MiB |",
            after.saturating_sub(before) as f64 / 1024.0
        );
    }
    for (time, text) in times.iter().rev().take(5) {
        eprintln!("{:.2} ms {text}", time.as_secs_f64() * 1e3);
    }
    out
}

/// Memory of this process in KiB, where the system says.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// One line for each question: what it was read as, or why it has no plan.
fn say_readings(planner: &Planner, questions: &str) {
    let mut previous: Option<Intent> = None;
    for line in questions.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (follows, text) = match line.strip_prefix("> ") {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        if text.starts_with('#') {
            println!("{text}");
            continue;
        }
        let previous_intent = previous.as_ref().filter(|_| follows);
        let question = Question { text, lang: None, today: run::today(), previous: previous_intent };
        let said = match planner.ask(&question) {
            Outcome::Plan(plan) => {
                previous = Some(plan.intent.clone());
                let warnings: String = plan.warnings.iter().map(|w| format!(" ! {w}")).collect();
                format!("{}{warnings}", plan.restatement)
            }
            Outcome::Clarify(clarify) => {
                let options: String = clarify.options.iter().map(|o| format!(" | {}", o.question)).collect();
                format!("CLARIFY {}{options}", clarify.message)
            }
            Outcome::Abstain(abstain) => format!("ABSTAIN {} {:?}", abstain.message, abstain.unknown),
            Outcome::Refuse(refused) => format!("REFUSE {}", refused.reason),
        };
        println!("{line}\n    {said}");
    }
}

fn print_what_is_not_right(marked: &[Marked]) {
    for case in marked {
        match &case.mark {
            Mark::Right => {}
            Mark::Declined => println!("{} {} declined: {}", case.id, case.category, case.question),
            Mark::Wrong(why) => println!("{} {} WRONG: {}\n{why}", case.id, case.category, case.question),
        }
    }
}
