//! The question box: a text area, the walk through past questions, and the marks that
//! planning left on the words.

use ratatui::style::Style;
use ratatui_textarea::{CursorMove, DataCursor, Input, TextArea, WrapMode};

use super::Offers;
use crate::ask::Reading;
use crate::sanitize::display_safe;

/// The longest question, in characters.
pub(crate) const MAX_CHARS: usize = 2_000;

/// What became of text put into the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typed {
    /// All of it is in the box.
    Whole,
    /// The box is full; what did not fit was left out.
    Cut,
}

/// The question box.
#[derive(Debug)]
pub(crate) struct QuestionBox {
    pub(crate) area: TextArea<'static>,
    history: Vec<String>,
    walk: Option<usize>,
    draft: String,
    sent: Option<String>,
    readings: Vec<Reading>,
    pub(crate) offers: Offers,
}

impl QuestionBox {
    /// An empty box over past questions, the oldest first.
    pub(crate) fn new(history: Vec<String>) -> QuestionBox {
        let history = history.iter().map(|text| clean(text, MAX_CHARS)).filter(|t| !t.is_empty()).collect();
        QuestionBox {
            area: text_area(""),
            history,
            walk: None,
            draft: String::new(),
            sent: None,
            readings: Vec::new(),
            offers: Offers::default(),
        }
    }

    /// The text as typed.
    pub(crate) fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether nothing but blanks is in the box.
    pub(crate) fn is_blank(&self) -> bool {
        self.area.lines().iter().all(|line| line.trim().is_empty())
    }

    /// Whether the box still holds the question sent last: typing then starts a new one.
    pub(crate) fn is_sent(&self) -> bool {
        self.sent.as_ref().is_some_and(|sent| *sent == self.text())
    }

    /// What the words of the text in the box were read as, if it was planned.
    pub(crate) fn readings(&self) -> &[Reading] {
        if self.is_sent() { &self.readings } else { &[] }
    }

    /// Keeps what planning made of the question, if it is the one in the box.
    pub(crate) fn mark(&mut self, question: &str, readings: &[Reading]) {
        if self.sent.as_deref() == Some(question) {
            self.readings = readings.to_vec();
        }
    }

    /// The text leaves for the planner and becomes the latest of the past questions.
    pub(crate) fn send(&mut self) -> String {
        let text = self.text();
        self.offers.forget();
        if self.history.last() != Some(&text) {
            self.history.push(text.clone());
        }
        self.walk = None;
        self.readings.clear();
        self.sent = Some(text.clone());
        text
    }

    /// Replaces the text (a question picked from a list).
    pub(crate) fn replace(&mut self, text: &str) {
        self.offers.forget();
        self.area.select_all();
        self.area.insert_str(clean(text, MAX_CHARS));
        self.sent = None;
    }

    /// A key for the text area: a character, a deletion, a movement.
    pub(crate) fn input(&mut self, input: Input) -> Typed {
        if let ratatui_textarea::Key::Char(c) = input.key
            && !input.ctrl
            && !input.alt
        {
            return self.insert(&c.to_string());
        }
        self.walk = None;
        self.offers.forget();
        self.area.input(input);
        Typed::Whole
    }

    /// Inserts text as one undoable step, cleaned and cut to what fits.
    pub(crate) fn insert(&mut self, text: &str) -> Typed {
        if self.is_sent() {
            self.area.select_all();
            self.sent = None;
        }
        self.walk = None;
        self.offers.forget();
        let held = if self.area.is_selecting() { 0 } else { self.text().chars().count() };
        let room = MAX_CHARS.saturating_sub(held);
        let cleaned = clean(text, room);
        self.area.insert_str(&cleaned);
        if text.chars().nth(room).is_some() { Typed::Cut } else { Typed::Whole }
    }

    /// Up: a line up, or an older question from the first line.
    pub(crate) fn older(&mut self) {
        let before = self.area.cursor();
        self.area.move_cursor(CursorMove::Up);
        if self.area.cursor() != before {
            return;
        }
        let next = match self.walk {
            None => self.history.len().checked_sub(1),
            Some(at) => at.checked_sub(1),
        };
        let Some(next) = next else { return };
        if self.walk.is_none() {
            self.draft = self.text();
            // The question just sent stands in the box already.
            if self.is_sent() && next > 0 {
                return self.show(next - 1);
            }
        }
        self.show(next);
    }

    /// Down: a line down, or a newer question from the last line. False where there is none.
    pub(crate) fn newer(&mut self) -> bool {
        let before = self.area.cursor();
        self.area.move_cursor(CursorMove::Down);
        if self.area.cursor() != before {
            return true;
        }
        let Some(at) = self.walk else { return false };
        if at + 1 < self.history.len() {
            self.show(at + 1);
        } else {
            let draft = std::mem::take(&mut self.draft);
            self.area = text_area(&draft);
            self.walk = None;
        }
        true
    }

    /// The text and the byte of the cursor, where the cursor stands behind a word.
    pub(crate) fn completable(&self) -> Option<(String, usize)> {
        let DataCursor(row, column) = self.area.cursor();
        let lines = self.area.lines();
        let line = lines.get(row)?;
        let before: usize = lines.iter().take(row).map(|line| line.len() + 1).sum();
        let at = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        let (behind, ahead) = line.split_at_checked(at)?;
        let ends_a_word = behind.chars().next_back().is_some_and(|c| !c.is_whitespace())
            && ahead.chars().next().is_none_or(char::is_whitespace);
        (ends_a_word && !self.is_sent()).then(|| (self.text(), before + at))
    }

    /// Puts what is marked among the offers in the place of the words it completes.
    pub(crate) fn accept(&mut self) -> Typed {
        let Some((offer, (text, cursor))) = self.offers.chosen().cloned().zip(self.completable()) else {
            return Typed::Whole;
        };
        self.offers.forget();
        if offer.replaces.end != cursor {
            return Typed::Whole;
        }
        let Some(typed) = text.get(offer.replaces.clone()) else { return Typed::Whole };
        let at_end = text.get(cursor..).is_none_or(|rest| rest.is_empty() || rest.starts_with('\n'));
        let whole = clean(&offer.text, MAX_CHARS) + if at_end { " " } else { "" };
        let typed = typed.chars().count();
        if text.chars().count() - typed + whole.chars().count() > MAX_CHARS {
            return Typed::Cut;
        }
        self.area.cancel_selection();
        self.area.start_selection();
        for _ in 0..typed {
            self.area.move_cursor(CursorMove::Back);
        }
        self.area.insert_str(&whole);
        Typed::Whole
    }

    fn show(&mut self, at: usize) {
        self.offers.forget();
        let Some(text) = self.history.get(at) else { return };
        self.area = text_area(text);
        self.walk = Some(at);
    }
}

/// A text area as this console uses it: the terminal's own cursor marks the place.
pub(super) fn text_area(text: &str) -> TextArea<'static> {
    let mut area: TextArea<'static> = TextArea::new(text.split('\n').map(str::to_string).collect());
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_cursor_style(Style::default());
    area.set_cursor_line_style(Style::default());
    area.move_cursor(CursorMove::Bottom);
    area.move_cursor(CursorMove::End);
    area
}

/// Text from outside as it may enter a text area: at most `max` characters, line ends
/// kept, tabs as blanks, no control characters, the rest made safe to show.
pub(super) fn clean(text: &str, max: usize) -> String {
    let cut: String = text.chars().take(max).collect();
    cut.replace("\r\n", "\n")
        .replace(['\r', '\u{b}', '\u{c}'], "\n")
        .replace('\t', " ")
        .split('\n')
        .map(|line| {
            let line: String = line.chars().filter(|c| !c.is_control()).collect();
            display_safe(&line).into_string()
        })
        .collect::<Vec<_>>()
        .join("\n")
        .chars()
        .take(max)
        .collect()
}
