//! What is under comparison, and what is not for whoever looks.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;

use crate::diff;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Reader;
use crate::model::catalog::Catalog;
use crate::model::catalog::NotCompared;
use crate::model::difference::Difference;
use crate::model::failure::failure;
use crate::model::kind::ObjectKind;
use crate::spec::Spec;

/// How many names stand for all, as for other things that are not compared.
const EXAMPLES: usize = 10;

/// The schemas under comparison: those asked for, else those of `drift.toml`,
/// else every schema of either side.
pub fn managed_schemas(spec: &Spec, options: &ReadOptions, expected: &Catalog, actual: &Catalog) -> BTreeSet<String> {
    let asked = if options.schemas.is_empty() { &spec.schemas } else { &options.schemas };
    if !asked.is_empty() {
        return asked.iter().cloned().collect();
    }
    let mut schemas = BTreeSet::new();
    for catalog in [expected, actual] {
        schemas.extend(catalog.of_kind(ObjectKind::Schema).iter().map(|o| o.id.name.to_string()));
        schemas.extend(catalog.objects().iter().map(|o| o.id.schema.to_string()));
    }
    schemas.remove("");
    schemas
}

/// A schema that somebody asked for and nobody has is a slip of the pen, and no
/// clean result.
pub fn refuse_unknown_schemas(asked: &[String], catalogs: &[&Catalog]) -> Result<()> {
    let known: BTreeSet<&str> = catalogs
        .iter()
        .flat_map(|catalog| catalog.objects())
        .map(|object| if object.id.kind == ObjectKind::Schema { &*object.id.name } else { &*object.id.schema })
        .filter(|name| !name.is_empty())
        .collect();
    let Some(unknown) = asked.iter().find(|name| !known.contains(name.as_str())) else { return Ok(()) };
    let names: Vec<&str> = known.into_iter().collect();
    Err(failure(
        format!("--schema {unknown}: neither side has a schema of that name"),
        format!("the schemas there are: {}", names.join(", ")),
    ))
}

/// What is under comparison: managed schemas, and nothing that the spec ignores.
pub fn keep_managed(catalog: Catalog, spec: &Spec, managed: &BTreeSet<String>) -> Catalog {
    catalog.retain(|object| {
        let id = &object.id;
        let in_scope = match (id.kind, id.schema.is_empty()) {
            (ObjectKind::Schema, _) => managed.contains(&*id.name),
            (_, true) => true,
            (_, false) => managed.contains(&*id.schema),
        };
        in_scope && !spec.ignores(id)
    })
}

/// A relation that the role cannot see is not missing. PostgreSQL's own catalogs show everybody
/// what there is, whoever may use it: only the standard's views hide it.
pub fn drop_invisible(
    differences: &mut Vec<Difference>,
    actual: &Catalog,
    options: &ReadOptions,
    notes: &mut Vec<String>,
) {
    if options.reader == Reader::PgCatalog {
        return;
    }
    let invisible: BTreeSet<&str> = actual.coverage.invisible.iter().map(String::as_str).collect();
    let before = differences.len();
    differences.retain(|difference| {
        let (schema, relation) = difference.id().group();
        let unseen =
            matches!(difference, Difference::Missing { .. }) && invisible.contains(&*format!("{schema}.{relation}"));
        !unseen
    });
    if differences.len() < before {
        notes.push(format!(
            "{} differences are not reported: they are in relations that the connected role cannot see",
            before - differences.len()
        ));
    }
}

/// What the actual side states and the expected one leaves to the server is not compared: it is named.
pub fn name_unsaid(expected: &Catalog, actual: &mut Catalog) {
    if !diff::left_to_server(expected) {
        return;
    }
    let mut unsaid: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for object in actual.objects() {
        for (attribute, value) in diff::stated_anywhere(object) {
            unsaid.entry(attribute.name).or_default().push(format!("{} in {value}", object.id.dotted()));
        }
    }
    for (name, found) in unsaid {
        let (count, examples) = (found.len() as u64, found.into_iter().take(EXAMPLES).collect());
        let what = format!("undeclared {name}s");
        actual.coverage.not_compared.insert(what, NotCompared { count, examples });
    }
}
