//! `drift report [SOURCE]`: one document for those who decide.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use clap::ValueEnum;

use crate::cli::Outcome;
use crate::cli::SourceArgs;
use crate::cli::output;
use crate::cli::start;
use crate::jobs::review;
use crate::jobs::review::Asked;
use crate::report;
use crate::report::review::facts::Review;
use crate::scratch::replay::Progress;

const HELP: &str = "\
What is there and what is declared, which migration did what, who sees whose rows, and the three ways to the
declared schema side by side: reset, additive repair, full repair. Each is planned and proved as `drift fix`
does it, and one is recommended by the rules of docs/report.md. Nothing is changed: the database is only read.

Exit codes: 0 nothing has to be done · 1 something is not as declared · 2 could not tell

Examples:
  drift report --migrations supabase/migrations --output review.html    the database of $DATABASE_URL
  drift report fixtures/half-migrated --migrations fixtures/migrations
  drift report postgres://app@db/shop --output review.html --report json=review.json";

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a pull request or an issue
    Markdown,
    /// One file that needs no network, for a browser or a printer
    Html,
    /// The versioned contract of docs/review.schema.json
    Json,
}

impl Format {
    const fn of_report(self) -> report::review::Format {
        match self {
            Format::Markdown => report::review::Format::Markdown,
            Format::Html => report::review::Format::Html,
            Format::Json => report::review::Format::Json,
        }
    }
}

/// A format and the file that it goes to: `json=review.json`.
#[derive(Clone)]
struct Also {
    format: Format,
    file: PathBuf,
}

fn also(text: &str) -> std::result::Result<Also, String> {
    let (format, file) = output::format_and_file(text, "json=review.json")?;
    Ok(Also { format: Format::from_str(format, false)?, file })
}

#[derive(Args)]
#[command(after_help = HELP)]
pub struct ReportArgs {
    /// Database, SQL or snapshot to review (default: $DATABASE_URL or the PG* variables)
    source: Option<String>,
    /// The declared schema: a directory of SQL with its drift.toml
    #[arg(long, value_name = "DIR", default_value = "expected-schema")]
    spec: PathBuf,
    /// The directory of migrations: says what is there of each
    #[arg(long, value_name = "DIR")]
    migrations: Option<PathBuf>,
    /// Value for the rows that exist, as for `drift fix`: a decision that is made already
    #[arg(long, value_name = "TABLE=VALUE")]
    backfill: Vec<String>,
    /// Demonstrate isolation too, as `drift prove` does
    #[arg(long)]
    prove: bool,
    /// Default: by the ending of --output (.html, .json), else markdown
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write the document to a file instead of stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write it in another format to a file too; may be repeated
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = also)]
    also: Vec<Also>,
    #[command(flatten)]
    reading: SourceArgs,
}

impl ReportArgs {
    fn format(&self) -> Format {
        let ending = self.output.as_ref().and_then(|path| path.extension()).and_then(|ending| ending.to_str());
        self.format.unwrap_or(match ending {
            Some("html" | "htm") => Format::Html,
            Some("json") => Format::Json,
            Some(_) | None => Format::Markdown,
        })
    }
}

pub async fn run(args: ReportArgs) -> Result<Outcome> {
    let source = start::source(args.source.as_deref(), &args.spec)?;
    let options = args.reading.options()?;
    let shown = std::io::stderr().is_terminal() && !args.reading.quiet;
    let mut progress = |at: Progress| {
        if shown {
            // Overwrites itself, and leaves an empty line to what comes after.
            let text = if at.done < at.all { format!("{} of {} statements", at.done, at.all) } else { String::new() };
            eprint!("\r\x1b[K{text}");
        }
    };
    let asked = Asked { migrations: args.migrations.clone(), prove: args.prove, backfill: args.backfill.clone() };
    let done = review::review(&source, &args.spec, &asked, &options, &mut progress).await?;
    args.reading.notes(&done.notes);
    let bytes = |format: Format| -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        report::review::write(&done.review, format.of_report(), &mut bytes)?;
        Ok(bytes)
    };
    for Also { format, file } in &args.also {
        output::put(Some(file), &bytes(*format)?)?;
    }
    output::put(args.output.as_deref(), &bytes(args.format())?)?;
    Ok(outcome(&done.review))
}

fn outcome(review: &Review) -> Outcome {
    match review.check.findings.is_empty() {
        true => Outcome::Clean,
        false => Outcome::Drift,
    }
}
