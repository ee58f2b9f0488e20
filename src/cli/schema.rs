//! `depotru schema check`: the server's table against the one the questions need.

use serde_json::json;

use super::args::{CheckFormat, SchemaCommand};
use super::ask::print_json;
use super::output::{Output, narrate};
use super::{Env, Exit};
use crate::engine;
use crate::i18n::{Lang, fill, plural, text};
use crate::sanitize::display_safe;
use crate::schema::{Difference, Found, Report, advice_sentence, sentence, unanswerable};
use crate::session::{Connected, Link, ServerScene};

/// Runs the command.
pub async fn run(command: &SchemaCommand, env: &Env) -> Exit {
    let SchemaCommand::Check { format } = command;
    let mut client = match env.server_client() {
        Ok(client) => client,
        Err(exit) => return exit,
    };
    let scene = client.connect().await;
    client.quit().await;
    let mut out = Output::stdout();
    let exit = match scene.as_deref() {
        Some(scene) => check(scene, env, *format, &mut out),
        None => {
            narrate(text(env.lang, "cli.session_closed"));
            Exit::Failure
        }
    };
    match out.flush() {
        Ok(()) => exit,
        Err(error) => env.cannot_write(&error),
    }
}

fn check(scene: &ServerScene, env: &Env, format: CheckFormat, out: &mut Output) -> Exit {
    let (Link::Up(connected) | Link::Refused(connected)) = &scene.link else {
        if let Link::Down(error) = &scene.link {
            narrate(engine::sentence(error, env.lang).as_str());
        }
        return Exit::Failure;
    };
    match format {
        CheckFormat::Json => print_json(out, &report_json(scene, connected, env)),
        CheckFormat::Table => report_table(scene, connected, env, out),
    }
    if connected.schema.costs_answers() { Exit::Failure } else { Exit::Done }
}

fn table_name(env: &Env) -> String {
    env.server_profile().map_or_else(String::new, |(_, profile)| profile.table.to_string())
}

fn report_table(scene: &ServerScene, connected: &Connected, env: &Env, out: &mut Output) {
    let (lang, Report { differences, unknown, advice }) = (env.lang, &connected.schema);
    let columns = connected.inspection.columns.len().to_string();
    let table = table_name(env);
    let server = display_safe(&scene.server);
    let values = [("table", table.as_str()), ("server", server.as_str()), ("n", columns.as_str())];
    let _ = out.line(&fill(lang, "cli.schema.checked", &values));
    if differences.is_empty() {
        let _ = out.line(text(lang, "cli.schema.same"));
    }
    for difference in differences {
        let mark = if difference.costs_answers() { "✗" } else { "!" };
        let _ = out.line(&format!("{mark} {}", sentence(difference, lang)));
        if let Some(lost) = unanswerable(difference, lang) {
            let _ = out.line(&format!("  {lost}"));
        }
    }
    if !unknown.is_empty() {
        let names = display_safe(&unknown.join(", "));
        let n = unknown.len().to_string();
        let said = [("names", names.as_str())];
        let _ = out.line(&plural(lang, "cli.schema.unknown", unknown.len() as u64, &n, &said));
    }
    for advice in advice {
        let _ = out.line(advice_sentence(advice, &table, lang).as_str());
    }
}

fn report_json(scene: &ServerScene, connected: &Connected, env: &Env) -> serde_json::Value {
    let Report { differences, unknown, advice } = &connected.schema;
    let table = table_name(env);
    json!({
        "ok": !connected.schema.costs_answers(),
        "profile": scene.profile.as_str(),
        "server": scene.server,
        "database": connected.inspection.database,
        "table": table,
        "version": connected.inspection.version,
        "columns": connected.inspection.columns.len(),
        "differences": differences.iter().map(|difference| difference_json(difference, env.lang)).collect::<Vec<_>>(),
        "unknown_columns": unknown,
        "advice": advice
            .iter()
            .map(|advice| advice_sentence(advice, &table, env.lang).into_string())
            .collect::<Vec<_>>(),
    })
}

fn difference_json(difference: &Difference, lang: Lang) -> serde_json::Value {
    let (kind, detail) = match &difference.found {
        Found::Nothing { similar } => ("missing", similar.clone()),
        Found::Useless { sql_type } => ("useless_type", Some(sql_type.clone())),
        Found::Inexact { sql_type } => ("inexact_type", Some(sql_type.clone())),
        Found::WithTime { sql_type } => ("with_time", Some(sql_type.clone())),
    };
    let lost = &difference.lost;
    let own = lost.own.iter().map(|own| own.name.as_str());
    let dimensions: Vec<&str> = lost.dimensions.iter().map(|dim| dim.name()).chain(own).collect();
    json!({
        "column": difference.column,
        "real_name": difference.real,
        "kind": kind,
        "found": detail,
        "costs_answers": difference.costs_answers(),
        "metrics": difference.lost.metrics.iter().map(|metric| metric.name()).collect::<Vec<_>>(),
        "dimensions": dimensions,
        "message": sentence(difference, lang).into_string(),
    })
}
