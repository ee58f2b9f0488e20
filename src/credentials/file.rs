//! A secret in a file of its own, as service managers and containers hand it over.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use secrecy::{SecretString, zeroize::Zeroize};

use super::LONGEST;

/// Why a file with a secret is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// It does not exist.
    #[error("it does not exist")]
    Missing,
    /// Others than its owner may read or change it.
    #[error("its mode is {mode:o}")]
    Open {
        /// Its permission bits.
        mode: u32,
    },
    /// It belongs to another user.
    #[error("it belongs to user {owner}")]
    Foreign {
        /// The owner's number.
        owner: u32,
    },
    /// It holds no text of a reasonable length.
    #[error("it holds no secret")]
    NoSecret,
    /// It cannot be read.
    #[error("{detail}")]
    Unreadable {
        /// The system's words.
        detail: String,
    },
}

/// The text of the file without its last line end.
pub(super) fn read(path: &Path) -> Result<SecretString, FileProblem> {
    let file = File::open(path).map_err(unreadable)?;
    check(&file)?;
    let mut text = String::new();
    let read = file.take(LONGEST as u64 + 1).read_to_string(&mut text);
    if read.is_err() || text.len() > LONGEST {
        text.zeroize();
        return Err(FileProblem::NoSecret);
    }
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    let found = if secret.is_empty() { Err(FileProblem::NoSecret) } else { Ok(SecretString::from(secret)) };
    text.zeroize();
    found
}

fn unreadable(error: std::io::Error) -> FileProblem {
    match error.kind() {
        ErrorKind::NotFound => FileProblem::Missing,
        _ => FileProblem::Unreadable { detail: error.to_string() },
    }
}

/// The open file itself is judged, so that it cannot be exchanged in between.
#[cfg(unix)]
fn check(file: &File) -> Result<(), FileProblem> {
    use std::os::unix::fs::MetadataExt;
    let facts = file.metadata().map_err(unreadable)?;
    if !facts.is_file() {
        return Err(FileProblem::NoSecret);
    }
    let owner = facts.uid();
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Err(FileProblem::Foreign { owner });
    }
    let mode = facts.mode() & 0o7777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(FileProblem::Open { mode }) }
}

#[cfg(not(unix))]
fn check(file: &File) -> Result<(), FileProblem> {
    let facts = file.metadata().map_err(unreadable)?;
    if facts.is_file() { Ok(()) } else { Err(FileProblem::NoSecret) }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

    use super::*;

    fn file(contents: &[u8], mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        fs::write(&path, contents).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
        (folder, path)
    }

    #[test]
    fn a_private_file_gives_its_text_without_the_line_end() {
        for (contents, secret) in [("s3creto\n", "s3creto"), ("s3creto\r\n", "s3creto"), (" a b ", " a b ")] {
            let (_folder, path) = file(contents.as_bytes(), 0o600);
            assert_eq!(read(&path).expect("a secret").expose_secret(), secret);
        }
        let (_folder, path) = file(b"x", 0o400);
        assert!(read(&path).is_ok());
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        for mode in [0o644, 0o640, 0o604, 0o620] {
            let (_folder, path) = file(b"s3creto", mode);
            assert_eq!(read(&path).expect_err("refused"), FileProblem::Open { mode });
        }
    }

    #[test]
    fn what_holds_no_secret_is_refused() {
        for contents in [&b""[..], b"\n", b"\xff\xfe", &[b'x'; LONGEST + 1]] {
            let (_folder, path) = file(contents, 0o600);
            assert_eq!(read(&path).expect_err("refused"), FileProblem::NoSecret);
        }
        let (folder, path) = file(b"x", 0o600);
        assert_eq!(read(folder.path()).expect_err("a folder"), FileProblem::NoSecret);
        fs::remove_file(&path).expect("removed");
        assert_eq!(read(&path).expect_err("gone"), FileProblem::Missing);
    }
}
