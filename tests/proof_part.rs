//! A patch for a large database is proved on the part of it that it is about;
//! and on all of it where a part cannot tell.
#![allow(clippy::disallowed_macros)]

use crate::common;
use crate::common::stderr;

/// Tables that have nothing to do with one another, and one whose trigger
/// writes what its function's text says: `{}`.
fn schema(writes: &str, column: &str) -> String {
    let other =
        |n: u32| format!("CREATE TABLE other_{n} (id integer PRIMARY KEY, at date, note text CHECK (note <> ''));\n");
    let others: String = (0..20).map(other).collect();
    format!(
        "{others}CREATE TABLE audit (what text);\n\
         CREATE FUNCTION record() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {writes}; RETURN new; END $$;\n\
         CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL{column});\n\
         CREATE TRIGGER record BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION record();\n\
         CREATE TABLE pets (id integer PRIMARY KEY, owner integer REFERENCES people);\n\
         CREATE VIEW names AS SELECT id, name FROM people;\n"
    )
}

/// What `drift fix` says, and that the patch does it.
fn fix(database: &str, writes: &str) -> Option<String> {
    let server = common::server::shared()?;
    let url = server.database(database);
    let spec = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = spec.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    server.psql(database, &["-f", &file("actual", &schema(writes, ""))]);
    server.psql(database, &["-c", "INSERT INTO people VALUES (1, 'One'), (2, 'Two')"]);
    file("schema.sql", &schema(writes, ", short text NOT NULL"));
    let patch = spec.path().join("patch").with_extension("sql");
    let spec = spec.path().to_str().unwrap();
    let arguments = [
        "fix",
        "--additive",
        &url,
        "--spec",
        spec,
        "--backfill",
        "people.short=lower(name)",
        "--output",
        patch.to_str().unwrap(),
    ];
    let output = common::drift(&arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    server.psql(database, &["-f", patch.to_str().unwrap()]);
    assert_eq!(server.psql(database, &["-c", "SELECT short FROM people ORDER BY id"]), "one\ntwo\n");
    Some(stderr(&output))
}

#[test]
fn a_clone_has_what_a_patch_touches_and_what_that_may_name() {
    let Some(said) = fix("part_enough", "INSERT INTO audit VALUES (new.name)") else { return };
    // people, what refers to it, and what its trigger writes.
    assert!(said.contains("the clone has 3 of 23 tables"), "{said}");
    assert!(said.contains("rows in"), "{said}");
}

#[test]
fn where_a_part_cannot_tell_the_whole_is_asked() {
    let writes = "EXECUTE 'INSERT INTO other' || '_7 VALUES (' || (random() * 1e9)::integer || ')'";
    let Some(said) = fix("part_too_little", writes) else { return };
    assert!(said.contains("proved on a clone") && !said.contains("the clone has"), "{said}");
}
