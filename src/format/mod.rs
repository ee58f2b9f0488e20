//! How values are written for people: pesos, percentages, dates, quantities.
//!
//! Enters: a value, its kind, the language. Leaves: text. May not touch: everything else.
//! Also reads numbers as Colombians write them.
