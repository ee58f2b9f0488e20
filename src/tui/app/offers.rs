//! Completions offered below the question box. They belong to the text as it stood when they
//! were asked for: anything else that happens in the box takes them away.

use crate::ask::Completion;

/// What is offered for the words before the cursor.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    /// The number of the text they were last asked for.
    serial: u64,
    list: Vec<Completion>,
    selected: usize,
}

impl Offers {
    /// The text has changed: what is offered is gone, and late answers no longer count.
    pub(crate) fn forget(&mut self) -> u64 {
        self.serial += 1;
        self.list.clear();
        self.selected = 0;
        self.serial
    }

    /// Takes what has been found, if it is for the text as it stands.
    pub(crate) fn take(&mut self, serial: u64, list: Vec<Completion>) {
        if serial == self.serial {
            self.list = list;
            self.selected = 0;
        }
    }

    /// What is offered, and which of it is marked.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (&Completion, bool)> {
        self.list.iter().enumerate().map(|(at, offer)| (offer, at == self.selected))
    }

    /// Whether nothing is offered.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The one that is marked.
    pub(crate) fn chosen(&self) -> Option<&Completion> {
        self.list.get(self.selected)
    }

    /// Marks the next one, stopping at the last.
    pub(crate) fn down(&mut self) {
        self.selected = (self.selected + 1).min(self.list.len().saturating_sub(1));
    }

    /// Marks the one before; false at the first.
    pub(crate) fn up(&mut self) -> bool {
        let moves = self.selected > 0;
        self.selected = self.selected.saturating_sub(1);
        moves
    }
}
