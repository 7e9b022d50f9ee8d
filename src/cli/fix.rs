//! `drift fix --additive | --full | --reset | --remainder`: writes the repair, executes nothing.

use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;
use clap::Args;
use clap::ValueEnum;

use crate::cli::Outcome;
use crate::cli::SourceArgs;
use crate::cli::output;
use crate::cli::shown;
use crate::cli::start;
use crate::jobs::fix;
use crate::jobs::fix::FixOptions;
use crate::jobs::full;
use crate::jobs::full::FullOptions;
use crate::jobs::remainder;
use crate::jobs::remainder::RemainderOptions;
use crate::jobs::reset;
use crate::jobs::reset::ResetOptions;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::model::failure::failure;
use crate::model::plan_report::PlanReport;
use crate::report;

const WAYS: &str = "say one of these (`drift report` sets them side by side)
  --additive                        creates what is missing; keeps every row, drops nothing
  --full                            leads to just what is declared; what is not declared is dropped
  --reset                           a plan that starts clean: backup, drop, re-create, re-seed, check
  --remainder --migrations DIR      the statements of your migrations that never took effect";

/// How a plan is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlanFormat {
    /// A migration for psql
    Sql,
    /// The versioned contract of docs/plan.schema.json
    Json,
    /// For a pull request
    Markdown,
}

#[derive(Args)]
#[command(group(clap::ArgGroup::new("way").args(["additive", "full", "reset", "remainder"])))]
pub struct FixArgs {
    /// Write a migration that only adds: it keeps every row and drops nothing
    #[arg(long)]
    additive: bool,
    /// Write a plan that leads to just what is declared: what is not declared is dropped
    #[arg(long)]
    full: bool,
    /// Where the full plan leads: any source (default: the declared schema)
    #[arg(long, value_name = "SOURCE", requires = "full")]
    to: Option<String>,
    /// Let the plan drop or narrow what holds data; what that is, it says first
    #[arg(long, conflicts_with_all = ["additive", "reset"])]
    allow_data_loss: bool,
    /// Write a plan that starts clean: what is lost, backup, drop, re-create, re-seed, check
    #[arg(long)]
    reset: bool,
    /// Put the rows of the reset aside before the drop, and back where they fit
    #[arg(long, requires = "reset")]
    keep_rows: bool,
    /// Write the statements of --migrations that never took effect, in an order that runs, instead of new SQL
    #[arg(long, requires = "migrations")]
    remainder: bool,
    /// Database, SQL or snapshot to repair (default: $DATABASE_URL or the PG* variables)
    source: Option<String>,
    /// The declared schema: a directory of SQL with its drift.toml
    #[arg(long, value_name = "DIR", default_value = "expected-schema")]
    spec: PathBuf,
    /// Where to write: a directory (default: migrations, or reset), a .sql file, or - for stdout
    #[arg(long, value_name = "DIR|FILE|-")]
    output: Option<PathBuf>,
    /// As SQL to run, or for review: every statement with its lock and hazards, what is lost, what the proof
    /// showed (to stdout, or to the file of --output)
    #[arg(long, value_enum, default_value_t = PlanFormat::Sql, conflicts_with_all = ["reset", "remainder"])]
    format: PlanFormat,
    /// Value for the rows that exist: TABLE=<uuid, SQL, or "PARENT via COLUMN"> for the tenant column,
    /// TABLE.COLUMN=SQL for another
    #[arg(long, value_name = "TABLE=VALUE", conflicts_with = "remainder")]
    backfill: Vec<String>,
    /// Put this tenant's row into the patch: id=…,slug=…,name=…
    #[arg(long, value_name = "COLUMN=VALUE,…", conflicts_with_all = ["full", "remainder"])]
    create_tenant: Option<String>,
    /// Write three files, so that an application can be deployed between: expand, backfill, contract.
    /// Done by itself where a table is too big to be filled at once
    #[arg(long, conflicts_with_all = ["reset", "full", "remainder"])]
    phases: bool,
    /// Rows written in one transaction (default: 5000); a table of more than ten times as many is written in batches
    #[arg(long, value_name = "N", conflicts_with_all = ["reset", "full", "remainder"], value_parser = clap::value_parser!(u64).range(1..))]
    batch_rows: Option<u64>,
    /// Short statements for a database that nobody uses meanwhile: no CONCURRENTLY, no validation by itself
    #[arg(long, conflicts_with_all = ["reset", "phases", "remainder"])]
    offline: bool,
    /// Close what existing policies let through by restrictive policies named drift_guard…, which can only narrow
    #[arg(long, conflicts_with_all = ["reset", "full", "remainder"])]
    guard: bool,
    /// The migrations to run after the reset (default: the declared SQL), or whose remainder is written
    #[arg(long, value_name = "DIR", conflicts_with_all = ["additive", "full"])]
    migrations: Option<PathBuf>,
    /// The name in the migration's file name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    reading: SourceArgs,
}

impl FixArgs {
    /// Where the SQL goes: nowhere but into memory where the plan is only for review.
    fn sql_output(&self) -> Option<PathBuf> {
        match self.format {
            PlanFormat::Sql => self.output.clone(),
            PlanFormat::Json | PlanFormat::Markdown => Some(PathBuf::from("-")),
        }
    }

    fn show(&self, notes: &[String], sql: Option<&str>, report: &PlanReport, summary: &str) -> Result<Outcome> {
        self.reading.notes(notes);
        let mut bytes = Vec::new();
        match self.format {
            PlanFormat::Sql => {
                if let Some(sql) = sql {
                    output::put(None, sql.as_bytes())?;
                }
            }
            PlanFormat::Json => report::plan::json(report, &mut bytes)?,
            PlanFormat::Markdown => report::plan::markdown(report, &mut bytes)?,
        }
        if self.format != PlanFormat::Sql {
            output::put(self.output.as_deref(), &bytes)?;
        }
        if !self.reading.quiet {
            eprint!("{}", shown(summary));
        }
        Ok(Outcome::Clean)
    }
}

pub async fn run(args: FixArgs) -> Result<Outcome> {
    let source = start::source(args.source.as_deref(), &args.spec)?;
    if !(args.additive || args.full || args.reset || args.remainder) {
        return Err(failure("which repair is wanted is not said", WAYS));
    }
    let options = ReadOptions { guard: args.guard, ..args.reading.options()? };
    if args.reset && !args.keep_rows && (!args.backfill.is_empty() || args.create_tenant.is_some()) {
        return Err(failure(
            "--backfill and --create-tenant mean nothing to a reset that keeps no rows",
            "add --keep-rows, or leave them out",
        ));
    }
    if args.reset {
        return run_reset(&args, &source).await;
    }
    if args.remainder {
        return run_remainder(&args, &source, &options).await;
    }
    if args.full {
        return run_full(&args, &source, &options).await;
    }
    let fix_options = FixOptions {
        backfill: args.backfill.clone(),
        create_tenant: args.create_tenant.clone(),
        output: args.sql_output(),
        name: args.name.clone().unwrap_or_else(|| "drift_additive".to_owned()),
        phases: args.phases,
        batch_rows: args.batch_rows,
        offline: args.offline,
    };
    let done = fix::additive(&source, &args.spec, &fix_options, &options).await?;
    args.show(&done.notes, done.stdout.as_deref(), &done.report, &done.summary)
}

async fn run_full(args: &FixArgs, source: &Source, options: &ReadOptions) -> Result<Outcome> {
    let full_options = FullOptions {
        to: args.to.as_deref().map(Source::parse).transpose()?,
        allow_data_loss: args.allow_data_loss,
        backfill: args.backfill.clone(),
        output: args.sql_output(),
        name: args.name.clone().unwrap_or_else(|| "drift_full".to_owned()),
        offline: args.offline,
    };
    let done = full::full(source, &args.spec, &full_options, options).await?;
    args.show(&done.notes, done.stdout.as_deref(), &done.report, &done.summary)
}

async fn run_reset(args: &FixArgs, source: &Source) -> Result<Outcome> {
    let options = args.reading.options()?;
    let asked = ResetOptions {
        migrations: args.migrations.clone(),
        output: args.output.clone(),
        keep_rows: args.keep_rows,
        backfill: args.backfill.clone(),
        create_tenant: args.create_tenant.clone(),
    };
    let done = reset::reset(source, &args.spec, &asked, &options).await?;
    args.reading.notes(&done.notes);
    if !args.reading.quiet {
        eprint!("{}", shown(&done.summary));
    }
    Ok(if done.works { Outcome::Clean } else { Outcome::Drift })
}

async fn run_remainder(args: &FixArgs, source: &Source, options: &ReadOptions) -> Result<Outcome> {
    let asked = RemainderOptions {
        // clap insists on it.
        migrations: args.migrations.clone().context("--remainder needs --migrations DIR")?,
        output: args.output.clone(),
        name: args.name.clone().unwrap_or_else(|| "drift_remainder".to_owned()),
        allow_data_loss: args.allow_data_loss,
    };
    let mut progress = output::counter(args.reading.quiet);
    let done = remainder::remainder(source, &args.spec, &asked, options, &mut progress).await?;
    args.reading.notes(&done.notes);
    if let Some(sql) = &done.stdout {
        output::put(None, sql.as_bytes())?;
    }
    if !args.reading.quiet {
        eprint!("{}", shown(&done.summary));
    }
    Ok(Outcome::Clean)
}
