//! A profile while a person writes it, and how it enters the settings file.

use std::io;
use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, value};

use super::profile::{Environment, Profile, ProfileName, TlsMode};
use super::settings::{ConfigError, Settings};
use crate::files;
use crate::i18n::{Lang, text};

/// A profile as it is typed: nothing of it is checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileDraft {
    /// Its name.
    pub name: String,
    /// What stands behind it.
    pub environment: Environment,
    /// `host`, `host,port`, `host:port` or `host\instance`.
    pub server: String,
    /// The database.
    pub database: String,
    /// `schema.table`; empty: the ERP's own.
    pub table: String,
    /// The login; empty: the operating system's user.
    pub user: String,
    /// How to encrypt.
    pub tls: TlsMode,
    /// A file of certificate authorities; empty: the system's only.
    pub ca_file: String,
}

impl Default for ProfileDraft {
    fn default() -> Self {
        ProfileDraft {
            name: "tienda".to_string(),
            environment: Environment::Production,
            server: String::new(),
            database: String::new(),
            table: "dbo.banco_datos".to_string(),
            user: String::new(),
            tls: TlsMode::Required,
            ca_file: String::new(),
        }
    }
}

/// The parts of a draft that a person types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftField {
    /// The profile's name.
    Name,
    /// The server.
    Server,
    /// The database.
    Database,
    /// The table.
    Table,
    /// The login.
    User,
    /// The certificate authorities.
    CaFile,
}

/// What is wrong with a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftError {
    /// Where.
    pub field: DraftField,
    /// What, as a broken rule of the settings; see [`DraftError::sentence`].
    detail: String,
}

impl DraftError {
    /// What is wrong, in the user's language; hostile until cleaned.
    pub fn sentence(&self, lang: Lang) -> String {
        match self.detail.as_str() {
            "" => text(lang, "config.rule.blank").to_string(),
            detail => super::rules::words(detail, lang),
        }
    }
}

impl ProfileDraft {
    /// The profile, if it would be read back as one.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn profile(&self) -> Result<(ProfileName, Profile), DraftError> {
        let blank = |field| DraftError { field, detail: String::new() };
        let (host, _, _) = split_server(self.server.trim());
        for (field, typed) in [(DraftField::Server, host), (DraftField::Database, self.database.as_str())] {
            if typed.trim().is_empty() {
                return Err(blank(field));
            }
        }
        let wrong = |field| move |detail: String| DraftError { field, detail };
        ProfileName::try_from(self.name.clone()).map_err(wrong(DraftField::Name))?;
        let mut document = DocumentMut::new();
        self.put_into(&mut document);
        let source = document.to_string();
        let settings = Settings::parse(&source, Path::new("")).map_err(|error| match error {
            ConfigError::Invalid { line, detail, .. } => {
                let line = source.lines().nth(line.saturating_sub(1)).unwrap_or_default();
                DraftError { field: field_of(line), detail }
            }
            ConfigError::Read { source, .. } => {
                DraftError { field: DraftField::Name, detail: source.to_string() }
            }
        })?;
        settings.profiles.into_iter().next().ok_or_else(|| blank(DraftField::Name))
    }

    /// Writes the profile into the settings file: a new table, or new values in one of that
    /// name; everything else, comments included, stays as it was. It becomes the profile in
    /// use unless another is.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be read or written, or is not valid; it is then
    /// as it was.
    pub fn save(&self, file: &Path) -> Result<Settings, ConfigError> {
        let failed = |source: io::Error| ConfigError::Read { file: file.to_path_buf(), source };
        let text = files::read_if_there(file).map_err(failed)?.unwrap_or_default();
        let text = String::from_utf8(text).map_err(|error| failed(io::Error::other(error.to_string())))?;
        Settings::parse(&text, file)?;
        let mut document: DocumentMut = text
            .parse()
            .map_err(|error: toml_edit::TomlError| failed(io::Error::other(error.to_string())))?;
        self.put_into(&mut document);
        if !document.contains_key("profile") {
            document.insert("profile", value(&self.name));
        }
        let text = document.to_string();
        let settings = Settings::parse(&text, file)?;
        // A link to where somebody keeps their settings stays one.
        let target = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
        files::replace(&target, text.as_bytes()).map_err(failed)?;
        Ok(settings)
    }

    fn put_into(&self, document: &mut DocumentMut) {
        let profiles = document.entry("profiles").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        let Some(profiles) = profiles.as_table_like_mut() else { return };
        let profile = profiles.entry(&self.name).or_insert_with(|| Item::Table(Table::new()));
        let Some(profile) = profile.as_table_like_mut() else { return };
        let (host, port, instance) = split_server(self.server.trim());
        let mut set = |key: &str, item: Option<Item>| match item {
            // The value alone is exchanged, so that a comment behind it stays.
            Some(item) => match (profile.get_mut(key).and_then(Item::as_value_mut), item.into_value()) {
                (Some(old), Ok(mut new)) => {
                    *new.decor_mut() = old.decor().clone();
                    *old = new;
                }
                (None, Ok(new)) => {
                    profile.insert(key, Item::Value(new));
                }
                (_, Err(_)) => {}
            },
            None => {
                profile.remove(key);
            }
        };
        let text = |text: &str| Some(value(text.trim())).filter(|_| !text.trim().is_empty());
        set(
            "environment",
            text(match self.environment {
                Environment::Production => "production",
                Environment::Test => "test",
            }),
        );
        set("host", text(host));
        set("port", port.map(value));
        set("instance", instance.and_then(text));
        set("database", text(&self.database));
        set("table", text(&self.table));
        set("user", text(&self.user));
        set("login", if self.user.trim().is_empty() { text("integrated") } else { None });
        set(
            "tls",
            text(match self.tls {
                TlsMode::Required => "required",
                TlsMode::Strict => "strict",
                TlsMode::TrustAnything => "trust-anything",
                TlsMode::LoopbackOnly => "loopback-only",
            }),
        );
        set("ca_file", text(&self.ca_file));
    }
}

/// Host, port and instance of what people type for a server.
fn split_server(server: &str) -> (&str, Option<i64>, Option<&str>) {
    if let Some((host, instance)) = server.split_once('\\') {
        return (host, None, Some(instance));
    }
    let with_port = |sign| {
        let (host, port): (&str, &str) = server.rsplit_once(sign)?;
        // An IPv6 address has colons of its own.
        let plain = !host.contains(':') || host.ends_with(']');
        Some((host, port.trim().parse::<u16>().ok()?)).filter(|_| plain)
    };
    match with_port(',').or_else(|| with_port(':')) {
        Some((host, port)) => (host.trim().trim_matches(['[', ']']), Some(i64::from(port)), None),
        None => (server, None, None),
    }
}

/// The field that a line of the written draft belongs to.
fn field_of(line: &str) -> DraftField {
    match line.split('=').next().unwrap_or_default().trim() {
        "host" | "port" | "instance" => DraftField::Server,
        "database" => DraftField::Database,
        "table" => DraftField::Table,
        "user" | "login" => DraftField::User,
        "ca_file" | "tls" => DraftField::CaFile,
        _ => DraftField::Name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> ProfileDraft {
        ProfileDraft {
            server: "srv01\\ERP".into(),
            database: "SmartBusiness".into(),
            user: "lectura".into(),
            ..ProfileDraft::default()
        }
    }

    #[test]
    fn a_draft_becomes_the_profile_it_says() {
        let (name, profile) = draft().profile().expect("a profile");
        assert_eq!(name.as_str(), "tienda");
        assert_eq!(profile.server(), "srv01\\ERP");
        let shown = [
            ("srv01,1434", "srv01,1434"),
            ("srv01:1434", "srv01,1434"),
            ("srv01", "srv01"),
            ("[fe80::1]:1433", "fe80::1,1433"),
            ("fe80::1", "fe80::1"),
        ];
        for (typed, server) in shown {
            let (_, profile) = ProfileDraft { server: typed.into(), ..draft() }.profile().expect(typed);
            assert_eq!(profile.server(), server);
        }
        let integrated = ProfileDraft { user: " ".into(), ..draft() };
        assert_eq!(integrated.profile().expect("a profile").1.login, super::super::Login::Integrated);
    }

    #[test]
    fn what_is_wrong_is_told_at_its_field() {
        let cases = [
            (ProfileDraft { name: "Mi Tienda".into(), ..draft() }, DraftField::Name),
            (ProfileDraft { name: "local".into(), ..draft() }, DraftField::Name),
            (ProfileDraft { server: " ".into(), ..draft() }, DraftField::Server),
            (ProfileDraft { server: "\\ERP".into(), ..draft() }, DraftField::Server),
            (ProfileDraft { database: String::new(), ..draft() }, DraftField::Database),
            (ProfileDraft { table: "a b".into(), ..draft() }, DraftField::Table),
        ];
        for (draft, field) in cases {
            let error = draft.profile().expect_err(&format!("{draft:?}"));
            assert_eq!(error.field, field, "{draft:?}");
            for lang in Lang::ALL {
                assert!(!error.sentence(lang).starts_with('@') && !error.sentence(lang).is_empty());
            }
        }
    }

    #[test]
    fn saving_keeps_comments_and_everything_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config").join("config.toml");
        draft().save(&file).expect("a first file");
        let before = "# mi configuración\ntheme = \"light\" # claro\nprofile = \"pruebas\"\n\n[profiles.pruebas]\n\
                      environment = \"test\"\nhost = \"srv02\" # el viejo\nport = 1444\ndatabase = \"P\"\n\
                      user = \"u\"\nmax_rows = 7\n\n[limits]\nmax_rows = 10 # pocas\n";
        std::fs::write(&file, before).expect("written");
        let settings = draft().save(&file).expect("saved");
        let text = std::fs::read_to_string(&file).expect("readable");
        for kept in ["# mi configuración", "# claro", "# el viejo", "# pocas", "profile = \"pruebas\""] {
            assert!(text.contains(kept), "{kept}\n{text}");
        }
        assert_eq!(settings.profiles.len(), 2);
        assert_eq!(Settings::read(&file).expect("valid"), settings);
        let changed = ProfileDraft { name: "pruebas".into(), server: "srv03".into(), ..draft() };
        let settings = changed.save(&file).expect("saved");
        let (_, pruebas) = settings.profile_named("pruebas").expect("still there");
        assert_eq!((pruebas.server().as_str(), pruebas.max_rows), ("srv03", Some(7)));
        assert!(std::fs::read_to_string(&file).expect("readable").contains("host = \"srv03\" # el viejo"));
    }

    #[test]
    fn a_first_profile_comes_into_use_and_a_broken_file_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config.toml");
        assert_eq!(draft().save(&file).expect("saved").profile.as_deref(), Some("tienda"));
        std::fs::write(&file, "themes = 3\n").expect("written");
        draft().save(&file).expect_err("not valid");
        assert_eq!(std::fs::read_to_string(&file).expect("readable"), "themes = 3\n");
    }
}
