//! Approval as a type: what is approved was shown, decided upon and recorded.

use crate::audit::Recorded;
use crate::guard::ReadOnlySql;

/// Something that may run. Only the session makes one, from a decision on exactly the
/// text shown, with the audit log's receipt in hand.
#[derive(Debug)]
pub struct Approved<T> {
    approved: T,
}

impl Approved<ReadOnlySql> {
    /// Approves `sql` if `shown_sha256` is the hash of its canonical text.
    ///
    /// The receipt is consumed: one record, one approval.
    pub(in crate::session) fn new(sql: ReadOnlySql, shown_sha256: &str, _receipt: Recorded) -> Option<Self> {
        (sql.sha256_hex() == shown_sha256).then_some(Approved { approved: sql })
    }
}

impl<T: Clone> Approved<T> {
    /// The same once more, for a run that is recorded by a receipt of its own.
    pub(in crate::session) fn again(&self, _receipt: Recorded) -> Self {
        Approved { approved: self.approved.clone() }
    }
}

impl<T> Approved<T> {
    /// What was approved.
    pub fn get(&self) -> &T {
        &self.approved
    }
}
