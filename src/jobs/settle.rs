//! Text that a server prints from a parsed expression differs from version to
//! version, and is not even a fixed point on one. Before such a difference is
//! believed, both texts go through the same scratch Postgres until they no
//! longer change, and what comes out is compared.

use std::collections::BTreeSet;

use anyhow::Context;
use anyhow::Result;
use tracing::debug;

use crate::files::SqlFile;
use crate::jobs::source;
use crate::jobs::source::ReadOptions;
use crate::jobs::spelling;
use crate::model::catalog::Catalog;
use crate::model::difference::AttributeChange;
use crate::model::difference::Difference;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::pg::introspect;
use crate::pg::introspect::Reader;
use crate::pg::introspect::Scope;
use crate::plan::dump;
use crate::scratch::Engine;
use crate::scratch::Needs;
use crate::scratch::Scratch;
use crate::scratch::compile;
use crate::scratch::compile::Platform;
use crate::scratch::compile::StatementFailure;

/// How often a text may change before it is taken as it is.
const ROUNDS: usize = 3;

/// Drops the changes in printed text that vanish when one server has printed
/// both sides. Where the scratch cannot hold an object, its differences stay and
/// a note says so: a doubtful finding is shown, never hidden.
///
/// # Errors
/// None of its own: what fails is noted.
pub async fn settle(
    expected: &Catalog,
    actual: &Catalog,
    differences: Vec<Difference>,
    options: &ReadOptions,
    notes: &mut Vec<String>,
) -> Result<Vec<Difference>> {
    let doubtful: BTreeSet<ObjectId> =
        differences.iter().filter(|d| printed(d).next().is_some()).map(|d| d.id().clone()).collect();
    let oldest = expected.server_version.min(actual.server_version);
    let mut left = spelling::respelled(closure(expected, &doubtful), oldest);
    let mut right = spelling::respelled(closure(actual, &doubtful), oldest);
    let mut settled = BTreeSet::new();
    let mut refused = None;
    for number in 1..=ROUNDS {
        debug!(round = number, objects = doubtful.len(), "prints definitions that differ in one scratch Postgres");
        let round = async {
            let left = reprinted(&left, options, &mut refused).await.context("the expected side")?;
            let right = reprinted(&right, options, &mut refused).await.context("the actual side")?;
            anyhow::Ok((left, right))
        };
        match round.await {
            Ok(pair) => (left, right) = pair,
            Err(error) => {
                notes.push(format!(
                    "definitions printed by two servers could not be settled in the scratch Postgres ({error:#}); \
                     some of the changed definitions may be the same"
                ));
                return Ok(differences);
            }
        }
        for difference in &differences {
            for change in printed(difference) {
                let value = |catalog: &Catalog| {
                    catalog.get(difference.id()).map(|o| o.attributes.get(change.attribute.name).cloned())
                };
                if value(&left).is_some() && value(&left) == value(&right) {
                    settled.insert((difference.id().clone(), change.attribute.name));
                }
            }
        }
        if doubtful.iter().all(|id| settled.iter().any(|(other, _)| other == id)) {
            break;
        }
    }
    let differences: Vec<Difference> = differences.into_iter().filter_map(|d| without(d, &settled)).collect();
    let lost = |id: &ObjectId| left.get(id).is_none() || right.get(id).is_none();
    let unsettled = differences.iter().filter(|d| printed(d).next().is_some() && lost(d.id())).count();
    if let (1.., Some(refused)) = (unsettled, refused) {
        notes.push(format!(
            "{unsettled} of the changed definitions could not be settled: the scratch Postgres refuses them or what \
             they need ({refused}); they may be the same"
        ));
    }
    Ok(differences)
}

/// A catalog as the scratch Postgres prints it. What it refuses is left out:
/// one object that it cannot hold must not keep all others in doubt.
async fn reprinted(catalog: &Catalog, options: &ReadOptions, refused: &mut Option<String>) -> Result<Catalog> {
    if let Ok(whole) = source::rebuilt(catalog, options).await {
        return Ok(whole);
    }
    let (part, failures) = rebuilt_in_part(catalog, options).await?;
    if let Some(first) = failures.first() {
        refused.get_or_insert_with(|| format!("{}: {}", first.statement.trim(), first.message));
    }
    Ok(part)
}

/// As [`source::rebuilt`], going on after statements that fail: what they would have
/// made is left out, and what the server said is handed back.
async fn rebuilt_in_part(catalog: &Catalog, options: &ReadOptions) -> Result<(Catalog, Vec<StatementFailure>)> {
    let files = [SqlFile { name: "rebuilt schema".to_owned(), text: source::script(catalog) }];
    let (engine, _) = Engine::choose(options.engine.as_ref(), &files)?;
    let scratch = Scratch::start(&engine, &Needs::of(&files)).await?;
    let run = async {
        let failures = compile::load_collecting(&scratch, &files, options.platform.unwrap_or(Platform::None)).await?;
        let scope = Scope::default();
        let rebuilt = introspect::introspect(scratch.client(), &scope, Reader::PgCatalog).await?;
        anyhow::Ok((rebuilt, failures))
    };
    let outcome = run.await;
    scratch.stop().await;
    let (rebuilt, failures) = outcome?;
    let kept: BTreeSet<&ObjectId> = catalog.objects().iter().map(|o| &o.id).collect();
    Ok((rebuilt.retain(|object| kept.contains(&object.id)), failures))
}

fn printed(difference: &Difference) -> Box<dyn Iterator<Item = &AttributeChange> + '_> {
    match difference {
        Difference::Changed { changes, .. } => Box::new(changes.iter().filter(|change| change.is_spelling())),
        Difference::Missing { .. } | Difference::Unexpected { .. } | Difference::Renamed { .. } => {
            Box::new(std::iter::empty())
        }
    }
}

fn without(difference: Difference, settled: &BTreeSet<(ObjectId, &'static str)>) -> Option<Difference> {
    match difference {
        Difference::Changed { expected, actual, changes } => {
            let changes: Vec<_> =
                changes.into_iter().filter(|c| !settled.contains(&(expected.id.clone(), c.attribute.name))).collect();
            (!changes.is_empty()).then_some(Difference::Changed { expected, actual, changes })
        }
        Difference::Missing { .. } | Difference::Unexpected { .. } | Difference::Renamed { .. } => Some(difference),
    }
}

/// The doubtful objects and all that they need to exist, so that settling
/// costs what they cost and not what the database costs.
fn closure(catalog: &Catalog, roots: &BTreeSet<ObjectId>) -> Catalog {
    let mut keep: BTreeSet<u32> = BTreeSet::new();
    let mut work: Vec<u32> = roots.iter().filter_map(|id| catalog.position(id)).map(|p| p as u32).collect();
    while let Some(position) = work.pop() {
        if !keep.insert(position) {
            continue;
        }
        let id = &catalog.at(position).id;
        work.extend(catalog.dependencies_of(position).iter().map(|d| d.to));
        if let Some(namespace) = id.namespace().and_then(|id| catalog.position(&id)) {
            work.push(namespace as u32);
        }
        let (schema, relation) = id.group();
        for kind in ObjectKind::ALL {
            if let Some(p) = catalog.position(&ObjectId::new(*kind, schema, "", relation)) {
                work.push(p as u32);
            }
        }
        for column in catalog.children(ObjectKind::Column, schema, relation) {
            work.extend(catalog.position(&column.id).map(|p| p as u32));
        }
    }
    let kept: BTreeSet<ObjectId> = keep.iter().map(|p| catalog.at(*p).id.clone()).collect();
    // Nothing is executed in order to compare it: what a query calls may need what is not here.
    dump::unfilled(catalog.clone().retain(|object| kept.contains(&object.id)))
}
