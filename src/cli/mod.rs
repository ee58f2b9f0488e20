//! The command line: the console's abilities for scripts, in the shapes they rely on.
//!
//! Enters: arguments, standard input. Leaves: text or JSON on standard output, narration
//! on standard error, an exit code. May not touch: engines, models, the guard directly;
//! it speaks to the session.
