//! Where a report goes, and how wide and colourful it may be.

use std::io::IsTerminal;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;
use clap::Args;
use clap::ValueEnum;

use crate::files;
use crate::model::finding::Severity;
use crate::model::report::Report;
use crate::report;
use crate::report::Style;

#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    /// For a person at a terminal
    Table,
    /// The versioned contract of docs/report.schema.json, or docs/prove.schema.json
    Json,
    /// For a pull request
    Markdown,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

impl FailOn {
    /// True when a finding this bad makes the command exit 1.
    pub fn fails(self, severity: Severity) -> bool {
        match self {
            FailOn::Error => severity <= Severity::Error,
            FailOn::Warning => severity <= Severity::Warning,
            FailOn::Note => severity <= Severity::Note,
            FailOn::Never => false,
        }
    }
}

/// How and where a report is written.
#[derive(Args, Clone)]
pub struct FormatArgs {
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Write the report to a file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

impl FormatArgs {
    /// Writes a report's bytes where the arguments say.
    ///
    /// # Errors
    /// The file or stdout cannot be written.
    pub fn put(&self, bytes: &[u8]) -> Result<()> {
        put(self.output.as_deref(), bytes)
    }

    /// What the table format may use of the terminal.
    pub fn style(&self) -> Style {
        let terminal = self.output.is_none() && std::io::stdout().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        Style { width: width(), color: terminal && !no_color && std::env::var_os("TERM").is_none_or(|t| t != "dumb") }
    }
}

#[derive(Args, Clone)]
pub struct OutputArgs {
    #[command(flatten)]
    pub format: FormatArgs,
    /// The least severity that makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Note)]
    pub fail_on: FailOn,
}

impl OutputArgs {
    /// Writes a report where the arguments say.
    ///
    /// # Errors
    /// The file or stdout cannot be written.
    pub fn write(&self, report: &Report) -> Result<()> {
        let mut bytes = Vec::new();
        match self.format.format {
            Format::Table => report::table::write(report, self.format.style(), &mut bytes)?,
            Format::Json => report::json::write(report, &mut bytes)?,
            Format::Markdown => report::markdown::write(report, &mut bytes)?,
        }
        self.format.put(&bytes)
    }
}

/// Columns of the terminal, or of `COLUMNS`, or 100 where there is neither.
fn width() -> usize {
    let given = std::env::var("COLUMNS").ok().and_then(|c| c.parse::<usize>().ok());
    let width = given.or_else(|| terminal_size::terminal_size().map(|(w, _)| usize::from(w.0))).unwrap_or(100);
    width.clamp(40, 160)
}

/// Writes bytes to a file (whole or not at all) or to stdout. A reader that
/// stops early (`| head`) is no error.
///
/// # Errors
/// The file or stdout cannot be written.
pub fn put(path: Option<&std::path::Path>, bytes: &[u8]) -> Result<()> {
    match path {
        Some(path) if path.as_os_str() != "-" => files::write_atomically(path, bytes),
        _ => match std::io::stdout().lock().write_all(bytes).and_then(|()| std::io::stdout().flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.context("cannot write to stdout"),
        },
    }
}
