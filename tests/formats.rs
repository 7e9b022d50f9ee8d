//! What forges and CI systems read: goldens, the published schemas, and names that try to break out.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::common::golden;
use crate::common::reports;
use drift::model::finding::Severity;
use drift::model::isolation::IsolationReport;
use drift::model::isolation::Probe;
use drift::model::isolation::ProbeCounts;
use drift::model::isolation::ProbeResult;
use drift::model::isolation::RelationClass;
use drift::model::isolation::RelationProof;
use drift::model::isolation::Verdict;
use drift::model::report::Report;
use drift::report::Format;
use drift::report::Frame;
use drift::report::place::Places;
use serde_json::Value;

fn frame() -> Frame {
    let fallback = Some("expected-schema/drift.toml".to_owned());
    Frame {
        places: Places { root: "/repo".into(), here: "/repo".into(), fallback },
        fails: Some(Severity::Warning),
        ..Frame::default()
    }
}

fn written(report: &Report, format: Format) -> String {
    let mut out = Vec::new();
    drift::report::write(report, format, &frame(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A proof of one relation that holds and one that does not.
fn proof(name: &str) -> IsolationReport {
    let result = |probe, verdict, reason: &str| ProbeResult {
        probe,
        role: name.to_owned(),
        verdict,
        reason: reason.to_owned(),
        transcript: Vec::new(),
    };
    let broken = vec![
        result(Probe::Read, Verdict::Failed, "1 row of another tenant"),
        result(Probe::Insert, Verdict::Unproven, name),
    ];
    let relations = vec![
        RelationProof::new("public", name, RelationClass::Owned, broken),
        RelationProof::new("public", "tools", RelationClass::Shareable, vec![result(Probe::Read, Verdict::Proven, "")]),
    ];
    IsolationReport {
        version: 1,
        source: name.to_owned(),
        server_version: 170005,
        roles: vec![name.to_owned()],
        counts: ProbeCounts::of(relations.iter().flat_map(|relation| &relation.probes)),
        relations,
        notes: vec![name.to_owned()],
        setup: Vec::new(),
    }
}

fn proved(report: &IsolationReport, format: Format) -> String {
    let mut out = Vec::new();
    drift::report::isolation::write(report, format, &frame(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const FORMATS: [(Format, &str); 4] = [
    (Format::Sarif, "sarif"),
    (Format::Junit, "junit.xml"),
    (Format::Github, "github.txt"),
    (Format::Gitlab, "gitlab.json"),
];

#[test]
fn each_format_is_what_its_reader_wants() {
    for (format, ending) in FORMATS {
        let plain = |text: String| if format == Format::Sarif { shortened(&text) } else { text };
        golden::check(&format!("format-small.{ending}"), &plain(written(&reports::small(), format)));
        golden::check(&format!("format-hostile.{ending}"), &plain(written(&reports::hostile(), format)));
        golden::check(&format!("format-proof.{ending}"), &plain(proved(&proof("agents"), format)));
    }
}

/// SARIF without the version, and without the pages of the codes, which have goldens of their own.
fn shortened(text: &str) -> String {
    let mut sarif: Value = serde_json::from_str(text).unwrap();
    let driver = &mut sarif["runs"][0]["tool"]["driver"];
    driver["semanticVersion"] = "…".into();
    for rule in driver["rules"].as_array_mut().unwrap() {
        for key in ["fullDescription", "help"] {
            rule[key].as_object_mut().unwrap().values_mut().for_each(|text| *text = "…".into());
        }
    }
    serde_json::to_string_pretty(&sarif).unwrap() + "\n"
}

/// Every report that a test of formats has, in this format.
fn all(format: Format) -> Vec<String> {
    let reports = [
        reports::small(),
        reports::hostile(),
        reports::half_migrated(),
        reports::clean(),
        reports::adversarial(),
        reports::partly_visible(),
    ];
    let proofs = std::iter::once("agents").chain(reports::HOSTILE.iter().copied());
    let proofs = proofs.map(|name| proved(&proof(name), format));
    reports.iter().map(|report| written(report, format)).chain(proofs).collect()
}

/// The schema that the crate of SARIF's types is made from: the published one.
fn sarif_schema() -> Value {
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let about = String::from_utf8(rustc.stdout).unwrap();
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc says its host");
    // Of other platforms the packages may not be here, and nothing is downloaded for a test.
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").expect("it is a dependency");
    let manifest = Path::new(package["manifest_path"].as_str().unwrap());
    let text = std::fs::read_to_string(manifest.with_file_name("src").join("schema.json")).unwrap();
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    // A bracket too many, which not every engine of regular expressions reads; drift writes no language.
    for of in ["run", "toolComponent"] {
        let language = schema["definitions"][of]["properties"]["language"].as_object_mut().unwrap();
        assert!(language.remove("pattern").is_some());
    }
    schema
}

#[test]
fn sarif_obeys_its_published_schema() {
    let schema = sarif_schema();
    assert!(schema["$id"].as_str().unwrap().ends_with("sarif-schema-2.1.0.json"));
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    for text in all(Format::Sarif) {
        let value: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}\n{text}");
    }
    let wrong = written(&reports::small(), Format::Sarif).replace("\"ruleId\"", "\"ruleIdd\"");
    assert!(!validator.is_valid(&serde_json::from_str(&wrong).unwrap()), "the schema refuses nothing");
}

#[test]
fn code_scanning_finds_what_it_needs_in_every_result() {
    for report in [reports::small(), reports::hostile(), reports::half_migrated()] {
        let sarif: Value = serde_json::from_str(&written(&report, Format::Sarif)).unwrap();
        let run = &sarif["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), report.findings.len());
        let mut prints = BTreeSet::new();
        for result in results {
            assert_eq!(rules[result["ruleIndex"].as_u64().unwrap() as usize]["id"], result["ruleId"]);
            let place = &result["locations"][0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            assert!(!uri.starts_with('/') && uri.is_ascii() && !uri.contains([' ', '"', '<', '\\']), "{uri}");
            assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
            assert!(prints.insert(result["partialFingerprints"]["driftFinding/v1"].as_str().unwrap()), "{result}");
        }
        for rule in rules {
            assert!(rule["help"]["markdown"].as_str().unwrap().contains("## What it checks"), "{rule}");
            assert!(!rule["shortDescription"]["text"].as_str().unwrap().is_empty());
        }
    }
}

#[test]
fn a_fingerprint_outlives_words_lines_and_order() {
    let prints = |report: &Report| -> BTreeSet<(String, String)> {
        let sarif: Value = serde_json::from_str(&written(report, Format::Sarif)).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let of = |result: &Value| {
            (
                text(&result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]) + &text(&result["ruleId"]),
                text(&result["partialFingerprints"]["primaryLocationLineHash"]),
            )
        };
        sarif["runs"][0]["results"].as_array().unwrap().iter().map(of).collect()
    };
    let before = reports::half_migrated();
    let mut after = before.clone();
    after.findings.reverse();
    for finding in &mut after.findings {
        finding.message.push_str(", in other words");
        finding.severity = Severity::Note;
        finding.declared_at = None;
    }
    assert_eq!(prints(&before), prints(&after));
    // Names that read alike are not the same.
    let of = |schema: &str, parent: &str, name: &str| {
        let object = drift::model::finding::ObjectRef {
            kind: "column".into(),
            schema: schema.into(),
            parent: parent.into(),
            name: name.into(),
        };
        drift::model::finding::fingerprint("column-missing", &object, 1)
    };
    assert_ne!(of("a", "b.c", "d"), of("a.b", "c", "d"));
}

/// What `scripts/ci-formats` has fetched; `None` where nobody ran it, which DRIFT_REQUIRE_FORMATS=1 forbids.
fn junit_schema() -> Option<PathBuf> {
    let directory = std::env::var_os("DRIFT_FORMATS").map(PathBuf::from).unwrap_or_else(|| {
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let root = home == Path::new("/root");
        if root { PathBuf::from("/var/cache/drift/formats") } else { home.join(".cache/drift/formats") }
    });
    let path = directory.join("jenkins-junit.xsd");
    let there = path.exists() && Command::new("xmllint").arg("--version").output().is_ok();
    let required = std::env::var_os("DRIFT_REQUIRE_FORMATS").is_some();
    assert!(there || !required, "{} or xmllint is missing: run scripts/ci-formats", path.display());
    there.then_some(path)
}

#[test]
fn junit_obeys_the_schema_of_jenkins() {
    let Some(schema) = junit_schema() else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (n, text) in all(Format::Junit).iter().enumerate() {
        let path = directory.path().join(format!("{n}.xml"));
        std::fs::write(&path, text).unwrap();
        files.push(path);
    }
    let validate = |files: &[PathBuf]| {
        Command::new("xmllint").arg("--noout").arg("--schema").arg(&schema).args(files).output().unwrap()
    };
    let output = validate(&files);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let wrong = directory.path().join("wrong.xml");
    std::fs::write(&wrong, "<testsuites><testcase/></testsuites>").unwrap();
    assert!(!validate(&[wrong]).status.success(), "the schema refuses nothing");
}

#[test]
fn junit_counts_each_finding_once_and_keeps_hostile_names_inside() {
    let report = reports::hostile();
    let text = written(&report, Format::Junit);
    let junit = quick_junit::Report::deserialize_from_str(&text).expect("it is XML");
    assert_eq!((junit.tests, junit.failures), (2 * reports::HOSTILE.len(), reports::HOSTILE.len()));
    assert!(!text.contains("<script>") && !text.contains("]]>") && !text.contains("<!--"), "{text}");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
    let small = quick_junit::Report::deserialize_from_str(&written(&reports::small(), Format::Junit)).unwrap();
    // An error and a warning fail here; the note and what is allowed are skipped.
    assert_eq!((small.tests, small.failures), (5, 2));
}

#[test]
fn every_line_for_github_is_one_command() {
    for text in all(Format::Github) {
        for line in text.lines() {
            let command = line.strip_prefix("::").unwrap_or_else(|| panic!("not a command: {line}"));
            let (head, data) = command.split_once("::").expect("a command has a text");
            let (level, properties) = head.split_once(' ').expect("a command has properties");
            assert!(["error", "warning", "notice"].contains(&level), "{line}");
            for property in properties.split(',') {
                let (name, value) = property.split_once('=').unwrap_or_else(|| panic!("{line}"));
                assert!(["file", "line", "title"].contains(&name), "{line}");
                assert!(!value.is_empty() && !value.contains(':'), "{line}");
            }
            assert!(!data.contains(['\r', '\n']));
        }
        assert!(!text.contains('\r'), "{text}");
    }
}

#[test]
fn gitlab_takes_every_issue() {
    for report in [reports::small(), reports::hostile(), reports::clean()] {
        let issues: Vec<Value> = serde_json::from_str(&written(&report, Format::Gitlab)).unwrap();
        assert_eq!(issues.len(), report.findings.len());
        let mut prints = BTreeSet::new();
        for issue in issues {
            for key in ["description", "check_name", "fingerprint", "severity"] {
                assert!(!issue[key].as_str().unwrap().is_empty(), "{issue}");
            }
            let path = issue["location"]["path"].as_str().unwrap();
            assert!(!path.starts_with(['/', '.']), "{path}");
            assert!(issue["location"]["lines"]["begin"].is_u64());
            assert!(prints.insert(issue["fingerprint"].as_str().unwrap().to_owned()));
        }
    }
}

#[test]
fn a_summary_in_markdown_shows_hostile_names_and_runs_none() {
    let text = written(&reports::hostile(), Format::Markdown);
    for evil in ["<script>", "<!-- -->\n", "\r", "\u{1b}", "\u{202e}", "\u{0}"] {
        let outside: Vec<&str> = text.lines().filter(|line| !line.contains('`')).collect();
        assert!(!outside.join("\n").contains(evil), "{evil:?} in {text}");
    }
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::") || line.contains("\n##[")), "{text}");
}
