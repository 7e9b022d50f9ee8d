//! docs/isolation.md: what `check` says of a hole, what `prove` shows, and what
//! the repair does, for each hole of tests/holes. The page is what the program
//! says: `DRIFT_BLESS=1` renews it.

use std::fmt::Write as _;
use std::path::Path;
use std::path::PathBuf;

use crate::common;
use serde_json::Value;

const HEAD: &str = "\
# Isolation, hole by hole

Each section cuts one hole into the schema that this repository declares (`expected-schema/`) and shows what `drift` makes of it:
what `drift check` says beyond a clean report, what `drift prove` does as a user of one tenant in the scratch Postgres, and what
`drift fix --additive --guard` repairs. Every word below is the program's own output: a test renews this page and compares it.

Without a hole, `drift check` finds nothing and `drift prove` proves every table. What a repair may not do (it never revokes,
drops or edits what exists) it says, and leaves.

| hole | check | prove | after the repair |
|---|---|---|---|
";

struct Hole {
    title: String,
    text: String,
    sql: String,
    anchor: String,
}

fn holes() -> Vec<Hole> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(common::root().join("tests/holes")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| read(&std::fs::read_to_string(file).unwrap())).collect()
}

/// The first comment is the title, further ones the text, the rest the hole.
fn read(file: &str) -> Hole {
    let (comments, sql): (Vec<&str>, Vec<&str>) = file.lines().partition(|line| line.starts_with("-- "));
    let mut comments = comments.iter().map(|line| &line[3..]);
    let title = comments.next().unwrap().to_owned();
    let anchor = title.to_lowercase().replace(' ', "-").replace(['\'', ','], "");
    Hole { title, text: comments.collect::<Vec<_>>().join("\n"), sql: sql.join("\n"), anchor }
}

/// The declared SQL with something after it.
fn with(directory: &Path, more: &[(&str, &str)]) -> String {
    for entry in std::fs::read_dir(common::root().join("expected-schema")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "sql") {
            std::fs::copy(&path, directory.join(path.file_name().unwrap())).unwrap();
        }
    }
    for (name, text) in more {
        std::fs::write(directory.join(name), text).unwrap();
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

/// `error[code]: message` and the help, one finding after the other.
fn findings(report: &Value) -> (Vec<String>, String) {
    let mut codes = Vec::new();
    let mut said = String::new();
    for finding in report["findings"].as_array().unwrap() {
        let code = text(&finding["code"]).to_owned();
        writeln!(said, "{}[{code}]: {}", text(&finding["severity"]), text(&finding["message"])).unwrap();
        writeln!(said, "    help: {}", text(&finding["help"])).unwrap();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    (codes, said)
}

/// What broke in, one line for each sort of probe, and how the first did.
fn break_ins(proof: &Value) -> (Vec<String>, String) {
    let mut probes = Vec::new();
    let mut said = String::new();
    for relation in proof["relations"].as_array().unwrap() {
        let name = format!("{}.{}", text(&relation["schema"]), text(&relation["name"]));
        for probe in relation["probes"].as_array().unwrap() {
            if text(&probe["verdict"]) != "failed" {
                continue;
            }
            let word = text(&probe["probe"]).to_owned();
            if probes.contains(&word) {
                continue;
            }
            writeln!(said, "failed[{word}]: {name} as {}: {}", text(&probe["role"]), text(&probe["reason"])).unwrap();
            // One transcript is enough to see how it is done.
            let transcript = probe["transcript"].as_array().filter(|_| probes.is_empty());
            for exchange in transcript.into_iter().flatten() {
                writeln!(said, "    {}", text(&exchange["sql"])).unwrap();
                if let Some(answer) = exchange["answer"].as_str() {
                    writeln!(said, "    -- {answer}").unwrap();
                }
            }
            probes.push(word);
        }
    }
    (probes, said)
}

fn list(words: &[String]) -> String {
    if words.is_empty() {
        "nothing".to_owned()
    } else {
        words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")
    }
}

/// One section, and its line in the table.
fn section(hole: &Hole) -> (String, String) {
    let directory = tempfile::tempdir().unwrap();
    let hole_sql = format!("{}\n", hole.sql);
    let source = with(directory.path(), &[("90_hole.sql", &hole_sql)]);
    let report = json(&["check", &source]);
    let (codes, check) = findings(&report);
    let proof = json(&["prove", &source]);
    let (probes, prove) = break_ins(&proof);
    assert!(!codes.is_empty() || !probes.is_empty(), "{}: nobody finds it", hole.title);

    let work = tempfile::tempdir().unwrap();
    let patch = work.path().join("patch.sql");
    let fix = common::drift(&["fix", "--additive", "--guard", &source, "--output", patch.to_str().unwrap()]);
    assert_eq!(fix.status.code(), Some(0), "{}: {}", hole.title, common::stderr(&fix));
    let summary = common::stderr(&fix).replace(patch.to_str().unwrap(), "patch.sql").replace(&source, "the database");
    let after = match std::fs::read_to_string(&patch) {
        Ok(patch) => {
            let repaired = tempfile::tempdir().unwrap();
            let source = with(repaired.path(), &[("90_hole.sql", &hole_sql), ("91_patch.sql", &patch)]);
            let (codes, _) = findings(&json(&["check", &source]));
            let (probes, _) = break_ins(&json(&["prove", &source]));
            if codes.is_empty() && probes.is_empty() {
                "clean, and proven".to_owned()
            } else {
                format!("check: {}; prove: {}", list(&codes), list(&probes))
            }
        }
        Err(_) => "needs a person: see what is left".to_owned(),
    };
    let clean = |text: &str| text.replace(&source, "the database").trim_end().to_owned();
    let mut page = format!("\n## {}\n\n{}\n\n```sql\n{}\n```\n", hole.title, hole.text, hole.sql);
    let _infallible = write!(page, "\n`drift check` says:\n\n```text\n{}\n```\n", clean(&check));
    let shown = if probes.is_empty() { "every probe is refused".to_owned() } else { clean(&prove) };
    let _infallible = write!(page, "\n`drift prove` shows:\n\n```text\n{shown}\n```\n");
    let _infallible = write!(
        page,
        "\n`drift fix --additive --guard` says:\n\n```text\n{}\n```\n\nAfterwards: {after}.\n",
        clean(&summary)
    );
    let line = format!("| [{}](#{}) | {} | {} | {after} |\n", hole.title, hole.anchor, list(&codes), list(&probes));
    (line, page)
}

#[test]
fn the_page_is_what_the_program_says() {
    let holes = holes();
    assert!(holes.len() >= 10);
    let mut page = HEAD.to_owned();
    let mut sections = String::new();
    for hole in &holes {
        let (line, text) = section(hole);
        page.push_str(&line);
        sections.push_str(&text);
    }
    common::golden(&common::root().join("docs/isolation.md"), &(page + &sections));
}
