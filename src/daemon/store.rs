//! State over a restart: a file a key.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ipxway_core::router::StoreKey;

/// The state directory.
#[derive(Debug)]
pub(super) struct Store {
    directory: PathBuf,
}

impl Store {
    /// The store in `directory`.
    pub(super) fn open(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// What was kept under `key`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn load(&self, key: StoreKey) -> io::Result<Option<String>> {
        match fs::read_to_string(self.directory.join(key.name())) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps `value` under `key`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn save(&self, key: StoreKey, value: &str) -> io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        let path = self.directory.join(key.name());
        let fresh = path.with_extension("new");
        fs::write(&fresh, value)?;
        fs::rename(&fresh, &path)
    }
}
