//! `drift baseline [SOURCE]`: today's findings in a file, so that a check fails on new ones only.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::cli::Outcome;
use crate::cli::SourceArgs;
use crate::cli::shown;
use crate::cli::start;
use crate::jobs::baseline;
use crate::jobs::baseline::Words;
use crate::jobs::compare;
use crate::jobs::probe;
use crate::model::failure::failure;
use crate::spec::Date;

const EXAMPLES: &str = "\
Examples:
  drift baseline postgres://app@db/shop --owner platform --until 2027-03-31
  drift check --baseline drift-baseline.toml postgres://app@db/shop
  drift check --baseline drift-baseline.toml --update postgres://app@db/shop";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct BaselineArgs {
    /// Database, SQL or snapshot to check (default: $DATABASE_URL or the PG* variables)
    source: Option<String>,
    /// The declared schema: a directory of SQL with its drift.toml
    #[arg(long, value_name = "DIR", default_value = "expected-schema")]
    spec: PathBuf,
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = "drift-baseline.toml")]
    output: PathBuf,
    /// Write an existing file anew; entries that stay keep their why, owner and until
    #[arg(long)]
    replace: bool,
    /// Why the findings do not count
    #[arg(long, value_name = "TEXT", default_value = "was there when the baseline was recorded")]
    why: String,
    /// Who looks after them
    #[arg(long, value_name = "WHO")]
    owner: Option<String>,
    /// The last day on which they do not count, as 2027-03-31
    #[arg(long, value_name = "DAY")]
    until: Option<Date>,
    /// Ask the rows too, read-only, as `drift check --probe` does
    #[arg(long)]
    probe: bool,
    #[command(flatten)]
    reading: SourceArgs,
}

pub async fn run(args: BaselineArgs) -> Result<Outcome> {
    let source = start::source(args.source.as_deref(), &args.spec)?;
    let mut comparison = compare::check(&source, &args.spec, &args.reading.options()?).await?;
    if args.probe {
        probe::probe(&source, &mut comparison).await?;
    }
    args.reading.notes(&comparison.notes);
    comparison.insist_on_coverage()?;
    let coverage = &comparison.report.actual.coverage;
    if coverage.invisible_share() * 100.0 > comparison.max_invisible {
        return Err(failure(
            format!("the role has no privilege on {} of {} relations", coverage.invisible.len(), coverage.relations),
            "a baseline of a part would let the rest through later: grant it SELECT, or connect as the owner",
        ));
    }
    let words = Words { why: args.why, owner: args.owner, until: args.until };
    let said = baseline::record(&comparison, &args.output, &words, args.replace)?;
    if !args.reading.quiet {
        eprint!("{}", shown(&said));
    }
    Ok(Outcome::Clean)
}
