//! What somebody sees who has configured nothing: how to start, and an example that needs nothing.

use std::fs;
use std::path::Path;

use crate::common;

/// Exit 2, nothing on stdout; what was said.
fn told(directory: &Path, arguments: &[&str]) -> String {
    // Neither may name a database.
    let output = common::drift_in(directory, arguments, &[("PGHOSTADDR", "")]);
    let said = common::stderr(&output);
    assert_eq!((output.status.code(), common::stdout(&output).as_str()), (Some(2), ""), "{arguments:?}: {said}");
    said
}

#[test]
fn an_empty_directory_is_told_the_three_ways_to_start() {
    let empty = tempfile::tempdir().unwrap();
    for arguments in [
        &["check"][..],
        &["fix", "--additive"],
        &["prove"],
        &["status"],
        &["status", "--migrations", "migrations"],
        &["report"],
        &["baseline"],
    ] {
        let said = told(empty.path(), arguments);
        assert!(said.starts_with("error: no database is named, and there is no declared schema at expected-schema\n"));
        for way in ["\n  drift demo ", "\n  drift init postgres://", "\n  drift check postgres://", "--spec DIR"] {
            assert!(said.contains(way), "{arguments:?} lacks `{way}`: {said}");
        }
    }
    for arguments in [&["prove", "--expected"][..], &["check", "--offline"], &["check", "postgres://localhost:1/x"]] {
        let said = told(empty.path(), arguments);
        assert!(said.contains("there is no declared schema at expected-schema\n"), "{arguments:?}: {said}");
        assert!(said.contains("drift init") && said.contains("drift demo"), "{arguments:?}: {said}");
    }
    assert!(fs::read_dir(empty.path()).unwrap().next().is_none(), "something was written");
}

#[test]
fn what_is_still_missing_is_asked_for_by_name() {
    let said = told(&common::root(), &["check"]);
    for word in ["error: no database is named\n", "DATABASE_URL", "drift check --offline", "drift prove --expected"] {
        assert!(said.contains(word), "{said}");
    }
    let said = told(&common::root(), &["fix", "fixtures/half-migrated"]);
    for way in ["--additive", "--full", "--reset", "--remainder --migrations DIR"] {
        assert!(said.contains(&format!("\n  {way} ")), "{said}");
    }
    let bare = tempfile::tempdir().unwrap();
    fs::write(bare.path().join("live.sql"), "CREATE TABLE a (id int);").unwrap();
    assert!(told(bare.path(), &["status", "live.sql"]).contains("drift status --migrations DIR"));
}

/// What `drift demo` says to do next works, and comes to a good end.
#[test]
fn the_example_is_found_at_fault_broken_into_and_repaired() {
    let directory = tempfile::tempdir().unwrap();
    let demo = directory.path().join("drift-demo");
    let run = |at: &Path, arguments: &[&str]| {
        let output = common::drift_in(at, arguments, &[]);
        (output.status.code(), common::stdout(&output), common::stderr(&output))
    };
    let (code, _, said) = run(directory.path(), &["demo"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(told(directory.path(), &["demo"]).contains("drift-demo exists and is not empty"));
    for line in said.lines().filter_map(|line| line.split_once("drift ")).map(|(_, rest)| rest) {
        let known = ["check live.sql  ", "fix --additive --guard live.sql  ", "prove live.sql  "];
        assert!(line.starts_with("demo: ") || line.starts_with("-demo") || known.iter().any(|k| line.starts_with(k)));
    }
    let (code, report, said) = run(&demo, &["check", "live.sql"]);
    assert_eq!(code, Some(1), "{said}");
    for finding in ["policy-always-true", "unique-missing", "check-missing"] {
        assert!(report.contains(finding), "{finding} is not in {report}");
    }
    let (code, broken, said) = run(&demo, &["prove", "live.sql"]);
    assert_eq!(code, Some(1), "{broken}{said}");
    let (code, _, said) = run(&demo, &["fix", "--additive", "--guard", "live.sql", "--output", "patch.sql"]);
    assert_eq!(code, Some(0), "{said}");
    // The database and the patch after it.
    let both = demo.join("repaired");
    fs::create_dir(&both).unwrap();
    fs::copy(demo.join("live.sql"), both.join("1.sql")).unwrap();
    // It runs in one session with what comes after, and psql would end that.
    let patch = fs::read_to_string(demo.join("patch.sql")).unwrap();
    fs::write(both.join("2.sql"), format!("{patch}\nRESET ALL;\n")).unwrap();
    let (code, after, said) = run(&demo, &["prove", "repaired"]);
    assert_eq!(code, Some(0), "{after}{said}");
    for spec in [&["prove", "--expected"][..], &["check", "--offline"]] {
        let (code, report, said) = run(&demo, spec);
        assert_eq!(code, Some(0), "{report}{said}");
    }
}
