use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;

use super::keyring::Store;
use super::*;
use crate::i18n::Lang;

/// A keyring in memory, with a mood.
#[derive(Default)]
struct Fake {
    held: Mutex<HashMap<String, SecretString>>,
    problem: Option<KeyringProblem>,
    hangs: bool,
    forgets: bool,
}

impl Fake {
    fn mood(&self) -> Result<(), KeyringProblem> {
        if self.hangs {
            std::thread::sleep(Duration::from_secs(3600));
        }
        self.problem.clone().map_or(Ok(()), Err)
    }
}

impl Store for Fake {
    fn get(&self, name: &str) -> Result<Option<SecretString>, KeyringProblem> {
        self.mood()?;
        Ok(self.held.lock().expect("a lock").get(name).cloned())
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), KeyringProblem> {
        self.mood()?;
        if !self.forgets {
            self.held.lock().expect("a lock").insert(name.into(), secret.clone());
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<bool, KeyringProblem> {
        self.mood()?;
        Ok(self.held.lock().expect("a lock").remove(name).is_some())
    }
}

fn over(variables: &[(&str, &str)], keyrings: Vec<(Keyring, Fake)>) -> Credentials {
    let variables: HashMap<String, String> =
        variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let patience = Duration::from_millis(60);
    let keyrings =
        keyrings.into_iter().map(|(which, fake)| Guarded::new(which, Arc::new(fake), patience)).collect();
    Credentials::over(Box::new(move |name| variables.get(name).cloned()), keyrings)
}

fn tienda() -> SecretName {
    SecretName::SqlServer("tienda".into())
}

fn found(credentials: &Credentials, name: &SecretName) -> Option<(String, Place)> {
    let found = credentials.find(name).expect("places that can be used")?;
    Some((found.secret.expose_secret().to_string(), found.place))
}

#[test]
fn what_was_typed_beats_the_variable_and_the_variable_beats_the_keyring() {
    let credentials =
        over(&[("DEPOTRU_PASSWORD_TIENDA", "variable")], vec![(Keyring::System, Fake::default())]);
    credentials.store(&tienda(), &"keyring".into()).expect("kept");
    let variable = Place::Variable("DEPOTRU_PASSWORD_TIENDA".into());
    assert_eq!(found(&credentials, &tienda()), Some(("variable".into(), variable.clone())));
    credentials.remember(&tienda(), "typed".into());
    assert_eq!(found(&credentials, &tienda()), Some(("typed".into(), Place::Memory)));
    credentials.forget(&tienda());
    assert_eq!(found(&credentials, &tienda()), Some(("variable".into(), variable)));
}

#[test]
fn an_empty_variable_is_no_secret() {
    let credentials = over(&[("DEPOTRU_PASSWORD_TIENDA", "")], vec![(Keyring::System, Fake::default())]);
    assert_eq!(found(&credentials, &tienda()), None);
    credentials.store(&tienda(), &"keyring".into()).expect("kept");
    assert_eq!(found(&credentials, &tienda()), Some(("keyring".into(), Place::Keyring(Keyring::System))));
}

#[test]
fn a_providers_customary_variable_counts_after_ours() {
    let openai = SecretName::Llm("openai".into());
    let customary = over(&[("OPENAI_API_KEY", "theirs")], Vec::new());
    assert_eq!(found(&customary, &openai), Some(("theirs".into(), Place::Variable("OPENAI_API_KEY".into()))));
    let both = over(&[("OPENAI_API_KEY", "theirs"), ("DEPOTRU_KEY_OPENAI", "ours")], Vec::new());
    assert_eq!(found(&both, &openai).map(|(secret, _)| secret), Some("ours".into()));
}

#[cfg(unix)]
#[test]
fn a_file_named_by_a_variable_is_used_or_refused_with_the_command_that_repairs_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clave");
    std::fs::write(&path, "s3creto\n").expect("written");
    let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
    let shown = path.display().to_string();
    let credentials =
        over(&[("DEPOTRU_PASSWORD_TIENDA_FILE", &shown)], vec![(Keyring::System, Fake::default())]);
    credentials.store(&tienda(), &"keyring".into()).expect("kept");
    mode(0o644);
    let error = credentials.find(&tienda()).expect_err("open to others");
    for lang in Lang::ALL {
        let said = sentence(&error, lang);
        assert!(said.as_str().contains(&format!("chmod 600 {shown}")), "{said}");
        assert!(said.as_str().contains("0644"), "{said}");
    }
    mode(0o600);
    assert_eq!(found(&credentials, &tienda()).map(|(secret, _)| secret), Some("s3creto".into()));
}

#[test]
fn a_keyring_that_hangs_costs_its_patience_once() {
    let hanging = Fake { hangs: true, ..Fake::default() };
    let credentials = over(&[], vec![(Keyring::System, hanging), (Keyring::Kernel, Fake::default())]);
    let start = Instant::now();
    assert_eq!(credentials.store(&tienda(), &"s".into()).expect("kept"), Keyring::Kernel);
    for _ in 0..50 {
        assert_eq!(found(&credentials, &tienda()), Some(("s".into(), Place::Keyring(Keyring::Kernel))));
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let status = credentials.status(&tienda());
    assert_eq!(status.keyrings, [(Keyring::System, Some(KeyringProblem::NoAnswer)), (Keyring::Kernel, None)]);
}

#[test]
fn without_a_keyring_the_reasons_and_the_way_out_are_told() {
    let problem = KeyringProblem::Denied { detail: "colección cerrada\u{1b}[31m".into() };
    let denied = Fake { problem: Some(problem), ..Fake::default() };
    let forgetful = Fake { forgets: true, ..Fake::default() };
    let credentials = over(&[], vec![(Keyring::System, denied), (Keyring::Kernel, forgetful)]);
    let error = credentials.store(&tienda(), &"canario".into()).expect_err("nobody keeps it");
    for lang in Lang::ALL {
        let said = sentence(&error, lang);
        assert!(said.as_str().contains("colección cerrada"), "{said}");
        assert!(said.as_str().contains("DEPOTRU_PASSWORD_TIENDA"), "{said}");
        assert!(!said.as_str().contains("canario") && !said.as_str().contains('\u{1b}'), "{said}");
    }
}

#[test]
fn removing_takes_it_out_of_every_keyring() {
    let credentials = over(&[], vec![(Keyring::System, Fake::default()), (Keyring::Kernel, Fake::default())]);
    credentials.store(&tienda(), &"s".into()).expect("kept");
    credentials.remember(&tienda(), "s".into());
    assert_eq!(credentials.remove(&tienda()).expect("asked"), [Keyring::System]);
    assert_eq!(found(&credentials, &tienda()), None);
    assert_eq!(credentials.remove(&tienda()).expect("asked"), []);
}

#[test]
fn nothing_that_can_be_printed_shows_a_secret() {
    let credentials = over(&[("DEPOTRU_PASSWORD_TIENDA", "canario-7731")], Vec::new());
    credentials.remember(&SecretName::Llm("grok".into()), "canario-7731".into());
    let shown =
        format!("{credentials:?} {:?} {:?}", credentials.find(&tienda()), credentials.status(&tienda()));
    assert!(!shown.contains("canario"), "{shown}");
}
