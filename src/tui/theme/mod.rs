//! Themes: named roles, each with a style. Views name roles, never colours.
//!
//! The themes shipped with the program live in `themes/*.toml`, compiled in; a person's
//! own file has the same shape and may start from one of them with `inherits`.

mod parse;

use ratatui::style::{Color, Style};

pub use parse::{ThemeError, ThemeProblem};

use super::capabilities::ColorDepth;

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident),* $(,)?) => {
        /// The styles of every role on the screen.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct Styles {
            $($(#[$doc])* pub $role: Style,)*
        }

        impl Styles {
            /// The names that a theme file may use.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($role)),*];

            fn role_mut(&mut self, name: &str) -> Option<&mut Style> {
                match name {
                    $(stringify!($role) => Some(&mut self.$role),)*
                    _ => None,
                }
            }

            fn without_color(&self) -> Styles {
                Styles { $($role: colorless(self.$role),)* }
            }
        }
    };
}

roles! {
    /// Titles of panes.
    title,
    /// Borders of panes without the focus.
    border,
    /// The border of the pane with the focus.
    border_focus,
    /// Text of second rank.
    muted,
    /// Names of keys.
    key,
    /// Headers of tables and sections.
    header,
    /// The cell or entry under the cursor.
    cursor,
    /// The row under the cursor.
    current_row,
    /// Negative figures.
    negative,
    /// NULL.
    null,
    /// A cell that matches the search.
    found,
    /// Warnings.
    warning,
    /// Failures.
    error,
    /// Good news.
    success,
    /// What should catch the eye.
    accent,
    /// The status line.
    status,
    /// A button.
    button,
    /// The button with the focus.
    button_focus,
    /// A button that cannot be pressed yet.
    button_off,
    /// Words of the question taken as written.
    exact,
    /// Words of the question that were corrected.
    corrected,
    /// Words of the question without content.
    ignored,
    /// Words of the question that were not understood.
    unknown,
    /// Parts taken over from the question before.
    inherited,
    /// T-SQL keywords.
    sql_keyword,
    /// T-SQL functions.
    sql_function,
    /// T-SQL names.
    sql_identifier,
    /// T-SQL text literals.
    sql_string,
    /// T-SQL numbers.
    sql_number,
    /// T-SQL comments.
    sql_comment,
    /// T-SQL operators and punctuation.
    sql_operator,
    /// Bars of a chart.
    bar,
    /// Bars of the period compared with.
    bar_base,
    /// The line of a chart.
    line,
    /// Statements that deserve attention.
    notable,
}

fn colorless(style: Style) -> Style {
    Style { fg: None, bg: None, underline_color: None, ..style }
}

/// A theme: styles for 16 colours and for 24-bit colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Its name, for people.
    pub name: String,
    ansi: Styles,
    truecolor: Styles,
}

impl Theme {
    /// The themes shipped with the program: dark, light, mono.
    pub fn shipped() -> Vec<Theme> {
        [
            include_str!("../../../themes/dark.toml"),
            include_str!("../../../themes/light.toml"),
            include_str!("../../../themes/mono.toml"),
        ]
        .iter()
        .filter_map(|source| Theme::parse(source).ok())
        .collect()
    }

    /// The shipped theme of that name.
    pub fn named(name: &str) -> Option<Theme> {
        Theme::shipped().into_iter().find(|theme| theme.name == name)
    }

    /// Reads a theme file.
    ///
    /// # Errors
    /// The first problem, with its line.
    pub fn parse(source: &str) -> Result<Theme, ThemeError> {
        parse::theme(source)
    }

    /// The styles for a terminal with these colours.
    pub fn styles(&self, depth: ColorDepth) -> Styles {
        match depth {
            ColorDepth::TrueColor => self.truecolor.clone(),
            ColorDepth::Ansi16 => self.ansi.clone(),
            ColorDepth::None => self.ansi.without_color(),
        }
    }
}

/// Which theme to start with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ThemeChoice {
    /// For a dark background; without colours where the terminal wants none.
    #[default]
    Dark,
    /// For a light background.
    Light,
    /// Without colour.
    Mono,
    /// A person's own.
    Own(Box<Theme>),
}

impl ThemeChoice {
    /// The themes that the theme key walks through, the chosen one first.
    pub(crate) fn ring(self, depth: ColorDepth) -> Vec<Theme> {
        let mut ring = Theme::shipped();
        let first = match self {
            ThemeChoice::Own(theme) => {
                ring.insert(0, *theme);
                0
            }
            _ if depth == ColorDepth::None => 2,
            ThemeChoice::Dark => 0,
            ThemeChoice::Light => 1,
            ThemeChoice::Mono => 2,
        };
        let turn = first.min(ring.len());
        ring.rotate_left(turn);
        ring
    }
}

/// A colour by its ANSI name, its number in the 256-colour table, or `#rrggbb`.
fn color(name: &str) -> Option<Color> {
    let known = matches!(
        name.to_ascii_lowercase().as_str(),
        "reset"
            | "black"
            | "red"
            | "green"
            | "yellow"
            | "blue"
            | "magenta"
            | "cyan"
            | "gray"
            | "darkgray"
            | "lightred"
            | "lightgreen"
            | "lightyellow"
            | "lightblue"
            | "lightmagenta"
            | "lightcyan"
            | "white"
    );
    let coded = name.strip_prefix('#').is_some_and(|hex| hex.len() == 6) || name.parse::<u8>().is_ok();
    if known || coded { name.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
