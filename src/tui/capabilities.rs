//! What the terminal can show, read from the environment.

/// How many colours may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorDepth {
    /// None: `NO_COLOR` is set.
    None,
    /// The terminal's own 16.
    Ansi16,
    /// 24 bits, announced by `COLORTERM`.
    TrueColor,
}

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// How many colours may be used.
    pub color: ColorDepth,
    /// Whether the locale is UTF-8; otherwise only ASCII is written.
    pub unicode: bool,
}

impl Capabilities {
    /// Reads them from environment variables.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Capabilities {
        let set = |name: &str| get(name).filter(|value| !value.is_empty());
        let color = if set("NO_COLOR").is_some() {
            ColorDepth::None
        } else if matches!(set("COLORTERM").as_deref(), Some("truecolor" | "24bit")) {
            ColorDepth::TrueColor
        } else {
            ColorDepth::Ansi16
        };
        // The first of these that is set decides, as in POSIX; Windows has no such thing.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| set(name));
        let unicode = cfg!(windows)
            || locale.is_some_and(|name| name.to_ascii_lowercase().replace('-', "").contains("utf8"));
        Capabilities { color, unicode }
    }
}

/// Whether a terminal of this kind (`TERM`) cannot show a screen at all.
pub(crate) fn is_dumb(term: Option<&str>) -> bool {
    !cfg!(windows) && matches!(term, None | Some("" | "dumb"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Capabilities {
        Capabilities::from_env(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string())
        })
    }

    #[test]
    fn no_color_wins_over_colorterm_unless_it_is_empty() {
        assert_eq!(env(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]).color, ColorDepth::None);
        assert_eq!(env(&[("NO_COLOR", ""), ("COLORTERM", "24bit")]).color, ColorDepth::TrueColor);
        assert_eq!(env(&[]).color, ColorDepth::Ansi16);
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        assert!(env(&[("LANG", "es_CO.UTF-8")]).unicode);
        assert!(env(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")]).unicode);
        assert!(!env(&[("LC_ALL", "C"), ("LANG", "es_CO.UTF-8")]).unicode);
        assert!(!env(&[]).unicode);
    }

    #[test]
    fn dumb_and_nameless_terminals_have_no_screen() {
        assert!(is_dumb(Some("dumb")));
        assert!(is_dumb(None));
        assert!(!is_dumb(Some("xterm-256color")));
    }
}
