//! Keys as data: what a row of the keymap names, and how people call them.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::i18n::{Lang, text};

/// A key with its modifiers. Shift counts only where it makes no other character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

pub(crate) const fn key(code: KeyCode) -> Key {
    Key { code, modifiers: KeyModifiers::NONE }
}

pub(crate) const fn char(c: char) -> Key {
    key(KeyCode::Char(c))
}

pub(crate) const fn ctrl(c: char) -> Key {
    Key { code: KeyCode::Char(c), modifiers: KeyModifiers::CONTROL }
}

pub(crate) const fn ctrl_key(code: KeyCode) -> Key {
    Key { code, modifiers: KeyModifiers::CONTROL }
}

pub(crate) const fn alt(code: KeyCode) -> Key {
    Key { code, modifiers: KeyModifiers::ALT }
}

impl Key {
    /// Whether `event` is this key.
    pub(crate) fn matches(self, event: &KeyEvent) -> bool {
        let held = event.modifiers.intersection(KeyModifiers::CONTROL.union(KeyModifiers::ALT));
        held == self.modifiers && event.code == self.code
    }

    /// The key as people call it: `Enter`, `Ctrl+L`, `RePág`.
    pub(crate) fn name(self, lang: Lang) -> String {
        let base = match self.code {
            KeyCode::Char(' ') => text(lang, "tui.key_name.space").to_string(),
            KeyCode::Char(c) if self.modifiers.is_empty() => c.to_string(),
            KeyCode::Char(c) => c.to_uppercase().to_string(),
            KeyCode::F(n) => format!("F{n}"),
            KeyCode::Up => "↑".into(),
            KeyCode::Down => "↓".into(),
            KeyCode::Left => "←".into(),
            KeyCode::Right => "→".into(),
            KeyCode::Enter => "Enter".into(),
            KeyCode::Esc => "Esc".into(),
            KeyCode::Tab => "Tab".into(),
            KeyCode::BackTab => text(lang, "tui.key_name.back_tab").to_string(),
            KeyCode::PageUp => text(lang, "tui.key_name.page_up").to_string(),
            KeyCode::PageDown => text(lang, "tui.key_name.page_down").to_string(),
            KeyCode::Home => text(lang, "tui.key_name.home").to_string(),
            KeyCode::End => text(lang, "tui.key_name.end").to_string(),
            KeyCode::Backspace => text(lang, "tui.key_name.backspace").to_string(),
            _ => String::new(),
        };
        match self.modifiers {
            KeyModifiers::CONTROL => format!("Ctrl+{base}"),
            KeyModifiers::ALT => format!("Alt+{base}"),
            _ => base,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shift_is_ignored_where_the_character_says_it_already() {
        assert!(char('G').matches(&KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT)));
        assert!(!char('g').matches(&KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL)));
    }

    #[test]
    fn keys_are_named_as_on_the_keyboard_of_the_language() {
        assert_eq!(ctrl('l').name(Lang::Es), "Ctrl+L");
        assert_eq!(key(KeyCode::PageUp).name(Lang::Es), "RePág");
        assert_eq!(key(KeyCode::PageUp).name(Lang::En), "PgUp");
    }
}
