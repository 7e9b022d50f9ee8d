//! What a page tells a person to type is typed here, page by page and in order, in a folder that has
//! what a project would have: the declared schema, migrations, and a half-migrated database. It has
//! to end with an exit code that the page leads one to expect, and to leave the files that it names.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;

use crate::common::repair::fixture;
use crate::common::root;
use crate::common::server;
use crate::common::server::Server;

/// Lines of shell blocks that cannot run here, by how they begin, and why.
const NOT_RUN: &[(&str, &str)] = &[
    ("cargo test", "is this"),
    ("cd ", "the folder is ready"),
    ("DRIFT_FAULTS=200 ", "takes minutes, and makes the page that shows it"),
];

/// The lines of the shell blocks of a page, each a whole command.
fn lines(text: &str) -> Vec<String> {
    let (mut shell, mut open, mut found) = (false, String::new(), Vec::new());
    for line in text.lines() {
        if let Some(fence) = line.trim_start().strip_prefix("```") {
            shell = !shell && matches!(fence, "sh" | "bash" | "console");
            continue;
        }
        if !shell {
            continue;
        }
        let line = line.trim();
        open.push_str(line.strip_suffix('\\').unwrap_or(line));
        if !line.ends_with('\\') && !open.is_empty() {
            let command = std::mem::take(&mut open);
            let command = command.strip_prefix("$ ").unwrap_or(&command);
            found.push(command.replace("cargo run --release -- ", "drift "));
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let into = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &into) } else { _ = fs::copy(&path, into).unwrap() }
    }
}

/// A folder such as the pages are about.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    copy(&root().join("expected-schema"), &at("expected-schema"));
    copy(&root().join("expected-schema"), &at("db/schema"));
    copy(&root().join("fixtures"), &at("fixtures"));
    // Those that nobody could run in order, and those that lead to what is declared.
    copy(&root().join("fixtures/migrations"), &at("supabase/migrations"));
    for migrations in ["migrations", "main-migrations"] {
        fs::create_dir(at(migrations)).unwrap();
        fs::write(at(migrations).join("20260101000000_all.sql"), whole("expected-schema")).unwrap();
    }
    fs::write(at("live.sql"), whole("fixtures/half-migrated")).unwrap();
    folder
}

/// All SQL of a folder of the repository, in its order.
fn whole(folder: &str) -> String {
    let all = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = all.filter(|path| path.extension().is_some_and(|ending| ending == "sql")).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// The command with the databases of this test in place of the made-up ones.
fn here(command: &str, url: &str) -> String {
    let mut text = command.to_owned();
    while let Some(at) = text.find("postgres://").filter(|at| !text[*at..].starts_with(url)) {
        let end = text[at..].find([' ', '"']).map_or(text.len(), |n| at + n);
        text.replace_range(at..end, url);
    }
    text
}

/// As a shell runs it, which finds the program, and `psql`, on its path.
fn run(command: &str, folder: &Path, url: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_drift")).parent().unwrap().to_owned();
    let tools = server::binaries().unwrap();
    let path = format!("{}:{}:{}", program.display(), tools.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(folder).env("PATH", path);
    shell.env_remove("GITHUB_STEP_SUMMARY");
    for variable in ["DATABASE_URL", "STAGING_URL", "PRODUCTION_URL"] {
        shell.env(variable, url);
    }
    shell.output().unwrap()
}

/// What a command says that it writes.
fn written(command: &str) -> Vec<String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let after = |flag: &str| words.windows(2).filter(|pair| pair[0] == flag).map(|pair| pair[1].to_owned()).collect();
    let outputs: Vec<String> = after("--output");
    let reports: Vec<String> = after("--report");
    let reports = reports.iter().filter_map(|report| report.split_once('=')).map(|(_, file)| file.to_owned());
    outputs.into_iter().chain(reports).collect()
}

/// What a page shows that does not go as shown.
fn page(name: &str, text: &str, server: &Server) -> (usize, Vec<String>) {
    let commands: Vec<String> = lines(text).into_iter().filter(|line| line.starts_with("drift ")).collect();
    if commands.is_empty() {
        return (0, Vec::new());
    }
    let database = format!("shown_{}", name.trim_end_matches(".md").replace(['/', '-'], "_").to_lowercase());
    let (folder, url) = (project(), fixture(server, "half-migrated", &database));
    let mut wrong = Vec::new();
    for command in &commands {
        if command.starts_with("drift init ") {
            // It is for a project that declares nothing yet.
            fs::remove_dir_all(folder.path().join("expected-schema")).unwrap();
        }
        let output = run(&here(command, &url), folder.path(), &url);
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        // 1: something differs, which it does in a half-migrated database.
        if !matches!(output.status.code(), Some(0 | 1)) {
            wrong.push(format!(
                "{name}: `{command}`: {}\n{}{}",
                output.status,
                said(&output.stdout),
                said(&output.stderr)
            ));
        }
        let missing = written(command).into_iter().filter(|file| !folder.path().join(file).exists());
        wrong.extend(missing.map(|file| format!("{name}: `{command}` does not write {file}")));
    }
    (commands.len(), wrong)
}

#[test]
fn what_the_pages_show_runs_as_shown() {
    let Some(server) = server::shared() else { return };
    let mut texts = BTreeMap::from([("README.md".to_owned(), fs::read_to_string(root().join("README.md")).unwrap())]);
    let mut open = vec![root().join("docs")];
    while let Some(directory) = open.pop() {
        for path in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                let name = path.strip_prefix(root().join("docs")).unwrap().to_str().unwrap().to_owned();
                texts.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    let (mut ran, mut wrong) = (0, Vec::new());
    for (name, text) in &texts {
        let (count, found) = page(name, text, server);
        ran += count;
        wrong.extend(found);
        for line in lines(text).iter().filter(|line| !line.starts_with("drift ") && !line.starts_with('#')) {
            if !NOT_RUN.iter().any(|(start, _)| line.starts_with(start)) {
                wrong.push(format!("{name}: `{line}` is neither run nor listed as what cannot run here"));
            }
        }
    }
    let all: Vec<String> = texts.values().flat_map(|text| lines(text)).collect();
    let idle = NOT_RUN.iter().filter(|(start, _)| !all.iter().any(|line| line.starts_with(start)));
    wrong.extend(idle.map(|(start, _)| format!("no page shows `{start}` any more")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(ran > 25, "only {ran} commands were run");
}
