//! A hole is the same hole on every PostgreSQL: what `check` says of it and
//! what `prove` breaks into, on the embedded one and on real servers 13 to 18.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::common;
use serde_json::Value;

/// The holes that are also proved on every version; the others are checked.
const PROVED: &[&str] = &["03_one_arm_too_many", "05_inherited_owner", "06_weak_check", "07_global_key"];

/// The declared SQL, with a hole or without.
fn source(directory: &Path, hole: Option<&Path>) -> String {
    for entry in std::fs::read_dir(common::root().join("expected-schema")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "sql") {
            std::fs::copy(&path, directory.join(path.file_name().unwrap())).unwrap();
        }
    }
    if let Some(hole) = hole {
        std::fs::copy(hole, directory.join("90_hole.sql")).unwrap();
    }
    directory.to_str().unwrap().to_owned()
}

fn json(arguments: &[&str]) -> Value {
    let output = common::drift(&[arguments, &["--format", "json"]].concat());
    assert!(output.status.code() != Some(2), "{arguments:?}: {}", common::stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// `severity code object` of every finding.
fn checked(source: &str, scratch: &str) -> BTreeSet<String> {
    let report = json(&["check", source, "--scratch", scratch]);
    let findings = report["findings"].as_array().unwrap();
    let one = |f: &Value| format!("{} {} {}", text(&f["severity"]), text(&f["code"]), f["object"]);
    findings.iter().map(one).collect()
}

/// `relation probe role` of everything that is not proven.
fn proved(source: &str, scratch: &str) -> BTreeSet<String> {
    let proof = json(&["prove", source, "--scratch", scratch]);
    let mut open = BTreeSet::new();
    for relation in proof["relations"].as_array().unwrap() {
        for probe in relation["probes"].as_array().unwrap() {
            if text(&probe["verdict"]) != "proven" {
                let (name, role) = (text(&relation["name"]), text(&probe["role"]));
                open.insert(format!("{} {name} {} {role}", text(&probe["verdict"]), text(&probe["probe"])));
            }
        }
    }
    open
}

/// What is said of every hole with one scratch Postgres.
fn verdicts(scratch: &str) -> Vec<(String, BTreeSet<String>)> {
    let mut holes: Vec<PathBuf> =
        std::fs::read_dir(common::root().join("tests/holes")).unwrap().map(|e| e.unwrap().path()).collect();
    holes.sort();
    assert!(holes.len() >= 10);
    let mut said = Vec::new();
    for hole in std::iter::once(None).chain(holes.iter().map(Some)) {
        let directory = tempfile::tempdir().unwrap();
        let source = source(directory.path(), hole.map(PathBuf::as_path));
        let name = hole.map_or("none", |hole| hole.file_stem().unwrap().to_str().unwrap());
        let mut verdict = checked(&source, scratch);
        if hole.is_none() || PROVED.contains(&name) {
            verdict.extend(proved(&source, scratch));
        }
        assert_eq!(verdict.is_empty(), hole.is_none(), "{name}, {scratch}: {verdict:?}");
        said.push((name.to_owned(), verdict));
    }
    said
}

#[test]
fn every_version_gives_the_same_verdicts() {
    let Some(matrix) = common::matrix::matrix() else { return };
    let expected = verdicts("embedded");
    std::thread::scope(|scope| {
        for version in &matrix.versions {
            let expected = &expected;
            scope.spawn(move || {
                let said = verdicts(&version.server.url("postgres", "postgres"));
                for ((hole, ours), (_, theirs)) in expected.iter().zip(&said) {
                    assert_eq!(ours, theirs, "{hole} on PostgreSQL {}", version.major);
                }
            });
        }
    });
}
