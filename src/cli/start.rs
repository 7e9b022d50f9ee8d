//! The source of a command, and what to tell whoever has named none.

use std::path::Path;

use anyhow::Result;

use crate::files;
use crate::jobs::project::Project;
use crate::jobs::source::Source;
use crate::model::failure::failure;
use crate::pg::connect::Target;

/// The source on the command line, else the database of the environment. `spec` is the declared
/// schema that the command works with: what helps depends on whether it is there.
///
/// # Errors
/// As [`Source::parse`]; and nothing is named anywhere.
pub fn source(text: Option<&str>, spec: &Path) -> Result<Source> {
    if text.is_some() || Target::is_in_environment() {
        return Source::parse_or_environment(text);
    }
    let dir = spec.display();
    if files::exists(spec) {
        return Err(failure(
            "no database is named",
            format!(
                "{dir} says what is declared; say what it is compared with\n  \
                 a SOURCE on the command line   postgres://user@host/db, a directory of SQL, or a snapshot\n  \
                 a variable                     DATABASE_URL, or PGHOST, PGUSER and PGDATABASE\n  \
                 no database at all             `drift check --offline` and `drift prove --expected` look at {dir} itself"
            ),
        ));
    }
    Err(failure(
        format!("no database is named, and there is no declared schema at {dir}"),
        format!(
            "there are three ways to start\n  \
             drift demo                             look around: writes a small example that needs no database\n  \
             drift init postgres://user@host/db     in your project: writes {dir}/ from a database that is as it should be\n  \
             drift check postgres://user@host/db    where SQL says already what is declared: name its directory with --spec DIR\n\
             DATABASE_URL and the PG* variables name a database too"
        ),
    ))
}

/// As [`source`], for `drift status`, which holds migrations against it and needs no declared schema. `project` is the
/// one that they are of, where it was recognised.
///
/// # Errors
/// As [`source`].
pub fn beside_migrations(
    text: Option<&str>,
    spec: &Path,
    migrations: Option<&Path>,
    project: Option<&Project>,
) -> Result<Source> {
    let Some(migrations) = migrations.filter(|folder| files::exists(folder)) else { return source(text, spec) };
    if text.is_some() || Target::is_in_environment() {
        return Source::parse_or_environment(text);
    }
    let variable = project.filter(|project| project.url != "DATABASE_URL").map(|project| {
        let command = format!("drift status \"${}\"", project.url);
        format!("\n  {command:<39}in the variable that {} reads", project.tool)
    });
    Err(failure(
        "no database is named",
        format!(
            "say which one should have the migrations in {}\n  \
             drift status postgres://user@host/db   also a directory of SQL, or a snapshot{}\n\
             DATABASE_URL and the PG* variables name a database too",
            migrations.display(),
            variable.unwrap_or_default()
        ),
    ))
}
