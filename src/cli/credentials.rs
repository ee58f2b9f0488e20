//! `depotru credentials`: secrets into the keyring, where they are, out again. Never shown.

use std::io::{self, IsTerminal, Read};

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroize};
use serde_json::json;

use super::args::{CheckFormat, CredentialsCommand};
use super::ask::print_json;
use super::output::{Output, narrate};
use super::{Env, Exit};
use crate::audit::{AuditEvent, AuditLog};
use crate::credentials::{self, CredentialError, Credentials, Keyring, LONGEST, Place, SecretName, Status};
use crate::i18n::{Lang, fill, text};
use crate::sanitize::display_safe;

/// Runs the command.
pub fn run(command: CredentialsCommand, env: &Env) -> Exit {
    let credentials = Credentials::of_this_user();
    let mut out = Output::stdout();
    let exit = match command {
        CredentialsCommand::Set { name, stdin } => set(&credentials, &name, stdin, env),
        CredentialsCommand::Status { name, format } => {
            status(&credentials.status(&name), &name, format, env.lang, &mut out)
        }
        CredentialsCommand::Remove { name } => remove(&credentials, &name, env),
    };
    match out.flush() {
        Ok(()) => exit,
        Err(error) => env.cannot_write(&error),
    }
}

/// Records what happened to a secret, never the secret.
fn note(env: &Env, event: AuditEvent) {
    let audit = AuditLog::new(env.paths.audit(), uuid::Uuid::now_v7().to_string());
    if let Err(error) = audit.append(&event) {
        tracing::error!("the audit log cannot be written: {error}");
    }
}

fn set(credentials: &Credentials, name: &SecretName, stdin: bool, env: &Env) -> Exit {
    let lang = env.lang;
    let secret = match if stdin { from_stdin(lang) } else { prompt(name, lang) } {
        Ok(secret) => secret,
        Err(exit) => return exit,
    };
    let kept = match credentials.store(name, &secret) {
        Ok(keyring) => keyring,
        Err(error) => return failed(&error, lang),
    };
    narrate(&said(name, kept.name(lang), "kept", lang));
    note(env, AuditEvent::SecretKept { name: name.to_string(), keyring: kept.to_string() });
    match credentials.find(name) {
        Ok(Some(found)) if found.place == Place::Keyring(kept) => {}
        Ok(Some(found)) => {
            let place = found.place.words(lang);
            narrate(&fill(lang, "cli.credentials.shadowed", &[("place", place.as_str())]));
        }
        Ok(None) => {}
        Err(error) => narrate(credentials::sentence(&error, lang).as_str()),
    }
    Exit::Done
}

/// Asks at the terminal itself, wherever standard input comes from, without showing it.
pub fn prompt(name: &SecretName, lang: Lang) -> Result<SecretString, Exit> {
    if !io::stdin().is_terminal() && !io::stderr().is_terminal() {
        narrate(text(lang, "cli.credentials.no_terminal"));
        return Err(Exit::Usage);
    }
    let question = fill(lang, "cli.credentials.prompt", &[("name", &name.to_string())]);
    match rpassword::prompt_password(question) {
        Ok(typed) => usable(typed, lang),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(Exit::Cancelled),
        Err(error) => Err(not_read(&error, lang)),
    }
}

fn from_stdin(lang: Lang) -> Result<SecretString, Exit> {
    let mut typed = String::new();
    let read = io::stdin().lock().take(LONGEST as u64 + 2).read_to_string(&mut typed);
    match read {
        Ok(_) => usable(typed, lang),
        Err(error) => {
            typed.zeroize();
            Err(not_read(&error, lang))
        }
    }
}

fn usable(mut typed: String, lang: Lang) -> Result<SecretString, Exit> {
    let line = typed.strip_suffix('\n').unwrap_or(&typed);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let secret = SecretString::from(line);
    typed.zeroize();
    if secret.expose_secret().is_empty() || secret.expose_secret().len() > LONGEST {
        narrate(text(lang, "cli.credentials.empty"));
        return Err(Exit::Usage);
    }
    Ok(secret)
}

fn not_read(error: &io::Error, lang: Lang) -> Exit {
    narrate(&fill(lang, "cli.credentials.not_read", &[("detail", &error.to_string())]));
    Exit::Failure
}

fn remove(credentials: &Credentials, name: &SecretName, env: &Env) -> Exit {
    let lang = env.lang;
    let removed = match credentials.remove(name) {
        Ok(removed) => removed,
        Err(error) => return failed(&error, lang),
    };
    if removed.is_empty() {
        narrate(&fill(lang, "cli.credentials.nothing_to_remove", &[("name", &name.to_string())]));
    }
    for keyring in removed {
        narrate(&said(name, keyring.name(lang), "removed", lang));
        note(env, AuditEvent::SecretRemoved { name: name.to_string(), keyring: keyring.to_string() });
    }
    if let Ok(Some(found)) = credentials.find(name) {
        let place = found.place.words(lang);
        narrate(&fill(lang, "cli.credentials.still_there", &[("place", place.as_str())]));
    }
    Exit::Done
}

fn said(name: &SecretName, place: &str, what: &str, lang: Lang) -> String {
    let name = name.to_string();
    let values = [("name", name.as_str()), ("place", place)];
    match what {
        "kept" => fill(lang, "cli.credentials.kept", &values),
        _ => fill(lang, "cli.credentials.removed", &values),
    }
}

fn failed(error: &CredentialError, lang: Lang) -> Exit {
    narrate(credentials::sentence(error, lang).as_str());
    Exit::Failure
}

fn status(status: &Status, name: &SecretName, form: CheckFormat, lang: Lang, out: &mut Output) -> Exit {
    match form {
        CheckFormat::Json => status_json(status, name, lang, out),
        CheckFormat::Table => status_table(status, name, lang, out),
    }
    match &status.place {
        Ok(Some(_)) => Exit::Done,
        Ok(None) | Err(_) => Exit::Failure,
    }
}

fn status_table(status: &Status, name: &SecretName, lang: Lang, out: &mut Output) {
    let first = match &status.place {
        Ok(Some(place)) => {
            let place = place.words(lang);
            fill(lang, "cli.credentials.found", &[("name", &name.to_string()), ("place", place.as_str())])
        }
        Ok(None) => fill(lang, "cli.credentials.not_found", &[("name", &name.to_string())]),
        Err(error) => credentials::sentence(error, lang).into_string(),
    };
    let _ = out.line(&first);
    let variables = status.variables.join(", ");
    let _ = out.line(&fill(lang, "cli.credentials.variables", &[("variables", &variables)]));
    for (keyring, problem) in &status.keyrings {
        let line = match problem {
            None => fill(lang, "cli.credentials.keyring_usable", &[("keyring", keyring.name(lang))]),
            Some(problem) => {
                let reason = display_safe(&problem.words(lang));
                let values = [("keyring", keyring.name(lang)), ("reason", reason.as_str())];
                fill(lang, "cli.credentials.keyring_unusable", &values)
            }
        };
        let _ = out.line(&line);
    }
}

fn status_json(status: &Status, name: &SecretName, lang: Lang, out: &mut Output) {
    let place = status.place.as_ref().ok().and_then(Option::as_ref);
    let kind = place.map(|place| match place {
        Place::Memory => "memory",
        Place::Variable(_) => "variable",
        Place::File { .. } => "file",
        Place::Keyring(Keyring::System) => "keyring",
        Place::Keyring(Keyring::Kernel) => "kernel_keyring",
    });
    let keyrings: Vec<_> = status
        .keyrings
        .iter()
        .map(|(keyring, problem)| {
            json!({
                "keyring": match keyring { Keyring::System => "keyring", Keyring::Kernel => "kernel_keyring" },
                "usable": problem.is_none(),
                "reason": problem.as_ref().map(|problem| display_safe(&problem.words(lang)).into_string()),
            })
        })
        .collect();
    print_json(
        out,
        &json!({
            "name": name.to_string(),
            "found": place.is_some(),
            "place": kind,
            "where": place.map(|place| place.words(lang).into_string()),
            "error": status.place.as_ref().err().map(|error| credentials::sentence(error, lang).into_string()),
            "variables": status.variables,
            "keyrings": keyrings,
        }),
    );
}
