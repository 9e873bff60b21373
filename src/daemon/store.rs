//! State that outlives a restart: one small file per key, in one directory.
//!
//! A value is one line of text, so that an operator can read and remove it. It is written beside
//! its place, made durable and renamed into place: a crash leaves the old value or the new one. A
//! disk that is full or a file that is corrupt is an error for the caller to turn into an event;
//! the agent runs without what is missing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ipxway_core::router::{Event, StoreKey};

/// The longest value, in bytes.
const MAX_VALUE: usize = 4096;
/// Permission bits of a file: what other users do not need to know, they do not.
const FILE_MODE: u32 = 0o640;

/// The state directory.
#[derive(Clone, Debug)]
pub(super) struct Store {
    directory: PathBuf,
}

/// Why a value could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    /// The system refuses.
    #[error("{}: {error}", path.display())]
    System {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file is not one line of text, as [`Store::save`] writes it.
    #[error("{}: {reason}; remove the file", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl StoreError {
    /// The event that tells the operator that a value could not be read.
    #[must_use]
    pub(super) fn unreadable(&self, key: StoreKey) -> Event {
        Event::StateUnreadable { key: key.name().to_owned(), reason: self.to_string() }
    }

    /// The event that tells the operator that a value could not be written.
    #[must_use]
    pub(super) fn unwritable(&self, key: StoreKey) -> Event {
        Event::StateUnwritable { key: key.name().to_owned(), reason: self.to_string() }
    }
}

impl Store {
    /// The store in `directory`, which is made when something is saved.
    #[must_use]
    pub(super) fn open(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// The value that was saved last; `None` if none was.
    ///
    /// # Errors
    /// The file is there but cannot be read, or is corrupt.
    pub(super) fn load(&self, key: StoreKey) -> Result<Option<String>, StoreError> {
        let path = self.directory.join(key.name());
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::System { path, error }),
        };
        let mut bytes = Vec::new();
        // One byte more than the longest file shows that a file is too long.
        match file.take(MAX_VALUE as u64 + 2).read_to_end(&mut bytes) {
            Ok(_) => {}
            Err(error) => return Err(StoreError::System { path, error }),
        }
        value(bytes).map(Some).map_err(|reason| StoreError::Corrupt { path, reason })
    }

    /// Keeps `value`, one line of text of at most 4,096 bytes, under `key`.
    ///
    /// # Errors
    /// The directory cannot be made, or the file not be written: the old value stays.
    pub(super) fn save(&self, key: StoreKey, value: &str) -> Result<(), StoreError> {
        let path = self.directory.join(key.name());
        let beside = self.directory.join(format!(".{}.new", key.name()));
        fs::create_dir_all(&self.directory)
            .map_err(|error| StoreError::System { path: self.directory.clone(), error })?;
        let written = write_durably(&beside, value)
            .and_then(|()| fs::rename(&beside, &path))
            // The rename is durable once the directory is.
            .and_then(|()| File::open(&self.directory)?.sync_all());
        written.map_err(|error| {
            // What is left of a failed attempt takes room on a disk that may be full.
            let _ = fs::remove_file(&beside);
            StoreError::System { path, error }
        })
    }
}

fn write_durably(path: &Path, value: &str) -> io::Result<()> {
    if value.len() > MAX_VALUE || value.chars().any(char::is_control) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not one line of text"));
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(FILE_MODE);
    let mut file = options.open(path)?;
    file.write_all(value.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// The value in a file, or what is wrong with it.
fn value(bytes: Vec<u8>) -> Result<String, &'static str> {
    if bytes.len() > MAX_VALUE + 1 {
        return Err("longer than any value");
    }
    let mut text = String::from_utf8(bytes).map_err(|_| "not text")?;
    match text.pop() {
        Some('\n') if text.chars().any(char::is_control) => Err("not one line of text"),
        Some('\n') => Ok(text),
        Some(_) => Err("cut off"),
        None => Err("empty"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    const KEY: StoreKey = StoreKey::InternalNetwork;

    fn store() -> (TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("state"));
        (directory, store)
    }

    fn write(store: &Store, bytes: &[u8]) {
        fs::create_dir_all(&store.directory).unwrap();
        fs::write(store.directory.join(KEY.name()), bytes).unwrap();
    }

    #[test]
    fn what_was_saved_last_is_loaded_and_nothing_else_is_left() {
        let (_directory, store) = store();
        assert_eq!(store.load(KEY).unwrap(), None);
        store.save(KEY, "C0000201").unwrap();
        store.save(KEY, "C0000202").unwrap();
        assert_eq!(store.load(KEY).unwrap().as_deref(), Some("C0000202"));
        let files = fs::read_dir(&store.directory).unwrap().count();
        assert_eq!(files, 1);
        let text = fs::read_to_string(store.directory.join(KEY.name())).unwrap();
        assert_eq!(text, "C0000202\n");
    }

    #[test]
    fn a_corrupt_file_is_an_event_with_its_path_and_is_mended_by_the_next_save() {
        let (_directory, store) = store();
        let long = vec![b'a'; MAX_VALUE + 2];
        for (bytes, reason) in [
            (&b""[..], "empty"),
            (b"C00002", "cut off"),
            (&[0; 9], "cut off"),
            (b"C0\0\0\0\0\0\0\n", "not one line"),
            (b"one\ntwo\n", "not one line"),
            (b"\xff\xfe\n", "not text"),
            (&long, "longer"),
        ] {
            write(&store, bytes);
            let error = store.load(KEY).unwrap_err();
            assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
            let Event::StateUnreadable { key, reason: told } = error.unreadable(KEY) else {
                panic!("another event");
            };
            assert_eq!(key, KEY.name());
            assert!(told.contains(reason) && told.contains("/state/"), "{told}");
            store.save(KEY, "C0000201").unwrap();
            assert_eq!(store.load(KEY).unwrap().as_deref(), Some("C0000201"));
        }
    }

    #[test]
    fn a_value_that_is_not_one_line_is_refused_and_the_old_one_stays() {
        let (_directory, store) = store();
        store.save(KEY, "old").unwrap();
        for bad in ["two\nlines", "\0", &"a".repeat(MAX_VALUE + 1)] {
            assert!(store.save(KEY, bad).is_err());
        }
        assert_eq!(store.load(KEY).unwrap().as_deref(), Some("old"));
        let longest = "a".repeat(MAX_VALUE);
        store.save(KEY, &longest).unwrap();
        assert_eq!(store.load(KEY).unwrap(), Some(longest));
    }

    #[test]
    fn a_directory_that_cannot_be_made_or_is_a_file_is_an_event() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        // Neither needs permissions that root would have all the same.
        for store in [Store::open(&file), Store::open(Path::new("/proc/self/ipxway"))] {
            let error = store.save(KEY, "C0000201").unwrap_err();
            assert!(matches!(error, StoreError::System { .. }), "{error}");
            assert!(matches!(error.unwritable(KEY), Event::StateUnwritable { .. }));
        }
        assert!(matches!(Store::open(&file).load(KEY), Err(StoreError::System { .. })));
    }

    #[test]
    fn a_full_disk_is_an_event_and_the_old_value_stays() {
        let (_directory, store) = store();
        store.save(KEY, "old").unwrap();
        // What is written to the new file goes to a disk without room.
        let beside = store.directory.join(format!(".{}.new", KEY.name()));
        symlink("/dev/full", &beside).unwrap();
        let error = store.save(KEY, "new").unwrap_err();
        assert!(error.to_string().contains("No space left"), "{error}");
        assert_eq!(store.load(KEY).unwrap().as_deref(), Some("old"));
        assert!(!beside.exists() && Path::new("/dev/full").exists());
        store.save(KEY, "new").unwrap();
        assert_eq!(store.load(KEY).unwrap().as_deref(), Some("new"));
    }
}
