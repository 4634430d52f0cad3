use super::*;
use crate::testing::Seeded;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Barrier;
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    (folder, path)
}

fn open(path: &Path) -> Result<KeyRing, KeyError> {
    open_or_create(path, true, &Seeded::new(99))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn names(folder: &TempDir) -> Vec<String> {
    let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    fs::read_dir(folder.path()).unwrap().map(name).collect()
}

#[test]
fn the_first_start_makes_a_key_that_stays() {
    let (folder, path) = folder();
    let made = open_or_create(&path, false, &Seeded::new(1)).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(names(&folder), ["master.key"]);
    let text = fs::read_to_string(&path).unwrap();
    let words: Vec<&str> = text.trim_end().split(' ').collect();
    assert_eq!(words[..2], ["tributary-master-key-v1", &made.active().to_string()]);
    assert_eq!(words[2].len(), 44);
    for store_has_data in [false, true] {
        let again = open_or_create(&path, store_has_data, &Seeded::new(2)).unwrap();
        assert_eq!(again.active(), made.active());
    }
}

#[test]
fn a_lost_key_of_existing_data_is_never_replaced() {
    let (folder, path) = folder();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, KeyError::Missing(_)));
    assert!(error.to_string().contains("backup"));
    assert!(names(&folder).is_empty());
}

#[test]
fn an_empty_or_huge_file_is_never_replaced() {
    let (_folder, path) = folder();
    for text in [String::new(), "\n\n".to_owned(), "x".repeat(FILE_LEN_MAX + 1)] {
        new_file(&path).unwrap().write_all(text.as_bytes()).unwrap();
        let result = open_or_create(&path, false, &Seeded::new(1));
        assert!(matches!(result, Err(KeyError::Size(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_file_open_to_others_is_refused() {
    let (_folder, path) = folder();
    open_or_create(&path, false, &Seeded::new(1)).unwrap();
    for bad in [0o644, 0o640, 0o620, 0o604, 0o610] {
        fs::set_permissions(&path, fs::Permissions::from_mode(bad)).unwrap();
        let error = open(&path).unwrap_err();
        assert!(matches!(error, KeyError::OpenToOthers { mode, .. } if mode == bad));
        assert!(error.to_string().contains("chmod 600"));
        assert!(matches!(rotate(&path, &Seeded::new(2)), Err(KeyError::OpenToOthers { .. })));
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(open(&path).is_ok());
}

#[test]
fn a_link_or_folder_is_refused() {
    let (folder, path) = folder();
    let target = folder.path().join("elsewhere");
    for present in [false, true] {
        symlink(&target, &path).unwrap();
        assert!(matches!(open_or_create(&path, false, &Seeded::new(1)), Err(KeyError::NotAFile(_))));
        assert_eq!(target.exists(), present);
        fs::remove_file(&path).unwrap();
        open_or_create(&target, false, &Seeded::new(1)).unwrap();
    }
    fs::create_dir(&path).unwrap();
    assert!(matches!(open(&path), Err(KeyError::NotAFile(_))));
}

#[test]
fn a_foreign_file_is_refused() {
    let (_folder, path) = folder();
    open_or_create(&path, false, &Seeded::new(1)).unwrap();
    let metadata = fs::metadata(&path).unwrap();
    let owner = metadata.uid();
    assert!(check(&path, &metadata, owner).is_ok());
    let error = check(&path, &metadata, owner + 1).unwrap_err();
    assert!(matches!(error, KeyError::ForeignOwner { owner: o, us, .. } if o == owner && us == owner + 1));
    assert!(error.to_string().contains("chown"));
}

#[test]
fn a_damaged_line_is_named_and_not_repeated() {
    let (_folder, path) = folder();
    open_or_create(&path, false, &Seeded::new(1)).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let words: Vec<&str> = good.trim_end().split(' ').collect();
    let other_key = STANDARD.encode([9; 32]);
    for line in [
        format!("tributary-master-key-v2 {} {}", words[1], words[2]),
        format!("{} 00000000 {}", words[0], words[2]),
        format!("{} {} {other_key}", words[0], words[1]),
        format!("{} {} {}", words[0], words[1], &words[2][..40]),
        format!("{} {}", words[0], words[1]),
        format!("{} more", good.trim_end()),
    ] {
        fs::write(&path, format!("{good}\n{line}\n")).unwrap();
        let error = open(&path).unwrap_err();
        assert!(matches!(error, KeyError::Line { line: 3, .. }), "{line}");
        assert!(!error.to_string().contains(words[2]));
    }
    fs::write(&path, format!("{good}{good}")).unwrap();
    assert!(matches!(open(&path), Err(KeyError::Twice(_))));
}

#[test]
fn rotation_adds_a_key_and_retiring_removes_one() {
    let (folder, path) = folder();
    let first = open_or_create(&path, false, &Seeded::new(1)).unwrap();
    let (wrapped, _) = first.new_user_key(&Seeded::new(3), 7);

    let second = rotate(&path, &Seeded::new(2)).unwrap();
    assert_ne!(second.active(), first.active());
    assert_eq!(second.ids().collect::<Vec<_>>(), [second.active(), first.active()]);
    assert_eq!(open(&path).unwrap().ids().collect::<Vec<_>>(), second.ids().collect::<Vec<_>>());
    assert!(second.needs_rewrap(&wrapped) && second.unwrap_user_key(&wrapped, 7).is_ok());
    assert_eq!(mode(&path), 0o600);

    assert!(matches!(retire(&path, second.active()), Err(KeyError::Active(_))));
    let last = retire(&path, first.active()).unwrap();
    assert_eq!(last.ids().collect::<Vec<_>>(), [second.active()]);
    assert!(last.unwrap_user_key(&wrapped, 7).is_err());
    assert!(matches!(retire(&path, first.active()), Err(KeyError::Unknown(_))));
    assert_eq!(names(&folder), ["master.key"]);
}

#[test]
fn a_change_under_way_keeps_others_off() {
    let (folder, path) = folder();
    assert!(matches!(rotate(&path, &Seeded::new(2)), Err(KeyError::Missing(_))));
    assert!(names(&folder).is_empty());
    let ring = open_or_create(&path, false, &Seeded::new(1)).unwrap();
    fs::write(folder.path().join("master.key.new"), "").unwrap();
    assert!(matches!(rotate(&path, &Seeded::new(2)), Err(KeyError::Busy(_))));
    assert_eq!(open(&path).unwrap().active(), ring.active());
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let (_folder, path) = folder();
    let result = open_or_create(&path.join("deeper/master.key"), false, &Seeded::new(1));
    assert!(matches!(result, Err(KeyError::Io { .. })));
}

#[test]
fn many_first_starts_at_once_make_one_key() {
    for round in 0..8 {
        let (folder, path) = folder();
        let barrier = Barrier::new(8);
        let start = |seed: u64| {
            barrier.wait();
            open_or_create(&path, false, &Seeded::new(seed)).unwrap().active()
        };
        let actives: Vec<KeyId> = std::thread::scope(|scope| {
            let start = &start;
            let threads: Vec<_> = (0..8).map(|n| scope.spawn(move || start(round * 8 + n))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(actives.iter().all(|active| *active == actives[0]));
        assert_eq!(names(&folder), ["master.key"]);
    }
}
