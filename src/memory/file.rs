//! Files that only their owner can read.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Opens a file for appending that only its owner can read.
///
/// # Errors
/// Whatever the system says.
pub fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Replaces a file in one step, on the disk before it counts: the file is old or new, never
/// half; only its owner can read it.
///
/// # Errors
/// Whatever the system says; the file is then as it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut staged = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    staged.write_all(bytes)?;
    staged.as_file().sync_all()?;
    staged.persist(path).map(|_| ()).map_err(|error| error.error)
}
