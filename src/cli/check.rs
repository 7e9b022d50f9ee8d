//! `drift check [SOURCE] [--spec DIR]`.

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::cli::Outcome;
use crate::cli::SourceArgs;
use crate::cli::output;
use crate::cli::output::OutputArgs;
use crate::cli::say;
use crate::cli::start;
use crate::jobs::baseline;
use crate::jobs::blame;
use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::jobs::offline;
use crate::jobs::probe;
use crate::jobs::source::Source;
use crate::report;
use crate::report::Frame;

#[derive(Args)]
pub struct CheckArgs {
    /// Database, SQL or snapshot to check (default: $DATABASE_URL or the PG* variables)
    source: Option<String>,
    /// The declared schema: a directory of SQL with its drift.toml
    #[arg(long, value_name = "DIR", default_value = "expected-schema")]
    spec: PathBuf,
    /// Exit 2 when the role has no privilege on more than this share of the relations
    #[arg(long, value_name = "PERCENT")]
    max_invisible: Option<f64>,
    /// Ask the rows too, read-only: rows without a tenant, of unknown tenants, or tied to another tenant's
    #[arg(long)]
    probe: bool,
    /// Ask no database: check that the migrations (SOURCE, or those of the project here) lead to the declared
    /// schema, and that it keeps its own rules
    #[arg(long, conflicts_with = "probe")]
    offline: bool,
    /// Count only findings that this file does not know; `drift baseline` writes it
    #[arg(long, value_name = "FILE", conflicts_with = "base")]
    baseline: Option<PathBuf>,
    /// Take out of the baseline what is gone; it never grows
    #[arg(long, requires = "baseline")]
    update: bool,
    /// Count only findings that this source does not have: the main branch's schema, or another database
    #[arg(long, value_name = "SOURCE")]
    base: Option<String>,
    /// Say of each finding which statement of these migrations makes it so
    #[arg(long, value_name = "DIR", conflicts_with = "offline")]
    migrations: Option<PathBuf>,
    /// Instead of a report, list what drift.toml leaves out: by which entry, and why
    #[arg(long)]
    explain_ignores: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    reading: SourceArgs,
}

pub async fn run(args: CheckArgs) -> Result<Outcome> {
    let options = args.reading.options()?;
    let mut comparison = if args.offline {
        offline::check(args.source.as_deref(), Path::new(""), &args.spec, &options).await?
    } else {
        let source = start::source(args.source.as_deref(), &args.spec)?;
        let mut comparison = compare::check(&source, &args.spec, &options).await?;
        if args.probe {
            probe::probe(&source, &mut comparison).await?;
        }
        comparison
    };
    if args.explain_ignores {
        let mut bytes = Vec::new();
        report::left_out::write(&comparison.report, &comparison.left_out, &mut bytes)?;
        output::put(args.output.format.output.as_deref(), &bytes)?;
        return Ok(Outcome::Clean);
    }
    if let Some(file) = &args.baseline {
        let said = baseline::hold(&mut comparison, file, args.update)?;
        comparison.notes.extend(said);
    }
    if let Some(base) = &args.base {
        let base = Source::parse(base)?;
        let mut before = compare::check(&base, &args.spec, &args.reading.options()?).await?;
        if args.probe {
            probe::probe(&base, &mut before).await?;
        }
        baseline::hold_against(&mut comparison, &before);
    }
    if let Some(directory) = &args.migrations {
        blame::blame(&mut comparison, directory, &mut output::counter(args.reading.quiet)).await?;
    }
    let place = output::standing_for(&args.spec)?;
    finish(&comparison, &args.output, place, &args.reading, args.max_invisible)
}

/// Writes the report and decides the exit code: too little seen is never clean. `place` is the file
/// that stands for what no line of SQL explains.
pub fn finish(
    comparison: &Comparison,
    output: &OutputArgs,
    place: Option<String>,
    reading: &SourceArgs,
    max_invisible: Option<f64>,
) -> Result<Outcome> {
    reading.notes(&comparison.notes);
    let report = &comparison.report;
    let drift = report.findings.iter().any(|f| output.fail_on.fails(f.severity));
    let coverage = &report.actual.coverage;
    let allowed = max_invisible.unwrap_or(comparison.max_invisible);
    let blind = coverage.invisible_share() * 100.0 > allowed;
    let unanswered = report.probes.as_ref().is_some_and(|probes| !probes.unanswered.is_empty());
    let shown = !reading.quiet || blind || unanswered || !report.findings.is_empty();
    let write = |format, frame: &Frame, out: &mut dyn Write| report::write(report, format, frame, out);
    output.format.write(&write, place, output.fail_on.least(), shown)?;
    if blind {
        eprintln!(
            "error: the role has no privilege on {} of {} relations, more than the {allowed} % that a check may miss",
            coverage.invisible.len(),
            coverage.relations,
        );
        eprintln!("help: grant it SELECT, connect as the owner, or raise --max-invisible");
        return Ok(Outcome::CouldNotCheck);
    }
    if let Some(what) = comparison.not_covered() {
        say("error", &what);
        say("help", compare::NOT_COVERED);
        return Ok(Outcome::CouldNotCheck);
    }
    if let Some(probes) = report.probes.as_ref().filter(|probes| !probes.unanswered.is_empty()) {
        let shown = probes.unanswered.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
        let more = if probes.unanswered.len() > 3 { "; …" } else { "" };
        let (n, asked) = (probes.unanswered.len(), probes.asked);
        say("error", &format!("{n} of {asked} probes have no answer: {shown}{more}"));
        eprintln!(
            "help: connect as a role that may read every row (BYPASSRLS, or the owner where row-level security is not forced), or raise --statement-timeout"
        );
        return Ok(Outcome::CouldNotCheck);
    }
    Ok(if drift { Outcome::Drift } else { Outcome::Clean })
}
