//! A proposal on the screen, and the rules of approving it.
//!
//! What was read is what is approved: the hash is computed here, over the text that was
//! drawn; approving needs every line to have been on the screen; and no key counts
//! until the keyboard has been quiet for a moment after the pane appeared, so that what
//! was typed ahead decides nothing.

use std::ops::Range;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::asking::how_asked;
use super::choices::safe_lines;
use crate::i18n::Lang;
use crate::session::Proposal;
use crate::tui::sql::SqlText;

/// How long the keyboard must be quiet before the pane takes keys.
pub(crate) const QUIET: Duration = Duration::from_millis(300);

/// The buttons, from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Button {
    Reject,
    Edit,
    Approve,
}

/// Whether the proposal may be approved now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Approval {
    /// Yes.
    Open,
    /// The pane has just appeared.
    TooSoon,
    /// Some of the text has not been on the screen yet.
    NotRead,
    /// The text holds characters that cannot be shown: it must be edited or rejected.
    NotShowable,
}

/// A proposal on the screen.
#[derive(Debug)]
pub(crate) struct PlanPane {
    pub(crate) proposal: Proposal,
    /// The language of its texts, which stays what it was when the question was asked.
    pub(crate) lang: Lang,
    pub(crate) restatement: String,
    pub(crate) warnings: Vec<String>,
    pub(crate) definitions: Vec<String>,
    /// Whether they are shown where there is little room.
    pub(crate) defines: bool,
    /// Where it came from, and what that took.
    pub(crate) origin: Vec<String>,
    pub(crate) sql: SqlText,
    pub(crate) button: Button,
    /// First row of the scrolled text.
    pub(crate) scroll: usize,
    /// Which bytes of the text have been on the screen.
    seen: Vec<bool>,
    /// From when on keys count; `None` until the pane has been drawn.
    quiet_until: Option<Instant>,
    /// Whether it was decided and is only looked at again.
    pub(crate) decided: bool,
}

impl PlanPane {
    /// Puts a proposal on the screen.
    pub(crate) fn new(proposal: Proposal, lang: Lang) -> PlanPane {
        let plan = proposal.plan.as_deref();
        let label = proposal.source.label(lang).map(str::to_string);
        let asked = proposal.model.as_ref().map(|trace| how_asked(trace, lang)).unwrap_or_default();
        let lines = |texts: &[String]| texts.iter().map(|text| safe_lines(text)).collect();
        PlanPane {
            lang,
            restatement: safe_lines(proposal.restatement()),
            warnings: lines(proposal.warnings()),
            origin: label.into_iter().chain(asked).collect(),
            definitions: plan.map(|plan| lines(&plan.definitions)).unwrap_or_default(),
            defines: false,
            sql: SqlText::new(&proposal.sql),
            button: Button::Reject,
            scroll: 0,
            seen: vec![false; proposal.sql.len()],
            quiet_until: None,
            decided: false,
            proposal,
        }
    }

    /// It comes (back) to the front: the quiet time starts again with the next drawing.
    pub(crate) fn appear(&mut self) {
        self.quiet_until = None;
        self.button = Button::Reject;
    }

    /// It was drawn, with these parts of the T-SQL on the screen.
    pub(crate) fn drawn(&mut self, on_screen: &[Range<usize>], now: Instant) {
        self.quiet_until.get_or_insert(now + QUIET);
        for part in on_screen {
            // The line end behind a row shows as the end of the row.
            let part = part.start..(part.end + 1).min(self.seen.len());
            if let Some(part) = self.seen.get_mut(part) {
                part.fill(true);
            }
        }
    }

    /// Whether all of the T-SQL has been on the screen.
    fn is_read(&self) -> bool {
        self.seen.iter().all(|seen| *seen)
    }

    /// Whether a key counts. One that does not lengthens the quiet time.
    pub(crate) fn takes_keys(&mut self, now: Instant) -> bool {
        match self.quiet_until {
            Some(until) if now >= until => true,
            Some(_) => {
                self.quiet_until = Some(now + QUIET);
                false
            }
            None => false,
        }
    }

    /// When the quiet time ends, if it has not yet.
    pub(crate) fn release_after(&self, now: Instant) -> Option<Instant> {
        self.quiet_until.filter(|until| *until > now)
    }

    /// Whether it may be approved.
    pub(crate) fn approval(&self, now: Instant) -> Approval {
        if !self.sql.is_faithful() {
            Approval::NotShowable
        } else if !self.is_read() {
            Approval::NotRead
        } else if self.quiet_until.is_none_or(|until| now < until) {
            Approval::TooSoon
        } else {
            Approval::Open
        }
    }

    /// SHA-256 (hex) of the text that is on the screen.
    pub(crate) fn shown_sha256(&self) -> String {
        Sha256::digest(self.sql.shown().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
