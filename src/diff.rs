//! Compares two catalogs. Knows objects, attributes and edges; names no kind.
//!
//! One fact is one difference: what is missing only because something else is
//! missing (the columns of a table, the index on a column) is listed with it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::model::catalog::Catalog;
use crate::model::difference::AttributeChange;
use crate::model::difference::Declared;
use crate::model::difference::Difference;
use crate::model::finding::Severity;
use crate::model::object::Attribute;
use crate::model::object::Compare;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::object::Value;

/// What is declared to have another name, by its declared one.
pub type Renames = BTreeMap<ObjectId, Declared>;

/// All differences, sorted by identity. Equal catalogs give none.
pub fn diff(expected: &Catalog, actual: &Catalog) -> Vec<Difference> {
    diff_renaming(expected, actual, &Renames::new())
}

/// As [`diff`], where some objects are known to be others under their old name.
pub fn diff_renaming(expected: &Catalog, actual: &Catalog, renames: &Renames) -> Vec<Difference> {
    let mut only_expected = Vec::new();
    let mut only_actual = Vec::new();
    let mut differences = Vec::new();
    let oldest = expected.server_version.min(actual.server_version) / 10_000;
    let unsaid = left_to_server(expected);
    let (left, right) = (expected.objects(), actual.objects());
    let (mut i, mut j) = (0, 0);
    while i < left.len() || j < right.len() {
        let order = match (left.get(i), right.get(j)) {
            (Some(l), Some(r)) => l.id.cmp(&r.id),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, _) => std::cmp::Ordering::Greater,
        };
        match order {
            std::cmp::Ordering::Less => {
                only_expected.push(i as u32);
                i += 1;
            }
            std::cmp::Ordering::Greater => {
                only_actual.push(j as u32);
                j += 1;
            }
            std::cmp::Ordering::Equal => {
                let mut changes = changes_where(&left[i], &right[j], !unsaid);
                changes.retain(|change| change.attribute.since <= oldest);
                let (expected, actual) = (&left[i], &right[j]);
                let declared = renames.get(&expected.id).filter(|declared| declared.old == actual.id);
                if let Some(declared) = declared {
                    // Something in it has another name: what else differs is seen once it has.
                    let (expected, actual) = (expected.clone(), actual.clone());
                    let declared = Some(Box::new(declared.clone()));
                    differences.push(Difference::Renamed { expected, actual, includes: Vec::new(), declared });
                } else if !changes.is_empty() {
                    let (expected, actual) = (expected.clone(), actual.clone());
                    differences.push(Difference::Changed { expected, actual, changes });
                }
                i += 1;
                j += 1;
            }
        }
    }
    let missing = fold(expected, &only_expected);
    let mut unexpected = fold(actual, &only_actual);
    for (position, includes) in missing {
        let object = expected.at(position);
        let said =
            renames.get(&object.id).and_then(|declared| Some((actual.position(&declared.old)? as u32, declared)));
        let said = said.filter(|(other, _)| unexpected.contains_key(other));
        let other = match said {
            Some((other, _)) => Some(other),
            None => renamed(expected, &includes, object, actual, &unexpected)
                .filter(|other| renames.values().all(|declared| declared.old != actual.at(*other).id)),
        };
        match other {
            Some(other) => {
                unexpected.remove(&other);
                differences.push(Difference::Renamed {
                    expected: object.clone(),
                    actual: actual.at(other).clone(),
                    includes: ids(expected, &includes),
                    declared: said.map(|(_, declared)| Box::new(declared.clone())),
                });
            }
            None => {
                differences.push(Difference::Missing { expected: object.clone(), includes: ids(expected, &includes) })
            }
        }
    }
    for (position, includes) in unexpected {
        let includes = ids(actual, &includes);
        differences.push(Difference::Unexpected { actual: actual.at(position).clone(), includes });
    }
    differences.sort_by(|a, b| a.id().cmp(b.id()));
    differences
}

/// True where a side states nothing that it could have left to the server.
pub fn left_to_server(catalog: &Catalog) -> bool {
    catalog.objects().iter().all(|object| stated_anywhere(object).next().is_none())
}

/// What an object states that could have been left to the server.
pub fn stated_anywhere(object: &Object) -> impl Iterator<Item = (&'static Attribute, &Value)> {
    object.attributes.iter().filter(|(attribute, _)| attribute.compare == Compare::StatedAnywhere)
}

fn ids(catalog: &Catalog, positions: &[u32]) -> Vec<ObjectId> {
    positions.iter().map(|p| catalog.at(*p).id.clone()).collect()
}

/// The attributes in which two objects of one identity differ, by what these two state.
pub fn changes(expected: &Object, actual: &Object) -> Vec<AttributeChange> {
    changes_where(expected, actual, false)
}

/// The same; `stated`: the expected side states of some object what it could have left to the server.
fn changes_where(expected: &Object, actual: &Object, stated: bool) -> Vec<AttributeChange> {
    if expected.attributes == actual.attributes {
        return Vec::new();
    }
    let mut values: Vec<(&'static Attribute, Option<&Value>, Option<&Value>)> = expected
        .attributes
        .iter()
        .map(|(attribute, value)| (attribute, Some(value), actual.attributes.get(attribute.name)))
        .collect();
    values.extend(
        actual
            .attributes
            .iter()
            .filter(|(attribute, _)| expected.attributes.get(attribute.name).is_none())
            .map(|(attribute, value)| (attribute, None, Some(value))),
    );
    values
        .into_iter()
        .filter(|(attribute, expected, actual)| match attribute.compare {
            Compare::Exact | Compare::Printed => expected != actual,
            Compare::StatedAnywhere => (stated || expected.is_some()) && expected != actual,
            Compare::Declared => expected.is_some() && actual.is_some() && expected != actual,
            Compare::Stated => expected.is_some() && expected != actual,
            Compare::Informational => false,
        })
        .map(|(attribute, expected, actual)| AttributeChange {
            attribute,
            expected: expected.cloned(),
            actual: actual.cloned(),
        })
        .collect()
}

/// Groups objects that exist on one side only: each key is a fact of its own,
/// its list is what exists or is missing only because of it.
fn fold(catalog: &Catalog, one_sided: &[u32]) -> BTreeMap<u32, Vec<u32>> {
    let set: BTreeSet<u32> = one_sided.iter().copied().collect();
    let holders: HashMap<(&str, &str), u32> = one_sided
        .iter()
        .filter(|p| catalog.at(**p).id.parent.is_empty())
        .map(|p| (&catalog.at(*p).id, *p))
        .map(|(id, p)| ((&*id.schema, &*id.name), p))
        .collect();
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for position in one_sided {
        let mut root = *position;
        let mut seen = BTreeSet::from([root]);
        while let Some(holder) = holder(catalog, root, &set, &holders) {
            if !seen.insert(holder) {
                break;
            }
            root = holder;
        }
        let group = groups.entry(root).or_default();
        if root != *position {
            group.push(*position);
        }
    }
    groups
}

/// What a one-sided object hangs on, if that is one-sided too: its relation,
/// its schema, what owns it, or a sibling that it is made of.
fn holder(catalog: &Catalog, position: u32, set: &BTreeSet<u32>, holders: &HashMap<(&str, &str), u32>) -> Option<u32> {
    let id = &catalog.at(position).id;
    if !id.parent.is_empty()
        && let Some(holder) = holders.get(&(&*id.schema, &*id.parent))
    {
        return Some(*holder);
    }
    if let Some(namespace) = id.namespace().and_then(|id| catalog.position(&id))
        && set.contains(&(namespace as u32))
    {
        return Some(namespace as u32);
    }
    let sibling = |other: &ObjectId| !id.parent.is_empty() && other.parent == id.parent && other.schema == id.schema;
    catalog
        .dependencies_of(position)
        .iter()
        .filter(|d| set.contains(&d.to) && d.to != position)
        .find(|d| {
            let other = &catalog.at(d.to).id;
            d.owned && !other.parent.is_empty() || sibling(other) && other.kind < id.kind
        })
        .map(|d| d.to)
}

/// An unexpected object that is probably `object` under its old name: same
/// kind and place, same shape, similar name, and no other candidate.
fn renamed(
    expected: &Catalog,
    includes: &[u32],
    object: &Object,
    actual: &Catalog,
    unexpected: &BTreeMap<u32, Vec<u32>>,
) -> Option<u32> {
    if !object.id.is_freely_named() {
        return None;
    }
    let mut candidates = unexpected.iter().filter(|(position, parts)| {
        let other = actual.at(**position);
        other.id.kind == object.id.kind
            && other.id.schema == object.id.schema
            && other.id.parent == object.id.parent
            && strsim::normalized_levenshtein(&other.id.name, &object.id.name) >= 0.5
            && changes(object, other).iter().all(|c| c.attribute.severity == Severity::Note)
            && same_parts(expected, includes, actual, parts)
    });
    let first = candidates.next()?;
    candidates.next().is_none().then_some(*first.0)
}

/// True when at least three quarters of the parts occur alike on both sides.
fn same_parts(expected: &Catalog, left: &[u32], actual: &Catalog, right: &[u32]) -> bool {
    let direct = |catalog: &Catalog, parts: &[u32]| -> Vec<(String, String)> {
        parts
            .iter()
            .map(|p| catalog.at(*p))
            .filter(|o| !o.id.name.contains(&*o.id.parent))
            .map(|o| (format!("{} {}", o.id.kind, o.id.name), format!("{:?}", shape(o))))
            .collect()
    };
    let (left, right) = (direct(expected, left), direct(actual, right));
    if left.is_empty() && right.is_empty() {
        return true;
    }
    let common = left.iter().filter(|part| right.contains(part)).count();
    common * 4 >= left.len().max(right.len()) * 3
}

/// The compared attributes of an object, for matching by shape.
fn shape(object: &Object) -> Vec<(&'static str, &Value)> {
    object
        .attributes
        .iter()
        .filter(|(attribute, _)| matches!(attribute.compare, Compare::Exact | Compare::Printed))
        .map(|(attribute, value)| (attribute.name, value))
        .collect()
}

/// True when some change is in text that two servers may print differently:
/// settle it on one server before believing it.
pub fn has_printed_change(differences: &[Difference]) -> bool {
    differences.iter().any(|difference| match difference {
        Difference::Changed { changes, .. } => changes.iter().any(AttributeChange::is_spelling),
        Difference::Missing { .. } | Difference::Unexpected { .. } | Difference::Renamed { .. } => false,
    })
}
