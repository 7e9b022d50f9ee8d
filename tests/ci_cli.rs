//! What a CI job calls: several reports at once, the summary of a job, and what exits how.

mod common;

use std::fs;

use common::drift_in;
use common::root;
use common::stderr;
use common::stdout;
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
