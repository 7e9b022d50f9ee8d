//! How a Rust project checks its database in its own tests: migrate one as the application does, then ask whether
//! it is what was declared, and whether one tenant can reach another's rows.
//!
//! `cargo test --release --example check_from_a_test` runs the tests below on the two examples of this repository;
//! `cargo run --release --example check_from_a_test -- postgres://app@localhost/shop` checks a database of yours.

#![allow(clippy::disallowed_macros)]

use std::process::ExitCode;

use drift::Declared;

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let source = arguments.next().unwrap_or_else(|| "fixtures/half-migrated".to_owned());
    let declared = arguments.next().unwrap_or_else(|| "expected-schema".to_owned());
    let checked = Declared::at(declared).check(&source)?;
    for note in &checked.notes {
        eprintln!("note: {note}");
    }
    print!("{checked}");
    Ok(if checked.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use drift::Declared;
    use drift::model::finding::Severity;

    // In a project of yours this is the URL of the database that the tests have migrated.
    const MIGRATED: &str = "expected-schema";

    #[test]
    fn the_database_is_as_declared() -> anyhow::Result<()> {
        let checked = Declared::at("expected-schema").check(MIGRATED)?;
        assert!(checked.is_clean(), "{checked}");
        Ok(())
    }

    #[test]
    fn no_tenant_reaches_the_rows_of_another() -> anyhow::Result<()> {
        let proved = Declared::at("expected-schema").prove(MIGRATED)?;
        assert!(proved.is_proven(), "{proved}");
        Ok(())
    }

    #[test]
    fn a_half_migrated_database_is_told_apart() -> anyhow::Result<()> {
        let checked = Declared::at("expected-schema").check("fixtures/half-migrated")?;
        assert!(checked.fails_on(Severity::Error));
        assert!(checked.report.findings.iter().any(|finding| finding.code == "rls-disabled"), "{checked}");
        Ok(())
    }

    #[tokio::test]
    async fn it_may_be_called_from_inside_of_a_runtime() {
        let error = Declared::at("expected-schema").check("no/such/file").unwrap_err();
        assert!(error.to_string().contains("no/such/file"), "{error:#}");
    }
}
