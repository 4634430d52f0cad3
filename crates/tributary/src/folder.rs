//! The data folder: its files, and the lock that makes one process its holder.
use anyhow::{Context, Result};
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};
use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The data folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder(pub(crate) PathBuf);

/// The lock; open until dropped.
#[derive(Debug)]
pub(crate) struct Held(#[expect(dead_code, reason = "the lock is the open file")] File);

impl Folder {
    /// The SQLite database.
    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("tributary.db")
    }

    /// The lock.
    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("tributary.lock")
    }

    /// The socket that commands use while a server runs.
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join("tributary.sock")
    }

    /// The master keys.
    pub(crate) fn master_key(&self) -> PathBuf {
        self.0.join("master.key")
    }

    /// The key of the sandbox's client.
    pub(crate) fn sandbox(&self) -> PathBuf {
        self.0.join("sandbox.json")
    }

    /// Makes the folder where it does not exist; only its owner gets in.
    pub(crate) fn prepare(&self) -> Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0).with_context(|| {
            format!("cannot make the data folder {}; name another with --data-dir", self.0.display())
        })
    }

    /// Takes the lock; `None` where another process has it. `purpose` is for the message the other one prints.
    pub(crate) fn hold(&self, purpose: &str) -> Result<Option<Held>> {
        let path = self.lock();
        let mut options = OpenOptions::new();
        let opened = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = opened.with_context(|| format!("cannot open the lock {}", path.display()))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{purpose}, process {}", std::process::id())?;
        Ok(Some(Held(file)))
    }

    /// Who has the lock, for a message.
    pub(crate) fn holder(&self) -> String {
        let mut text = String::new();
        let read = File::open(self.lock()).and_then(|file| file.take(200).read_to_string(&mut text));
        match read {
            Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
            _ => "another process".to_owned(),
        }
    }
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let draft = path.with_extension("new");
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&draft, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn one_holder_at_a_time() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder(temporary.path().join("a/b"));
        folder.prepare().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.0), 0o700);
        let held = folder.hold("serve").unwrap().unwrap();
        assert!(folder.hold("client list").unwrap().is_none());
        assert_eq!(folder.holder(), format!("serve, process {}", std::process::id()));
        drop(held);
        assert!(folder.hold("client list").unwrap().is_some());
        assert_eq!(mode(&folder.lock()), 0o600);
    }

    #[test]
    fn private_files_replace_what_was_there() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("x.json");
        write_private(&path, b"long text").unwrap();
        write_private(&path, b"short").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"short");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
