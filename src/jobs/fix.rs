//! `drift fix --additive`: plan, prove, and only then write.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;

use crate::files;
use crate::files::SqlFile;
use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::jobs::measure;
use crate::jobs::measure::Measurements;
use crate::jobs::plan_report;
use crate::jobs::prove;
use crate::jobs::prove::Claim;
use crate::jobs::prove::Proof;
use crate::jobs::prove::Remaining;
use crate::jobs::seal;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::kinds::Left;
use crate::model::failure::failure;
use crate::model::ident::shell_word;
use crate::model::object::ObjectId;
use crate::model::plan_report::PlanReport;
use crate::plan::additive;
use crate::plan::additive::AdditivePlan;
use crate::plan::render;
use crate::plan::render::Patch;

/// What `drift fix --additive` was asked for.
#[derive(Debug, Clone)]
pub struct FixOptions {
    /// `TABLE=VALUE` or `TABLE.COLUMN=VALUE`.
    pub backfill: Vec<String>,
    /// `id=…,slug=…,name=…`
    pub create_tenant: Option<String>,
    /// A directory, a `.sql` file, or `-`; `None`: `migrations`.
    pub output: Option<PathBuf>,
    /// The name in the file name of a migration.
    pub name: String,
    /// Write the phases as files of their own, even where no batches are needed.
    pub phases: bool,
    /// Rows in a batch; `None`: as many as is usual.
    pub batch_rows: Option<u64>,
    /// Nobody uses the database meanwhile: short forms.
    pub offline: bool,
}

/// What became of it.
#[derive(Debug)]
pub struct Done {
    pub plan: AdditivePlan,
    pub proof: Option<Proof>,
    /// The files that were written, in the order in which they are run; none: stdout, or nothing to repair.
    pub written: Vec<PathBuf>,
    /// The patch, where it goes to stdout.
    pub stdout: Option<String>,
    /// For a person, on stderr.
    pub summary: String,
    pub notes: Vec<String>,
    /// The plan for review.
    pub report: PlanReport,
    /// What the rows do not allow, or could not be asked: it is left.
    pub refused: Vec<(ObjectId, Left)>,
}

/// Compares, plans, proves and writes the patch.
///
/// # Errors
/// As `check`; a backfill that names nothing; a proof that fails. Nothing is written then.
pub async fn additive(source: &Source, spec: &Path, fix: &FixOptions, options: &ReadOptions) -> Result<Done> {
    let comparison = compare::check_counting_rows(source, spec, options).await?;
    additive_of(comparison, source, spec, fix).await
}

/// As [`additive()`], of what was compared already, with its rows counted.
///
/// # Errors
/// As [`additive()`].
pub async fn additive_of(comparison: Comparison, source: &Source, spec: &Path, fix: &FixOptions) -> Result<Done> {
    comparison.insist_on_coverage()?;
    let options = comparison.options.clone();
    let mut wanted = additive::Options {
        backfill: parse_backfill(&fix.backfill)?,
        standing_backfill: comparison.spec.backfill.clone(),
        create_tenant: fix.create_tenant.as_deref().map(parse_tenant).transpose()?.unwrap_or_default(),
        tenant: compare::tenant(&comparison.spec, &comparison.expected),
        tenancy: comparison.spec.tenancy.clone(),
        batch_rows: fix.batch_rows.unwrap_or_default(),
        phases: fix.phases,
        offline: fix.offline,
        ..additive::Options::default()
    };
    let measured = measure::measure(source, &comparison, &mut wanted).await?;
    let refused = wanted.unready.clone();
    let plan = additive::additive(
        &comparison.expected,
        &comparison.actual,
        &comparison.differences,
        &comparison.report.findings,
        &wanted,
    )?;
    if plan.is_empty() {
        let summary = nothing_to_add(&comparison, &plan, &measured);
        let report = plan_report::additive(&comparison, &plan, None);
        let notes = comparison.notes;
        return Ok(Done { plan, proof: None, written: Vec::new(), stdout: None, summary, notes, report, refused });
    }
    let patches = rendered(&plan);
    let files: Vec<SqlFile> =
        patches.iter().map(|(name, patch)| SqlFile { name: name.clone(), text: patch.text.clone() }).collect();
    let claim = Claim::additive(&plan);
    let mut proof = prove::prove(source, &comparison, &claim, &files, &options).await?;
    if proof.part.is_some() && as_promised(&plan, &proof).is_err() {
        proof = prove::prove_on_whole(source, &comparison, &claim, &files, &options).await?;
    }
    as_promised(&plan, &proof)?;
    let files = seal::additive(&comparison, &plan, spec, &patches);
    let written = targets(fix, &files)?;
    for (path, file) in written.iter().zip(&files) {
        files::write_atomically(path, file.text.as_bytes())?;
    }
    let summary = summary(&comparison, &plan, &proof, &measured, &written);
    let stdout = written.is_empty().then(|| files.iter().map(|file| file.text.as_str()).collect());
    let report = plan_report::additive(&comparison, &plan, Some(&proof));
    let notes = comparison.notes;
    Ok(Done { plan, proof: Some(proof), written, stdout, summary, notes, report, refused })
}

/// The patch as the files it will be: one, or one for each part.
fn rendered(plan: &AdditivePlan) -> Vec<(String, Patch)> {
    if !plan.phased {
        return vec![("patch".to_owned(), render::render(plan))];
    }
    render::parts(plan).into_iter().map(|(part, patch)| (part.word().to_owned(), patch)).collect()
}

/// Where the files of a patch go; none: stdout. The parts of one patch are
/// neighbours, in the order in which they are run.
fn targets(fix: &FixOptions, files: &[SqlFile]) -> Result<Vec<PathBuf>> {
    let output = fix.output.clone().unwrap_or_else(|| PathBuf::from("migrations"));
    if output.as_os_str() == "-" {
        return Ok(Vec::new());
    }
    let whole = |file: &SqlFile| file.name == "patch";
    if output.extension().is_some_and(|e| e == "sql") {
        let stem = output.with_extension("");
        let one = |file: &SqlFile| {
            if whole(file) { output.clone() } else { format!("{}_{}.sql", stem.display(), file.name).into() }
        };
        return Ok(files.iter().map(one).collect());
    }
    let now = chrono::Utc::now();
    let one = |(n, file): (usize, &SqlFile)| {
        // A migration tool tells files apart by their number alone.
        let stamp = (now + chrono::Duration::seconds(n as i64)).format("%Y%m%d%H%M%S");
        match whole(file) {
            true => output.join(format!("{stamp}_{}.sql", fix.name)),
            false => output.join(format!("{stamp}_{}_{}.sql", fix.name, file.name)),
        }
    };
    Ok(files.iter().enumerate().map(one).collect())
}

/// `TABLE=VALUE` by table.
pub(super) fn parse_backfill(given: &[String]) -> Result<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    for text in given {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| failure(format!("--backfill {text} has no `=`"), "write TABLE=<uuid or SQL expression>"))?;
        values.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    Ok(values)
}

/// `id=…,slug=…,name=…` as columns and values.
pub(super) fn parse_tenant(text: &str) -> Result<Vec<(String, String)>> {
    text.split(',')
        .map(|part| {
            let (column, value) = part.split_once('=').ok_or_else(|| {
                failure(format!("--create-tenant: `{part}` has no `=`"), "write id=<uuid>,slug=<slug>,name=<name>")
            })?;
            Ok((column.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// Drift that remains on the clone must be exactly what the plan says remains.
fn as_promised(plan: &AdditivePlan, proof: &Proof) -> Result<()> {
    let promised: BTreeSet<Remaining> = plan
        .left
        .iter()
        .map(|(id, left)| (id.clone(), Some(left.attribute).filter(|attribute| !attribute.is_empty())))
        .collect();
    let covered = |set: &BTreeSet<Remaining>, (id, attribute): &Remaining| {
        set.contains(&(id.clone(), *attribute)) || set.contains(&(id.clone(), None))
    };
    let surprise: Vec<String> = proof
        .remaining
        .iter()
        .filter(|r| !covered(&promised, r))
        .map(|(id, attribute)| format!("{id}{}", attribute.map(|a| format!(" ({a})")).unwrap_or_default()))
        .collect();
    if surprise.is_empty() {
        return Ok(());
    }
    Err(failure(
        format!(
            "the patch does not do what it says: after it, {} would still differ; it was not written",
            surprise.join(", ")
        ),
        "please report this with the output of `drift snapshot`; `drift check` still says what differs",
    ))
}

fn nothing_to_add(comparison: &Comparison, plan: &AdditivePlan, measured: &Measurements) -> String {
    if comparison.report.findings.is_empty() {
        return format!(
            "{} matches {}: nothing to repair\n",
            comparison.report.actual.name, comparison.report.expected.name
        );
    }
    let findings = comparison.report.findings.len();
    format!("nothing can be added; {findings} findings need a decision:\n{}{}", left(plan), measured.open())
}

fn summary(
    comparison: &Comparison,
    plan: &AdditivePlan,
    proof: &Proof,
    measured: &Measurements,
    written: &[PathBuf],
) -> String {
    let mut text: String = written.iter().map(|path| format!("wrote {}\n", path.display())).collect();
    text.push_str(&format!(
        "  {} statements answer {} of {} findings\n  proved on a clone: applied twice, {} rows in {} tables kept, nothing dropped\n",
        plan.steps().count(),
        answered(plan),
        comparison.report.findings.len(),
        proof.rows,
        proof.tables,
    ));
    if let Some((part, whole)) = proof.part {
        text.push_str(&format!("  the clone has {part} of {whole} tables: those that it touches, what depends on them, and what they need\n"));
    }
    for limit in &proof.limits {
        text.push_str(&format!("  not covered by the proof: {limit}\n"));
    }
    text.push_str(&measured.chosen());
    let left = left(plan);
    if left.is_empty() {
        text.push_str("  nothing is left: `drift check` will be clean\n");
    } else {
        text.push_str(&format!("left for you, or for the next run:\n{left}"));
        text.push_str(&measured.open());
    }
    for (n, path) in written.iter().enumerate() {
        let head = if n == 0 { "next:" } else { "then:" };
        text.push_str(&format!("{head} {}\n", how_to_run(comparison, path)));
    }
    text
}

/// The command that runs a plan. One for SQL is for whatever database that SQL becomes.
pub(super) fn how_to_run(comparison: &Comparison, plan: &Path) -> String {
    let plan = shell_word(&plan.display().to_string());
    match comparison.actual.live {
        true => format!("drift apply {plan} \"$DATABASE_URL\""),
        false => format!("psql \"$DATABASE_URL\" -v ON_ERROR_STOP=1 -f {plan}"),
    }
}

/// What stays, with the reason: one line each.
fn left(plan: &AdditivePlan) -> String {
    let mut text = String::new();
    for (id, left) in &plan.left {
        let attribute =
            if left.attribute.is_empty() { String::new() } else { format!(" ({})", left.attribute.replace('_', " ")) };
        text.push_str(&format!("  - {id}{attribute}: {}\n", left.reason));
    }
    for warning in &plan.warnings {
        text.push_str(&format!("  - {warning}\n"));
    }
    text
}

/// How many findings the plan's steps answer.
fn answered(plan: &AdditivePlan) -> usize {
    plan.steps().flat_map(|step| &step.as_step().answers).collect::<BTreeSet<_>>().len()
}
