//! Streams that are cut, slow, endless or silent: a partial answer is never an answer.

use std::time::{Duration, Instant};

use depotru::config::llm::ProviderName;
use depotru::llm::CallError;
use depotru::llm::error::Stage as Slow;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::server::{Reply, Step};
use crate::stage::{PROVIDERS, Stage, body, prompt, reply};

const WORDS: &str = "SELECT «ñandú»";

#[tokio::test]
async fn a_stream_cut_at_any_byte_is_never_taken_for_an_answer() {
    for name in [ProviderName::OpenAi, ProviderName::Anthropic, ProviderName::Ollama] {
        let whole = body(name, WORDS).into_bytes();
        let fresh = || Stage::with(Vec::new(), |settings| settings.timing.attempts = 1);
        let mut stage = fresh();
        for cut in 0..whole.len() {
            // The ledger of a day holds hundreds of calls, not thousands.
            if cut % 100 == 99 {
                stage = fresh();
            }
            let mut scripted = reply(name, "");
            scripted.steps = vec![Step::Bytes(whole[..cut].to_vec())];
            stage.server.set(vec![scripted]);
            match stage.ask(name).await {
                // The end mark had come: what is missing is bookkeeping.
                Ok(answer) => assert_eq!(answer.answer.text, WORDS, "{name} cut at {cut}"),
                Err(failed) => assert!(
                    matches!(failed.error, CallError::CutOff | CallError::NotAnAnswer),
                    "{name} cut at {cut}: {:?}",
                    failed.error
                ),
            }
        }
        let before_the_end = whole.len() * 2 / 3;
        let mut scripted = reply(name, "");
        scripted.steps = vec![Step::Bytes(whole[..before_the_end].to_vec())];
        stage.server.set(vec![scripted]);
        assert_eq!(stage.ask(name).await.expect_err("cut").error, CallError::CutOff, "{name}");
    }
}

#[tokio::test]
async fn a_broken_transfer_encoding_is_a_cut_too() {
    let stage = Stage::with(Vec::new(), |settings| settings.timing.attempts = 1);
    let frame = "data: {\"choices\":[{\"delta\":{\"content\":\"SELECT\"}}]}\n\n";
    let chunk = format!("{:x}\r\n{frame}\r\n40\r\ndata: {{", frame.len());
    let scripted = Reply::events(chunk).header("transfer-encoding", "chunked");
    stage.server.set(vec![scripted]);
    assert_eq!(stage.ask(ProviderName::OpenAi).await.expect_err("cut").error, CallError::CutOff);
}

#[tokio::test]
async fn pieces_as_small_as_a_byte_make_the_same_answer() {
    for name in PROVIDERS {
        let steps = body(name, WORDS).into_bytes().into_iter().map(|byte| Step::Bytes(vec![byte])).collect();
        let stage = Stage::new(vec![reply(name, "").steps(steps)]);
        let answer = stage.ask(name).await.expect("an answer");
        assert_eq!(answer.answer.text, WORDS);
        assert_eq!(stage.keeper.words(), WORDS, "what was shown while it came");
        assert_eq!(stage.server.calls(), 1);
    }
}

#[tokio::test]
async fn silence_and_dripping_end_in_time() {
    let frame = |name: ProviderName| {
        match name {
        ProviderName::Ollama => b"{\"message\":{\"content\":\"x\"},\"done\":false}\n".to_vec(),
        ProviderName::Anthropic => {
            b"data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}\n\n".to_vec()
        }
        _ => b"data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n".to_vec(),
    }
    };
    for name in [ProviderName::OpenAi, ProviderName::Anthropic, ProviderName::Ollama] {
        let cases: [(Vec<Step>, Slow); 3] = [
            // One piece, then silence.
            (vec![Step::Bytes(frame(name)), Step::Wait(Duration::from_secs(4))], Slow::Stall),
            // One piece after another, for ever.
            (vec![Step::Forever(frame(name), Duration::from_millis(100))], Slow::Total),
            // Only pings, for ever.
            (vec![Step::Forever(b": ping\n\n".to_vec(), Duration::from_millis(100))], Slow::Total),
        ];
        for (steps, slow) in cases {
            let stage = Stage::with(vec![reply(name, "").steps(steps)], |settings| {
                // Silence must be noticed as such, however busy this machine is: long before the end.
                let total = if slow == Slow::Stall { 3_500 } else { 1_200 };
                settings.timing.total_seconds = Duration::from_millis(total);
                settings.timing.attempts = 1;
            });
            let start = Instant::now();
            let failed = stage.ask(name).await.expect_err("too slow");
            let is_slow = failed.error == CallError::TooSlow(slow);
            // Pings are no frames of Ollama's protocol.
            let is_nonsense = name == ProviderName::Ollama && failed.error == CallError::NotAnAnswer;
            assert!(is_slow || is_nonsense, "{name} {slow:?}: {:?}", failed.error);
            assert!(start.elapsed() < Duration::from_millis(2_500), "{name} {slow:?}: {:?}", start.elapsed());
            assert_eq!(stage.server.calls(), 1);
        }
    }
}

#[tokio::test]
async fn a_silent_server_is_asked_again_since_nothing_was_answered() {
    let silent = reply(ProviderName::OpenAi, "").steps(vec![Step::Wait(Duration::from_secs(5))]);
    // The head itself is held back by never answering at all.
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", server.local_addr().expect("an address"));
    let stage = Stage::with(vec![silent], |settings| {
        settings.openai.base_url = url;
        settings.timing.first_seconds = Duration::from_millis(150);
    });
    let failed = stage.ask(ProviderName::OpenAi).await.expect_err("silence");
    assert_eq!(failed.error, CallError::TooSlow(Slow::First));
    assert_eq!(stage.keeper.sent.lock().expect("sent").len(), 3);
    drop(server);
}

#[tokio::test]
async fn endless_answers_are_dropped_early_and_in_bounded_memory() {
    let long = "x".repeat(1_000);
    let frames: [(ProviderName, String); 3] = [
        (ProviderName::OpenAi, format!("data: {}\n\n", json!({"choices": [{"delta": {"content": long}}]}))),
        (
            ProviderName::Anthropic,
            format!(
                "data: {}\n\n",
                json!({"type": "content_block_delta", "index": 0,
                "delta": {"type": "text_delta", "text": long}})
            ),
        ),
        (ProviderName::Ollama, format!("{}\n", json!({"message": {"content": long}, "done": false}))),
    ];
    for (name, frame) in frames {
        let stage =
            Stage::new(vec![reply(name, "").steps(vec![Step::Forever(frame.into_bytes(), Duration::ZERO)])]);
        assert_eq!(stage.ask(name).await.expect_err("too long").error, CallError::TooLong, "{name}");
        assert_eq!(stage.server.calls(), 1);
        std::thread::sleep(Duration::from_millis(50));
        // What the system buffers on the way is all that is left the server beyond what was read.
        assert!(stage.server.written() < 8 * 1024 * 1024, "{name}: {}", stage.server.written());
        let shown = stage.keeper.words().len();
        assert!(shown <= 64 * 1024, "{shown}");
    }
}

#[tokio::test]
async fn a_line_without_end_and_ten_megabytes_of_json_are_dropped() {
    for (kind, body) in [
        ("text/event-stream", [b"data: ".to_vec(), vec![b'x'; 10_000_000]].concat()),
        ("application/json", [b"{\"a\":\"".to_vec(), vec![b'x'; 10_000_000]].concat()),
        ("application/x-ndjson", vec![b' '; 10_000_000]),
    ] {
        let stage = Stage::new(vec![Reply::new(200, kind, body)]);
        let failed = stage.ask(ProviderName::OpenAi).await.expect_err("too long");
        assert_eq!(failed.error, CallError::TooLong, "{kind}");
        assert_eq!(stage.server.calls(), 1);
    }
}

#[tokio::test]
async fn a_finished_answer_is_not_kept_waiting_by_an_open_connection() {
    let said = "data: {\"choices\":[{\"delta\":{\"content\":\"hola\"},\"finish_reason\":\"stop\"}]}\n\n";
    let steps = vec![Step::Bytes(said.into()), Step::Wait(Duration::from_secs(5))];
    let stage = Stage::new(vec![Reply::events("").steps(steps)]);
    let start = Instant::now();
    assert_eq!(stage.ask(ProviderName::OpenAi).await.expect("an answer").answer.text, "hola");
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn cancelling_ends_the_call_at_once_and_for_good() {
    let frame = b"data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n".to_vec();
    let stage = Stage::with(
        vec![Reply::events("").steps(vec![Step::Forever(frame, Duration::from_millis(20))])],
        |settings| settings.timing.total_seconds = Duration::from_secs(30),
    );
    let cancel = CancellationToken::new();
    let stopper = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(150)).await;
        stopper.cancel();
    });
    let start = Instant::now();
    let prompt = prompt();
    let failed = stage.models.ask(&[ProviderName::OpenAi], &prompt, &stage.keeper, &cancel).await;
    assert_eq!(failed.expect_err("cancelled").error, CallError::Cancelled);
    assert!(start.elapsed() < Duration::from_millis(600), "{:?}", start.elapsed());
    let received = stage.keeper.received.lock().expect("received").clone();
    assert_eq!(received.len(), 1, "the log hears of the end");
    let settled = stage.server.written();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(stage.server.written() <= settled + 64 * 1024, "nobody reads on");
    assert_eq!(stage.server.calls(), 1);
}
