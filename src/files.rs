//! Files that only their owner can read, and that are old or new but never half.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::Path;

use crate::config::make_private_folder;

/// Replaces a file's contents in one step; its folder is made where it is missing.
///
/// # Errors
/// Whatever the system says; the file is then as it was.
pub fn replace(file: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    make_private_folder(folder)?;
    // Temporary files are made for their owner only, and keep that when they are renamed.
    let mut staged = tempfile::NamedTempFile::new_in(folder)?;
    staged.write_all(contents)?;
    staged.as_file().sync_all()?;
    staged.persist(file).map_err(|error| error.error)?;
    sync_folder(folder);
    Ok(())
}

/// Makes sure that a rename in the folder survives a power cut, where the system can.
pub fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    if let Ok(opened) = File::open(folder) {
        let _ = opened.sync_all();
    }
    #[cfg(not(unix))]
    let _ = folder;
}

/// A lock on a folder that only one process can hold, until it is dropped; `None` where
/// another holds it.
///
/// # Errors
/// Whatever the system says.
pub fn lock(folder: &Path) -> io::Result<Option<File>> {
    make_private_folder(folder)?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(folder.join(".lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Reads a whole file; `None` where there is none.
///
/// # Errors
/// Whatever the system says otherwise.
pub fn read_if_there(file: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(file) {
        Ok(contents) => Ok(Some(contents)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_stays_private() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("new").join("file");
        assert_eq!(read_if_there(&file).expect("readable"), None);
        for contents in ["one", "two"] {
            replace(&file, contents.as_bytes()).expect("replaced");
            assert_eq!(read_if_there(&file).expect("readable"), Some(contents.as_bytes().to_vec()));
        }
        assert_eq!(
            fs::read_dir(folder.path().join("new")).expect("a folder").count(),
            1,
            "nothing is left over"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn one_process_at_a_time_holds_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let held = lock(folder.path()).expect("lockable");
        assert!(held.is_some());
        assert!(lock(folder.path()).expect("lockable").is_none());
        drop(held);
        assert!(lock(folder.path()).expect("lockable").is_some());
    }
}
