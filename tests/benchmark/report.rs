//! Examines the planner and prints the report.
//!
//! ```text
//! cargo run --example benchmark                 # public and dev, with every case that is not right
//! cargo run --example benchmark -- --held       # and held: figures only, nothing to tune on
//! cargo run --example benchmark -- --write      # every set, into docs/benchmark.md
//! ```

mod exam;

use std::fmt::Write;
use std::path::Path;

use depotru::ask::Planner;
use exam::cases::Set;
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

    let mut report = String::from(HEAD);
    for set in Set::ALL {
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
    println!("{report}");
    if asked("--write") {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/benchmark.md");
        std::fs::write(path, format!("{}\n", report.trim_end()))?;
    }
    Ok(())
}

const HEAD: &str = "\
# The planner's examination

Written by `cargo run --example benchmark -- --write`. What is asked and what counts as right is in
`tests/fixtures/benchmark/README.md`. The planner is alone here: no network, no language model.
RS(c) is the mean of +1 for right, 0 for declined though there is an answer, −c for wrong. `public`
and `dev` may be used to improve the planner; `held` only ever measures. Planning times are of an
unoptimised build unless the command was run with `--release`.

";

fn print_what_is_not_right(marked: &[Marked]) {
    for case in marked {
        match &case.mark {
            Mark::Right => {}
            Mark::Declined => println!("{} {} declined: {}", case.id, case.category, case.question),
            Mark::Wrong(why) => println!("{} {} WRONG: {}\n{why}", case.id, case.category, case.question),
        }
    }
}
