//! The editor for T-SQL.

use ratatui_textarea::{CursorMove, TextArea};

use super::PlanPane;
use super::question::{clean, text_area};
use crate::guard::Refusal;

/// The longest T-SQL the guard reads, in characters.
const MAX_SQL: usize = 32 * 1024;

/// T-SQL being edited, and the proposal to return to.
#[derive(Debug)]
pub(crate) struct Editor {
    pub(crate) area: TextArea<'static>,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) waiting: bool,
    pub(crate) proposal: Box<PlanPane>,
}

impl Editor {
    /// Opens the proposal's text.
    pub(crate) fn open(proposal: Box<PlanPane>) -> Editor {
        let mut area = text_area(&clean(&proposal.proposal.sql, MAX_SQL));
        area.move_cursor(CursorMove::Top);
        area.move_cursor(CursorMove::Head);
        Editor { area, refusal: None, waiting: false, proposal }
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Inserts text as one undoable step.
    pub(crate) fn insert(&mut self, text: &str) {
        let room = MAX_SQL.saturating_sub(self.text().chars().count());
        self.area.insert_str(clean(text, room));
    }
}
