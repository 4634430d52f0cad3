//! The rules of the house that a compiler does not know: who may use whom, how long a file is, and that what is out of
//! the ordinary says why.
#![expect(clippy::unwrap_used, reason = "a helper of a test that cannot do its work fails the test")]
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

/// Crates of the workspace that a crate may use, directly; arrows point the only way `use` may go.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("vault", &["domain"]),
    ("store", &["domain"]),
    ("connectors", &["domain"]),
    ("enrich", &["domain"]),
    ("engine", &["connectors", "domain", "enrich", "store", "vault"]),
    ("faces", &["connectors", "domain", "engine", "store", "vault"]),
    ("tributary", &["connectors", "domain", "engine", "enrich", "faces", "store", "vault"]),
    ("testkit", &["connectors", "domain", "engine", "faces", "store", "vault"]),
    (
        "bench",
        &["connectors", "domain", "engine", "enrich", "faces", "store", "testkit", "tributary", "vault"],
    ),
];

/// Lines that a source file may have.
const LINES_MAX: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Crates of the workspace, and those of them that each uses outside tests.
fn uses() -> BTreeMap<String, BTreeSet<String>> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]).current_dir(root());
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of_package = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap();
        let normal = dependencies.iter().filter(|d| d["kind"].is_null() && !d["path"].is_null());
        (text(&package["name"]), normal.map(|d| text(&d["name"])).collect())
    };
    metadata["packages"].as_array().unwrap().iter().map(of_package).collect()
}

#[test]
fn arrows_point_the_only_way_use_may_go() {
    let uses = uses();
    let known: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<&str> = uses.keys().map(String::as_str).collect();
    assert_eq!(found, known, "the crates of the workspace");
    for (name, allowed) in ARROWS {
        for used in &uses[*name] {
            assert!(allowed.contains(&used.as_str()), "{name} must not use {used}");
        }
    }
}

/// Source files: those of the program, and those of tests and examples too.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 100);
    found
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs")
}

#[test]
fn no_source_file_is_too_long() {
    let long = |path: &PathBuf| {
        let lines = std::fs::read_to_string(path).unwrap().lines().count();
        (lines > LINES_MAX).then(|| format!("{}: {lines} lines", path.display()))
    };
    let long: Vec<String> = sources().iter().filter_map(long).collect();
    assert!(long.is_empty(), "over {LINES_MAX} lines: {long:#?}");
}

#[test]
fn lints_are_expected_with_a_reason_never_allowed() {
    let (mut allowed, mut silent) = (Vec::new(), Vec::new());
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        let line = |at: usize| format!("{}:{}", path.display(), text[..at].lines().count() + 1);
        for (attribute, found) in [("[allow(", &mut allowed), ("[expect(", &mut silent)] {
            for (at, _) in text.match_indices(attribute) {
                // An attribute, not its name in a string or a comment.
                if !text[..at].ends_with(['#', '!']) {
                    continue;
                }
                let arguments = text[at..].split(']').next().unwrap();
                let is_fine =
                    if attribute == "[allow(" { is_test(&path) } else { arguments.contains("reason = \"") };
                if !is_fine {
                    found.push(line(at));
                }
            }
        }
    }
    assert!(allowed.is_empty(), "`expect` with a reason in place of `allow`: {allowed:#?}");
    assert!(silent.is_empty(), "`expect` without a reason: {silent:#?}");
}

#[test]
fn every_dependency_says_why_it_is_here() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let mut count = 0;
    let mut own = false;
    for line in section.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(heading) = line.strip_prefix('#') {
            own = heading.contains("our own crates");
        } else if !own {
            count += 1;
            let reason = line.rsplit_once('#').map_or("", |(_, reason)| reason.trim());
            assert!(reason.len() > 3, "no reason: {line}");
        } else {
            // Our own crates say what they are in their manifests.
            assert!(line.contains("path = \"crates/"), "{line}");
        }
    }
    assert!(count > 40, "{count} dependencies");
}

#[test]
fn every_crate_takes_its_dependencies_and_lints_from_the_workspace() {
    for name in uses().keys() {
        let manifest = std::fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{name} has lints of its own");
        let mut in_dependencies = false;
        for line in manifest.lines() {
            if line.starts_with('[') {
                in_dependencies = line.ends_with("dependencies]");
            } else if in_dependencies && line.contains('=') {
                assert!(line.contains("workspace = true"), "{name}: {line}");
            }
        }
    }
}
