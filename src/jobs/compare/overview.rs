//! The head of a report: what was compared, how each table stands, and in
//! which order the findings are told.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Asked;
use crate::model::catalog::Catalog;
use crate::model::finding::Finding;
use crate::model::finding::Side;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::model::report::SourceSummary;
use crate::model::report::TableState;
use crate::model::report::TableSummary;
use crate::plan::renames::Resolved;

/// What the declared SQL is wrong about comes first. Relations with the worst findings
/// first, then by name; within one, worst first, and what a rule says before what merely
/// differs.
pub fn sort(findings: &mut [Finding]) {
    let mut worst: BTreeMap<(bool, String, String), _> = BTreeMap::new();
    for finding in findings.iter() {
        let (schema, relation) = finding.object.group();
        let entry = worst
            .entry((finding.side == Side::Database, schema.to_owned(), relation.to_owned()))
            .or_insert(finding.severity);
        *entry = (*entry).min(finding.severity);
    }
    findings.sort_by_cached_key(|finding| {
        let (schema, relation) = finding.object.group();
        let group = (finding.side == Side::Database, schema.to_owned(), relation.to_owned());
        let difference = finding.code.starts_with(&finding.object.kind);
        (group.0, worst[&group], group, finding.severity, difference, finding.code.clone(), finding.object.dotted())
    });
}

pub fn summary(name: String, catalog: &Catalog) -> SourceSummary {
    SourceSummary {
        name,
        server_version: catalog.server_version,
        objects: catalog.objects().len() as u64,
        coverage: catalog.coverage.clone(),
    }
}

/// The overview: every table of either side and how it stands.
pub fn tables(
    expected: &Catalog,
    actual: &Catalog,
    findings: &[Finding],
    renames: &Resolved,
    asked: Asked,
) -> Vec<TableSummary> {
    // One that is declared to have another name is one table, and not two.
    let old: BTreeMap<(&str, &str), (&str, &str)> = renames
        .pending
        .iter()
        .filter(|renaming| renaming.old.kind == ObjectKind::Table)
        .map(|renaming| (renaming.new.group(), renaming.old.group()))
        .collect();
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut differ: BTreeSet<(&str, &str)> = BTreeSet::new();
    for finding in findings {
        *counts.entry(finding.object.group()).or_default() += 1;
        differ.extend((finding.side == Side::Database).then(|| finding.object.group()));
    }
    let mut names: BTreeSet<(&str, &str)> = BTreeSet::new();
    for catalog in [expected, actual] {
        names.extend(catalog.of_kind(ObjectKind::Table).iter().map(|o| (&*o.id.schema, &*o.id.name)));
    }
    let there = |catalog: &Catalog, schema: &str, table: &str| {
        catalog.get(&ObjectId::new(ObjectKind::Table, schema, "", table)).is_some()
    };
    names
        .into_iter()
        .filter(|name| !old.values().any(|old| old == name) || counts.contains_key(name))
        .map(|(schema, table)| {
            let (was_in, was) = old.get(&(schema, table)).copied().unwrap_or((schema, table));
            let count = counts.get(&(schema, table)).copied().unwrap_or(0);
            let state = match (there(expected, schema, table), there(actual, was_in, was)) {
                (true, false) => TableState::Missing,
                (false, _) if asked != Asked::Rules => TableState::Unexpected,
                (_, true) | (false, false) if differ.contains(&(schema, table)) => TableState::Differs,
                (_, true) | (false, false) => TableState::Matches,
            };
            let rows = actual.rows_of(was_in, was);
            let (schema, table) = (schema.to_owned(), table.to_owned());
            TableSummary { rows, schema, table, state, findings: count }
        })
        .collect()
}
