//! The form for a new connection.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use super::{Rows, areas, bordered, connection, put, put_rows, wrapped};
use crate::config::{Environment, TlsMode};
use crate::i18n::{Lang, text};
use crate::session::{KeepSecret, Link, ServerScene};
use crate::tui::app::{App, Field, Form, FormStage};
use crate::tui::text::{clip, fit, width};

/// Cells for the names of fields.
const NAMES: usize = 18;

pub(super) fn render(app: &App, form: &Form, area: Rect, buf: &mut Buffer) -> Option<Position> {
    Clear.render(area, buf);
    let inner = bordered(app, text(app.lang, "tui.title.form"), area, true, buf);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    match &form.stage {
        FormStage::Filling { problem } => {
            fields(app, form, problem.as_ref().and_then(|(field, _)| *field), inner, buf);
            foot(app, form, problem.as_ref().map(|(_, said)| said.as_str()), inner, buf);
            cursor(form, inner)
        }
        FormStage::Trying | FormStage::Saving => {
            let key = match form.stage {
                FormStage::Saving => text(app.lang, "tui.form.saving"),
                _ => text(app.lang, "tui.form.trying"),
            };
            put(buf, inner, 0, 0, key, app.styles.accent);
            None
        }
        FormStage::Tried(scene) => {
            put_rows(buf, inner, tried_rows(app, scene, usize::from(inner.width)), form.scroll);
            None
        }
    }
}

/// The largest scroll position that is of use.
pub(crate) fn scroll_limit(app: &App) -> usize {
    let parts = areas(app);
    let area = parts.main.union(parts.question);
    let Some(FormStage::Tried(scene)) = app.form.as_deref().map(|form| &form.stage) else { return 0 };
    let rows = tried_rows(app, scene, usize::from(area.width.saturating_sub(4)));
    rows.len().saturating_sub(usize::from(area.height.saturating_sub(2)))
}

fn tried_rows(app: &App, scene: &ServerScene, cells: usize) -> Rows {
    let mut rows = connection::step_rows(app, scene, cells);
    let next = match scene.link {
        Link::Up(_) => text(app.lang, "tui.form.good"),
        Link::Refused(_) => text(app.lang, "tui.form.refused"),
        _ => text(app.lang, "tui.form.bad"),
    };
    rows.push(Vec::new());
    rows.extend(wrapped(("", Style::default()), next, app.styles.accent, cells));
    rows
}

fn fields(app: &App, form: &Form, wrong: Option<Field>, area: Rect, buf: &mut Buffer) {
    for (y, field) in Field::ALL.into_iter().enumerate() {
        let here = field == form.field;
        let mark = if here { "▸ " } else { "  " };
        let style = match wrong {
            Some(wrong) if wrong == field => app.styles.error,
            _ if here => app.styles.accent,
            _ => app.styles.muted,
        };
        let label = format!("{mark}{} ", fit(name(field, app.lang), NAMES, false));
        let x = put(buf, area, 0, y, &label, style);
        let room = usize::from(area.width).saturating_sub(x);
        match field {
            Field::Password => {
                put(buf, area, x, y, &"*".repeat(form.password.len().min(room)), Style::default());
            }
            _ if field.is_choice() => {
                let shown = if here {
                    format!("◂ {} ▸", value(form, field, app.lang))
                } else {
                    value(form, field, app.lang).to_string()
                };
                let warns = field == Field::Tls && !matches!(form.tls, TlsMode::Required | TlsMode::Strict);
                let style = if warns { app.styles.error } else { Style::default() };
                put(buf, area, x, y, &clip(&shown, room), style);
            }
            _ => {
                let typed = form.text(field).map(|area| area.lines().join("")).unwrap_or_default();
                let from = width(&typed).saturating_sub(room.saturating_sub(1));
                let shown: String = typed.chars().skip(from).collect();
                put(buf, area, x, y, &shown, Style::default());
            }
        }
    }
}

/// Below the fields: what is wrong, or what the field is for.
fn foot(app: &App, form: &Form, problem: Option<&str>, area: Rect, buf: &mut Buffer) {
    let top = u16::try_from(Field::ALL.len()).unwrap_or(10);
    let area = Rect { y: area.y + top, height: area.height.saturating_sub(top), ..area };
    let cells = usize::from(area.width);
    let rows = match problem {
        Some(said) => wrapped(("✗ ", app.styles.error), said, app.styles.error, cells),
        None => wrapped(("", Style::default()), hint(form.field, app.lang), app.styles.muted, cells),
    };
    put_rows(buf, area, rows, 0);
}

fn cursor(form: &Form, area: Rect) -> Option<Position> {
    let y = Field::ALL.iter().position(|field| *field == form.field)?;
    let before = match form.field {
        Field::Password => form.password.len(),
        field => {
            let text = form.text(field)?;
            let column = text.cursor().1;
            text.lines().join("").chars().take(column).map(|c| width(&c.to_string())).sum()
        }
    };
    let start = 2 + NAMES + 1;
    let x = (start + before).min(usize::from(area.width.saturating_sub(1)));
    Some(Position::new(area.x + u16::try_from(x).ok()?, area.y + u16::try_from(y).ok()?))
}

fn name(field: Field, lang: Lang) -> &'static str {
    match field {
        Field::Name => text(lang, "tui.form.name"),
        Field::Environment => text(lang, "tui.form.environment"),
        Field::Server => text(lang, "tui.form.server"),
        Field::Database => text(lang, "tui.form.database"),
        Field::Table => text(lang, "tui.form.table"),
        Field::User => text(lang, "tui.form.user"),
        Field::Password => text(lang, "tui.form.password"),
        Field::Tls => text(lang, "tui.form.tls"),
        Field::CaFile => text(lang, "tui.form.ca_file"),
        Field::Keep => text(lang, "tui.form.keep"),
    }
}

fn hint(field: Field, lang: Lang) -> &'static str {
    match field {
        Field::Name => text(lang, "tui.form.hint_name"),
        Field::Environment => text(lang, "tui.form.hint_environment"),
        Field::Server => text(lang, "tui.form.hint_server"),
        Field::Database => text(lang, "tui.form.hint_database"),
        Field::Table => text(lang, "tui.form.hint_table"),
        Field::User => text(lang, "tui.form.hint_user"),
        Field::Password => text(lang, "tui.form.hint_password"),
        Field::Tls => text(lang, "tui.form.hint_tls"),
        Field::CaFile => text(lang, "tui.form.hint_ca_file"),
        Field::Keep => text(lang, "tui.form.hint_keep"),
    }
}

fn value(form: &Form, field: Field, lang: Lang) -> &'static str {
    match field {
        Field::Environment => match form.environment {
            Environment::Production => text(lang, "tui.form.production"),
            Environment::Test => text(lang, "tui.form.test"),
        },
        Field::Tls => match form.tls {
            TlsMode::Required => text(lang, "tui.form.tls_required"),
            TlsMode::Strict => text(lang, "tui.form.tls_strict"),
            TlsMode::TrustAnything => text(lang, "tui.form.tls_trust_anything"),
            TlsMode::LoopbackOnly => text(lang, "tui.form.tls_loopback_only"),
        },
        _ => match form.keep {
            KeepSecret::Keyring => text(lang, "tui.form.keep_keyring"),
            KeepSecret::Session => text(lang, "tui.form.keep_session"),
        },
    }
}
