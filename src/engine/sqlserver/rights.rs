//! What the login may do beyond reading the table.

/// What the login may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// The worst of the findings.
    pub level: RightsLevel,
    /// Everything beyond reading the one table, worst first.
    pub findings: Vec<Finding>,
    /// T-SQL with which a DBA can make a login that only reads the table. Never run by the program.
    pub remedy: String,
}

/// How far a login's rights go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RightsLevel {
    /// It can only read what it needs ("verde").
    ReadOnly,
    /// It can see more than it needs, but change nothing; or it could not be found out ("ámbar").
    SeesMore,
    /// It can change data, structure or the server ("rojo").
    CanChange,
}

/// One right beyond reading the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: RightsLevel,
    /// The right as a DBA knows it (`sysadmin`, `INSERT banco_datos`).
    pub right: String,
    /// Whether the server would not say: then it counts as held.
    pub unknown: bool,
}
