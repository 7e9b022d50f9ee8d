//! Text that a server prints from a parsed expression differs from version to
//! version, and is not even a fixed point on one. Before such a difference is
//! believed, both texts go through the same scratch Postgres until they no
//! longer change, and what comes out is compared.

use std::collections::BTreeSet;

use anyhow::Context;
use anyhow::Result;

use crate::jobs::source::ReadOptions;
use crate::jobs::source::rebuilt;
use crate::model::catalog::Catalog;
use crate::model::difference::AttributeChange;
use crate::model::difference::Difference;
use crate::model::kind::ObjectKind;
use crate::model::object::Compare;
use crate::model::object::ObjectId;

/// How often a text may change before it is taken as it is.
const ROUNDS: usize = 3;

/// Drops the changes in printed text that vanish when one server has printed
/// both sides. Where the scratch cannot hold a side, the differences stay and
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
    let mut left = closure(expected, &doubtful);
    let mut right = closure(actual, &doubtful);
    let mut settled = BTreeSet::new();
    for _ in 0..ROUNDS {
        let round = async {
            let left = rebuilt(&left, options).await.context("the expected side")?;
            let right = rebuilt(&right, options).await.context("the actual side")?;
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
    Ok(differences.into_iter().filter_map(|d| without(d, &settled)).collect())
}

fn printed(difference: &Difference) -> Box<dyn Iterator<Item = &AttributeChange> + '_> {
    match difference {
        Difference::Changed { changes, .. } => {
            Box::new(changes.iter().filter(|c| c.attribute.compare == Compare::Printed))
        }
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
    catalog.clone().retain(|object| kept.contains(&object.id))
}
