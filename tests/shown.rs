//! Every command in the shell blocks of README and of the pages in `docs/` is run as it stands there, by
//! a shell, page by page and in order, in a folder that has what the pages speak of and with databases
//! behind the addresses that they use.
//!
//! `<!-- run: … -->` before a block, which no reader sees, says what is special about it:
//! `in an empty folder` or `in a project` where it does not go on in the folder of the block before it, and
//! `exits 0 1` where its commands have to exit with just that, one after the other. Without it a command
//! that gives a verdict exits 0 or 1, and any other 0.

#![allow(clippy::disallowed_macros)]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use crate::common;
use crate::common::root;
use crate::common::server::Server;
use crate::common::tls::Tls;

/// What is shown and cannot be run here, and why.
const NOT_RUN: [(&str, &str); 2] = [
    ("cargo test --release", "all tests: this one is among them"),
    ("DRIFT_FAULTS=200 DRIFT_BLESS=1 cargo test --release --test faults", "ten minutes; .ci/run has it, every night"),
];

/// What a project of the pages has, and what of this repository stands for it.
const PROJECT: [(&str, &str); 6] = [
    ("expected-schema", "expected-schema"),
    ("fixtures", "fixtures"),
    ("db/schema", "expected-schema"),
    ("migrations", "fixtures/half-migrated"),
    ("main-migrations", "fixtures/half-migrated"),
    ("supabase/migrations", "expected-schema"),
];

/// The variables that pages name; each holds the address of a database of its own.
const VARIABLES: [&str; 3] = ["DATABASE_URL", "STAGING_URL", "PRODUCTION_URL"];

/// Commands whose exit code is a verdict: 1 is an answer, not a failure.
const VERDICTS: [&str; 5] = ["check", "diff", "prove", "report", "status"];

struct Block {
    line: usize,
    /// Where it begins, if not in the folder of the block before it.
    folder: Option<Folder>,
    /// What its commands exit with; empty where that is not said.
    exits: Vec<i32>,
    commands: Vec<String>,
}

#[derive(Clone, Copy)]
enum Folder {
    Empty,
    Project,
}

/// The shell blocks of a page.
fn blocks(text: &str) -> Vec<Block> {
    let (mut blocks, mut note, mut open) = (Vec::<Block>::new(), None, false);
    let mut command = String::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(fence) = line.strip_prefix("```") {
            open = !open && matches!(fence, "sh" | "bash" | "console");
            if open {
                let (folder, exits) = note.take().map_or((None, Vec::new()), noted);
                blocks.push(Block { line: number + 1, folder, exits, commands: Vec::new() });
            }
        } else if open {
            let begun = line.strip_suffix('\\');
            command.push_str(begun.unwrap_or(line));
            if begun.is_none() && !line.is_empty() {
                let whole = std::mem::take(&mut command);
                let whole = whole.strip_prefix("$ ").unwrap_or(&whole).replace("cargo run --release -- ", "drift ");
                blocks.last_mut().unwrap().commands.push(whole);
            }
        } else if !line.is_empty() {
            assert!(note.is_none(), "line {number}: a note that no shell block follows");
            note = line.strip_prefix("<!-- run: ").and_then(|rest| rest.strip_suffix(" -->"));
        }
    }
    blocks
}

fn noted(note: &str) -> (Option<Folder>, Vec<i32>) {
    let (mut folder, mut exits) = (None, Vec::new());
    for part in note.split(", ") {
        match (part, part.strip_prefix("exits ")) {
            ("in an empty folder", _) => folder = Some(Folder::Empty),
            ("in a project", _) => folder = Some(Folder::Project),
            (_, Some(codes)) => exits = codes.split(' ').map(|code| code.parse().expect(note)).collect(),
            _ => panic!("`{note}`: a block is run `in an empty folder`, `in a project` or `exits 0 1`"),
        }
    }
    (folder, exits)
}

/// README and the pages that have shell blocks.
fn pages() -> Vec<(PathBuf, Vec<Block>)> {
    let below = crate::book::pages().into_iter().map(|page| Path::new("docs").join(page));
    let all = std::iter::once(PathBuf::from("README.md")).chain(below);
    let read = all.map(|page| (fs::read_to_string(root().join(&page)).unwrap(), page));
    read.map(|(text, page)| (page, blocks(&text))).filter(|(_, blocks)| !blocks.is_empty()).collect()
}

/// A database server, a folder and a way to run what a page shows.
struct Stage<'a> {
    tls: &'a Tls,
    home: tempfile::TempDir,
    /// Where the next command runs.
    here: PathBuf,
    folders: usize,
    databases: BTreeMap<String, String>,
    page: usize,
}

impl<'a> Stage<'a> {
    fn new(tls: &'a Tls, page: usize) -> Stage<'a> {
        let home = tempfile::tempdir().unwrap();
        let bin = home.path().join("bin");
        fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_drift"), bin.join("drift")).unwrap();
        std::os::unix::fs::symlink(tls.server.psql_command("postgres").get_program(), bin.join("psql")).unwrap();
        let here = home.path().to_owned();
        let mut stage = Stage { tls, home, here, folders: 0, databases: BTreeMap::new(), page };
        stage.enter(Folder::Project);
        stage
    }

    /// Goes to a new folder.
    fn enter(&mut self, folder: Folder) {
        self.folders += 1;
        self.here = self.home.path().join(self.folders.to_string());
        fs::create_dir(&self.here).unwrap();
        if let Folder::Project = folder {
            for (name, source) in PROJECT {
                copy(&root().join(source), &self.here.join(name));
            }
        }
    }

    /// The address of the half-migrated database under a name that is this page's.
    fn database(&mut self, name: &str) -> String {
        let url = self.databases.entry(name.to_owned()).or_insert_with(|| {
            let database = format!("page_{}_{}", self.page, name.to_lowercase());
            let create = format!("CREATE DATABASE {database} TEMPLATE half_migrated");
            self.tls.server.psql("postgres", &["-c", &create]);
            format!("postgres://postgres@localhost:{}/{database}", self.tls.server.port)
        });
        url.clone()
    }

    /// The command with addresses and files that are there.
    fn placed(&mut self, command: &str) -> String {
        let authority = self.tls.directory.path().join("ours.pem");
        let command = command.replace("/etc/ssl/db-ca.pem", authority.to_str().unwrap());
        let mut parts = command.split("postgres://");
        let mut placed = parts.next().unwrap().to_owned();
        for part in parts {
            let end = part.find([' ', '"', '\'', '?']).unwrap_or(part.len());
            let (_, name) = part[..end].rsplit_once('/').expect("an address names its database");
            placed.push_str(&self.database(name));
            placed.push_str(&part[end..]);
        }
        placed
    }

    /// Runs one command; its exit code, and all that it printed.
    fn run(&mut self, command: &str) -> (i32, String) {
        let placed = self.placed(command);
        let path = format!("{}:{}", self.home.path().join("bin").display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("bash");
        shell.args(["-o", "pipefail", "-c", &placed]).current_dir(&self.here).stdin(Stdio::null());
        for name in ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "GITHUB_STEP_SUMMARY"] {
            shell.env_remove(name);
        }
        for name in VARIABLES {
            shell.env_remove(name);
            if command.contains(&format!("${name}")) {
                shell.env(name, self.database(name));
            }
        }
        let output = shell.env("PATH", path).output().unwrap();
        let said = format!("{}{}", common::stdout(&output), common::stderr(&output));
        (output.status.code().unwrap_or_else(|| panic!("`{command}` was killed:\n{said}")), said)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The files that a command is told to write.
fn outputs(command: &str) -> Vec<&str> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let pairs = words.windows(2).filter_map(|pair| match pair[0] {
        "--output" | "-o" => Some(pair[1]),
        "--report" => pair[1].split_once('=').map(|(_, file)| file),
        _ => None,
    });
    pairs.collect()
}

fn half_migrated(server: &Server) {
    server.database("half_migrated");
    server.load("half_migrated", &root().join("fixtures/half-migrated"));
}

#[test]
fn every_command_that_is_shown_runs_as_it_is_shown() {
    let Some(tls) = Tls::start() else { return };
    half_migrated(&tls.server);
    let (mut ran, mut left) = (0, BTreeSet::from(NOT_RUN.map(|(command, _)| command)));
    let mut failures = Vec::new();
    for (number, (page, blocks)) in pages().iter().enumerate() {
        let mut stage = Stage::new(&tls, number);
        for block in blocks {
            if let Some(folder) = block.folder {
                stage.enter(folder);
            }
            let mut exits = block.exits.iter();
            for command in &block.commands {
                if let Some(folder) = command.strip_prefix("cd ") {
                    stage.here.push(folder);
                    assert!(stage.here.is_dir(), "{}:{}: {command}", page.display(), block.line);
                    continue;
                }
                if NOT_RUN.iter().any(|(other, _)| other == command) {
                    left.remove(command.as_str());
                    continue;
                }
                let started = std::time::Instant::now();
                let (code, said) = stage.run(command);
                println!("{}:{}: {code} {:.1?} {command}", page.display(), block.line, started.elapsed());
                let verdict = command.split(' ').nth(1).is_some_and(|name| VERDICTS.contains(&name));
                let expected = match exits.next() {
                    Some(exit) => code == *exit,
                    None => code == 0 || code == 1 && verdict,
                };
                let missing: Vec<&str> =
                    outputs(command).into_iter().filter(|f| !stage.here.join(f).exists()).collect();
                if !expected || said.contains("panicked at") || !missing.is_empty() && code != 2 {
                    let at = format!("{}:{}", page.display(), block.line);
                    failures.push(format!("{at}: `{command}` exits {code}, without {missing:?}:\n{said}"));
                }
                ran += 1;
            }
            assert!(exits.next().is_none(), "{}:{}: more exits than commands", page.display(), block.line);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(left.is_empty(), "no longer shown anywhere: {left:?}");
    assert!(ran > 25, "only {ran} commands are shown");
}
