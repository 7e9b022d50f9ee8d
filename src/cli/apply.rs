//! `drift apply`: runs a plan that `drift fix` wrote, and says how it goes.

mod show;
mod words;

use std::io::BufRead;
use std::io::IsTerminal;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use anyhow::Result;
use clap::Args;
use clap::ValueEnum;
use tokio::sync::watch;

use crate::cli::Outcome;
use crate::cli::SourceArgs;
use crate::cli::say;
use crate::jobs::apply;
use crate::jobs::apply::ApplyOptions;
use crate::jobs::apply::Ended;
use crate::jobs::apply::Event;
use crate::jobs::source::Source;
use crate::model::failure::failure;

use show::Show;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines for a person
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Args)]
pub struct ApplyArgs {
    /// The plan: a file that `drift fix --additive` or `drift fix --full` wrote
    plan: PathBuf,
    /// The database (default: $DATABASE_URL or the PG* variables)
    source: Option<String>,
    /// Run it on a server that is not on this machine too; without this, such a run only shows what it would do
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Only show what would be done: statements, locks, hazards, rows
    #[arg(long)]
    dry_run: bool,
    /// Run a plan that loses data; --database says where that may be
    #[arg(long)]
    allow_data_loss: bool,
    /// The name of the database in which data may be lost (asked for at a terminal)
    #[arg(long, value_name = "NAME", requires = "allow_data_loss")]
    database: Option<String>,
    /// The declared schema that the end is checked against (default: the one that the plan was made with)
    #[arg(long, value_name = "DIR")]
    spec: Option<PathBuf>,
    /// Where a full plan leads, if it was made with --to (default: as it was written there)
    #[arg(long, value_name = "SOURCE", conflicts_with = "spec")]
    to: Option<String>,
    /// How long a statement may wait for a lock: 500ms, 2s
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = duration)]
    lock_timeout: Duration,
    /// How long a statement may take that reads and writes no rows (0: as long as it takes)
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    step_timeout: Duration,
    /// How often a step is tried whose locks are not to be had, with longer and longer pauses
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    attempts: u16,
    /// How far a replica may be behind before whatever writes many rows waits for it (0: nobody waits)
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    max_replica_lag: Duration,
    /// Take back what the plan did here, where that loses nothing, to what was there before it
    #[arg(long)]
    undo: bool,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    reading: SourceArgs,
}

/// `500ms`, `2s`, `5min`, or seconds without a unit.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: u64 = text[..digits].parse().map_err(|_| format!("`{text}` is no time: write 500ms or 2s"))?;
    match &text[digits..] {
        "ms" => Ok(Duration::from_millis(number)),
        "s" | "" => Ok(Duration::from_secs(number)),
        "min" => Ok(Duration::from_secs(number.saturating_mul(60))),
        unit => Err(format!("`{unit}` is no unit of time: write ms, s or min")),
    }
}

pub async fn run(args: ApplyArgs) -> Result<Outcome> {
    let source = Source::parse_or_environment(args.source.as_deref())?;
    let dry_run = match (args.yes, args.dry_run) {
        (true, _) => Some(false),
        (false, true) => Some(true),
        (false, false) => None,
    };
    let options = ApplyOptions {
        spec: args.spec.clone(),
        to: args.to.as_deref().map(Source::parse).transpose()?,
        dry_run,
        allow_data_loss: args.allow_data_loss,
        database: args
            .database
            .clone()
            .map_or_else(|| ask(args.allow_data_loss && !args.dry_run), |name| Ok(Some(name)))?,
        lock_timeout: args.lock_timeout,
        step_timeout: args.step_timeout,
        attempts: args.attempts.into(),
        max_replica_lag: args.max_replica_lag,
        undo: args.undo,
    };
    let (format, quiet) = (args.format, args.reading.quiet);
    let show = Show::new(format == Format::Json, quiet);
    let tell = |event: Event| show.event(&event);
    let ended = apply::apply(&args.plan, &source, &options, &args.reading.options()?, &tell, pressed()).await?;
    Ok(match ended {
        Ended::Kept => Outcome::Clean,
        Ended::Shown if args.dry_run => Outcome::Clean,
        // Whoever meant it to run must not take this for success.
        Ended::Shown => {
            let name = source.name();
            say("nothing was changed", &format!("{name} is not on this machine; give --yes to run the plan"));
            Outcome::CouldNotCheck
        }
        Ended::Broken => Outcome::Drift,
        Ended::Stopped => Outcome::CouldNotCheck,
    })
}

/// Asks a person at a terminal where data may be lost.
fn ask(wanted: bool) -> Result<Option<String>> {
    if !wanted || !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    eprint!("this may lose data for good; type the name of the database to go on: ");
    std::io::stderr().flush().context("cannot write to the terminal")?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read from the terminal")?;
    match line.trim() {
        "" => Err(failure("no database was named: nothing was changed", "type its name, or give it with --database")),
        name => Ok(Some(name.to_owned())),
    }
}

/// Counts how often somebody asked to stop: Ctrl-C, or a supervisor's SIGTERM.
fn pressed() -> apply::Stop {
    let (sender, receiver) = watch::channel(0);
    tokio::spawn(async move {
        let mut signals = Signals::new();
        while signals.next().await {
            sender.send_modify(|pressed: &mut u8| *pressed = pressed.saturating_add(1));
        }
    });
    receiver
}

/// What asks to stop. A signal between two questions is not lost.
struct Signals {
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    interrupt: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Signals {
        use tokio::signal::unix::SignalKind;
        // Where signals cannot be heard, they end the program as they do anywhere: the journal knows what happened.
        let of = |kind| tokio::signal::unix::signal(kind).ok();
        Signals { terminate: of(SignalKind::terminate()), interrupt: of(SignalKind::interrupt()) }
    }

    async fn next(&mut self) -> bool {
        let (Some(terminate), Some(interrupt)) = (&mut self.terminate, &mut self.interrupt) else { return false };
        tokio::select! {
            signal = terminate.recv() => signal.is_some(),
            signal = interrupt.recv() => signal.is_some(),
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> Signals {
        Signals {}
    }

    async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
