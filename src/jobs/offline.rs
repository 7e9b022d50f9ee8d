//! `drift check --offline`: do the migrations lead to the declared schema, and does that
//! keep its own rules? Asks no database but a scratch Postgres.

use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;

use crate::files;
use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::jobs::project;
use crate::jobs::project::Project;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::model::failure::failure;
use crate::model::finding::Fix;
use crate::model::finding::Side;

/// Checks migrations, or another source that is no database, against a spec. Without a
/// source the migrations of the project in `root` are taken; without those the spec is
/// held against its rules alone.
///
/// # Errors
/// The source is a database, or something cannot be read.
pub async fn check(source: Option<&str>, root: &Path, spec: &Path, options: &ReadOptions) -> Result<Comparison> {
    let mut notes = Vec::new();
    let source = match source {
        Some(text) => Some(Source::parse(text)?),
        None => project(root, &mut notes)?.map(|(_, folder)| Source::Sql(folder)),
    };
    let mut comparison = match &source {
        Some(Source::Database(_)) => {
            return Err(failure(
                "--offline asks no database, and the source is one",
                "name a directory of migrations or a snapshot, or leave out --offline",
            ));
        }
        Some(source) => compare::check(source, spec, options).await?,
        None => {
            notes.push("no migrations: the declared schema was held against its own rules alone".to_owned());
            alone(spec, options).await?
        }
    };
    comparison.notes.extend(notes);
    Ok(comparison)
}

/// The project whose migrations can be run, and where they are from where drift runs; what is said of it goes to `notes`.
///
/// # Errors
/// A directory cannot be listed.
pub fn project(root: &Path, notes: &mut Vec<String>) -> Result<Option<(Project, PathBuf)>> {
    for project in project::recognise(root)? {
        if !project.sql {
            notes.push(format!("the migrations of {} are not SQL: {}", project.tool, project.advice));
            continue;
        }
        let Some(folder) = project.migrations.clone() else { continue };
        if files::has_sql(&root.join(&folder))? {
            notes.push(format!("the migrations are those of {} in {}", project.tool, folder.display()));
            return Ok(Some((project, folder)));
        }
    }
    Ok(None)
}

/// The spec as both sides: what is left are its own faults, and no database shares them.
async fn alone(spec: &Path, options: &ReadOptions) -> Result<Comparison> {
    let mut comparison = compare::check(&Source::declared(spec)?, spec, options).await?;
    for finding in &mut comparison.report.findings {
        if finding.side == Side::Both {
            finding.side = Side::Declared;
            finding.fix = Fix::None { reason: "the declared SQL has to change".to_owned() };
        }
    }
    compare::count(&mut comparison);
    Ok(comparison)
}
