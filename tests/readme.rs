//! What README and the pages in `docs/` show is what the program prints. `DRIFT_BLESS=1` renews it.

use crate::common;

const README: &str = "README.md";

/// `<!-- KIND of: ARGUMENTS -->`, then a fenced block.
#[test]
fn the_readme_shows_real_output() {
    let shown = renewed(README);
    assert!(shown >= 3, "only {shown} outputs are shown");
}

#[test]
fn the_page_of_full_plans_shows_real_output() {
    assert_eq!(renewed("docs/full.md"), 5);
}

#[test]
fn the_page_about_ci_shows_real_output() {
    // In its order: the first block writes the file that the next ones show and use.
    let written = common::root().join("target/ci");
    if written.exists() {
        std::fs::remove_dir_all(&written).unwrap();
    }
    assert_eq!(renewed("docs/ci.md"), 3);
}

#[test]
fn the_page_of_status_shows_real_output() {
    assert_eq!(renewed("docs/status.md"), 2);
}

/// Holds each block of a page against what the program prints; how many there are.
fn renewed(page: &str) -> usize {
    let path = common::root().join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let mut renewed = String::new();
    let mut lines = text.lines();
    let mut shown = 0;
    while let Some(line) = lines.next() {
        renewed.push_str(line);
        renewed.push('\n');
        let Some(marker) = line.strip_prefix("<!-- ").and_then(|l| l.strip_suffix(" -->")) else { continue };
        // How a shell block is run is what tests/shown.rs asks.
        if marker.starts_with("run: ") {
            continue;
        }
        let (kind, arguments) = marker.split_once(" of: ").expect("a marker says what it shows");
        if kind == "head" {
            let file = std::fs::read_to_string(common::root().join(arguments)).unwrap();
            let entry: Vec<&str> = file.lines().skip_while(|line| !line.starts_with('[')).collect();
            let entry: Vec<&str> = entry.into_iter().take_while(|line| !line.is_empty()).collect();
            renewed.push_str(&format!("```toml\n{}\n```\n", entry.join("\n")));
            while lines.next().expect("the block ends") != "```" {}
            shown += 1;
            continue;
        }
        let output =
            common::drift_in(&common::root(), &arguments.split(' ').collect::<Vec<_>>(), &[("COLUMNS", "100")]);
        assert_eq!(kind == "refusal", output.status.code() == Some(2), "{}", common::stderr(&output));
        let real = match kind {
            "output" => common::stdout(&output),
            "stderr" | "refusal" => common::stderr(&output),
            "foot" => {
                let all = common::stdout(&output);
                all[all.find("\ncoverage: ").expect("a report ends with what it covers")..].trim_start().to_owned()
            }
            "excerpt" => common::stdout(&output).lines().take(18).map(|l| format!("{l}\n")).collect::<String>() + "…\n",
            other => panic!("{page}: `{other}` is not output, stderr, refusal, excerpt, foot or head"),
        };
        assert_eq!(lines.next(), Some("```text"), "{page}: a block follows its marker");
        while lines.next().expect("the block ends") != "```" {}
        renewed.push_str(&format!("```text\n{}\n```\n", real.trim_end()));
        shown += 1;
    }
    common::golden(&path, &renewed);
    shown
}

#[test]
fn the_first_screen_has_both_commands() {
    let text = std::fs::read_to_string(common::root().join(README)).unwrap();
    let check = text.find("cargo run --release -- check fixtures/half-migrated").unwrap();
    let fix = text.find("cargo run --release -- fix --additive").unwrap();
    let test = text.find("cargo test --release").unwrap();
    assert!(check < fix && fix < test);
}
