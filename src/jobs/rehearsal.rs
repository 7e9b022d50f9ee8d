//! SQL files are run in an empty scratch Postgres: what fails and why, the order
//! in which it would run, and what would still differ from the declared schema.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::diff;
use crate::files::SqlFile;
use crate::history::cause;
use crate::history::folder::Migration;
use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::jobs::source;
use crate::model::catalog::Catalog;
use crate::model::object::Location;
use crate::pg::introspect;
use crate::pg::introspect::Scope;
use crate::scratch::Engine;
use crate::scratch::Needs;
use crate::scratch::Scratch;
use crate::scratch::arrange;
use crate::scratch::arrange::Order;
use crate::scratch::compile;
use crate::scratch::compile::Platform;
use crate::scratch::compile::StatementFailure;
use crate::scratch::replay;

/// What running the files in an empty database showed.
#[derive(Debug)]
pub struct Rehearsal {
    /// The files as they were run in the end: with what was moved.
    pub files: Vec<SqlFile>,
    pub moved: Vec<Moved>,
    pub failures: Vec<Explained>,
    /// What would still differ from the declared schema.
    pub remaining: Vec<String>,
    /// What comes out.
    pub catalog: Catalog,
    pub engine: Engine,
}

/// A statement that runs only after another file, or at the end of its own.
#[derive(Debug, Clone)]
pub struct Moved {
    pub from: Location,
    /// The file at whose end it stands now.
    pub to: String,
    /// What the server said where it stood.
    pub message: String,
}

/// A statement that fails, and why, where that is more than the server's words.
#[derive(Debug, Clone)]
pub struct Explained {
    pub failure: StatementFailure,
    pub cause: Option<String>,
}

impl Rehearsal {
    /// True when every statement ran and the declared schema came out.
    pub fn works(&self) -> bool {
        self.failures.is_empty() && self.remaining.is_empty()
    }
}

/// Runs the files in an empty scratch database, in which `before` ran, going on after errors; where some statements fail
/// that would run later, once more with those moved.
///
/// # Errors
/// The scratch does not start or breaks; a file cannot be split into statements.
pub async fn rehearse(before: &SqlFile, files: &[SqlFile], comparison: &Comparison) -> Result<Rehearsal> {
    let asked = comparison.options.engine.as_ref();
    let (mut engine, _) = Engine::choose(asked, files)?;
    let mut ran = run(&engine, before, files, comparison).await?;
    if !ran.failures.is_empty()
        && let Some((other, _)) = engine.after_failure(asked, files)
    {
        engine = other;
        ran = run(&engine, before, files, comparison).await?;
    }
    let mut rehearsal = Rehearsal {
        files: files.to_vec(),
        moved: Vec::new(),
        failures: Vec::new(),
        remaining: ran.remaining,
        catalog: ran.catalog,
        engine: engine.clone(),
    };
    if ran.failures.is_empty() {
        return Ok(rehearsal);
    }
    let order = arranged(&engine, files, comparison).await?;
    if order.moved().next().is_some() {
        let rewritten = arrange::rewritten(files, &order)?;
        let again = run(&engine, before, &rewritten, comparison).await?;
        if again.failures.len() < ran.failures.len() {
            rehearsal.moved = moved(files, &order);
            rehearsal.files = rewritten;
            rehearsal.remaining = again.remaining;
            rehearsal.catalog = again.catalog;
            ran.failures = again.failures;
        }
    }
    rehearsal.failures = explained(&engine, files, comparison, ran.failures).await?;
    Ok(rehearsal)
}

/// One run: what failed, and what would still differ.
struct Ran {
    failures: Vec<StatementFailure>,
    remaining: Vec<String>,
    catalog: Catalog,
}

fn platform(comparison: &Comparison) -> Platform {
    comparison.options.platform.unwrap_or(Platform::None)
}

async fn run(engine: &Engine, before: &SqlFile, files: &[SqlFile], comparison: &Comparison) -> Result<Ran> {
    let platform = platform(comparison);
    let files = &[std::slice::from_ref(before), files].concat();
    let scratch = Scratch::start(engine, &Needs::of(files)).await?;
    let run = async {
        let failures = compile::load_collecting(&scratch, files, platform).await?;
        let scope = Scope::default();
        let catalog = introspect::introspect(scratch.client(), &scope, introspect::Reader::PgCatalog).await?;
        anyhow::Ok((failures, catalog))
    };
    let outcome = run.await;
    scratch.stop().await;
    let (failures, catalog) = outcome?;
    let catalog = source::without_platform(catalog, platform, &comparison.options).await?;
    let catalog = compare::keep_managed(catalog, &comparison.spec, &comparison.managed);
    let remaining =
        diff::diff(&comparison.expected, &catalog).iter().map(|d| format!("{} ({})", d.id(), d.word())).collect();
    Ok(Ran { failures, remaining, catalog })
}

async fn arranged(engine: &Engine, files: &[SqlFile], comparison: &Comparison) -> Result<Order> {
    let scratch = Scratch::start(engine, &Needs::of(files)).await?;
    let order = arrange::arrange(&scratch, files, platform(comparison)).await;
    scratch.stop().await;
    order
}

fn moved(files: &[SqlFile], order: &Order) -> Vec<Moved> {
    let one = |placed: &arrange::Placed| {
        let message = placed.moved.clone()?;
        Some(Moved { from: placed.at.clone(), to: files[placed.file].name.clone(), message })
    };
    order.moved().filter_map(one).collect()
}

/// Why statements fail, from what each file before them does.
async fn explained(
    engine: &Engine,
    files: &[SqlFile],
    comparison: &Comparison,
    failures: Vec<StatementFailure>,
) -> Result<Vec<Explained>> {
    if failures.is_empty() {
        return Ok(Vec::new());
    }
    let migrations: Vec<Migration> = files.iter().map(Migration::plain).collect();
    let scratch = Scratch::start(engine, &Needs::of(files)).await?;
    let history =
        replay::replay(&scratch, &migrations, &BTreeSet::new(), platform(comparison), &mut |_progress| {}).await;
    scratch.stop().await;
    let history = history?;
    let why = |failure: &StatementFailure| {
        // The server points into a statement; it begins further up.
        let before = |at: &Location| at.file == failure.file && at.line <= failure.line;
        let statement = history.statements.iter().rfind(|statement| before(&statement.at))?;
        cause::cause(statement, statement.refusal()?, &history, &history).says(&failure.file)
    };
    Ok(failures.into_iter().map(|failure| Explained { cause: why(&failure), failure }).collect())
}
