//! What people read of models: how one was asked, how the providers stand, what it all came to.

use super::comment::Recipient;
use super::dialogue::Trace;
use super::limits::Spent;
use super::price;
use super::reply::Standing;
use crate::config::CallLimits;
use crate::format;
use crate::i18n::{Lang, fill, text};
use crate::sanitize::{SafeText, display_safe, multiline_safe};

/// A size.
pub fn kib(bytes: usize, lang: Lang) -> String {
    let shown = format!("{:.1} KiB", bytes as f64 / 1024.0);
    if lang == Lang::Es { shown.replace('.', ",") } else { shown }
}

/// Who was asked, what it took and what was hidden; then each answer that was sent back.
pub fn asked(trace: &Trace, lang: Lang) -> Vec<String> {
    let model = display_safe(&trace.model);
    let (input, output) = (trace.usage.input.to_string(), trace.usage.output.to_string());
    let (cost, hidden) = (price::dollars(trace.cost, lang), trace.hidden.to_string());
    let size = kib(trace.bytes, lang);
    let values = [
        ("provider", trace.provider.name()),
        ("model", model.as_str()),
        ("input", &input),
        ("output", &output),
        ("cost", &cost),
        ("size", &size),
        ("hidden", &hidden),
    ];
    let key = if trace.remembered { "llm.trace.remembered" } else { "llm.trace.asked" };
    let mut lines = vec![fill(lang, key, &values)];
    for (at, attempt) in trace.attempts.iter().enumerate() {
        let (n, wrong) = ((at + 1).to_string(), display_safe(&attempt.wrong));
        lines.push(fill(lang, "llm.trace.attempt", &[("n", &n), ("wrong", wrong.as_str())]));
    }
    lines
}

/// What was sent, under its size.
pub fn sent(trace: &Trace, lang: Lang) -> (String, Vec<SafeText>) {
    let size = kib(trace.bytes, lang);
    (fill(lang, "llm.trace.prompt", &[("size", &size)]), multiline_safe(&trace.prompt.shown()))
}

/// Who would receive something: the first, or in its stead the next.
pub fn recipients(recipients: &[Recipient], lang: Lang) -> String {
    let named: Vec<String> =
        recipients.iter().map(|to| format!("{} ({})", to.provider.name(), display_safe(&to.model))).collect();
    named.join(&format!(" {} ", text(lang, "llm.consent.or")))
}

/// How a provider stands, as one sentence, and whether it can be asked.
pub fn standing(standing: &Standing, lang: Lang) -> (bool, String) {
    let (model, url) = (display_safe(&standing.model), display_safe(&standing.base_url));
    let mut values = vec![
        ("provider", standing.provider.name().to_string()),
        ("model", model.into_string()),
        ("url", url.into_string()),
    ];
    let (good, key) = match (&standing.key, standing.open_for) {
        (Err(detail), _) => {
            values.push(("detail", display_safe(detail).into_string()));
            (false, "llm.standing.key_unreadable")
        }
        (Ok(false), _) if !standing.is_local => (false, "llm.standing.no_key"),
        (_, Some(rest)) => {
            values.push(("seconds", rest.as_secs().max(1).to_string()));
            (false, "llm.standing.left_alone")
        }
        (Ok(_), None) => (true, "llm.standing.ready"),
    };
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    (good, fill(lang, key, &values))
}

/// What the last calls came to, as one sentence.
pub fn spent(spent: &Spent, limits: &CallLimits, lang: Lang) -> String {
    let count = |n: u64| format::count(usize::try_from(n).unwrap_or(usize::MAX), lang);
    fill(
        lang,
        "llm.standing.spent",
        &[
            ("minute", &count(spent.last_minute.into())),
            ("per_minute", &count(limits.per_minute.into())),
            ("hour", &count(spent.last_hour.into())),
            ("per_hour", &count(limits.per_hour.into())),
            ("day", &count(spent.last_day.into())),
            ("per_day", &count(limits.per_day.into())),
            ("tokens", &count(spent.tokens)),
            ("tokens_per_day", &count(limits.tokens_per_day)),
            ("cost", &price::dollars(spent.cost, lang)),
        ],
    )
}
