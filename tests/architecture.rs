//! Holds the shape of the code: floors, generic modules that name no kind,
//! pairs for every kind and rule, and documentation that names what exists.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

fn rust_files(dir: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files);
    files
        .into_iter()
        .map(|p| (p.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"), fs::read_to_string(&p).unwrap()))
        .collect()
}

/// The floor table of docs/ARCHITECTURE.md: ``| `module` | floor | … |``.
fn floors() -> BTreeMap<String, u32> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ARCHITECTURE.md")).unwrap();
    let mut floors = BTreeMap::new();
    for line in text.lines().filter(|l| l.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let (Some(name), Some(Ok(floor))) = (cells.get(1), cells.get(2).map(|c| c.parse())) {
            floors.insert(name.trim_matches('`').trim_end_matches('/').trim_end_matches(".rs").to_owned(), floor);
        }
    }
    assert!(floors.len() > 8, "docs/ARCHITECTURE.md has no floor table: {floors:?}");
    floors
}

#[test]
fn a_module_imports_only_from_lower_floors() {
    let floors = floors();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let module = path.trim_start_matches("src/").split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        if module == "lib" || module == "main" {
            continue;
        }
        let own = *floors.get(&module).unwrap_or_else(|| panic!("{path}: `{module}` is not in the floor table"));
        for (number, line) in text.lines().enumerate() {
            let mut rest = line;
            while let Some(at) = rest.find("crate::") {
                rest = &rest[at + 7..];
                assert!(!rest.starts_with('{'), "{path}:{}: write one `use crate::…` line per item", number + 1);
                let used: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                // A macro of the model, exported at the root.
                if used == "for_each_kind" || used == module {
                    continue;
                }
                match floors.get(&used) {
                    Some(floor) if *floor < own => {}
                    Some(floor) => {
                        wrong.push(format!("{path}:{}: {module} ({own}) imports {used} ({floor})", number + 1))
                    }
                    None => wrong.push(format!("{path}:{}: `{used}` is not in the floor table", number + 1)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_differ_the_report_and_the_snapshot_name_no_kind() {
    let generic = |path: &str| path == "src/diff.rs" || path == "src/snapshot.rs" || path.starts_with("src/report/");
    let kinds = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model/kind.rs")).unwrap();
    let words: Vec<&str> =
        kinds.lines().filter(|l| l.trim().starts_with('(')).filter_map(|l| l.split('"').nth(1)).collect();
    assert!(words.len() >= 20, "the list of kinds could not be read: {words:?}");
    let mut seen = 0;
    for (path, text) in sources().into_iter().filter(|(path, _)| generic(path)) {
        seen += 1;
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in code.lines().enumerate() {
            let place = format!("{path}:{}: {line}", number + 1);
            assert!(
                !line.contains("ObjectKind::")
                    || line.contains("ObjectKind::from_word")
                    || line.contains("ObjectKind::ALL"),
                "names a kind: {place}"
            );
            for word in &words {
                assert!(!line.contains(&format!("\"{word}\"")), "names the kind {word}: {place}");
            }
        }
    }
    assert!(seen >= 5, "only {seen} generic files found");
}

#[test]
fn every_kind_has_its_pair_and_every_pair_its_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = fs::read_to_string(root.join("src/model/kind.rs")).unwrap();
    let modules: Vec<String> = list
        .lines()
        .filter(|l| l.trim().starts_with('(') && l.contains('"'))
        .filter_map(|l| l.split(',').nth(1))
        .map(|m| m.trim().to_owned())
        .collect();
    for module in &modules {
        for extension in ["sql", "rs"] {
            let path = root.join(format!("src/kinds/{module}.{extension}"));
            assert!(path.exists(), "{} is missing", path.display());
        }
        let sql = fs::read_to_string(root.join(format!("src/kinds/{module}.sql"))).unwrap();
        assert!(sql.starts_with("-- One row per "), "{module}.sql does not open with `-- One row per …`");
    }
    for entry in fs::read_dir(root.join("src/kinds")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let stem = name.split('.').next().unwrap().to_owned();
        if name.ends_with(".sql") {
            assert!(modules.contains(&stem), "src/kinds/{name} belongs to no registered kind");
        }
    }
}

#[test]
fn every_rule_has_its_page_with_four_headings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tenancy");
    let mut rules = 0;
    for entry in fs::read_dir(&root).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "md") {
            rules += 1;
            let page = fs::read_to_string(&path).unwrap();
            for heading in ["## What it checks", "## Why it matters", "## How to fix", "## Fix safety"] {
                assert!(page.contains(heading), "{} lacks `{heading}`", path.display());
            }
            assert!(path.with_extension("rs").exists(), "{} has no rule", path.display());
        }
    }
    assert!(rules >= 6, "only {rules} rule pages found");
}

#[test]
fn only_their_modules_use_the_file_system_the_driver_and_the_terminal() {
    for (path, text) in sources() {
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in code.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
            let place = format!("{path}:{}: {line}", number + 1);
            if path != "src/files.rs" {
                assert!(!line.contains("std::fs") && !line.contains("fs::read"), "uses the file system: {place}");
            }
            if !path.starts_with("src/pg/") && !path.starts_with("src/scratch/") {
                assert!(!line.contains("tokio_postgres"), "uses the driver: {place}");
            }
            if !path.starts_with("src/cli/") && path != "src/main.rs" {
                for macro_name in ["println!(", "eprintln!(", "print!(", "eprint!(", "dbg!("] {
                    let prints = line.contains(macro_name) && !line.contains(&format!("w{macro_name}"));
                    assert!(!prints, "prints: {place}");
                }
            }
        }
    }
}

#[test]
fn the_architecture_names_only_what_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in ["docs/ARCHITECTURE.md", "README.md"] {
        let text = fs::read_to_string(root.join(page)).unwrap();
        for word in text.split(|c: char| c.is_whitespace() || "`()|,;".contains(c)) {
            // A line number may follow, as in a report.
            let word = word.trim_end_matches(['.', ':', '/', '…']).trim_end_matches(|c: char| c.is_ascii_digit());
            let word = word.trim_end_matches(':');
            let ours = ["src/", "tests/", "docs/", "fixtures/", "benches/", "expected-schema/"];
            if ours.iter().any(|prefix| word.starts_with(prefix)) && !word.contains(['<', '*', '…']) {
                assert!(root.join(word).exists(), "{page} names {word}, which does not exist");
            }
        }
    }
}

/// `tests/regressions.md` says of each fault which folder or test holds it.
#[test]
fn every_known_fault_is_held_by_something_that_exists() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let text = fs::read_to_string(tests.join("regressions.md")).unwrap();
    let rows: Vec<&str> = text.lines().filter(|l| l.starts_with("| ") && !l.starts_with("| the fault")).collect();
    assert!(rows.len() > 30, "tests/regressions.md has only {} rows", rows.len());
    for row in rows {
        let (_, held) = row.trim_end_matches([' ', '|']).rsplit_once('|').unwrap_or_else(|| panic!("{row}: two cells"));
        let named: Vec<&str> = held.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "nothing is named in {row}");
        for name in named {
            assert!(tests.join(name).exists(), "tests/regressions.md names {name}, which does not exist");
        }
    }
}
