//! Where the tokens of an answer end (MS-TDS 2.2.4).

/// COLMETADATA: columns.
pub(super) const COLUMNS: u8 = 0x81;
/// ROW
pub(super) const ROW: u8 = 0xD1;
/// NBCROW: a row whose NULLs are packed.
pub(super) const PACKED_ROW: u8 = 0xD2;

/// What follows a token's first byte, where that does not depend on the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// So many bytes.
    Bytes(usize),
    /// A length of two bytes, and that much.
    Counted,
}

/// What follows a token that carries neither columns nor rows; none for others.
pub(super) fn rest(token: u8) -> Option<Rest> {
    match token {
        // DONE, DONEPROC, DONEINPROC
        0xFD..=0xFF => Some(Rest::Bytes(12)),
        // RETURNSTATUS
        0x79 => Some(Rest::Bytes(4)),
        // TABNAME, COLINFO, ORDER, ERROR, INFO, LOGINACK, ENVCHANGE
        0xA4 | 0xA5 | 0xA9 | 0xAA | 0xAB | 0xAD | 0xE3 => Some(Rest::Counted),
        _ => None,
    }
}
