//! `drift prove [SOURCE]`: isolation between tenants, demonstrated.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::cli::Outcome;
use crate::cli::SourceArgs;
use crate::cli::output;
use crate::cli::output::FormatArgs;
use crate::cli::start;
use crate::jobs::isolation;
use crate::jobs::source::Source;
use crate::model::finding::Severity;
use crate::report;
use crate::report::Frame;

const HELP: &str = "\
The schema is built in a scratch Postgres, never in the live database. Two tenants and rows for each
are made up. Then every role that drift.toml confines, and `anon` where it exists, tries to read, write,
move, delete and find out what is another tenant's. What broke in is printed, to be pasted into psql.

Exit codes: 0 everything is proven · 1 something broke in, or could not be proven · 2 could not run

Examples:
  drift prove --expected                        prove the declared SQL itself
  drift prove postgres://app@db/shop            prove a copy of a live database's schema
  drift prove --expected --table agents --format markdown";

#[derive(Args)]
#[command(after_help = HELP)]
pub struct ProveArgs {
    /// Database, SQL or snapshot to prove (default: $DATABASE_URL or the PG* variables)
    source: Option<String>,
    /// The declared schema: a directory of SQL with its drift.toml
    #[arg(long, value_name = "DIR", default_value = "expected-schema")]
    spec: PathBuf,
    /// Prove the declared SQL itself
    #[arg(long, conflicts_with = "source")]
    expected: bool,
    /// Only this table, view or partition; may be repeated
    #[arg(long = "table", value_name = "NAME")]
    tables: Vec<String>,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    reading: SourceArgs,
}

pub async fn run(args: ProveArgs) -> Result<Outcome> {
    let source =
        if args.expected { Source::declared(&args.spec)? } else { start::source(args.source.as_deref(), &args.spec)? };
    let done = isolation::prove(&source, &args.spec, &args.tables, &args.reading.options()?).await?;
    args.reading.notes(&done.notes);
    let proven = done.report.proven();
    let write = |format, frame: &Frame, out: &mut dyn Write| report::isolation::write(&done.report, format, frame, out);
    let place = output::standing_for(&args.spec)?;
    args.format.write(&write, place, Some(Severity::Note), !(args.reading.quiet && proven))?;
    Ok(if proven { Outcome::Clean } else { Outcome::Drift })
}
