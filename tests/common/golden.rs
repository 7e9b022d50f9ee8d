//! A golden is a file that says what the output must be. A failing one prints
//! a diff; `DRIFT_BLESS=1` writes all of them anew.

use std::path::Path;

/// Compares `actual` with `tests/golden/<name>`.
#[track_caller]
pub fn check(name: &str, actual: &str) {
    check_file(&format!("tests/golden/{name}"), actual);
}

/// Compares `actual` with a file, named from the root of the repository.
#[track_caller]
pub fn check_file(file: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("DRIFT_BLESS").is_some_and(|value| !value.is_empty() && value != "0") {
        std::fs::create_dir_all(path.parent().expect("a golden lies in a folder")).expect("create the folder");
        std::fs::write(&path, actual).expect("write the golden");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if expected == actual {
        return;
    }
    let diff = similar::TextDiff::from_lines(expected.as_str(), actual);
    let diff = diff.unified_diff().header(file, "what the test got").to_string();
    panic!("{file} differs; if the new text is right, run the test with DRIFT_BLESS=1\n{diff}");
}
