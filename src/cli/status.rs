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
use crate::cli::shown;
use crate::cli::start;
use crate::files;
use crate::history::status::MigrationStatus;
use crate::history::status::Verdict;
use crate::jobs::offline;
use crate::jobs::status;
use crate::model::failure::failure;
use crate::model::finding::Severity;
use crate::model::ident::shell_word;
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
    let mut notes = Vec::new();
    let project = match &args.migrations {
        Some(_) => None,
        None => offline::project(Path::new(""), &mut notes)?,
    };
    args.reading.notes(&notes);
    let migrations = args.migrations.as_deref().or(project.as_ref().map(|(_, folder)| folder.as_path()));
    let recognised = project.as_ref().map(|(project, _)| project);
    let source = start::beside_migrations(args.source.as_deref(), &args.spec, migrations, recognised)?;
    let migrations = migrations.ok_or_else(|| {
        failure("no migrations in SQL are found here", "name their directory: `drift status --migrations DIR`")
    })?;
    let options = args.reading.options()?;
    let mut progress = output::counter(args.reading.quiet);
    let done = status::status(&source, migrations, &args.spec, &options, &mut progress).await?;
    args.reading.notes(&done.notes);
    let drift = status::is_drift(&done.status);
    let write = |format, frame: &Frame, out: &mut dyn Write| report::status::write(&done.status, format, frame, out);
    args.format.write(&write, None, Some(Severity::Error), !args.reading.quiet || drift)?;
    let unfinished = |one: &MigrationStatus| matches!(one.verdict, Verdict::NotApplied | Verdict::Partial);
    // What finishes them is tried on a clone of what is declared too.
    if !args.reading.quiet && files::exists(&args.spec) && done.status.migrations.iter().any(unfinished) {
        eprintln!("next: {}", shown(&finish(&args, migrations)));
    }
    Ok(if drift { Outcome::Drift } else { Outcome::Clean })
}

/// The command that writes what never took effect, with what was named on this one; an address may hold a password.
fn finish(args: &StatusArgs, migrations: &Path) -> String {
    let path = |path: &Path| shell_word(&path.display().to_string());
    let mut command = format!("drift fix --remainder --migrations {}", path(migrations));
    if args.spec != Path::new("expected-schema") {
        command.push_str(&format!(" --spec {}", path(&args.spec)));
    }
    match &args.source {
        Some(source) if files::exists(Path::new(source)) => command.push_str(&format!(" {}", shell_word(source))),
        Some(_) => command.push_str(" …"),
        None => {}
    }
    command + "   writes what never took effect, in an order that runs"
}
