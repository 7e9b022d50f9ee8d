//! Where a report goes, in which formats, and how wide and colourful it may be.

use std::io::IsTerminal;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;
use clap::Args;
use clap::ValueEnum;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use crate::files;
use crate::history::folder;
use crate::model::finding::Severity;
use crate::report;
use crate::report::Frame;
use crate::report::Style;
use crate::report::place::Places;
use crate::scratch::replay::Progress;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person at a terminal
    Table,
    /// The versioned contract of docs/report.schema.json, or docs/prove.schema.json
    Json,
    /// For a pull request
    Markdown,
    /// SARIF 2.1.0, for GitHub code scanning
    Sarif,
    /// JUnit XML, for whatever shows tests
    Junit,
    /// Annotations of a GitHub workflow
    Github,
    /// The code quality report of GitLab
    Gitlab,
}

impl Format {
    const fn of_report(self) -> report::Format {
        match self {
            Format::Table => report::Format::Table,
            Format::Json => report::Format::Json,
            Format::Markdown => report::Format::Markdown,
            Format::Sarif => report::Format::Sarif,
            Format::Junit => report::Format::Junit,
            Format::Github => report::Format::Github,
            Format::Gitlab => report::Format::Gitlab,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

impl FailOn {
    /// The least severity that makes the command exit 1.
    pub const fn least(self) -> Option<Severity> {
        match self {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Note => Some(Severity::Note),
            FailOn::Never => None,
        }
    }

    /// True when a finding this bad makes the command exit 1.
    pub fn fails(self, severity: Severity) -> bool {
        self.least().is_some_and(|least| severity <= least)
    }
}

/// A format and the file that it goes to: `sarif=drift.sarif`.
#[derive(Clone)]
pub struct Also {
    format: Format,
    file: PathBuf,
}

fn also(text: &str) -> std::result::Result<Also, String> {
    let (format, file) = format_and_file(text, "sarif=drift.sarif")?;
    Ok(Also { format: Format::from_str(format, false)?, file })
}

/// The two halves of `--report FORMAT=FILE`.
pub fn format_and_file<'a>(text: &'a str, example: &str) -> std::result::Result<(&'a str, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or_else(|| format!("write FORMAT=FILE, as in {example}"))?;
    if file.is_empty() || file == "-" {
        return Err("name a file after the `=`; stdout is what --format is for".to_owned());
    }
    Ok((format, PathBuf::from(file)))
}

/// How and where a report is written.
#[derive(Args, Clone)]
pub struct FormatArgs {
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Write the report to a file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write the report in another format to a file too; may be repeated
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = also)]
    pub also: Vec<Also>,
}

/// Writes one report in a format.
type Written<'a> = &'a dyn Fn(report::Format, &Frame, &mut dyn Write) -> std::io::Result<()>;

impl FormatArgs {
    /// Writes a report wherever the arguments say; in GitHub Actions also to the summary of the job, as Markdown.
    /// Without `shown` nothing goes to stdout.
    ///
    /// # Errors
    /// A file or stdout cannot be written.
    pub fn write(&self, report: Written, fallback: Option<String>, fails: Option<Severity>, shown: bool) -> Result<()> {
        let frame = Frame { style: self.style(), places: places(fallback)?, fails };
        let bytes = |format: Format, frame: &Frame| -> Result<Vec<u8>> {
            let mut bytes = Vec::new();
            report(format.of_report(), frame, &mut bytes)?;
            Ok(bytes)
        };
        for Also { format, file } in &self.also {
            let plain = Frame { style: Style { color: false, ..frame.style }, ..frame.clone() };
            put(Some(file), &bytes(*format, &plain)?)?;
        }
        if let Some(summary) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
            files::append(Path::new(&summary), &cut(bytes(Format::Markdown, &frame)?))?;
        }
        match shown || self.output.is_some() {
            true => put(self.output.as_deref(), &bytes(self.format, &frame)?),
            false => Ok(()),
        }
    }

    /// What the table format may use of the terminal.
    fn style(&self) -> Style {
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

/// The summary of a job holds a megabyte, and GitHub shows nothing of a longer one.
const SUMMARY: usize = 900_000;

/// As much of a Markdown report as a summary holds.
fn cut(mut markdown: Vec<u8>) -> Vec<u8> {
    if markdown.len() > SUMMARY {
        let end = markdown[..SUMMARY].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        markdown.truncate(end);
        markdown.extend(b"\nThe report goes on: `--report markdown=FILE` writes all of it.\n");
    }
    markdown.push(b'\n');
    markdown
}

/// Files are named from the root of the checkout, where a CI system says which that is.
fn places(fallback: Option<String>) -> Result<Places> {
    let here = std::env::current_dir().context("cannot tell the current directory")?;
    let said = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].iter().find_map(std::env::var_os).map(PathBuf::from);
    let root = said.filter(|root| here.starts_with(root)).unwrap_or_else(|| here.clone());
    Ok(Places { root, here, fallback })
}

/// The file that stands for what no line of SQL explains: `drift.toml`, else what declares the schema.
///
/// # Errors
/// The directory cannot be listed.
pub fn standing_for(spec: &Path) -> Result<Option<String>> {
    let toml = spec.join("drift.toml");
    if files::exists(&toml) {
        return Ok(Some(toml.display().to_string()));
    }
    if !files::exists(spec) || !files::has_sql(spec)? {
        return Ok(None);
    }
    Ok(folder::sql(spec)?.into_iter().next().map(|file| file.name))
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
pub fn put(path: Option<&Path>, bytes: &[u8]) -> Result<()> {
    match path {
        Some(path) if path.as_os_str() != "-" => files::write_atomically(path, bytes),
        _ => match std::io::stdout().lock().write_all(bytes).and_then(|()| std::io::stdout().flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.context("cannot write to stdout"),
        },
    }
}

/// A bar for the statements of a replay, on a terminal; it goes when it is done.
pub fn counter(quiet: bool) -> impl FnMut(Progress) + Send {
    let bar = match std::io::stderr().is_terminal() && !quiet {
        true => ProgressBar::new(0),
        false => ProgressBar::hidden(),
    };
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos} of {len} statements, {eta} left") {
        bar.set_style(style);
    }
    move |at: Progress| {
        if bar.is_finished() {
            // The migrations are run once more, without those that were left out here.
            bar.reset();
        }
        bar.set_length(at.all as u64);
        bar.set_position(at.done as u64);
        if at.done == at.all {
            bar.finish_and_clear();
        }
    }
}
