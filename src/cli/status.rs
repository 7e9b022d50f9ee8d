//! `drift status [SOURCE] --migrations DIR`.

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::cli::Outcome;
use crate::cli::SourceArgs;
use crate::cli::output;
use crate::cli::output::FormatArgs;
use crate::cli::start;
use crate::jobs::offline;
use crate::jobs::source::Source;
use crate::jobs::status;
use crate::model::failure::failure;
use crate::model::finding::Severity;
use crate::report;
use crate::report::Frame;

const HELP: &str = "\
The migrations are run one by one in a scratch Postgres, statement by statement, going on after errors.
What each did to the schema is then looked for in the database: which migration is complete, partial or
not applied, which statement silently did nothing because something else was in place, and why one fails.
Ledgers of migration tools (sqlx, dbmate, Flyway, Prisma and others) are read, and what contradicts them is said.

Exit codes: 0 all migrations are complete · 1 something is not, or a ledger is wrong · 2 could not tell

Examples:
  drift status --migrations supabase/migrations              the database of $DATABASE_URL
  drift status fixtures/half-migrated --migrations fixtures/migrations
  drift status postgres://app@db/shop --migrations migrations --format markdown";

#[derive(Args)]
#[command(after_help = HELP)]
pub struct StatusArgs {
    /// Database, SQL or snapshot to look at (default: $DATABASE_URL or the PG* variables)
    source: Option<String>,
    /// The directory of migrations (default: those of the project here)
    #[arg(long, value_name = "DIR")]
    migrations: Option<PathBuf>,
    /// Whose drift.toml says which schemas count (without one: all)
    #[arg(long, value_name = "DIR", default_value = "expected-schema")]
    spec: PathBuf,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    reading: SourceArgs,
}

pub async fn run(args: StatusArgs) -> Result<Outcome> {
    let source = start::source(args.source.as_deref(), &args.spec)?;
    let migrations = match &args.migrations {
        Some(directory) => directory.clone(),
        None => migrations_here(&args)?,
    };
    let options = args.reading.options()?;
    let mut progress = output::counter(args.reading.quiet);
    let done = status::status(&source, &migrations, &args.spec, &options, &mut progress).await?;
    args.reading.notes(&done.notes);
    let drift = status::is_drift(&done.status);
    let write = |format, frame: &Frame, out: &mut dyn Write| report::status::write(&done.status, format, frame, out);
    args.format.write(&write, None, Some(Severity::Error), !args.reading.quiet || drift)?;
    Ok(if drift { Outcome::Drift } else { Outcome::Clean })
}

/// The migrations of the project that drift runs in.
fn migrations_here(args: &StatusArgs) -> Result<PathBuf> {
    let mut notes = Vec::new();
    let found = offline::migrations(Path::new(""), &mut notes)?;
    args.reading.notes(&notes);
    match found {
        Some(Source::Sql(directory)) => Ok(directory),
        Some(Source::Database(_) | Source::Snapshot(_)) | None => {
            Err(failure("no migrations in SQL are found here", "name their directory: `drift status --migrations DIR`"))
        }
    }
}
