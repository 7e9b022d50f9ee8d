//! `drift diff ACTUAL EXPECTED`: any two sources, without tenancy rules.

use anyhow::Result;
use clap::Args;

use crate::cli::Outcome;
use crate::cli::SourceArgs;
use crate::cli::check::finish;
use crate::cli::output;
use crate::cli::output::OutputArgs;
use crate::jobs::compare;
use crate::jobs::source::Source;

#[derive(Args)]
pub struct DiffArgs {
    /// What is there: database, SQL or snapshot
    actual: String,
    /// What should be there: database, SQL or snapshot
    expected: String,
    /// Exit 2 when the role has no privilege on more than this share of the relations
    #[arg(long, value_name = "PERCENT")]
    max_invisible: Option<f64>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    reading: SourceArgs,
}

pub async fn run(args: DiffArgs) -> Result<Outcome> {
    let actual = Source::parse(&args.actual)?;
    let expected = Source::parse(&args.expected)?;
    let comparison = compare::diff(&actual, &expected, &args.reading.options()?).await?;
    let place = match &expected {
        Source::Sql(path) => output::standing_for(path)?,
        Source::Snapshot(path) => Some(path.display().to_string()),
        Source::Database(_) => None,
    };
    finish(&comparison, &args.output, place, &args.reading, args.max_invisible)
}
