//! `drift init [SOURCE]`: a first drift.toml and SQL from a database.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::cli::Outcome;
use crate::cli::SourceArgs;
use crate::cli::shown;
use crate::jobs::init;
use crate::jobs::source::Source;

#[derive(Args)]
pub struct InitArgs {
    /// Database, SQL or snapshot to start from (default: $DATABASE_URL or the PG* variables)
    source: Option<String>,
    /// The directory to write; it must not exist or be empty
    #[arg(long, value_name = "DIR", default_value = "expected-schema")]
    output: PathBuf,
    #[command(flatten)]
    reading: SourceArgs,
}

pub async fn run(args: InitArgs) -> Result<Outcome> {
    let source = Source::parse_or_environment(args.source.as_deref())?;
    let done = init::init(&source, &args.output, &args.reading.options()?).await?;
    args.reading.notes(&done.notes);
    if !args.reading.quiet {
        eprint!("{}", shown(&done.summary));
    }
    Ok(Outcome::Clean)
}
