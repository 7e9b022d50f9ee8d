//! The command line: one file per subcommand, exit codes, and the only code
//! that prints. stdout is the report; stderr is everything else.
#![allow(clippy::disallowed_macros)]

mod apply;
mod audit;
mod baseline;
mod check;
mod completions;
mod demo;
mod diff;
mod dump;
mod explain;
mod fix;
mod init;
mod log;
mod output;
mod prove;
mod report;
mod snapshot;
mod start;
mod status;

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use clap::CommandFactory;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;

use crate::jobs::source::ReadOptions;
use crate::jobs::source::Reader;
use crate::model::failure::help;
use crate::report::text::visible_line;
use crate::scratch::Engine;

/// What a command ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Exit 0: no drift, or done.
    Clean,
    /// Exit 1: drift.
    Drift,
    /// Exit 2: could not check, already explained.
    CouldNotCheck,
}

#[derive(Parser)]
#[command(name = "drift", version, about = "Finds where a multi-tenant Postgres differs from its declared schema, and writes the repair", after_help = EXIT_CODES)]
struct Cli {
    /// Say on stderr what is done: connections, what is compiled or cached, proofs; -vv also how long each took. Never a secret
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
A SOURCE is a Postgres URL or libpq connection string, a .sql file or a directory of them, or a snapshot (.json).

Exit codes: 0 no drift · 1 drift · 2 could not check

Examples:
  drift check fixtures/half-migrated            compare a directory of SQL with expected-schema/
  drift check postgres://app@db/shop            compare a live database
  drift check --probe postgres://app@db/shop    ask its rows too: whose are they?
  drift fix --additive --backfill \"workflows=<uuid>\" postgres://app@db/shop
  drift apply migrations/20251026_drift_additive.sql postgres://app@db/shop
  drift status --migrations migrations postgres://app@db/shop
  drift report --migrations migrations --output review.html postgres://app@db/shop
  drift prove --expected                        try to break in between two made-up tenants
  drift explain tenant-column-missing";

#[derive(Subcommand)]
enum Command {
    /// Compare a database with the declared schema and its tenancy rules
    Check(check::CheckArgs),
    /// Record today's findings, so that a check fails on new ones only
    Baseline(baseline::BaselineArgs),
    /// Compare any two sources, without tenancy rules
    Diff(diff::DiffArgs),
    /// Say which migration did what, and what is there of each
    Status(status::StatusArgs),
    /// Write one document for review: situation, picture, migrations, the ways to repair side by side, what to do
    Report(report::ReportArgs),
    /// Print the SQL of an audit log: who changed what in the schema, and when
    Audit(audit::AuditArgs),
    /// Write the repair: additive patch migrations, or a reset plan
    Fix(fix::FixArgs),
    /// Run a plan that `drift fix` wrote, on the database that it was made for
    Apply(apply::ApplyArgs),
    /// Demonstrate in a scratch Postgres that tenants are isolated
    Prove(prove::ProveArgs),
    /// Write the whole schema as SQL, in an order that runs
    Dump(dump::DumpArgs),
    /// Record a catalog as JSON
    Snapshot(snapshot::SnapshotArgs),
    /// Print the page of a finding code
    Explain(explain::ExplainArgs),
    /// Write a first drift.toml and SQL from a database
    Init(init::InitArgs),
    /// Write a small example to look at, without any database
    Demo(demo::DemoArgs),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
    /// Write man pages into a directory
    Man(completions::ManArgs),
}

/// How sources are read; the same for every command.
#[derive(Args, Clone)]
struct SourceArgs {
    /// Where SQL is brought to life: `embedded`, `local` (binaries on this machine) or the URL of a server
    #[arg(long, value_name = "embedded|local|URL")]
    scratch: Option<String>,
    /// Read through pg_catalog, or through information_schema for engines and roles with nothing else
    #[arg(long, value_enum, default_value_t = ReaderArg::PgCatalog)]
    reader: ReaderArg,
    /// Only this schema; may be repeated (default: the schemas of drift.toml, else all of the user's)
    #[arg(long = "schema", value_name = "NAME")]
    schemas: Vec<String>,
    /// Compile SQL anew even when it is in the cache
    #[arg(long)]
    no_cache: bool,
    /// Give up on a statement after this many seconds (0: never)
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    statement_timeout: u64,
    /// Exit 2 when something that a user made was not compared: a kind that drift does not know, or what the role cannot see
    #[arg(long)]
    strict_coverage: bool,
    /// Say less on stderr, and print no report when nothing is wrong
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum ReaderArg {
    PgCatalog,
    InformationSchema,
}

impl SourceArgs {
    fn options(&self) -> Result<ReadOptions> {
        Ok(ReadOptions {
            engine: match &self.scratch {
                Some(text) => Some(Engine::parse(text)?),
                None => None,
            },
            reader: match self.reader {
                ReaderArg::PgCatalog => Reader::PgCatalog,
                ReaderArg::InformationSchema => Reader::InformationSchema,
            },
            schemas: self.schemas.clone(),
            use_cache: !self.no_cache,
            statement_timeout_s: self.statement_timeout,
            strict_coverage: self.strict_coverage,
            ..ReadOptions::default()
        })
    }

    /// Notes for a person, on stderr.
    fn notes(&self, notes: &[String]) {
        if !self.quiet {
            for note in notes {
                say("note", note);
            }
        }
    }
}

/// Parses the arguments, runs the command and turns its outcome into an exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // --help and --version come this way too, and are no mistake.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _printed = error.print();
            return ExitCode::from(code);
        }
    };
    log::start(cli.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::from(2);
        }
    };
    let outcome = runtime.block_on(async {
        // What changes a database comes to an end of its own.
        let stops_by_itself = matches!(cli.command, Command::Apply(_));
        tokio::select! {
            outcome = run(cli.command) => outcome,
            _ = tokio::signal::ctrl_c(), if !stops_by_itself => Err(anyhow::anyhow!("interrupted; nothing was written")),
        }
    });
    // Whatever still runs (a scratch server that shuts down) gets a moment to clean up.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    match outcome {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Drift) => ExitCode::from(1),
        Ok(Outcome::CouldNotCheck) => ExitCode::from(2),
        Err(error) => {
            print_error(&error);
            ExitCode::from(2)
        }
    }
}

async fn run(command: Command) -> Result<Outcome> {
    match command {
        Command::Check(args) => check::run(args).await,
        Command::Baseline(args) => baseline::run(args).await,
        Command::Diff(args) => diff::run(args).await,
        Command::Status(args) => status::run(args).await,
        Command::Report(args) => report::run(args).await,
        Command::Demo(args) => demo::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Completions(args) => completions::completions(&args, Cli::command()),
        Command::Man(args) => completions::man(&args, Cli::command()),
        Command::Fix(args) => fix::run(args).await,
        Command::Apply(args) => apply::run(args).await,
        Command::Prove(args) => prove::run(args).await,
        Command::Dump(args) => dump::run(args).await,
        Command::Snapshot(args) => snapshot::run(args).await,
        Command::Explain(args) => explain::run(&args),
        Command::Init(args) => init::run(args).await,
    }
}

/// The whole chain on one line, then what to do next.
fn print_error(error: &anyhow::Error) {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if !parts.last().is_some_and(|last| last.contains(&text)) {
            parts.push(text);
        }
    }
    say("error", &parts.join(": "));
    if let Some(help) = help(error) {
        say("help", help);
    }
}

/// Says something on stderr. What a database, a file or a server put into it is only shown: it moves no cursor,
/// and begins no command of a forge that reads along.
fn say(what: &str, text: &str) {
    eprintln!("{}", shown(&format!("{what}: {text}")));
}

/// Text of several lines of which none does anything but be read.
fn shown(text: &str) -> String {
    text.split('\n').map(visible_line).collect::<Vec<_>>().join("\n")
}
