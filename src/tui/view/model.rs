//! Language models on the screen: one being asked, what was sent, the consent, a comment.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use super::{Rows, areas, bordered, dialog, inset, put, put_rows, wrapped};
use crate::i18n::{fill, text};
use crate::llm::comment::{Comment, Stretch};
use crate::llm::{price, words};
use crate::sanitize::{display_safe, multiline_safe};
use crate::tui::app::{App, Asking, Consent, ReasonBox, ResultPane};
use crate::tui::text::{clip, width, wrap, wrap_ranges};

/// The middle of the screen while a model is asked: who, how it goes, its words as they come.
pub(super) fn render_asking(app: &App, asking: &Asking, area: Rect, buf: &mut Buffer) {
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let cells = usize::from(area.width);
    let told = told(app, asking, cells);
    let height = told.len().min(usize::from(area.height));
    put_rows(buf, area, told, 0);
    let y = u16::try_from(height).unwrap_or(area.height);
    let below = Rect { y: area.y + y, height: area.height - y, ..area };
    put_rows(buf, below, answer_tail(app, asking, cells, usize::from(below.height)), 0);
}

fn told(app: &App, asking: &Asking, cells: usize) -> Rows {
    let plain = Style::default();
    let spinner = format!("{} ", super::status::spinner_since(app, asking.started));
    let seconds = app.now.duration_since(asking.started).as_secs().to_string();
    let doing = format!("{} · {seconds} s", asking.doing(app.lang));
    let mut rows = wrapped((&spinner, app.styles.muted), &doing, app.styles.accent, cells);
    for step in &asking.steps {
        rows.extend(wrapped(("! ", app.styles.warning), step, plain, cells));
    }
    rows.push(Vec::new());
    rows
}

/// The end of the answer so far, as much as fits.
fn answer_tail(app: &App, asking: &Asking, cells: usize, height: usize) -> Rows {
    let lines = asking.answer();
    let wrapped: Vec<String> = lines.iter().flat_map(|line| wrap(line.as_str(), cells)).collect();
    let from = wrapped.len().saturating_sub(height);
    wrapped.into_iter().skip(from).map(|line| vec![(line, app.styles.muted)]).collect()
}

fn whole(app: &App) -> Rect {
    let parts = areas(app);
    parts.main.union(parts.question)
}

fn limit(rows: usize, area: Rect) -> usize {
    rows.saturating_sub(usize::from(area.height.saturating_sub(2)))
}

pub(super) fn render_sent(app: &App, scroll: usize, area: Rect, buf: &mut Buffer) {
    Clear.render(area, buf);
    let inner = inset(bordered(app, text(app.lang, "tui.title.sent"), area, true, buf));
    put_rows(buf, inner, sent_rows(app, usize::from(inner.width)), scroll);
}

/// The largest scroll position that is of use.
pub(crate) fn sent_scroll_limit(app: &App) -> usize {
    let area = whole(app);
    limit(sent_rows(app, usize::from(area.width.saturating_sub(4))).len(), area)
}

fn sent_rows(app: &App, cells: usize) -> Rows {
    let Some(trace) = app.trace() else { return Rows::new() };
    let plain = Style::default();
    let mut rows = Rows::new();
    for line in words::asked(trace, app.lang) {
        rows.extend(wrapped(("", plain), &line, plain, cells));
    }
    let (heading, sent) = words::sent(trace, app.lang);
    rows.push(Vec::new());
    rows.push(vec![(heading, app.styles.header)]);
    for line in sent {
        rows.extend(wrapped(("", plain), line.as_str(), app.styles.muted, cells));
    }
    rows
}

pub(super) fn render_consent(app: &App, consent: &Consent, area: Rect, buf: &mut Buffer) {
    Clear.render(area, buf);
    let inner = inset(bordered(app, text(app.lang, "tui.title.consent"), area, true, buf));
    put_rows(buf, inner, consent_rows(app, consent, usize::from(inner.width)), consent.scroll);
}

/// The largest scroll position that is of use.
pub(crate) fn consent_scroll_limit(app: &App) -> usize {
    let area = whole(app);
    let Some(consent) = &app.consent else { return 0 };
    limit(consent_rows(app, consent, usize::from(area.width.saturating_sub(4))).len(), area)
}

fn consent_rows(app: &App, consent: &Consent, cells: usize) -> Rows {
    let plain = Style::default();
    let (whom, hidden) = (words::recipients(&consent.recipients, app.lang), consent.hidden.to_string());
    let values = [("whom", whom.as_str()), ("hidden", hidden.as_str())];
    let mut rows =
        wrapped(("", plain), &fill(app.lang, "tui.consent.question", &values), app.styles.title, cells);
    rows.push(Vec::new());
    rows.extend(wrapped(("", plain), &fill(app.lang, "llm.consent.text", &values), plain, cells));
    rows.push(Vec::new());
    for line in multiline_safe(&consent.prompt.shown()) {
        rows.extend(wrapped(("", plain), line.as_str(), app.styles.muted, cells));
    }
    rows
}

/// Where it is typed why an answer is wrong.
pub(super) fn render_reason(app: &App, reason: &ReasonBox, area: Rect, buf: &mut Buffer) -> Position {
    let inner = dialog(app, text(app.lang, "tui.title.reason"), (72, 5), area, buf);
    put(buf, inner, 0, 0, text(app.lang, "tui.reason.why"), Style::default());
    let typed = reason.text();
    let before: String = typed.chars().take(reason.area.cursor().1).collect();
    // The end of a long line is what is being typed.
    let room = usize::from(inner.width.saturating_sub(3));
    let mut from = 0;
    while width(before.get(from..).unwrap_or_default()) > room {
        from = before.ceil_char_boundary(from + 1);
    }
    put(buf, inner, 0, 1, "> ", app.styles.key);
    put(buf, inner, 2, 1, &clip(typed.get(from..).unwrap_or_default(), room + 1), Style::default());
    let x = u16::try_from(2 + width(before.get(from..).unwrap_or_default())).unwrap_or(2);
    Position::new((inner.x + x).min(inner.right()), inner.y + 1)
}

/// What a model says of a result, below what is computed here.
pub(super) fn comment_rows(app: &App, result: &ResultPane, cells: usize) -> Rows {
    let plain = Style::default();
    if let Some(asking) = app.asking.as_deref().filter(|asking| asking.id == result.id) {
        let mut rows = vec![Vec::new()];
        rows.extend(told(app, asking, cells));
        rows.extend(answer_tail(app, asking, cells, usize::MAX));
        return rows;
    }
    match &result.comment {
        Some(comment) => comment_in_words(app, comment, cells),
        None if app.models.is_some() && result.end.is_some() && result.frame.row_count() > 0 => {
            let mut rows = vec![Vec::new()];
            rows.extend(wrapped(("", plain), text(app.lang, "tui.comment.how"), app.styles.muted, cells));
            rows
        }
        None => Rows::new(),
    }
}

fn comment_in_words(app: &App, comment: &Comment, cells: usize) -> Rows {
    let plain = Style::default();
    let (model, cost) = (display_safe(&comment.model), price::dollars(comment.cost, app.lang));
    let values = [("provider", comment.provider.name()), ("model", model.as_str()), ("cost", cost.as_str())];
    let mut rows = vec![Vec::new()];
    match &comment.lines {
        Ok(lines) => {
            let by = fill(app.lang, "tui.comment.by", &values);
            rows.extend(wrapped(("", plain), &by, app.styles.header, cells));
            for line in lines {
                rows.extend(flow(app, line, cells));
            }
            if lines.iter().flatten().any(|stretch| stretch.unverified) {
                let note = text(app.lang, "tui.comment.unverified");
                rows.extend(wrapped(("⚠ ", app.styles.warning), note, app.styles.muted, cells));
            }
        }
        Err(failed) => {
            let why = failed.sentence(app.lang);
            rows.extend(wrapped(("✗ ", app.styles.error), &why, app.styles.error, cells));
        }
    }
    rows
}

/// Stretches one after another, wrapped at blanks; figures that nobody vouches for are marked.
fn flow(app: &App, stretches: &[Stretch], cells: usize) -> Rows {
    let mut line = String::new();
    let mut styled = Vec::new();
    for stretch in stretches {
        let start = line.len();
        let (mark, style) =
            if stretch.unverified { ("⚠", app.styles.warning) } else { ("", Style::default()) };
        line.push_str(mark);
        line.push_str(stretch.text.as_str());
        styled.push((start..line.len(), style));
    }
    let rows = wrap_ranges(&line, cells).into_iter();
    rows.map(|row| {
        let parts = styled.iter().filter_map(|(range, style)| {
            let part = range.start.max(row.start)..range.end.min(row.end);
            line.get(part).filter(|part| !part.is_empty()).map(|part| (part.to_string(), *style))
        });
        parts.collect()
    })
    .collect()
}
