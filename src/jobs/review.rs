//! `drift report`: everything that somebody needs who decides how a database
//! gets to its declared schema. It plans and proves, and writes nothing.

mod commands;
mod decisions;
mod seeds;
mod tables;
mod ways;

use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;

use crate::files::SqlFile;
use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::jobs::isolation;
use crate::jobs::probe;
use crate::jobs::rows::Rows;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::jobs::status;
use crate::model::catalog::Catalog;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::pg::probe as probe_rows;
use crate::pg::probe::Answer;
use crate::pg::probe::Bytes;
use crate::report::review::advice;
use crate::report::review::advice::Case;
use crate::report::review::estimate::RATES;
use crate::report::review::facts::Choice;
use crate::report::review::facts::REVIEW_VERSION;
use crate::report::review::facts::Review;
use crate::report::review::facts::RowsAre;
use crate::report::review::situation;
use crate::scratch::replay::Progress;
use crate::tenancy::glance;

/// What `drift report` was asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The directory of migrations.
    pub migrations: Option<PathBuf>,
    /// Demonstrate isolation too.
    pub prove: bool,
    /// `TABLE=VALUE` or `TABLE.COLUMN=VALUE`, as for a repair.
    pub backfill: Vec<String>,
}

/// What came of it.
#[derive(Debug)]
pub struct Done {
    pub review: Review,
    /// For a person, on stderr.
    pub notes: Vec<String>,
}

/// Gathers a review of a source: compares, asks the rows, replays the
/// migrations, and plans and proves each way to the declared schema.
///
/// # Errors
/// The source, the spec or the migrations cannot be read. A way that cannot be planned is in the review.
pub async fn review(
    source: &Source,
    spec: &Path,
    asked: &Asked,
    options: &ReadOptions,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Done> {
    let mut comparison = compare::check_counting_rows(source, spec, options).await?;
    let job = Job { source, spec, asked, options };
    let (status, gathered) = tokio::join!(job.status(progress), job.gathered(&comparison));
    let (status, gathered) = (status?, gathered?);
    let mut notes = comparison.notes.clone();
    let mut limits = gathered.limits;
    if comparison.spec.tenancy.is_some() && !matches!(source, Source::Snapshot(_)) {
        probe::probe(source, &mut comparison).await?;
    }
    let (migrations, said) = status.map_or((None, Vec::new()), |done| (Some(done.status), done.notes));
    notes.extend(said);
    let proof = match asked.prove {
        true => {
            let done = isolation::prove(source, spec, &[], options).await?;
            notes.extend(done.notes);
            Some(done.report)
        }
        false => None,
    };
    let decisions = decisions::all(&comparison, &gathered.decisions);
    let mut choices = gathered.choices;
    decisions::share(&mut choices, &decisions, &gathered.rows);
    let recommendation = advice::advise(&Case {
        clean: comparison.report.findings.is_empty(),
        rows: &gathered.rows,
        decisions: &decisions,
        options: &choices,
    });
    limits.extend(unanswered(&comparison));
    let mut review = Review {
        version: REVIEW_VERSION,
        situation: Vec::new(),
        tables: tables::tables(&comparison, &gathered.bytes),
        references: tables::references(&comparison),
        migrations,
        reach: glance::glance(&comparison.actual, &comparison.expected, &comparison.spec),
        check: comparison.report,
        proof,
        rows: gathered.rows,
        rates: RATES,
        options: choices,
        recommendation,
        notes: limits,
    };
    review.situation = situation::sentences(&review);
    notes.sort();
    notes.dedup();
    Ok(Done { review, notes })
}

/// Questions to the rows that have no answer.
fn unanswered(comparison: &Comparison) -> Vec<String> {
    let probes = comparison.report.probes.iter();
    probes.flat_map(|probes| &probes.unanswered).map(|what| format!("the rows gave no answer: {what}")).collect()
}

struct Job<'a> {
    source: &'a Source,
    spec: &'a Path,
    asked: &'a Asked,
    options: &'a ReadOptions,
}

/// What the rows and the plans said.
struct Gathered {
    bytes: Bytes,
    rows: RowsAre,
    choices: Vec<Choice>,
    decisions: decisions::Open,
    limits: Vec<String>,
}

impl Job<'_> {
    async fn status(&self, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<Option<status::Done>> {
        let Some(directory) = &self.asked.migrations else { return Ok(None) };
        status::status(self.source, directory, self.spec, self.options, progress).await.map(Some)
    }

    async fn gathered(&self, comparison: &Comparison) -> Result<Gathered> {
        let mut limits = Vec::new();
        let reset = ways::reset_plan(self, comparison).await;
        let steps = reset.as_ref().map_or(&[][..], ways::Tried::steps);
        let (bytes, rows) = self.rows(comparison, steps, &mut limits).await?;
        let sizes = tables::Sizes::new(&comparison.actual, &bytes);
        let (additive, mut open) = ways::additive(self, comparison, &sizes).await;
        let (full, more) = ways::full(self, comparison, &sizes).await;
        open.extend(more);
        let reset = ways::reset(self, comparison, &sizes, &rows, reset);
        Ok(Gathered { bytes, rows, choices: vec![reset, additive, full], decisions: open, limits })
    }

    /// How large the tables are, and whether the steps of a reset would bring their rows back.
    async fn rows(
        &self,
        comparison: &Comparison,
        steps: &[SqlFile],
        limits: &mut Vec<String>,
    ) -> Result<(Bytes, RowsAre)> {
        let Some(rows) = Rows::open(self.source, &comparison.options).await? else {
            limits.push("a snapshot has no rows: nothing is known of their number and size".to_owned());
            return Ok((Bytes::new(), RowsAre::Unknown { why: "a snapshot has none".to_owned() }));
        };
        let outcome = async {
            let timeout_s = comparison.options.statement_timeout_s;
            let bytes = match probe_rows::bytes(rows.client(), timeout_s).await? {
                Answer::Said(bytes) => bytes,
                Answer::Refused(why) => {
                    limits.push(format!("how large the tables are could not be asked: {why}"));
                    Bytes::new()
                }
            };
            let are = seeds::rows_are(&rows, steps, comparison).await?;
            Ok((bytes, are))
        }
        .await;
        rows.close().await;
        outcome
    }
}

/// The tables of a catalog that are nobody's partition: a partition is its parent's business.
fn own_tables(catalog: &Catalog) -> impl Iterator<Item = &Object> {
    let tables = catalog.of_kind(ObjectKind::Table).iter();
    tables.filter(|table| table.text("partition_of").is_none())
}
