//! What SQL sets for its session, begins and leaves: none of it reaches what is asked after it.

use std::path::Path;

use crate::common;

/// A patch among the sources, with what patches begin with and what hands over the session.
const PATCH: &str = "SET row_security = off;
SET search_path = pg_catalog;
SET check_function_bodies = off;
SET session_replication_role = replica;
CREATE ROLE somebody;
SET ROLE somebody;
SET SESSION AUTHORIZATION somebody;
SET TRANSACTION READ ONLY;
SET default_transaction_read_only = on;
";

/// A copy of a project with more SQL at its end.
fn project(more: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(common::root().join("tests/schemas/organizations")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    std::fs::write(copy.path().join("90_patch.sql"), more).unwrap();
    copy
}

fn run(directory: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = common::drift_in(directory, arguments, &[]);
    (output.status.code(), common::stdout(&output), common::stderr(&output))
}

#[test]
fn what_sources_set_is_not_what_is_proved_under() {
    let (plain, patched) = (project(""), project(PATCH));
    for engine in ["embedded", "local"] {
        if engine == "local" && common::server::binaries().is_none() {
            continue;
        }
        let arguments = ["prove", ".", "--spec", ".", "--scratch", engine];
        let (code, out, err) = run(patched.path(), &arguments);
        assert_eq!(code, Some(0), "{engine}: {out}{err}");
        assert_eq!(out, run(plain.path(), &arguments).1, "{engine}");
        let (code, out, err) = run(patched.path(), &["check", ".", "--spec", ".", "--scratch", engine]);
        assert_eq!(code, Some(0), "{engine}: {out}{err}");
    }
}

#[test]
fn a_transaction_that_a_file_leaves_open_is_an_error_that_names_it() {
    let open = project("CREATE TABLE before ();\n\nBEGIN;\nCREATE TABLE within ();\n");
    for command in ["prove", "check"] {
        let (code, out, err) = run(open.path(), &[command, ".", "--spec", "."]);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains("90_patch.sql:3: BEGIN;: the transaction is still open where the file ends"), "{err}");
        assert!(err.contains("help: end it with COMMIT, or take the BEGIN out"), "{err}");
    }
}
