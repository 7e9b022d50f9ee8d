//! What a CI job calls: several reports at once, the summary of a job, and what exits how.

use std::fs;

use crate::common::drift_in;
use crate::common::root;
use crate::common::stderr;
use crate::common::stdout;
use serde_json::Value;

#[test]
fn several_reports_at_once_and_the_summary_of_the_job_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    let to = |format: &str, name: &str| format!("{format}={}", file(name).display());
    let reports =
        [to("sarif", "a/drift.sarif"), to("markdown", "summary.md"), to("junit", "j.xml"), to("json", "r.json")];
    let mut arguments = vec!["check", "fixtures/half-migrated", "--quiet"];
    reports.iter().for_each(|report| arguments.extend(["--report", report]));
    fs::write(file("step.md"), "# Before\n").unwrap();
    let summary = file("step.md");
    let environment = [("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    let output = drift_in(&root(), &arguments, &environment);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("fixtures/half-migrated does not match"), "{}", stdout(&output));
    let sarif: Value = serde_json::from_str(&fs::read_to_string(file("a/drift.sarif")).unwrap()).unwrap();
    let report: Value = serde_json::from_str(&fs::read_to_string(file("r.json")).unwrap()).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), report["findings"].as_array().unwrap().len());
    let placed = |result: &&Value| {
        let file = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        file.starts_with("expected-schema/") && root().join(file).exists()
    };
    assert_eq!(results.iter().filter(placed).count(), results.len(), "each is at a file of the repository");
    let step = fs::read_to_string(&summary).unwrap();
    let markdown = fs::read_to_string(file("summary.md")).unwrap();
    assert_eq!(step, format!("# Before\n{markdown}\n"));
    // A second command of the same step adds to it.
    let clean = drift_in(&root(), &["check", "expected-schema", "--quiet", "--report", &reports[0]], &environment);
    assert_eq!((clean.status.code(), stdout(&clean).as_str()), (Some(0), ""));
    assert!(fs::read_to_string(&summary).unwrap().contains("\n\n## no drift"));
    let sarif: Value = serde_json::from_str(&fs::read_to_string(file("a/drift.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["results"], Value::Array(Vec::new()), "a clean run closes the alerts");
}

#[test]
fn a_file_is_named_from_the_root_of_the_checkout() {
    let workspace = root();
    let output = drift_in(
        &root().join("fixtures"),
        &["check", "half-migrated", "--spec", "../expected-schema", "--format", "gitlab"],
        &[("CI_PROJECT_DIR", workspace.to_str().unwrap())],
    );
    let issues: Vec<Value> = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(issues.len() > 30);
    for issue in issues {
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(path.starts_with("expected-schema/"), "{path}");
    }
}

#[test]
fn a_report_that_names_no_file_or_format_is_refused() {
    for (report, says) in [
        ("sarif", "write FORMAT=FILE, as in sarif=drift.sarif"),
        ("sarif=", "name a file after the `=`"),
        ("sariv=x", "sariv"),
    ] {
        let output = drift_in(&root(), &["check", "expected-schema", "--report", report], &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
}

/// A directory with a declared schema, to be checked against `live.sql`.
struct Project(tempfile::TempDir);

const DECLARED: &str = "\
CREATE TABLE notes (id bigint PRIMARY KEY, body text, tag text);
COMMENT ON TABLE notes IS 'What people wrote.';
CREATE INDEX notes_tag ON notes (tag);
";

impl Project {
    fn new(declared: &str) -> Project {
        let project = Project(tempfile::tempdir().unwrap());
        project.put("expected-schema/schema.sql", declared);
        project
    }

    fn put(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    /// The exit code, stdout and stderr of a command.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = drift_in(self.0.path(), arguments, &[]);
        (output.status.code().unwrap(), stdout(&output), stderr(&output))
    }
}

const OLD: &str = "CREATE TABLE notes (id bigint PRIMARY KEY, body text);";
const CHECK: [&str; 4] = ["check", "live.sql", "--baseline", "drift-baseline.toml"];

#[test]
fn a_check_against_a_baseline_fails_on_what_is_new_and_says_what_is_gone() {
    let project = Project::new(DECLARED);
    project.put("live.sql", OLD);
    let (code, _, said) = project.run(&["baseline", "live.sql", "--owner", "data team", "--until", "2999-12-31"]);
    assert_eq!((code, said.as_str()), (0, "wrote drift-baseline.toml with 2 findings\n"));
    let recorded = project.text("drift-baseline.toml");
    let objects: Vec<&str> = recorded.lines().filter(|line| line.starts_with("on ")).collect();
    assert_eq!(objects, ["on    = \"table public.notes\"", "on    = \"column public.notes.tag\""], "{recorded}");
    assert!(recorded.contains("owner = \"data team\"\nuntil = 2999-12-31\n"), "{recorded}");

    let (code, said, _) = project.run(&CHECK);
    assert_eq!(code, 0, "{said}");
    let head =
        "nothing new: of live.sql against expected-schema there are 2 findings, all known to drift-baseline.toml";
    assert!(said.replace("\n  ", " ").starts_with(head), "{said}");

    // One is repaired, another one comes.
    project.put(
        "live.sql",
        "CREATE TABLE notes (id bigint PRIMARY KEY, tag text); CREATE INDEX notes_tag ON notes (tag);",
    );
    let (code, said, _) = project.run(&CHECK);
    assert_eq!(code, 1);
    assert!(said.contains("error[column-missing]: column public.notes.body is missing"), "{said}");
    assert!(!said.contains("[table-changed]"), "{said}");
    assert!(said.contains("baseline: drift-baseline.toml knows 1 of these findings, 1 are new"), "{said}");
    assert!(said.contains("gone: 1: column-missing on public.notes.tag"), "{said}");
    assert_eq!(project.text("drift-baseline.toml"), recorded, "a check writes nothing");

    let (code, _, said) = project.run(&[&CHECK[..], &["--update"]].concat());
    assert_eq!(code, 1, "an update excuses nothing");
    assert!(said.contains("took 1 of 2 entries out of drift-baseline.toml"), "{said}");
    let shrunk = project.text("drift-baseline.toml");
    assert!(
        !shrunk.contains("notes.tag") && !shrunk.contains("notes.body") && shrunk.contains("public.notes"),
        "{shrunk}"
    );
    // What is gone comes back: it is new.
    project.put("live.sql", OLD);
    let (code, said, _) = project.run(&CHECK);
    assert!(code == 1 && said.contains("column public.notes.tag is missing"), "{said}");
    // Recorded anew, what people wrote stays.
    project.put("drift-baseline.toml", &shrunk.replace("was there when the baseline was recorded", "Ann knows"));
    let (code, _, said) = project.run(&["baseline", "live.sql"]);
    assert!(code == 2 && said.contains("there is a baseline at drift-baseline.toml already"), "{said}");
    let (_, _, said) = project.run(&["baseline", "live.sql", "--replace"]);
    assert_eq!(said, "wrote drift-baseline.toml with 2 findings: 1 new, 0 gone\n");
    let again = project.text("drift-baseline.toml");
    assert!(again.contains("Ann knows") && again.contains("was there when"), "{again}");
}

#[test]
fn what_is_over_or_worse_counts_again() {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let project = Project::new(DECLARED);
    project.put("live.sql", OLD);
    project.run(&["baseline", "live.sql", "--until", "2020-01-01"]);
    let (code, said, _) = project.run(&CHECK);
    assert!(code == 1 && flat(&said).contains("their day is over: 2: "), "{said}");
    project.run(&["baseline", "live.sql", "--replace"]);
    let entry = project.text("drift-baseline.toml");
    assert!(entry.contains("2020-01-01"), "a day that somebody set is not forgotten: {entry}");

    // The same object, and another difference: that is news.
    let project = Project::new(DECLARED);
    project.put("live.sql", OLD);
    project.run(&["baseline", "live.sql"]);
    project.put("live.sql", &format!("{OLD} ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"));
    let (code, said, _) = project.run(&CHECK);
    assert!(
        code == 1 && flat(&said).contains("worse or other than recorded: 1: table-changed on public.notes"),
        "{said}"
    );
    // What was not looked at is not gone.
    project.put("live.sql", &format!("{DECLARED} CREATE SCHEMA other;"));
    let (_, said, note) = project.run(&[&CHECK[..], &["--update", "--schema", "public"]].concat());
    assert!(!said.contains("gone:") && note.contains("nobody knows what is gone"), "{said}{note}");
}

#[test]
fn a_base_is_another_source_instead_of_a_file() {
    let project = Project::new(DECLARED);
    project.put("main.sql", OLD);
    project.put("branch.sql", "CREATE TABLE notes (id bigint PRIMARY KEY, body varchar(9));");
    let (code, said, _) = project.run(&["check", "branch.sql", "--base", "main.sql"]);
    assert_eq!(code, 1);
    assert!(
        said.contains("column public.notes.body differs in type") && !said.contains("notes.tag is missing"),
        "{said}"
    );
    let (code, said, _) = project.run(&["check", "main.sql", "--base", "branch.sql", "--format", "markdown"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("### Baseline\n\n- branch.sql knows 2 of these findings, 0 are new"), "{said}");
    assert!(said.contains("- gone: 1: column-changed on public.notes.body"), "{said}");
}

#[test]
fn no_name_breaks_out_of_a_baseline() {
    let names = ["a\"]]\n[[finding]]", "b''' # x", "c\\u0041 \u{202e}", "d.e", "ünï 表"];
    let tables: String = names.map(|name| format!("CREATE TABLE \"{}\" ();", name.replace('"', "\"\""))).concat();
    let project = Project::new("CREATE TABLE kept ();");
    project.put("live.sql", &format!("CREATE TABLE kept ();{tables}"));
    let (code, _, said) = project.run(&["baseline", "live.sql", "--why", "x\"\n[[finding]]"]);
    assert_eq!((code, said.as_str()), (0, "wrote drift-baseline.toml with 5 findings\n"));
    let (code, said, note) = project.run(&CHECK);
    assert_eq!(code, 0, "{said}{note}");
    project.put("live.sql", "CREATE TABLE kept ();");
    let (_, _, said) = project.run(&[&CHECK[..], &["--update"]].concat());
    assert!(said.contains("took 5 of 5 entries out"), "{said}");
    assert!(!project.text("drift-baseline.toml").contains("\n[["));
}
