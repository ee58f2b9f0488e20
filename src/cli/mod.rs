//! The command line: the console's abilities for scripts, in the shapes they rely on.
//!
//! Enters: arguments, standard input. Leaves: text or JSON on standard output, narration
//! on standard error, an exit code. May not touch: engines, models, the guard directly;
//! it speaks to the session.

mod args;
mod ask;
mod audit;
mod client;
mod console;
mod credentials;
mod data;
mod doctor;
mod help;
mod history;
mod json;
mod memory;
mod models;
mod output;
mod schema;
mod sql;
mod sync;
mod table;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use clap::FromArgMatches;

use args::{Cli, CliCommand, Common, DataCommand};
use client::Client;
use output::{Output, narrate};

use crate::audit::Decider;
use crate::config::{
    self, AnswerFrom, AuditFailure, ConfigError, LOCAL, Loss, PathError, Paths, Profile, ProfileName,
    Settings, Unkept,
};
use crate::credentials::Credentials;
use crate::i18n::{Lang, fill, text};
use crate::sanitize::display_safe;
use crate::session::{Assist, Choice, DataSource, LocalData, Sources};

/// How the program ends; the numbers are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: a failure at run time (data, file, terminal).
    Failure,
    /// 2: wrong usage or configuration.
    Usage,
    /// 3: no plan, or the guard refused.
    NotPlanned,
    /// 4: not approved.
    NotApproved,
    /// 130: cancelled.
    Cancelled,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::NotPlanned => 3,
            Exit::NotApproved => 4,
            Exit::Cancelled => 130,
        }
    }
}

/// What every command needs.
struct Env {
    settings: Settings,
    paths: Paths,
    lang: Lang,
    /// The server's profile in use; none: the local data.
    profile: Option<ProfileName>,
    /// Whether the profile's local copy answers, whatever the profile says.
    offline: bool,
    credentials: Arc<Credentials>,
    /// Temporary folders in place of those that cannot be written.
    unkept: Option<Unkept>,
}

impl Env {
    fn read(common: &Common) -> Result<Env, Exit> {
        let lang = common.lang;
        let spoken = lang.unwrap_or_else(Lang::from_locale);
        let (paths, unkept) = Paths::for_user().map_err(|error| {
            narrate(&path_sentence(&error, spoken));
            Exit::Failure
        })?;
        let settings = Settings::read(&paths.config_file()).map_err(|error| {
            narrate(config::sentence(&error, spoken).as_str());
            match error {
                ConfigError::Read { .. } => Exit::Failure,
                ConfigError::Invalid { .. } => Exit::Usage,
            }
        })?;
        let profile = chosen(&settings, common.profile.as_deref(), spoken)?;
        let lang = lang.or(settings.language).unwrap_or(spoken);
        let offline = common.offline;
        let unaudited = unkept.as_ref().is_some_and(|unkept| unkept.loses(Loss::State));
        if unaudited && profile.is_some() && settings.audit.on_failure == AuditFailure::Block {
            narrate(text(lang, "config.unkept_server"));
            return Err(Exit::Failure);
        }
        Ok(Env { settings, paths, lang, profile, offline, credentials: Arc::default(), unkept })
    }

    /// The server's profile in use, if there is one.
    fn server_profile(&self) -> Option<(&ProfileName, &Profile)> {
        let name = self.profile.as_ref()?;
        self.settings.profiles.get_key_value(name)
    }

    /// The data in use.
    fn choice(&self) -> Choice {
        match self.server_profile() {
            Some((name, profile)) => {
                let from = if self.offline { AnswerFrom::Snapshot } else { profile.answer_from };
                Choice::Profile { name: name.clone(), from }
            }
            None => Choice::Local,
        }
    }

    fn sources(&self) -> Arc<Sources> {
        let credentials = Arc::clone(&self.credentials);
        Arc::new(Sources::new(self.settings.clone(), self.paths.clone(), credentials))
    }

    fn data_source(&self) -> Arc<dyn DataSource> {
        // The profile was looked up when the arguments were read.
        self.sources()
            .open(&self.choice())
            .unwrap_or_else(|| Arc::new(LocalData::new(&self.paths, &self.settings)))
    }

    /// A session over the profile's server that plans no questions.
    fn server_client(&self) -> Result<Client, Exit> {
        let server = self.profile.as_ref().and_then(|name| self.sources().server(name));
        let Some(server) = server else {
            narrate(text(self.lang, "cli.needs_server"));
            return Err(Exit::Usage);
        };
        let source = Arc::new(server.without_values());
        let assist = Assist::default();
        Ok(Client::start(source, &self.settings, &self.paths, None, Decider::Person, self.lang, assist))
    }

    /// The name of the profile in use.
    fn profile_name(&self) -> &str {
        self.profile.as_ref().map_or(LOCAL, ProfileName::as_str)
    }

    fn cannot_write(&self, error: &io::Error) -> Exit {
        narrate(&fill(self.lang, "cli.cannot_write", &[("detail", &error.to_string())]));
        Exit::Failure
    }
}

/// The server's profile that the arguments or else the settings name; none: the local data.
fn chosen(settings: &Settings, named: Option<&str>, lang: Lang) -> Result<Option<ProfileName>, Exit> {
    match named.or(settings.profile.as_deref()) {
        None | Some(LOCAL) => Ok(None),
        Some(name) => match settings.profile_named(name) {
            Some((name, _)) => Ok(Some(name.clone())),
            None => {
                let known: Vec<&str> =
                    settings.profiles.keys().map(ProfileName::as_str).chain([LOCAL]).collect();
                let name = display_safe(name);
                let values = [("name", name.as_str()), ("known", &known.join(", "))];
                narrate(&fill(lang, "config.unknown_profile", &values));
                Err(Exit::Usage)
            }
        },
    }
}

/// Runs the program with `args` (the program's name first) and says how it ended.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    harden();
    let lang = lang_before_parsing(&args);
    let parsed =
        help::command(lang).try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed {
        Ok(cli) => dispatch(cli),
        Err(error) if error.use_stderr() => {
            narrate(&help::usage_sentence(&error, lang));
            Exit::Usage
        }
        Err(help_or_version) => {
            let mut out = Output::stdout();
            let _ = out.with(|write| write!(write, "{help_or_version}"));
            let _ = out.flush();
            Exit::Done
        }
    }
}

/// No picture of the memory is left behind when the program dies: there may be a password in it.
fn harden() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        if let Err(error) = setrlimit(Resource::Core, none) {
            tracing::warn!("core dumps could not be switched off: {error}");
        }
    }
}

/// The language of help and usage errors, which come before the arguments are understood.
fn lang_before_parsing(args: &[OsString]) -> Lang {
    let words: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    let said = words.iter().enumerate().find_map(|(index, word)| match word.strip_prefix("--lang") {
        Some("") => words.get(index + 1).and_then(|value| value.parse().ok()),
        Some(rest) => rest.strip_prefix('=').and_then(|value| value.parse().ok()),
        None => None,
    });
    said.unwrap_or_else(Lang::from_locale)
}

fn dispatch(cli: Cli) -> Exit {
    let spoken = cli.common.lang.unwrap_or_else(Lang::from_locale);
    match cli.command {
        Some(CliCommand::Completions { shell }) => return completions(shell, spoken),
        Some(CliCommand::Man) => return manual(spoken),
        _ => {}
    }
    let env = match Env::read(&cli.common) {
        Ok(env) => env,
        Err(exit) => return exit,
    };
    let _log = crate::log::start(&env.paths.logs());
    if let (Some(unkept), Some(_)) = (&env.unkept, &cli.command) {
        narrate(&unkept.sentence(env.lang));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            narrate(&fill(env.lang, "cli.cannot_start", &[("detail", &error.to_string())]));
            return Exit::Failure;
        }
    };
    let exit = match cli.command {
        None => runtime.block_on(console::run(&env, false)),
        Some(CliCommand::Connect) => runtime.block_on(console::run(&env, true)),
        Some(CliCommand::Ask(args)) => runtime.block_on(ask::run(args, &env)),
        Some(CliCommand::Sql { command }) => runtime.block_on(sql::run(command, &env)),
        Some(CliCommand::Data { command: DataCommand::Sync(args) }) => {
            runtime.block_on(sync::run(&args, &env))
        }
        Some(CliCommand::Data { command: DataCommand::Refresh }) => runtime.block_on(sync::refresh(&env)),
        Some(CliCommand::Data { command }) => data::run(command, &env),
        Some(CliCommand::Schema { command }) => runtime.block_on(schema::run(&command, &env)),
        Some(CliCommand::History(args)) => history::run(&args, &env),
        Some(CliCommand::Memory { command }) => runtime.block_on(memory::run(command, &env)),
        Some(CliCommand::Audit { command }) => audit::run(&command, &env),
        Some(CliCommand::Credentials { command }) => credentials::run(command, &env),
        Some(CliCommand::Doctor { format }) => runtime.block_on(doctor::run(format, &env)),
        Some(CliCommand::Completions { .. } | CliCommand::Man) => Exit::Done,
    };
    // A blocking task that does not heed its cancel token must not hold the program's end.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    exit
}

fn completions(shell: clap_complete::Shell, lang: Lang) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut help::command(lang), "depotru", &mut script);
    print_bytes(&script, lang)
}

fn manual(lang: Lang) -> Exit {
    let mut page = Vec::new();
    match clap_mangen::Man::new(help::command(lang)).render(&mut page) {
        Ok(()) => print_bytes(&page, lang),
        Err(error) => {
            narrate(&fill(lang, "cli.cannot_write", &[("detail", &error.to_string())]));
            Exit::Failure
        }
    }
}

fn print_bytes(bytes: &[u8], lang: Lang) -> Exit {
    let mut out = Output::stdout();
    match out.with(|write| write.write_all(bytes)).and_then(|()| out.flush()) {
        Ok(()) => Exit::Done,
        Err(error) => {
            narrate(&fill(lang, "cli.cannot_write", &[("detail", &error.to_string())]));
            Exit::Failure
        }
    }
}

fn path_sentence(error: &PathError, lang: Lang) -> String {
    let folder = display_safe(&error.folder.display().to_string());
    fill(lang, "config.cannot_make", &[("folder", folder.as_str()), ("detail", &error.source.to_string())])
}

/// The lines of a batch file; `-` is standard input. Bytes that are not UTF-8 are replaced.
fn batch_lines(file: &Path) -> io::Result<Box<dyn Iterator<Item = io::Result<String>>>> {
    let reader: Box<dyn BufRead> = if file.as_os_str() == "-" {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(file)?))
    };
    Ok(Box::new(
        reader.split(b'\n').map(|line| line.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())),
    ))
}

fn cannot_read(file: &Path, error: &io::Error, lang: Lang) -> Exit {
    let file = display_safe(&file.display().to_string());
    narrate(&fill(lang, "cli.cannot_read", &[("file", file.as_str()), ("detail", &error.to_string())]));
    Exit::Failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn the_language_is_known_before_the_arguments_are() {
        assert_eq!(lang_before_parsing(&args(&["depotru", "--nada", "--lang", "en"])), Lang::En);
        assert_eq!(lang_before_parsing(&args(&["depotru", "ask", "--lang=es", "x"])), Lang::Es);
    }

    #[test]
    fn exit_codes_are_the_documented_ones() {
        let all =
            [Exit::Done, Exit::Failure, Exit::Usage, Exit::NotPlanned, Exit::NotApproved, Exit::Cancelled];
        assert_eq!(all.map(Exit::code), [0, 1, 2, 3, 4, 130]);
    }
}
