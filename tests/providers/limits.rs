//! Limits of our own: calls, one at a time, the circuit breaker, who is asked instead.

use std::sync::Arc;
use std::time::Duration;

use depotru::config::llm::ProviderName;
use depotru::i18n::Lang;
use depotru::llm::limits::LimitHit;
use depotru::llm::{CallError, Progress};
use tokio_util::sync::CancellationToken;

use crate::server::{Reply, Server, Step};
use crate::stage::{Keeper, Stage, models, prompt, reply, settings};

#[tokio::test]
async fn the_sixth_call_in_a_minute_is_not_made() {
    let stage = Stage::with(vec![reply(ProviderName::OpenAi, "hola")], |settings| {
        settings.limits = Default::default();
    });
    for _ in 0..5 {
        assert!(stage.ask(ProviderName::OpenAi).await.is_ok());
    }
    let failed = stage.ask(ProviderName::OpenAi).await.expect_err("the limit");
    assert!(matches!(failed.error, CallError::Limit(LimitHit::Minute { limit: 5, .. })));
    assert_eq!(stage.server.calls(), 5);
    assert_eq!(stage.models.spent().tokens, 5 * 18);
    // Another process of the same user is no way around it.
    let mut other = settings(&stage.server.url());
    other.limits = Default::default();
    let other = models(other, stage.folder.path());
    let failed =
        other.ask(&[ProviderName::Ollama], &prompt(), &Keeper::default(), &CancellationToken::new()).await;
    assert!(matches!(failed.expect_err("the limit").error, CallError::Limit(_)));
    assert_eq!(stage.server.calls(), 5);
}

#[tokio::test]
async fn repetitions_count_as_calls_too() {
    let stage = Stage::with(vec![Reply::status(500)], |settings| settings.limits.per_minute = 4);
    assert!(stage.ask(ProviderName::OpenAi).await.is_err());
    let failed = stage.ask(ProviderName::OpenAi).await.expect_err("one call, and no second");
    assert!(matches!(failed.error, CallError::Down { .. }), "why another was wanted says more");
    assert_eq!(stage.server.calls(), 4);
    let failed = stage.ask(ProviderName::OpenAi).await.expect_err("the limit");
    assert!(matches!(failed.error, CallError::Limit(_)) && !failed.sent);
    assert_eq!(stage.server.calls(), 4);
}

#[tokio::test]
async fn there_is_one_call_at_a_time_over_all_sessions() {
    let slow = reply(ProviderName::OpenAi, "hola").steps(vec![
        Step::Wait(Duration::from_millis(120)),
        Step::Bytes(crate::stage::body(ProviderName::OpenAi, "hola").into_bytes()),
    ]);
    let server = Server::start(vec![slow]);
    let folder = tempfile::tempdir().expect("a folder");
    // Whoever is last in the queue is patient, however slow the machine.
    let mut patient = settings(&server.url());
    patient.timing.first_seconds = Duration::from_secs(20);
    patient.timing.total_seconds = Duration::from_secs(30);
    let sessions: Vec<_> = (0..3).map(|_| Arc::new(models(patient.clone(), folder.path()))).collect();
    let asked = sessions.iter().flat_map(|session| [session, session]).map(|session| {
        let session = Arc::clone(session);
        tokio::spawn(async move {
            let keeper = Keeper::default();
            session.ask(&[ProviderName::OpenAi], &prompt(), &keeper, &CancellationToken::new()).await.is_ok()
        })
    });
    for asked in asked.collect::<Vec<_>>() {
        assert!(asked.await.expect("no panic"));
    }
    assert_eq!((server.calls(), server.most_at_once()), (6, 1));
}

#[tokio::test]
async fn five_failures_open_the_breaker_and_one_call_probes_after_its_rest() {
    let stage = Stage::with(vec![Reply::status(500)], |settings| {
        settings.timing.breaker_failures = 5;
        settings.timing.attempts = 1;
    });
    for _ in 0..5 {
        assert!(matches!(
            stage.ask(ProviderName::OpenAi).await.expect_err("down").error,
            CallError::Down { status: 500, .. }
        ));
    }
    for _ in 0..3 {
        assert!(matches!(
            stage.ask(ProviderName::OpenAi).await.expect_err("left alone").error,
            CallError::LeftAlone(_)
        ));
    }
    assert_eq!(stage.server.calls(), 5);
    let standing = stage.models.standings().into_iter().find(|s| s.provider == ProviderName::OpenAi);
    assert!(standing.expect("a standing").open_for.is_some());
    // It is per provider, and an earlier session's failures count.
    assert!(matches!(stage.ask(ProviderName::Grok).await.expect_err("down").error, CallError::Down { .. }));
    let later = models(
        {
            let mut settings = settings(&stage.server.url());
            settings.timing.breaker_failures = 5;
            settings.timing.breaker_seconds = Duration::from_secs(30);
            settings
        },
        stage.folder.path(),
    );
    let refused =
        later.ask(&[ProviderName::OpenAi], &prompt(), &Keeper::default(), &CancellationToken::new()).await;
    assert!(matches!(refused.expect_err("left alone").error, CallError::LeftAlone(_)));

    tokio::time::sleep(Duration::from_millis(550)).await;
    let calls = stage.server.calls();
    assert!(matches!(
        stage.ask(ProviderName::OpenAi).await.expect_err("still down").error,
        CallError::Down { .. }
    ));
    assert!(matches!(
        stage.ask(ProviderName::OpenAi).await.expect_err("open again").error,
        CallError::LeftAlone(_)
    ));
    assert_eq!(stage.server.calls(), calls + 1, "one probe");
    tokio::time::sleep(Duration::from_millis(550)).await;
    stage.server.set(vec![reply(ProviderName::OpenAi, "hola")]);
    assert!(stage.ask(ProviderName::OpenAi).await.is_ok());
    assert!(stage.ask(ProviderName::OpenAi).await.is_ok());
}

#[tokio::test]
async fn the_next_provider_listed_is_asked_and_nobody_else() {
    let down = Server::start(vec![Reply::status(503)]);
    let up = Server::start(vec![reply(ProviderName::Anthropic, "hola")]);
    let stage = Stage::with(Vec::new(), |settings| {
        settings.ollama.base_url = down.url();
        settings.anthropic.base_url = up.url();
    });
    // Ollama alone stays alone: nothing goes to a cloud by itself.
    assert!(stage.ask_chain(&[ProviderName::Ollama]).await.is_err());
    assert_eq!((up.calls(), stage.server.calls()), (0, 0));
    let reply = stage.ask_chain(&[ProviderName::Ollama, ProviderName::Anthropic]).await.expect("an answer");
    assert_eq!(reply.provider, ProviderName::Anthropic);
    assert_eq!(up.calls(), 1);
    let progress = stage.keeper.progress.lock().expect("progress").clone();
    assert!(progress.iter().any(|p| matches!(
        p,
        Progress::FellBack { from: ProviderName::Ollama, to: ProviderName::Anthropic, .. }
    )));
}

#[tokio::test]
async fn where_nobody_answers_everybodys_reason_is_said() {
    let down = Server::start(vec![Reply::status(503)]);
    let stage = Stage::with(vec![Reply::status(401)], |settings| settings.ollama.base_url = down.url());
    let failed = stage.ask_chain(&[ProviderName::Ollama, ProviderName::OpenAi]).await.expect_err("nobody");
    let said = failed.sentence(Lang::Es);
    assert!(said.contains("ollama no está disponible (estado 503)"), "{said}");
    assert!(said.contains("openai rechaza la clave"), "{said}");
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_sent() {
    let mut stage = Stage::new(vec![reply(ProviderName::OpenAi, "hola")]);
    stage.keeper.refuses = true;
    let failed =
        stage.ask_chain(&[ProviderName::OpenAi, ProviderName::Grok]).await.expect_err("not recorded");
    assert_eq!(failed.error, CallError::NotRecorded);
    assert_eq!((stage.server.calls(), stage.models.spent().last_minute), (0, 0));
}
