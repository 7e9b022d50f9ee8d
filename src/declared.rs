//! Checking and proving from a Rust program, most of all from its tests.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use anyhow::Result;

use crate::jobs::baseline;
use crate::jobs::compare;
use crate::jobs::isolation;
use crate::jobs::probe;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::model::finding::Severity;
use crate::model::isolation::IsolationReport;
use crate::model::report::Report;
use crate::report;
use crate::report::Format;
use crate::report::Frame;
use crate::scratch::Engine;

/// A declared schema: a directory of SQL, with the `drift.toml` that says who is a tenant.
///
/// Each call opens its own connections, reads only, and blocks until it is done. It may be made inside of
/// an asynchronous runtime too, which it does not use.
///
/// A *source* is what it is on the command line: a Postgres URL or libpq connection string, a `.sql` file or a
/// directory of them, or a snapshot (`.json`).
///
/// ```
/// let declared = drift::Declared::at("expected-schema");
/// let checked = declared.check("fixtures/half-migrated")?;
/// assert!(!checked.is_clean());
/// assert!(checked.to_string().contains("extension vector is missing"));
/// # Ok::<(), anyhow::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Declared {
    directory: PathBuf,
    rows: bool,
    baseline: Option<PathBuf>,
    options: ReadOptions,
}

impl Declared {
    /// What is declared in this directory. It is read when something is compared with it.
    pub fn at(directory: impl Into<PathBuf>) -> Declared {
        Declared { directory: directory.into(), rows: false, baseline: None, options: ReadOptions::default() }
    }

    /// Compares only these schemas.
    pub fn schemas<S: Into<String>>(mut self, schemas: impl IntoIterator<Item = S>) -> Declared {
        self.options.schemas = schemas.into_iter().map(Into::into).collect();
        self
    }

    /// Brings SQL to life here: `embedded` (the default), `local`, or the URL of a server on which a temporary
    /// database may be made.
    ///
    /// # Errors
    /// None of the three.
    pub fn scratch(mut self, scratch: &str) -> Result<Declared> {
        self.options.engine = Some(Engine::parse(scratch)?);
        Ok(self)
    }

    /// Asks the rows too, read-only: rows without a tenant, of unknown tenants, or tied to another tenant's.
    pub fn with_rows(mut self) -> Declared {
        self.rows = true;
        self
    }

    /// Counts only findings that this file does not know; `drift baseline` writes it.
    pub fn knowing(mut self, baseline: impl Into<PathBuf>) -> Declared {
        self.baseline = Some(baseline.into());
        self
    }

    /// Compares a source with what is declared, tenancy rules included.
    ///
    /// # Errors
    /// The spec, the source or the baseline cannot be read: never a clean result where something was not looked at.
    pub fn check(&self, source: &str) -> Result<Checked> {
        blocking(async {
            let source = Source::parse(source)?;
            let mut comparison = compare::check(&source, &self.directory, &self.options).await?;
            if self.rows {
                probe::probe(&source, &mut comparison).await?;
            }
            if let Some(file) = &self.baseline {
                baseline::hold(&mut comparison, file, false)?;
            }
            Ok(Checked { report: comparison.report, notes: comparison.notes })
        })
    }

    /// Builds the schema of a source in a scratch Postgres, with two made-up tenants, and tries to break in
    /// between them. The source itself is only read.
    ///
    /// # Errors
    /// The spec or the source cannot be read, the schema cannot be built, or `drift.toml` does not say who is a tenant.
    pub fn prove(&self, source: &str) -> Result<Proved> {
        blocking(async {
            let done = isolation::prove(&Source::parse(source)?, &self.directory, &[], &self.options).await?;
            Ok(Proved { report: done.report, notes: done.notes })
        })
    }
}

/// What a comparison found. Displayed as `drift check` prints it.
#[derive(Debug, Clone)]
pub struct Checked {
    /// All findings, with what was and was not looked at.
    pub report: Report,
    /// What a person should know about how it was read.
    pub notes: Vec<String>,
}

impl Checked {
    /// Nothing was found, not even a note.
    pub fn is_clean(&self) -> bool {
        self.report.findings.is_empty()
    }

    /// True where a finding is at least as severe: what `--fail-on` asks.
    pub fn fails_on(&self, least: Severity) -> bool {
        // The worst severity is the smallest.
        self.report.findings.iter().any(|finding| finding.severity <= least)
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(f, |out| report::write(&self.report, Format::Table, &Frame::default(), out))
    }
}

/// What an attempt to break in showed. Displayed as `drift prove` prints it.
#[derive(Debug, Clone)]
pub struct Proved {
    /// Relation by relation, probe by probe; what broke in with the statements to paste.
    pub report: IsolationReport,
    /// What a person should know about the run.
    pub notes: Vec<String>,
}

impl Proved {
    /// Every relation was tried, and nothing broke in anywhere.
    pub fn is_proven(&self) -> bool {
        self.report.proven()
    }
}

impl fmt::Display for Proved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(f, |out| report::isolation::write(&self.report, Format::Table, &Frame::default(), out))
    }
}

fn shown(
    f: &mut fmt::Formatter<'_>,
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> fmt::Result {
    let mut bytes = Vec::new();
    write(&mut bytes).map_err(|_| fmt::Error)?;
    f.write_str(&String::from_utf8(bytes).map_err(|_| fmt::Error)?)
}

/// Runs it on a thread with a runtime of its own: the caller may be inside of one.
fn blocking<T: Send>(work: impl Future<Output = Result<T>> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.context("cannot start threads to work on")?;
            let done = runtime.block_on(work);
            // A scratch server that is shutting down gets a moment for it.
            runtime.shutdown_timeout(Duration::from_secs(5));
            done
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
