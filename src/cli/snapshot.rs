//! `drift snapshot SOURCE`: the recorded catalog.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::cli::Outcome;
use crate::cli::SourceArgs;
use crate::cli::output;
use crate::jobs::source::Source;
use crate::jobs::source::read_all;
use crate::snapshot;

#[derive(Args)]
pub struct SnapshotArgs {
    /// Database, SQL or snapshot (default: $DATABASE_URL or the PG* variables)
    source: Option<String>,
    /// Write to a file instead of stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    reading: SourceArgs,
}

pub async fn run(args: SnapshotArgs) -> Result<Outcome> {
    let source = Source::parse_or_environment(args.source.as_deref())?;
    let mut loaded = read_all(&source, &args.reading.options()?).await?;
    args.reading.notes(&loaded.notes);
    // Row counts and places in files belong to the moment and the machine, not to the catalog.
    loaded.catalog.rows = None;
    let mut bytes = Vec::new();
    snapshot::write(&loaded.catalog, &mut bytes)?;
    output::put(args.output.as_deref(), &bytes)?;
    Ok(Outcome::Clean)
}
