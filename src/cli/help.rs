//! The command line's words for people, from the message catalogue.
//!
//! clap's grammar carries no text. The key of an argument is
//! `cli.help.<subcommands…>.<argument>`, of a subcommand `cli.help.<subcommands…>.about`.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, CommandFactory};

use super::args::Cli;
use crate::i18n::{Lang, fill, find, text};
use crate::sanitize::display_safe;

/// The grammar with its words in `lang`.
pub fn command(lang: Lang) -> Command {
    let root = Cli::command()
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(Arg::new("help").short('h').long("help").global(true).action(clap::ArgAction::Help))
        .arg(Arg::new("version").short('V').long("version").action(clap::ArgAction::Version));
    localised(root, "cli.help", lang)
}

fn localised(command: Command, prefix: &str, lang: Lang) -> Command {
    let template = text(lang, "cli.help_template");
    let mut command = command
        .help_template(template)
        .subcommand_help_heading(text(lang, "cli.heading_commands"))
        .subcommand_value_name(text(lang, "cli.value_command"))
        .disable_help_subcommand(true);
    if let Some(about) = find(lang, &format!("{prefix}.about")) {
        command = command.about(about);
    }
    command = command.mut_args(|arg| {
        let id = arg.get_id().as_str().to_string();
        let heading = if arg.is_positional() {
            text(lang, "cli.heading_arguments")
        } else {
            text(lang, "cli.heading_options")
        };
        let help = find(lang, &format!("{prefix}.{id}"))
            .or_else(|| find(lang, &format!("cli.help.any.{id}")))
            .unwrap_or_default();
        // clap would describe defaults and values in English; the help text says them.
        let takes_values = arg.get_action().takes_values();
        arg.help(help)
            .help_heading(heading)
            .hide_default_value(takes_values)
            .hide_possible_values(takes_values)
    });
    command.mut_subcommands(|sub| {
        let path = format!("{prefix}.{}", sub.get_name());
        localised(sub, &path, lang)
    })
}

/// A usage error as one sentence, with where help is to be had.
pub fn usage_sentence(error: &clap::Error, lang: Lang) -> String {
    let detail = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => display_safe(word).into_string(),
        Some(ContextValue::Strings(words)) => display_safe(&words.join(", ")).into_string(),
        _ => String::new(),
    };
    let argument = detail(ContextKind::InvalidArg);
    let value = detail(ContextKind::InvalidValue);
    let what = match error.kind() {
        ErrorKind::UnknownArgument => fill(lang, "cli.usage.unknown_argument", &[("argument", &argument)]),
        ErrorKind::InvalidSubcommand => {
            let name = detail(ContextKind::InvalidSubcommand);
            fill(lang, "cli.usage.unknown_command", &[("name", &name)])
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            fill(lang, "cli.usage.invalid_value", &[("argument", &argument), ("value", &value)])
        }
        ErrorKind::MissingRequiredArgument => fill(lang, "cli.usage.missing", &[("argument", &argument)]),
        ErrorKind::MissingSubcommand => text(lang, "cli.usage.missing_command").to_string(),
        ErrorKind::ArgumentConflict => {
            let other = detail(ContextKind::PriorArg);
            fill(lang, "cli.usage.conflict", &[("argument", &argument), ("other", &other)])
        }
        _ => text(lang, "cli.usage.other").to_string(),
    };
    format!("{what} {}", text(lang, "cli.usage.see_help"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without_words(command: &Command, path: &str, into: &mut Vec<String>) {
        if command.get_about().is_none() {
            into.push(path.to_string());
        }
        for arg in command.get_arguments() {
            if arg.get_help().is_none_or(|help| help.to_string().is_empty()) {
                into.push(format!("{path} {}", arg.get_id()));
            }
        }
        for sub in command.get_subcommands() {
            without_words(sub, &format!("{path} {}", sub.get_name()), into);
        }
    }

    #[test]
    fn every_command_and_argument_is_explained_in_both_languages() {
        for lang in Lang::ALL {
            let mut missing = Vec::new();
            without_words(&command(lang), "depotru", &mut missing);
            assert!(missing.is_empty(), "{lang}: {missing:?}");
        }
    }

    fn renders(command: &mut Command) {
        assert!(command.render_help().to_string().len() > 40);
        command.get_subcommands_mut().for_each(renders);
    }

    #[test]
    fn every_page_of_help_renders() {
        for lang in Lang::ALL {
            let mut root = command(lang);
            root.build();
            renders(&mut root);
            command(lang).debug_assert();
        }
    }

    #[test]
    fn a_wrong_argument_is_named_in_the_language_of_the_user() {
        let error =
            command(Lang::Es).try_get_matches_from(["depotru", "ask", "--nada"]).expect_err("unknown");
        assert!(usage_sentence(&error, Lang::Es).contains("--nada"));
    }
}
