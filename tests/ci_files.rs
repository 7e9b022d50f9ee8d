//! What a repository takes from here for its CI: the action, the GitLab component, the
//! hook, the image, and the worked examples. Their scripts are run; the rest is held
//! against the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;

use crate::common;
use crate::common::root;
use crate::common::stderr;
use crate::common::stdout;

/// Runs a script as a CI system would, with the program on its path.
fn shell(directory: &Path, script: &str, environment: &[(&str, &str)]) -> Output {
    let bin = Path::new(env!("CARGO_BIN_EXE_drift")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.current_dir(directory).args(["-e", "-o", "pipefail", "-c", script]).env("PATH", path).env("COLUMNS", "120");
    for name in ["DATABASE_URL", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"] {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied()).output().unwrap()
}

/// The action's script on a fixture: how it ends, what it prints, and its outputs.
fn action(source: &str, more: &[(&str, &str)]) -> (i32, String, BTreeMap<String, String>) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("outputs");
    let mut environment = vec![
        ("SOURCE", source),
        ("RUNNER_TEMP", directory.path().to_str().unwrap()),
        ("GITHUB_OUTPUT", file.to_str().unwrap()),
    ];
    environment.extend(more);
    let output = shell(&root(), "scripts/action", &environment);
    let text = fs::read_to_string(&file).unwrap();
    let outputs = text.lines().map(|line| line.split_once('=').unwrap()).map(|(k, v)| (k.to_owned(), v.to_owned()));
    let outputs: BTreeMap<String, String> = outputs.collect();
    for file in ["sarif", "junit"] {
        assert!(outputs[file].is_empty() || Path::new(&outputs[file]).exists(), "{outputs:?}");
    }
    (output.status.code().unwrap(), stdout(&output), outputs)
}

#[test]
fn the_action_tells_its_numbers_on_both_fixtures() {
    for (fixture, numbers) in [("half-migrated", ["37", "32", "2", "3"]), ("remote", ["99", "93", "2", "4"])] {
        let (code, said, outputs) = action(&format!("fixtures/{fixture}"), &[]);
        let of = ["findings", "errors", "warnings", "notes"].map(|key| outputs[key].as_str());
        assert_eq!((code, outputs["exit-code"].as_str(), of), (1, "1", numbers), "{said}");
        assert!(outputs["sarif"].ends_with("drift.sarif") && outputs["junit"].ends_with("drift.junit.xml"));
        // The table is printed while the runner reads no commands; the annotations after that.
        let token = said.lines().next().unwrap().strip_prefix("::stop-commands::").unwrap().to_owned();
        let (table, annotations) = said.split_once(&format!("::{token}::\n")).unwrap();
        assert!(table.contains("does not match expected-schema"), "{table}");
        assert!(annotations.lines().all(|line| line.starts_with("::")), "{annotations}");
        assert_eq!(annotations.lines().filter(|line| line.starts_with("::error ")).count().to_string(), numbers[1]);
    }
}

#[test]
fn the_action_passes_what_is_clean_and_says_when_it_could_not_check() {
    let (code, said, outputs) = action("expected-schema", &[("OFFLINE", "true")]);
    assert_eq!((code, outputs["findings"].as_str(), outputs["exit-code"].as_str()), (0, "0", "0"), "{said}");
    let (code, _, outputs) = action("no-such-directory", &[]);
    assert_eq!((code, outputs["findings"].as_str(), outputs["sarif"].as_str()), (2, "", ""));
    let (code, _, outputs) = action("fixtures/half-migrated", &[("FAIL_ON", "never")]);
    assert_eq!((code, outputs["findings"].as_str()), (0, "37"));
}

#[test]
fn the_action_declares_just_what_its_script_reads_and_writes() {
    let (_, _, outputs) = action("expected-schema", &[]);
    let file = fs::read_to_string(root().join("action.yml")).unwrap();
    let page = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    let declared = file.lines().filter_map(|line| line.trim().strip_prefix("value: ${{ steps.check.outputs."));
    let declared: Vec<&str> = declared.map(|rest| rest.trim_end_matches(" }}")).collect();
    let mut sorted = declared.clone();
    sorted.sort();
    assert_eq!(sorted, outputs.keys().collect::<Vec<_>>());
    assert!(declared.iter().all(|name| page.contains(&format!("`{name}`"))), "docs/ci.md lacks an output");
    let script = fs::read_to_string(root().join("scripts/action")).unwrap();
    let given = file.split("      env:\n").nth(1).unwrap().lines().filter_map(|line| line.trim().split_once(": "));
    for (name, _) in given {
        assert!(script.contains(&format!("${{{name}:-")), "scripts/action does not read {name}");
    }
}

/// The lines of a list under a key, as the component and the hook have them.
fn items(text: &str, key: &str) -> Vec<String> {
    let rest = text.split(&format!("\n  {key}:\n")).nth(1).expect("the key is there");
    rest.lines().map_while(|line| line.strip_prefix("    - ")).map(str::to_owned).collect()
}

#[test]
fn the_component_writes_what_gitlab_shows() {
    let text = fs::read_to_string(root().join("templates/drift.yml")).unwrap();
    let script = items(&text, "script").join("\n");
    let script = script.replace("$[[ inputs.schema ]]", "expected-schema").replace("$[[ inputs.fail_on ]]", "error");
    assert!(!script.contains("$[["), "{script}");
    let project = tempfile::tempdir().unwrap();
    for name in ["expected-schema", "fixtures"] {
        std::os::unix::fs::symlink(root().join(name), project.path().join(name)).unwrap();
    }
    let run = |source: &str, offline: &str| {
        let environment = [("DRIFT_SOURCE", source), ("DRIFT_OFFLINE", offline), ("DRIFT_BASELINE", "")];
        shell(project.path(), &script, &environment)
    };
    let output = run("fixtures/half-migrated", "false");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    for line in text.lines().filter(|line| line.starts_with("      codequality: ") || line.starts_with("      junit: "))
    {
        let report = line.split_once(": ").unwrap().1;
        assert!(project.path().join(report).exists(), "{report} was not written");
    }
    assert_eq!(run("", "true").status.code(), Some(0), "the spec keeps its own rules");
}

#[test]
fn the_hook_is_a_command_that_runs() {
    let text = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let entry = text.lines().find_map(|line| line.strip_prefix("  entry: ")).unwrap();
    let project = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root().join("expected-schema"), project.path().join("expected-schema")).unwrap();
    let output = shell(project.path(), entry, &[]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), ""), "{}", stderr(&output));
}

#[test]
fn the_image_is_made_of_what_is_here() {
    let text = fs::read_to_string(root().join("Dockerfile")).unwrap();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let rust = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap().trim_matches('"');
    assert!(text.contains(&format!("FROM rust:{rust}-")), "the image builds with another Rust");
    let copied: Vec<&str> = text.lines().filter(|line| line.starts_with("COPY ") && !line.contains("--from")).collect();
    for line in copied {
        let words: Vec<&str> = line.split(' ').collect();
        for name in &words[1..words.len() - 1] {
            assert!(root().join(name).exists(), "{line}");
        }
    }
}

/// What the workflows of this repository run is here, by the names that they use.
#[test]
fn the_workflows_call_what_exists() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let fits = |words: &[&str]| match words {
        [program, ..] if program.starts_with("scripts/") || program.starts_with(".ci/") => {
            root().join(program).exists()
        }
        ["target/release/drift", arguments @ ..] => {
            let output = common::drift(arguments);
            output.status.code() == Some(0)
        }
        ["cargo", "test", "--release", "--test", name, ..] => {
            manifest.contains(&format!("[[test]]\nname = \"{name}\""))
        }
        ["cargo", "build", "--release", "--locked", "--bin", "drift"] => true,
        _ => false,
    };
    for (file, most) in [("ci.yml", 6), ("release.yml", 3)] {
        let text = fs::read_to_string(root().join(".github/workflows").join(file)).unwrap();
        let runs = text.lines().filter_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix("run: "));
        let mut seen = 0;
        for run in runs.filter(|run| !run.starts_with("${{") && !run.starts_with("cd ") && !run.starts_with("gh ")) {
            let words: Vec<&str> = run.split(' ').skip_while(|word| word.contains('=')).collect();
            assert!(fits(&words), "{file}: {run}");
            seen += 1;
        }
        assert!(seen >= most - 1, "{file}: only {seen} commands");
    }
}

#[test]
fn a_release_has_the_program_its_pages_and_its_completions() {
    let program = env!("CARGO_BIN_EXE_drift");
    let output = shell(&root(), "scripts/package some-target", &[("DRIFT_PROGRAM", program)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let archive = root().join(stdout(&output).trim());
    let listed = shell(&root(), &format!("tar -tzf '{}'", archive.display()), &[]);
    fs::remove_file(&archive).unwrap();
    let name = format!("drift-{}-some-target", env!("CARGO_PKG_VERSION"));
    for file in ["drift", "man/drift-check.1", "completions/drift.zsh", "LICENSE-MIT", "CHANGELOG.md"] {
        assert!(stdout(&listed).lines().any(|line| line == format!("{name}/{file}")), "{file}: {}", stdout(&listed));
    }
    let output = shell(&root(), "scripts/package some-target", &[("DRIFT_PROGRAM", "no/such/program")]);
    assert!(stderr(&output).contains("build it with"), "{}", stderr(&output));
}

/// The commands of a page's workflows, without what only the project itself can do.
fn commands(page: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join("docs/ci").join(page)).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("      - run: drift "))
        .map(|rest| format!("drift {rest}"))
        .collect()
}

#[test]
fn the_worked_examples_run() {
    for (page, marks, folder, ending) in [
        ("plain-sql.md", None, "migrations", ""),
        ("supabase.md", Some("supabase/config.toml"), "supabase/migrations", ""),
        ("sqlx.md", Some("Cargo.toml"), "migrations", ""),
        ("prisma.md", Some("prisma/schema.prisma"), "prisma/migrations", "/migration.sql"),
        ("django.md", Some("manage.py"), "target/sql", ""),
    ] {
        let project = tempfile::tempdir().unwrap();
        let at = |name: &str| project.path().join(name);
        std::os::unix::fs::symlink(root().join("expected-schema"), at("expected-schema")).unwrap();
        std::os::unix::fs::symlink(root().join("fixtures/half-migrated"), at("live")).unwrap();
        if let Some(mark) = marks {
            fs::create_dir_all(at(mark).parent().unwrap()).unwrap();
            fs::write(at(mark), "sqlx django").unwrap();
        }
        // The declared schema as migrations: they lead where they should.
        let mut files: Vec<_> =
            fs::read_dir(root().join("expected-schema")).unwrap().map(|e| e.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|e| e == "sql"));
        for file in &files {
            let name = file.file_name().unwrap().to_str().unwrap();
            let to = match ending {
                "" => at(folder).join(name),
                _ => at(folder).join(name.trim_end_matches(".sql")).join(&ending[1..]),
            };
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(file, to).unwrap();
        }
        let baseline = shell(project.path(), "drift baseline live --quiet", &[]);
        assert_eq!(baseline.status.code(), Some(0), "{page}: {}", stderr(&baseline));
        let commands = commands(page);
        assert_eq!(commands.len(), 2, "{page}: {commands:?}");
        for command in commands {
            let output = shell(project.path(), &command, &[("DATABASE_URL", "live")]);
            assert_eq!(output.status.code(), Some(0), "{page}: {command}: {}{}", stdout(&output), stderr(&output));
            assert!(at("drift.sarif").exists());
            fs::remove_file(at("drift.sarif")).unwrap();
        }
        // A migration too many, and the pull request fails.
        let extra = at(folder).join(format!("99_more{}", if ending.is_empty() { ".sql" } else { ending }));
        fs::create_dir_all(extra.parent().unwrap()).unwrap();
        fs::write(extra, "CREATE TABLE public.more (id int);").unwrap();
        let output = shell(project.path(), &self::commands(page)[0], &[]);
        assert_eq!(output.status.code(), Some(1), "{page}: {}", stdout(&output));
    }
}
