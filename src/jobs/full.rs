//! `drift fix --full`: from what is there to just what is declared. Plans,
//! refuses to lose anything that was not allowed, proves, and only then writes.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;

use crate::files;
use crate::files::SqlFile;
use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::jobs::fix;
use crate::jobs::plan_report;
use crate::jobs::prove;
use crate::jobs::prove::Claim;
use crate::jobs::prove::Proof;
use crate::jobs::prove::Remaining;
use crate::jobs::seal;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::model::difference::Difference;
use crate::model::failure::failure;
use crate::model::plan_report::PlanReport;
use crate::plan::additive;
use crate::plan::backfill::Backfill;
use crate::plan::full;
use crate::plan::full::FullPlan;
use crate::plan::render;
use crate::plan::render::Patch;
use crate::spec::drift_toml;
use crate::spec::drift_toml::renames;

/// What `drift fix --full` was asked for.
#[derive(Debug, Clone, Default)]
pub struct FullOptions {
    /// Where it leads; `None`: the declared schema.
    pub to: Option<Source>,
    pub allow_data_loss: bool,
    /// `TABLE=VALUE` or `TABLE.COLUMN=VALUE`.
    pub backfill: Vec<String>,
    /// A directory, a `.sql` file, or `-`; `None`: `migrations`.
    pub output: Option<PathBuf>,
    /// The name in the file name of a migration.
    pub name: String,
    /// Nobody uses the database meanwhile: short forms.
    pub offline: bool,
}

/// What became of it.
#[derive(Debug)]
pub struct Done {
    pub plan: FullPlan,
    pub proof: Option<Proof>,
    pub written: Option<PathBuf>,
    /// The plan, where it goes to stdout.
    pub stdout: Option<String>,
    /// For a person, on stderr.
    pub summary: String,
    pub notes: Vec<String>,
    /// The plan for review.
    pub report: PlanReport,
}

/// The differences between two sources, and the plan from one to the other.
///
/// # Errors
/// A source cannot be read; a backfill that names nothing.
pub async fn plan(
    source: &Source,
    spec: &Path,
    full: &FullOptions,
    options: &ReadOptions,
) -> Result<(Comparison, FullPlan)> {
    let options = ReadOptions { count_rows: true, ..options.clone() };
    let comparison = match &full.to {
        Some(to) => compare::diff(source, to, &options).await?,
        None => compare::check_counting_rows(source, spec, &options).await?,
    };
    plan_of(comparison, spec, full).await
}

/// As [`plan`], of what was compared already, with its rows counted.
///
/// # Errors
/// A backfill that names nothing; a renaming that cannot be followed.
async fn plan_of(mut comparison: Comparison, spec: &Path, full: &FullOptions) -> Result<(Comparison, FullPlan)> {
    comparison.insist_on_coverage()?;
    match &full.to {
        Some(to) => comparison.notes.extend(ignored_renames(spec, to)),
        None => comparison.rename().await?,
    }
    let wanted = additive::Options {
        backfill: fix::parse_backfill(&full.backfill)?,
        standing_backfill: comparison.spec.backfill.clone(),
        tenant: compare::tenant(&comparison.spec, &comparison.expected),
        tenancy: comparison.spec.tenancy.clone(),
        ..additive::Options::default()
    };
    let backfill = Backfill::new(&comparison.expected, &comparison.actual, &wanted, false)?;
    let plan = full::full(
        &comparison.expected,
        &comparison.actual,
        &comparison.differences,
        &|column| backfill.fill(column),
        full.offline,
    );
    backfill.refuse_unused()?;
    let plan = match comparison.renames.group(comparison.there()) {
        Some(group) => plan.after_renaming(comparison.renames.pending.clone(), group),
        None => plan,
    };
    Ok((comparison, plan))
}

/// Names are declared for the declared SQL, and mean nothing elsewhere.
fn ignored_renames(spec: &Path, to: &Source) -> Option<String> {
    if !files::exists(&spec.join(drift_toml::FILE_NAME)) {
        return None;
    }
    match compare::read_spec(spec) {
        Ok(spec) if spec.renames.is_empty() => None,
        Ok(_) => Some(format!(
            "[renames] is about the declared SQL, and not followed on the way to {}: there, another name is another thing",
            to.name()
        )),
        Err(error) => Some(format!("what is renamed is not known, and not asked for with --to: {error:#}")),
    }
}

/// Compares, plans, proves and writes the plan.
///
/// # Errors
/// As [`plan`]; a loss that was not allowed; a proof that fails. Nothing is written then.
pub async fn full(source: &Source, spec: &Path, full: &FullOptions, options: &ReadOptions) -> Result<Done> {
    let (comparison, plan) = plan(source, spec, full, options).await?;
    done(comparison, plan, source, spec, full).await
}

/// As [`full()`], of what was compared with the declared schema already, with its rows counted.
///
/// # Errors
/// As [`full()`].
pub async fn full_of(comparison: Comparison, source: &Source, spec: &Path, full: &FullOptions) -> Result<Done> {
    let (comparison, plan) = plan_of(comparison, spec, full).await?;
    done(comparison, plan, source, spec, full).await
}

async fn done(
    comparison: Comparison,
    plan: FullPlan,
    source: &Source,
    spec: &Path,
    full: &FullOptions,
) -> Result<Done> {
    if plan.is_empty() {
        let summary = nothing_to_do(&comparison, &plan);
        let report = plan_report::full(&comparison, &plan, None);
        return Ok(Done { plan, proof: None, written: None, stdout: None, summary, notes: comparison.notes, report });
    }
    refuse_loss(&comparison, &plan, full.allow_data_loss)?;
    let patch = render::full(&plan);
    let files = in_parts(&patch);
    let proof = proved(source, &comparison, &plan, &files).await?;
    let text = seal::full(&comparison, &plan, spec, full.to.as_ref(), &patch);
    let written = target(full);
    if let Some(path) = &written {
        files::write_atomically(path, text.as_bytes())?;
    }
    let summary = summary(&comparison, &plan, &proof, written.as_deref());
    let stdout = written.is_none().then_some(text);
    let report = plan_report::full(&comparison, &plan, Some(&proof));
    Ok(Done { plan, proof: Some(proof), written, stdout, summary, notes: comparison.notes, report })
}

/// Proves a plan on a clone, on all of the database where a part does not show enough.
///
/// # Errors
/// The proof fails, or something is left that the plan does not name.
pub async fn proved(source: &Source, comparison: &Comparison, plan: &FullPlan, files: &[SqlFile]) -> Result<Proof> {
    let claim = Claim { assumed: &plan.assumed, full: Some(plan) };
    let mut proof = prove::prove(source, comparison, &claim, files, &comparison.options).await?;
    if proof.part.is_some() && as_promised(plan, &proof).is_err() {
        proof = prove::prove_on_whole(source, comparison, &claim, files, &comparison.options).await?;
    }
    as_promised(plan, &proof)?;
    Ok(proof)
}

/// The renaming by itself, if there is any, and the rest.
pub fn in_parts(patch: &Patch) -> Vec<SqlFile> {
    let (renaming, rest) = patch.text.split_at(patch.renamed);
    // So that the server's words name the lines of the whole.
    let lines = "\n".repeat(renaming.matches('\n').count());
    let parts = [renaming.to_owned(), lines + rest].into_iter().filter(|text| !text.is_empty());
    parts.map(|text| SqlFile { name: "plan".to_owned(), text }).collect()
}

fn refuse_loss(comparison: &Comparison, plan: &FullPlan, allowed: bool) -> Result<()> {
    if allowed || plan.losses.is_empty() {
        return Ok(());
    }
    let list: String = plan.losses.iter().map(|loss| format!("\n  {}: {}", loss.id, loss.what)).collect();
    let lines: Vec<String> = comparison.differences.iter().filter_map(|d| rename_instead(d, plan)).collect();
    let instead = match lines.is_empty() {
        true => String::new(),
        false => {
            format!("if it only has another name, write under [renames] in drift.toml: {}; else ", lines.join(", "))
        }
    };
    Err(failure(
        format!("the plan would lose data, and was not written:{list}"),
        format!(
            "{instead}declare what must stay, or run it again with --allow-data-loss; `drift fix --additive` loses nothing"
        ),
    ))
}

/// The line that would keep what is lost, where it is probably there under another name.
fn rename_instead(difference: &Difference, plan: &FullPlan) -> Option<String> {
    match difference {
        Difference::Renamed { expected, actual, .. } if plan.losses.iter().any(|loss| loss.id == actual.id) => {
            renames::line(&actual.id, &expected.id).map(|line| format!("`{line}`"))
        }
        Difference::Renamed { .. }
        | Difference::Missing { .. }
        | Difference::Unexpected { .. }
        | Difference::Changed { .. } => None,
    }
}

fn as_promised(plan: &FullPlan, proof: &Proof) -> Result<()> {
    let promised: BTreeSet<Remaining> = plan
        .left
        .iter()
        .map(|(id, left)| (id.clone(), Some(left.attribute).filter(|attribute| !attribute.is_empty())))
        .collect();
    let surprise: Vec<String> = proof
        .remaining
        .iter()
        .filter(|(id, attribute)| {
            !promised.contains(&(id.clone(), *attribute)) && !promised.contains(&(id.clone(), None))
        })
        .map(|(id, attribute)| format!("{id}{}", attribute.map(|a| format!(" ({a})")).unwrap_or_default()))
        .collect();
    if surprise.is_empty() {
        return Ok(());
    }
    Err(failure(
        format!(
            "the plan does not lead where it should: after it, {} would still differ; it was not written",
            surprise.join(", ")
        ),
        "please report this with the output of `drift snapshot`; `drift diff` still says what differs",
    ))
}

/// Where the plan goes; `None`: stdout.
fn target(full: &FullOptions) -> Option<PathBuf> {
    let output = full.output.clone().unwrap_or_else(|| PathBuf::from("migrations"));
    if output.as_os_str() == "-" {
        return None;
    }
    if output.extension().is_some_and(|e| e == "sql") {
        return Some(output);
    }
    let stamp = chrono::Utc::now().format("%Y%m%d%H%M%S").to_string();
    Some(output.join(render::file_name(&stamp, &full.name)))
}

fn nothing_to_do(comparison: &Comparison, plan: &FullPlan) -> String {
    let (actual, expected) = (&comparison.report.actual.name, &comparison.report.expected.name);
    match plan.left.is_empty() {
        true => format!("{actual} is already as {expected}: nothing to do\n"),
        false => format!("nothing can be done:\n{}", left(plan)),
    }
}

fn left(plan: &FullPlan) -> String {
    let one = |(id, left): &(_, crate::kinds::Left)| match left.attribute {
        "" => format!("  - {id}: {}\n", left.reason),
        attribute => format!("  - {id} ({}): {}\n", attribute.replace('_', " "), left.reason),
    };
    plan.left.iter().map(one).collect()
}

fn summary(comparison: &Comparison, plan: &FullPlan, proof: &Proof, written: Option<&Path>) -> String {
    let mut text = String::new();
    for loss in &plan.losses {
        text.push_str(&format!("LOSES {}: {}\n", loss.id, loss.what));
    }
    for renaming in &plan.renames {
        text.push_str(&format!("RENAMES {}\n", renaming.describe()));
    }
    text.push_str(&written.map(|path| format!("wrote {}\n", path.display())).unwrap_or_default());
    let transactions = plan.groups.len();
    text.push_str(&format!(
        "  {} statements in {transactions} groups; {} objects dropped and made again as they are\n  \
         proved on a clone: {} rows in {} tables, and what they hold, kept but for what is named\n",
        plan.steps().count(),
        plan.put_back.len(),
        proof.rows,
        proof.tables,
    ));
    if let Some((part, whole)) = proof.part {
        text.push_str(&format!("  the clone has {part} of {whole} tables: those that it touches, what depends on them, and what they need\n"));
    }
    for limit in &proof.limits {
        text.push_str(&format!("  not covered by the proof: {limit}\n"));
    }
    match plan.left.is_empty() {
        true => text.push_str("  nothing is left: `drift diff` will be empty\n"),
        false => text.push_str(&format!("left for you:\n{}", left(plan))),
    }
    if let Some(path) = written {
        text.push_str(&format!("next: {}\n", fix::how_to_run(comparison, path)));
    }
    text
}
