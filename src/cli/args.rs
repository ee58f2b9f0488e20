//! The command line's grammar. Its words for people come from the message catalogue
//! (see `help`), so the fields here carry plain comments only.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::credentials::SecretName;
use crate::i18n::Lang;

#[derive(Debug, Parser)]
#[command(name = "depotru", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Option<CliCommand>,
}

#[derive(Debug, Clone, Args)]
pub struct Common {
    #[arg(long, global = true, value_name = "es|en")]
    pub lang: Option<Lang>,
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    #[arg(long, global = true)]
    pub offline: bool,
}

#[derive(Debug, Subcommand)]
pub enum CliCommand {
    Ask(AskArgs),
    Sql {
        #[command(subcommand)]
        command: SqlCommand,
    },
    Data {
        #[command(subcommand)]
        command: DataCommand,
    },
    Schema {
        #[command(subcommand)]
        command: SchemaCommand,
    },
    History(HistoryArgs),
    Memory {
        #[command(subcommand)]
        command: MemoryCommand,
    },
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    Connect,
    Credentials {
        #[command(subcommand)]
        command: CredentialsCommand,
    },
    Doctor {
        #[arg(long, default_value = "table")]
        format: CheckFormat,
    },
    Completions {
        shell: clap_complete::Shell,
    },
    Man,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Json,
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Provider {
    Offline,
    Auto,
    Grok,
    Openai,
    Anthropic,
    Ollama,
}

#[derive(Debug, Args)]
pub struct AskArgs {
    pub question: Option<String>,
    #[arg(long)]
    pub plan: bool,
    #[arg(long, conflicts_with = "plan")]
    pub yes: bool,
    #[arg(long)]
    pub provider: Option<Provider>,
    #[arg(long)]
    pub show_prompt: bool,
    #[arg(long, conflicts_with_all = ["plan", "batch"])]
    pub comment: bool,
    #[arg(long, value_name = "QUESTION", conflicts_with = "batch")]
    pub context: Vec<String>,
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<NaiveDate>,
    #[arg(long, value_name = "FILE", conflicts_with = "question")]
    pub batch: Option<PathBuf>,
    #[arg(long, default_value = "table")]
    pub format: Format,
}

#[derive(Debug, Subcommand)]
pub enum SqlCommand {
    Check(SqlCheckArgs),
    Run(SqlRunArgs),
}

#[derive(Debug, Args)]
pub struct SqlCheckArgs {
    pub sql: Option<String>,
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sql", "batch"])]
    pub file: Option<PathBuf>,
    #[arg(long, value_name = "FILE", conflicts_with = "sql")]
    pub batch: Option<PathBuf>,
    #[arg(long, default_value = "table")]
    pub format: CheckFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    Table,
    Json,
}

#[derive(Debug, Args)]
pub struct SqlRunArgs {
    pub sql: Option<String>,
    #[arg(long, value_name = "FILE", conflicts_with = "sql")]
    pub file: Option<PathBuf>,
    #[arg(long)]
    pub yes: bool,
    #[arg(long, default_value = "table")]
    pub format: Format,
}

#[derive(Debug, Subcommand)]
pub enum DataCommand {
    Demo(DemoArgs),
    Import(ImportArgs),
    Sync(SyncArgs),
    Refresh,
    Info {
        #[arg(long, default_value = "table")]
        format: CheckFormat,
    },
}

#[derive(Debug, Args)]
pub struct DemoArgs {
    #[arg(long, default_value_t = crate::dataset::DEFAULT_ROWS)]
    pub rows: u32,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: Option<NaiveDate>,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    pub file: PathBuf,
    #[arg(long)]
    pub allow_rejected: bool,
    #[arg(long)]
    pub decimal: Option<Decimal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Decimal {
    Comma,
    Point,
}

#[derive(Debug, Args)]
pub struct HistoryArgs {
    #[arg(long, short = 'n', default_value_t = 20)]
    pub number: usize,
    #[arg(long, default_value = "table")]
    pub format: CheckFormat,
}

#[derive(Debug, Subcommand)]
pub enum MemoryCommand {
    List {
        #[arg(long)]
        own: bool,
        #[arg(long)]
        rejected: bool,
        #[arg(long, default_value = "table")]
        format: CheckFormat,
    },
    Add {
        question: String,
        #[arg(long)]
        sql: Option<String>,
        #[arg(long, value_name = "FILE", conflicts_with = "sql")]
        file: Option<PathBuf>,
        #[arg(long, default_value = "")]
        note: String,
        #[arg(long, value_name = "YYYY-MM-DD")]
        today: Option<NaiveDate>,
    },
    Edit {
        id: String,
        #[arg(long)]
        question: Option<String>,
        #[arg(long)]
        sql: Option<String>,
        #[arg(long, value_name = "FILE", conflicts_with = "sql")]
        file: Option<PathBuf>,
        #[arg(long)]
        note: Option<String>,
    },
    Remove {
        id: String,
    },
    Import {
        file: PathBuf,
    },
    Export {
        file: Option<PathBuf>,
    },
    Test {
        #[arg(long)]
        own: bool,
        #[arg(long, default_value = "table")]
        format: CheckFormat,
    },
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    Tail {
        #[arg(long, short = 'n', default_value_t = 20)]
        number: usize,
    },
    Verify,
}

#[derive(Debug, Subcommand)]
pub enum CredentialsCommand {
    Set {
        name: SecretName,
        #[arg(long)]
        stdin: bool,
    },
    Status {
        name: SecretName,
        #[arg(long, default_value = "table")]
        format: CheckFormat,
    },
    Remove {
        name: SecretName,
    },
}

#[derive(Debug, Args)]
pub struct SyncArgs {
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<NaiveDate>,
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub to: Option<NaiveDate>,
    #[arg(long)]
    pub anew: bool,
    #[arg(long, default_value = "table")]
    pub format: CheckFormat,
}

#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    Check {
        #[arg(long, default_value = "table")]
        format: CheckFormat,
    },
}
