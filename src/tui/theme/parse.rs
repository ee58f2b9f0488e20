//! Theme files: TOML with roles, problems told with their line.

use std::collections::BTreeMap;

use ratatui::style::{Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use super::{Styles, Theme, color};
use crate::i18n::{Lang, fill};
use crate::sanitize::display_safe;

/// What is wrong with a theme file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ThemeError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: ThemeProblem,
}

/// What is wrong in a theme file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeProblem {
    /// Not TOML, or not of a theme's shape; the parser's words.
    #[error("{0}")]
    Syntax(String),
    /// There is no such role.
    #[error("unknown role {0}")]
    Role(String),
    /// There is no such colour.
    #[error("unknown colour {0}")]
    Color(String),
    /// There is no such theme to start from.
    #[error("unknown theme {0}")]
    Base(String),
}

impl ThemeError {
    /// The problem as one sentence in the user's language.
    pub fn sentence(&self, lang: Lang) -> String {
        let line = self.line.to_string();
        let say =
            |key, name: &str| fill(lang, key, &[("line", &line), ("name", display_safe(name).as_str())]);
        match &self.problem {
            ThemeProblem::Syntax(detail) => say("tui.theme_error.syntax", detail),
            ThemeProblem::Role(name) => say("tui.theme_error.role", name),
            ThemeProblem::Color(name) => say("tui.theme_error.color", name),
            ThemeProblem::Base(name) => say("tui.theme_error.base", name),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    inherits: Option<Spanned<String>>,
    #[serde(default)]
    roles: BTreeMap<Spanned<String>, Look>,
    #[serde(default)]
    truecolor: BTreeMap<Spanned<String>, Look>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Look {
    fg: Option<Spanned<String>>,
    bg: Option<Spanned<String>>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    dim: bool,
    #[serde(default)]
    italic: bool,
    #[serde(default)]
    underline: bool,
    #[serde(default)]
    reversed: bool,
}

pub(super) fn theme(source: &str) -> Result<Theme, ThemeError> {
    let file: File = toml::from_str(source).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        problem(source, at, ThemeProblem::Syntax(error.message().to_string()))
    })?;
    let base =
        match &file.inherits {
            Some(name) => Some(Theme::named(name.get_ref()).ok_or_else(|| {
                problem(source, name.span().start, ThemeProblem::Base(name.get_ref().clone()))
            })?),
            None => None,
        };
    let (mut ansi, mut truecolor) = base.map(|theme| (theme.ansi, theme.truecolor)).unwrap_or_default();
    apply(source, &file.roles, &mut ansi)?;
    apply(source, &file.roles, &mut truecolor)?;
    apply(source, &file.truecolor, &mut truecolor)?;
    Ok(Theme { name: display_safe(&file.name).into_string(), ansi, truecolor })
}

fn apply(source: &str, looks: &BTreeMap<Spanned<String>, Look>, to: &mut Styles) -> Result<(), ThemeError> {
    for (role, look) in looks {
        let name = role.get_ref();
        let Some(slot) = to.role_mut(name) else {
            return Err(problem(source, role.span().start, ThemeProblem::Role(name.clone())));
        };
        *slot = style(source, look)?;
    }
    Ok(())
}

fn style(source: &str, look: &Look) -> Result<Style, ThemeError> {
    let mut style = Style::new();
    if let Some(name) = &look.fg {
        style = style.fg(color_at(source, name)?);
    }
    if let Some(name) = &look.bg {
        style = style.bg(color_at(source, name)?);
    }
    let attributes = [
        (look.bold, Modifier::BOLD),
        (look.dim, Modifier::DIM),
        (look.italic, Modifier::ITALIC),
        (look.underline, Modifier::UNDERLINED),
        (look.reversed, Modifier::REVERSED),
    ];
    for (on, modifier) in attributes {
        if on {
            style = style.add_modifier(modifier);
        }
    }
    Ok(style)
}

fn color_at(source: &str, name: &Spanned<String>) -> Result<ratatui::style::Color, ThemeError> {
    color(name.get_ref())
        .ok_or_else(|| problem(source, name.span().start, ThemeProblem::Color(name.get_ref().clone())))
}

fn problem(source: &str, at: usize, problem: ThemeProblem) -> ThemeError {
    let line = source.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    ThemeError { line, problem }
}
