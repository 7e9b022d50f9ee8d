//! The three ways, made by the planners that `drift fix` uses and proved as
//! there. What cannot be planned keeps the reason.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;

use super::Job;
use super::commands::Shell;
use super::decisions;
use super::decisions::Open;
use super::tables::Sizes;
use crate::files::SqlFile;
use crate::jobs::compare::Comparison;
use crate::jobs::fix;
use crate::jobs::fix::FixOptions;
use crate::jobs::full;
use crate::jobs::full::FullOptions;
use crate::jobs::rehearsal::Explained;
use crate::jobs::rehearsal::Rehearsal;
use crate::jobs::reset;
use crate::jobs::source::Source;
use crate::model::failure;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::model::plan_report::PlanReport;
use crate::model::step::Lock;
use crate::plan::full::Loss;
use crate::report::review::estimate::RATES;
use crate::report::review::facts::Choice;
use crate::report::review::facts::Planned;
use crate::report::review::facts::RowsAre;
use crate::report::review::facts::TableCost;
use crate::report::review::facts::Way;
use crate::scratch::split;

/// A file that is not written: the plans stay in memory.
const NOWHERE: &str = "-";

impl Job<'_> {
    fn shell(&self) -> Shell<'_> {
        Shell { source: self.source, spec: self.spec, backfill: &self.asked.backfill }
    }
}

/// Why there is no plan.
fn refused(error: &anyhow::Error) -> Planned {
    let help = failure::help(error).unwrap_or_default().to_owned();
    Planned::Refused { reason: format!("{error:#}"), help }
}

/// The additive repair, and what it leaves because of the rows.
pub async fn additive(job: &Job<'_>, comparison: &Comparison, sizes: &Sizes) -> (Choice, Open) {
    let wanted = FixOptions {
        backfill: job.asked.backfill.clone(),
        create_tenant: None,
        output: Some(PathBuf::from(NOWHERE)),
        name: String::new(),
        phases: false,
        batch_rows: None,
        offline: false,
    };
    match fix::additive_of(comparison.clone(), job.source, job.spec, &wanted).await {
        Err(error) => (Choice::empty(Way::Additive, refused(&error)), Open::new()),
        Ok(done) => {
            let mut open = decisions::open(&done.plan.left);
            open.extend(done.refused);
            let mut choice = of_plan(job, Way::Additive, done.report, sizes);
            choice.commands = if done.plan.is_empty() { Vec::new() } else { job.shell().additive(&done.plan) };
            choice.kept = sizes.amount(|_| true);
            (choice, open)
        }
    }
}

/// The full repair, with leave to lose: what that would be is what the review is for.
pub async fn full(job: &Job<'_>, comparison: &Comparison, sizes: &Sizes) -> (Choice, Open) {
    let wanted = FullOptions {
        allow_data_loss: true,
        backfill: job.asked.backfill.clone(),
        output: Some(PathBuf::from(NOWHERE)),
        ..FullOptions::default()
    };
    match full::full_of(comparison.clone(), job.source, job.spec, &wanted).await {
        Err(error) => (Choice::empty(Way::Full, refused(&error)), Open::new()),
        Ok(done) => {
            let open = decisions::open(&done.plan.left);
            let mut choice = of_plan(job, Way::Full, done.report, sizes);
            let gone = |dotted: &str| done.plan.losses.iter().any(|loss| is_table(&loss.id, dotted));
            choice.lost = sizes.amount(gone);
            choice.kept = sizes.amount(|name| !gone(name));
            choice.losses = done.plan.losses.iter().map(|loss| in_words(loss, comparison)).collect();
            choice.commands =
                if done.plan.is_empty() { Vec::new() } else { job.shell().full(!done.plan.losses.is_empty()) };
            (choice, open)
        }
    }
}

fn is_table(id: &ObjectId, dotted: &str) -> bool {
    id.kind == ObjectKind::Table && id.dotted() == dotted
}

/// `column public.tools.notes: its values, in 12 rows`
fn in_words(loss: &Loss, comparison: &Comparison) -> String {
    let rows = match loss.id.kind {
        ObjectKind::Column => comparison.actual.rows_of(&loss.id.schema, &loss.id.parent),
        _ => comparison.actual.rows_of(&loss.id.schema, &loss.id.name),
    };
    let rows = match rows {
        Some(1) => ", in 1 row".to_owned(),
        Some(rows) => format!(", in {rows} rows"),
        None => String::new(),
    };
    format!("{}: {}{rows}", loss.id, loss.what)
}

/// What a plan comes to, table by table.
fn of_plan(job: &Job<'_>, way: Way, plan: PlanReport, sizes: &Sizes) -> Choice {
    let steps: Vec<_> = plan.groups.iter().flat_map(|group| &group.steps).collect();
    let mut costs: BTreeMap<Option<String>, TableCost> = BTreeMap::new();
    for step in &steps {
        let table = step.relation.clone().filter(|name| sizes.has(name));
        let milliseconds = RATES.step(step, table.as_deref().map(|name| sizes.of(name)).unwrap_or_default());
        let nothing = TableCost { table: table.clone(), statements: 0, lock: Lock::None, milliseconds: 0 };
        let cost = costs.entry(table).or_insert(nothing);
        cost.statements += 1;
        cost.lock = cost.lock.max(step.lock);
        cost.milliseconds += milliseconds;
    }
    let planned = if plan.proof.is_some() { Planned::Proved } else { Planned::Nothing };
    let (statements, strongest_lock) =
        (steps.len() as u64, steps.iter().map(|step| step.lock).max().unwrap_or(Lock::None));
    let shown = plan.proof.as_ref().map(|proof| {
        // Only SQL brings its rows along; those of a database stay where they are.
        let made_up = if matches!(job.source, Source::Sql(_)) { "" } else { "made-up " };
        let rows = format!(
            "applied to a clone in a scratch Postgres: {} {made_up}rows in {} tables were there before and afterwards",
            proof.rows, proof.tables
        );
        let limits = proof.limits.iter().map(|limit| format!("not covered by the proof: {limit}"));
        std::iter::once(rows).chain(limits).collect()
    });
    Choice {
        statements,
        strongest_lock,
        milliseconds: costs.values().map(|cost| cost.milliseconds).sum(),
        costs: in_order(costs),
        left: plan.left.clone(),
        shown: shown.unwrap_or_default(),
        plan: Some(plan),
        ..Choice::empty(way, planned)
    }
}

/// The dearest first; what is on no table last.
fn in_order(costs: BTreeMap<Option<String>, TableCost>) -> Vec<TableCost> {
    let mut costs: Vec<TableCost> = costs.into_values().collect();
    costs.sort_by(|a, b| {
        let key = |cost: &TableCost| (cost.table.is_none(), std::cmp::Reverse(cost.milliseconds), cost.table.clone());
        key(a).cmp(&key(b))
    });
    costs
}

/// A reset that was tried, and what it runs.
pub struct Tried {
    plan: reset::Planned,
    /// The directory of migrations, where it is those.
    migrations: Option<PathBuf>,
    /// What else was tried before.
    notes: Vec<String>,
}

impl Tried {
    /// What it runs, in an order that works where there is one.
    pub fn steps(&self) -> &[SqlFile] {
        &self.plan.rehearsal.files
    }
}

/// Tries a reset by the migrations where there are any, else, or where they do not lead to the declared schema, by
/// what is declared.
///
/// # Errors
/// The scratch does not start; the SQL cannot be read.
pub async fn reset_plan(job: &Job<'_>, comparison: &Comparison) -> Result<Tried> {
    let mut notes = Vec::new();
    if let Some(migrations) = job.asked.migrations.as_deref() {
        let plan = reset::planned(job.source, job.spec, Some(migrations), None, comparison).await?;
        if plan.rehearsal.works() {
            return Ok(Tried { plan, migrations: Some(migrations.to_owned()), notes });
        }
        notes.push(format!(
            "the migrations do not lead there: in an empty database {} of their statements fail, whatever their order, and \
             {} things differ afterwards; so it runs the declared SQL instead",
            plan.rehearsal.failures.len(),
            plan.rehearsal.remaining.len()
        ));
    }
    let plan = reset::planned(job.source, job.spec, None, None, comparison).await?;
    Ok(Tried { plan, migrations: None, notes })
}

/// The reset as one of the ways.
pub fn reset(job: &Job<'_>, comparison: &Comparison, sizes: &Sizes, rows: &RowsAre, tried: Result<Tried>) -> Choice {
    let tried = match tried {
        Ok(tried) => tried,
        Err(error) => return Choice::empty(Way::Reset, refused(&error)),
    };
    let rehearsal = &tried.plan.rehearsal;
    let statements: u64 = tried
        .plan
        .files
        .iter()
        .filter(|file| file.name.ends_with(".sql"))
        .map(|file| split::pieces(&file.text, &file.name).map_or(0, |pieces| pieces.len() as u64))
        .sum();
    let mut costs: Vec<TableCost> = sizes
        .names()
        .map(|name| TableCost {
            table: Some(name.to_owned()),
            statements: 0,
            lock: Lock::AccessExclusive,
            milliseconds: RATES.backup(sizes.of(name).bytes),
        })
        .collect();
    costs.sort_by(|a, b| {
        (std::cmp::Reverse(a.milliseconds), &a.table).cmp(&(std::cmp::Reverse(b.milliseconds), &b.table))
    });
    costs.push(TableCost {
        table: None,
        statements,
        lock: Lock::AccessExclusive,
        milliseconds: statements * RATES.statement_ms,
    });
    let all = sizes.amount(|_| true);
    let come_back = matches!(rows, RowsAre::Seeds { .. });
    let (kept, lost) = if come_back { (all, Default::default()) } else { (Default::default(), all) };
    let schemas: Vec<&str> = comparison.managed.iter().map(String::as_str).collect();
    let mut losses = vec![format!("whatever is in schema {} and the SQL does not make", schemas.join(", "))];
    losses.extend(tried.plan.outside.iter().map(|line| format!("outside of it: {line}")));
    let mut shown = tried.notes;
    if rehearsal.works() {
        shown
            .insert(0, "every statement ran in an empty scratch Postgres, and the declared schema came out".to_owned());
    }
    Choice {
        kept,
        lost,
        losses,
        statements,
        strongest_lock: Lock::AccessExclusive,
        milliseconds: costs.iter().map(|cost| cost.milliseconds).sum(),
        costs,
        shown,
        commands: job.shell().reset(tried.migrations.as_deref()),
        ..Choice::empty(
            Way::Reset,
            if rehearsal.works() { Planned::Proved } else { Planned::Fails { failures: failures(rehearsal) } },
        )
    }
}

/// Statements that fail and why, and what would still differ.
fn failures(rehearsal: &Rehearsal) -> Vec<String> {
    let failed = rehearsal.failures.iter().map(|Explained { failure, cause }| {
        let place = format!("{}:{}", reset::own_name(&failure.file), failure.line);
        let cause = cause.as_ref().map(|cause| format!("; {cause}")).unwrap_or_default();
        format!("{place}: {}{cause} — {}", failure.message, failure.statement)
    });
    failed.chain(rehearsal.remaining.iter().map(|what| format!("still different: {what}"))).collect()
}
