//! Full plans: each case folder, from either side to the other. A plan is
//! proved on a clone with rows before it is written, so one that does not
//! converge, or loses what it does not name, is an error here. What no plan
//! does is listed in `full/left.txt` for a reviewer.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::common;
use crate::common::matrix::needs;
use crate::common::matrix::newest;
use crate::common::server::Server;
use drift::jobs::full;
use drift::jobs::full::FullOptions;
use drift::jobs::source::ReadOptions;
use drift::jobs::source::Source;
use drift::scratch::Engine;

/// The version of this machine's own binaries.
const LOCAL: u32 = 15;

/// SQLSTATEs of rows that do not fit: not null, foreign key, unique, check.
const REFUSED: &[&str] = &["(23502)", "(23503)", "(23505)", "(23514)"];

/// What is left on the way from one file to another; errors in words.
async fn way(from: &Path, to: &Path, options: &ReadOptions) -> Result<String, String> {
    let source = |path: &Path| Source::parse(path.to_str().unwrap()).unwrap();
    let wanted = FullOptions {
        to: Some(source(to)),
        allow_data_loss: true,
        output: Some(PathBuf::from("-")),
        name: "full".to_owned(),
        ..FullOptions::default()
    };
    let done = full::full(&source(from), Path::new("nowhere"), &wanted, options).await;
    let done = done.map_err(|error| format!("{error:#}"))?;
    let left = done.plan.left.iter();
    Ok(left.map(|(id, left)| format!("    {id} {}: {}\n", left.attribute, left.reason)).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_case_leads_both_ways() {
    let Some(server) = common::server::shared() else { return };
    let options = |server: &Server| ReadOptions {
        engine: Some(Engine::parse(&server.url("postgres", "postgres")).unwrap()),
        ..ReadOptions::default()
    };
    let only = std::env::var("DRIFT_CASE").ok();
    let folders = ["tests/cases", "tests/full/ways"].iter();
    let mut cases: Vec<PathBuf> =
        folders.flat_map(|f| fs::read_dir(common::root().join(f)).unwrap()).map(|e| e.unwrap().path()).collect();
    cases.retain(|case| case.is_dir());
    cases.sort();
    // A scratch takes its own roles along when it ends: those of its neighbour must be there before.
    let sql = cases.iter().flat_map(|case| fs::read_dir(case).unwrap()).map(|file| file.unwrap().path());
    for file in sql.filter(|path| path.extension().is_some_and(|e| e == "sql")) {
        let text = fs::read_to_string(file).unwrap();
        let roles: String =
            text.lines().filter(|line| line.starts_with("CREATE ROLE ")).map(|l| format!("{l}\n")).collect();
        server.load_case("postgres", &roles);
    }
    let (mut left, mut failures) = (String::new(), Vec::new());
    for case in &cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let directory = tempfile::tempdir().unwrap();
        let [expected, actual] = [("expected.sql", "b.sql"), ("actual.sql", "a.sql")].map(|(file, short)| {
            let file = if case.join(file).exists() { file } else { short };
            let copy = directory.path().join(file);
            let sql = fs::read_to_string(case.join(file)).unwrap();
            fs::write(&copy, common::server::roles_may_exist(&sql)).unwrap();
            copy
        });
        let needed = [&expected, &actual].map(|file| needs(&fs::read_to_string(file).unwrap()));
        let server = match needed.into_iter().max() {
            Some(version) if version > LOCAL => newest().map(|newest| newest.server),
            _ => Some(server),
        };
        let Some(server) = server else { continue };
        let options = options(server);
        for (word, from, to) in [("there", &actual, &expected), ("back", &expected, &actual)] {
            match way(from, to, &options).await {
                Ok(rest) if rest.is_empty() => {}
                Ok(rest) => left.push_str(&format!("{name}, {word}\n{rest}")),
                // Rows that break what is declared are no fault of the plan.
                Err(error) if REFUSED.iter().any(|code| error.contains(code)) => {
                    // On which line of the plan is of no interest.
                    let said = error.split_once(";: ").map_or(error.as_str(), |(_, said)| said);
                    left.push_str(&format!("{name}, {word}\n    the rows refuse: {said}\n"));
                }
                Err(error) => failures.push(format!("{name}, {word}: {error}")),
            }
        }
    }
    assert!(failures.is_empty(), "{} ways of {} cases fail:\n{}", failures.len(), cases.len(), failures.join("\n"));
    if only.is_none() {
        common::golden(&common::root().join("tests/full/left.txt"), &left);
    }
}
