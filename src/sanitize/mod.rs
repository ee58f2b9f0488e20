//! Text from a database, a model or a file is hostile until it has passed here.
//!
//! Enters: any text. Leaves: [`SafeText`], the only text that may reach a terminal
//! or an export. May not touch: anything else.
//!
//! What was unsafe is replaced by a visible mark: `␛`, `␀` … for control characters,
//! `⏎` for line ends, `⇥` for tabs, `·` for a run of invisible characters, `�` for
//! characters without a meaning everybody shares, `◌` under a mark without a letter.

mod ascii;
mod classify;
mod export;
mod width;

use std::fmt;

pub use ascii::nearest_ascii;
pub use export::{csv_field, csv_safe, file_stem_safe};
pub use width::{clip, width};

use classify::{Class, classify};

/// The longest safe text in bytes; what is longer ends in `…`.
pub const MAX_BYTES: usize = 64 * 1024;

/// Combining marks kept on one base; honest writing needs at most three.
const MARKS_PER_BASE: usize = 4;

const ELLIPSIS: char = '…';

/// Text that is safe to print: one line, no control, format, surrogate, private-use or
/// unassigned characters, no line or paragraph separators, no floods of combining marks.
/// What was unsafe is shown as a visible mark, never dropped in silence.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct SafeText(String);

impl SafeText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Terminal cells it takes.
    pub fn width(&self) -> usize {
        width(&self.0)
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl AsRef<str> for SafeText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SafeText {
    fn from(text: &str) -> Self {
        display_safe(text)
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Makes a text safe to show on a terminal, as one line of at most [`MAX_BYTES`] bytes.
/// Safe text passes unchanged.
pub fn display_safe(text: &str) -> SafeText {
    display_safe_within(text, MAX_BYTES)
}

/// [`display_safe`] with a limit of its own, in bytes, for places that show only a part.
pub fn display_safe_within(text: &str, limit: usize) -> SafeText {
    if text.len() <= limit.saturating_sub(ELLIPSIS.len_utf8()) && is_plain_ascii(text) {
        return SafeText(text.to_owned());
    }
    SafeText(clean(text, limit))
}

/// Makes a text safe and keeps its lines (SQL, error messages); one entry per line.
pub fn multiline_safe(text: &str) -> Vec<SafeText> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        lines.extend(line.split('\r').map(display_safe));
    }
    lines
}

/// Whether a text of several lines shows exactly what it holds: nothing in it needs a mark.
pub fn shows_whole(text: &str) -> bool {
    text.split('\n').all(|line| display_safe(line).as_str() == line)
}

fn is_plain_ascii(text: &str) -> bool {
    text.bytes().all(|b| (0x20..0x7f).contains(&b))
}

/// The cleaning itself. `limit` counts bytes of the result, its `…` included, so that a
/// cut text is left as it is by a second pass.
fn clean(text: &str, limit: usize) -> String {
    let room = limit.saturating_sub(ELLIPSIS.len_utf8());
    let mut cleaner = Cleaner { out: String::with_capacity(text.len().min(limit)), ..Cleaner::default() };
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\r' && chars.peek() == Some(&'\n') {
            continue;
        }
        let before = cleaner.out.len();
        cleaner.push(c);
        if cleaner.out.len() > room {
            cleaner.out.truncate(before);
            cleaner.out.push(ELLIPSIS);
            break;
        }
    }
    cleaner.out
}

/// What has been written, and what the next character needs to know of it.
#[derive(Default)]
struct Cleaner {
    out: String,
    /// There is a visible base that a mark may sit on.
    has_base: bool,
    /// Marks on that base so far.
    marks: usize,
    /// The last character was invisible and already has its `·`.
    in_invisible_run: bool,
}

impl Cleaner {
    fn push(&mut self, c: char) {
        match classify(c) {
            Class::Base(shown) => self.base(shown),
            Class::Blank => {
                self.base(' ');
                self.has_base = false;
            }
            Class::Mark => self.mark(c),
            // Picks text or emoji style for the character before it, which terminals
            // disagree about in width; there it says nothing and goes without a trace.
            Class::Presentation if self.has_base && self.marks == 0 => {}
            Class::Presentation | Class::Invisible => self.invisible(),
        }
    }

    fn base(&mut self, shown: char) {
        self.out.push(shown);
        self.has_base = true;
        self.marks = 0;
        self.in_invisible_run = false;
    }

    fn mark(&mut self, c: char) {
        if !self.has_base {
            self.base('◌');
        }
        self.in_invisible_run = false;
        self.marks += 1;
        if self.marks <= MARKS_PER_BASE {
            self.out.push(c);
        } else if self.marks == MARKS_PER_BASE + 1 {
            self.out.push('·');
        }
    }

    fn invisible(&mut self) {
        if !self.in_invisible_run {
            self.base('·');
            self.in_invisible_run = true;
        }
    }
}

#[cfg(test)]
mod tests;
