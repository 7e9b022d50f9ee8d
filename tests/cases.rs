//! Case folders: each tells one story in a few lines of SQL. `expected.sql`
//! and `actual.sql` go in; `findings.txt`, `patch.sql` and `remaining.txt`
//! must come out, and each side against itself must give nothing. With a file
//! `phases`, the patch is written in parts; with a `probes.txt`, the rows of
//! `actual.sql` are asked too, and that is what they must say.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::common;
use crate::common::matrix::needs;
use crate::common::matrix::newest;
use drift::jobs::compare;
use drift::jobs::compare::Comparison;
use drift::jobs::fix;
use drift::jobs::fix::FixOptions;
use drift::jobs::probe;
use drift::jobs::source::ReadOptions;
use drift::jobs::source::Source;
use drift::model::finding::Fix;
use drift::plan::seal;
use drift::scratch::Engine;

/// One line a finding: what a reviewer reads.
fn list(comparison: &Comparison) -> String {
    let mut text = String::new();
    for finding in &comparison.report.findings {
        text.push_str(&format!("{} {} {}\n", finding.severity.word(), finding.code, finding.object.dotted()));
        for change in &finding.attributes {
            let value = |v: &Option<String>| v.clone().unwrap_or_else(|| "-".to_owned()).replace('\n', "\n        ");
            text.push_str(&format!(
                "    {}: expected {} | actual {}\n",
                change.attribute,
                value(&change.expected),
                value(&change.actual)
            ));
        }
        for part in &finding.includes {
            text.push_str(&format!("    with {} {}\n", part.kind, part.dotted()));
        }
        match &finding.fix {
            Fix::Additive => text.push_str("    repair: additive\n"),
            Fix::Partial { reason } => text.push_str(&format!("    repair: in part; {reason}\n")),
            Fix::None { reason } => text.push_str(&format!("    repair: none; {reason}\n")),
        }
    }
    if text.is_empty() { "nothing\n".to_owned() } else { text }
}

/// The spec directory of a case: its declared SQL and its drift.toml.
fn spec(case: &Path, directory: &Path, sql: &str) -> PathBuf {
    let spec = directory.join("spec");
    fs::create_dir_all(&spec).unwrap();
    fs::copy(case.join(sql), spec.join("schema.sql")).unwrap();
    if case.join("drift.toml").exists() {
        fs::copy(case.join("drift.toml"), spec.join("drift.toml")).unwrap();
    }
    spec
}

async fn check(spec: &Path, actual: &Path, options: &ReadOptions) -> Comparison {
    let actual = Source::parse(actual.to_str().unwrap()).unwrap();
    compare::check(&actual, spec, options).await.unwrap_or_else(|e| panic!("{spec:?}: {e:#}"))
}

/// What the rows say beside the catalog.
async fn probed(source: &Source, found: &mut Comparison) -> String {
    found.report.findings.clear();
    probe::probe(source, found).await.unwrap_or_else(|e| panic!("{e:#}"));
    let probes = found.report.probes.as_ref().unwrap();
    let mut text = format!("{} asked, {} without an answer\n", probes.asked, probes.unanswered.len());
    for finding in &found.report.findings {
        text.push_str(&format!("{} {} {}\n", finding.severity.word(), finding.code, finding.object.dotted()));
        text.push_str(&format!("    {}\n    {}\n", finding.message, finding.actual.as_deref().unwrap_or("-")));
    }
    text
}

/// The newest version of which the embedded engine takes all.
const EMBEDDED: u32 = 17;

/// Where a case is run; `None` where it needs a newer server, and there is none.
fn options(case: &Path) -> Option<ReadOptions> {
    let sides = ["expected.sql", "actual.sql"].map(|side| fs::read_to_string(case.join(side)).unwrap());
    if sides.iter().all(|sql| needs(sql) <= EMBEDDED) {
        return Some(ReadOptions::default());
    }
    let url = newest()?.server.url("postgres", "postgres");
    Some(ReadOptions { engine: Some(Engine::parse(&url).unwrap()), ..ReadOptions::default() })
}

async fn run(case: &Path, read: &ReadOptions) {
    let directory = tempfile::tempdir().unwrap();
    let expected = spec(case, directory.path(), "expected.sql");
    let actual = case.join("actual.sql");

    let source = Source::parse(actual.to_str().unwrap()).unwrap();
    let itself = compare::diff(&source, &source, read).await.unwrap_or_else(|e| panic!("{e:#}"));
    assert_eq!(list(&itself), "nothing\n", "actual against itself");
    let itself = check(&expected, &case.join("expected.sql"), read).await;
    let rules_only = itself.differences.is_empty();
    assert!(rules_only, "expected against itself: {}", list(&itself));

    let mut found = check(&expected, &actual, read).await;
    common::golden(&case.join("findings.txt"), &list(&found));
    if case.join("probes.txt").exists() {
        let said = probed(&source, &mut found).await;
        common::golden(&case.join("probes.txt"), &said);
    }

    let patch = directory.path().join("patch.sql");
    let options = FixOptions {
        offline: false,
        backfill: Vec::new(),
        create_tenant: None,
        output: Some(patch.clone()),
        name: "case".to_owned(),
        phases: case.join("phases").exists(),
        batch_rows: None,
    };
    let done = fix::additive(&source, &expected, &options, read).await.unwrap_or_else(|e| panic!("{e:#}"));
    // The seal of a plan is hashes: that it holds is said in tests/apply.rs.
    let unsealed = |path: &PathBuf| seal::unsealed(&fs::read_to_string(path).unwrap()).to_owned();
    let sql: String = done.written.iter().map(unsealed).collect();
    common::golden(&case.join("patch.sql"), &sql);

    // What the patch leaves must be exactly what it says it leaves.
    let after = directory.path().join("after");
    fs::create_dir_all(&after).unwrap();
    fs::copy(&actual, after.join("1_actual.sql")).unwrap();
    fs::write(after.join("2_patch.sql"), &sql).unwrap();
    common::golden(&case.join("remaining.txt"), &list(&check(&expected, &after, read).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_case_tells_its_story() {
    let only = std::env::var("DRIFT_CASE").ok();
    let mut cases: Vec<PathBuf> =
        fs::read_dir(common::root().join("tests/cases")).unwrap().map(|e| e.unwrap().path()).collect();
    cases.sort();
    let mut failures = Vec::new();
    for case in &cases {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        // The embedded engine has no subscriptions.
        if name.starts_with("subscription") && common::server::shared().is_none() {
            continue;
        }
        let Some(options) = options(case) else { continue };
        let path = case.clone();
        if let Err(error) = tokio::spawn(async move { run(&path, &options).await }).await {
            let panic = error.into_panic();
            let text = panic.downcast_ref::<String>().cloned();
            failures.push(format!("{name}: {}", text.unwrap_or_else(|| "see above".to_owned())));
        }
    }
    assert!(failures.is_empty(), "{} of {} cases fail:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// Every kind that the registry knows has at least one case folder.
#[test]
fn every_kind_has_a_case() {
    for kind in drift::model::kind::ObjectKind::ALL {
        let prefix = kind.word();
        let found = fs::read_dir(common::root().join("tests/cases"))
            .unwrap()
            .any(|e| e.unwrap().file_name().to_str().unwrap().starts_with(prefix));
        assert!(found, "tests/cases has no folder for the kind {prefix}");
    }
}
