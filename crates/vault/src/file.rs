//! The master key file: one key a line, `tributary-master-key-v1 <key id> <key in base64>`. The first
//! line is the active key; the others only open what was wrapped before a rotation.
use crate::{
    envelope::{Cipher, KeyId},
    ring::{KeyError, KeyRing, decode_key, random},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::env::Entropy;
use rustix::fs::OFlags;
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const FORMAT: &str = "tributary-master-key-v1";
/// Room for a line: format, key id, 44 characters of base64, spaces and line break.
const LINE_LEN_MAX: usize = 96;
/// Far more keys than any rotation leaves, in bytes.
const FILE_LEN_MAX: usize = 16 * 1024;

/// The ring of the key file. Where there is none, makes one, but never when the store already holds
/// sealed data. Several processes may do so at once and get the same key.
pub fn open_or_create(path: &Path, store_has_data: bool, entropy: &dyn Entropy) -> Result<KeyRing, KeyError> {
    match read(path) {
        Err(KeyError::Missing(_)) if !store_has_data => {
            create(path, entropy)?;
            parse(path, &read(path)?)
        }
        text => parse(path, &text?),
    }
}

/// Puts a new active key before the present ones. What they wrapped stays readable, and is wrapped
/// anew by the store.
pub fn rotate(path: &Path, entropy: &dyn Entropy) -> Result<KeyRing, KeyError> {
    change(path, |text| {
        parse(path, text)?;
        let mut changed = Zeroizing::new(String::with_capacity(text.len().saturating_add(LINE_LEN_MAX)));
        push_new_key(&mut changed, entropy);
        changed.push_str(text);
        Ok(changed)
    })
}

/// Removes a key that wraps nothing any more; the active one stays.
pub fn retire(path: &Path, id: KeyId) -> Result<KeyRing, KeyError> {
    change(path, |text| {
        let ring = parse(path, text)?;
        if ring.active() == id {
            return Err(KeyError::Active(id));
        }
        if !ring.ids().any(|known| known == id) {
            return Err(KeyError::Unknown(id));
        }
        let mut changed = Zeroizing::new(String::with_capacity(text.len()));
        for line in text.split_inclusive('\n').filter(|line| key_of_line(line).is_none_or(|k| k.id() != id)) {
            changed.push_str(line);
        }
        Ok(changed)
    })
}

fn parse(path: &Path, text: &str) -> Result<KeyRing, KeyError> {
    let mut keys = Vec::new();
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        let damaged = || KeyError::Line { path: path.to_owned(), line: number };
        keys.push(key_of_line(line).ok_or_else(damaged)?);
    }
    KeyRing::new(keys)?.ok_or_else(|| KeyError::Size(path.to_owned()))
}

/// `None` also where the id is not that of the key: one of the two was damaged.
fn key_of_line(line: &str) -> Option<Cipher> {
    let mut words = line.split_whitespace();
    let (format, id, key) = (words.next()?, words.next()?, words.next()?);
    if format != FORMAT || words.next().is_some() {
        return None;
    }
    let mut secret = Zeroizing::new([0; 32]);
    decode_key(key, &mut secret)?;
    Some(Cipher::new(&secret)).filter(|cipher| KeyId::parse(id) == Some(cipher.id()))
}

fn push_new_key(text: &mut String, entropy: &dyn Entropy) {
    let secret = random(entropy);
    text.push_str(FORMAT);
    text.push(' ');
    text.push_str(&Cipher::new(&secret).id().to_string());
    text.push(' ');
    STANDARD.encode_string(*secret, text);
    text.push('\n');
}

/// Reads the whole file if nobody else can read or replace its content.
fn read(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let mut file = opened.map_err(|source| match source.kind() {
        ErrorKind::NotFound => KeyError::Missing(path.to_owned()),
        _ if source.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            KeyError::NotAFile(path.to_owned())
        }
        _ => failed("open", path)(source),
    })?;
    let metadata = file.metadata().map_err(failed("examine", path))?;
    check(path, &metadata, rustix::process::geteuid().as_raw())?;
    // Room for all that is read, so that no copy of a key is left behind by growing.
    let mut text = Zeroizing::new(String::with_capacity(FILE_LEN_MAX.saturating_add(1)));
    let limit = FILE_LEN_MAX as u64;
    let len = Read::by_ref(&mut file).take(limit.saturating_add(1)).read_to_string(&mut text);
    match len.map_err(failed("read", path))? {
        len if len > FILE_LEN_MAX => Err(KeyError::Size(path.to_owned())),
        _ => Ok(text),
    }
}

/// The file must be a plain one, ours, and closed to group and world.
fn check(path: &Path, metadata: &fs::Metadata, us: u32) -> Result<(), KeyError> {
    let path = path.to_owned();
    if !metadata.is_file() {
        return Err(KeyError::NotAFile(path));
    }
    if metadata.uid() != us {
        return Err(KeyError::ForeignOwner { path, owner: metadata.uid(), us });
    }
    match metadata.mode() & 0o777 {
        mode if mode & 0o077 != 0 => Err(KeyError::OpenToOthers { path, mode }),
        _ => Ok(()),
    }
}

/// Makes the file with a new key, unless another process is faster. The complete file gets its name by
/// a link, which fails where the name is taken: nobody ever sees half of it, nobody's key is replaced.
fn create(path: &Path, entropy: &dyn Entropy) -> Result<(), KeyError> {
    let mut text = Zeroizing::new(String::with_capacity(LINE_LEN_MAX));
    push_new_key(&mut text, entropy);
    let mut unique = [0; 8];
    entropy.fill(&mut unique);
    let draft = beside(path, &format!(".{}-{}", std::process::id(), hex::encode(unique)));
    let linked =
        write_new(&draft, &text).map_err(failed("write", &draft)).and_then(|()| {
            match fs::hard_link(&draft, path) {
                Err(taken) if taken.kind() == ErrorKind::AlreadyExists => Ok(()),
                result => result.map_err(failed("create", path)),
            }
        });
    let removed = fs::remove_file(&draft).map_err(failed("remove", &draft));
    linked.and(removed)?;
    sync_folder(path)
}

/// Replaces the file's text at once. A draft of a fixed name keeps two changes apart.
fn change(
    path: &Path,
    edit: impl FnOnce(&str) -> Result<Zeroizing<String>, KeyError>,
) -> Result<KeyRing, KeyError> {
    let draft = beside(path, ".new");
    let mut file = new_file(&draft).map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists => KeyError::Busy(draft.clone()),
        _ => failed("create", &draft)(source),
    })?;
    let replaced = read(path).and_then(|text| edit(&text)).and_then(|text| {
        let ring = parse(path, &text)?;
        write_all(&mut file, &text).map_err(failed("write", &draft))?;
        fs::rename(&draft, path).map_err(failed("replace", path))?;
        Ok(ring)
    });
    if replaced.is_err() {
        fs::remove_file(&draft).map_err(failed("remove", &draft))?;
    }
    let ring = replaced?;
    sync_folder(path)?;
    Ok(ring)
}

fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    write_all(&mut new_file(path)?, text)
}

fn write_all(file: &mut File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Makes the file's name survive power loss.
fn sync_folder(path: &Path) -> Result<(), KeyError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("secure", path))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyError {
    move |source| KeyError::Io { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
