//! The tables and foreign keys of both sides, and how each stands.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::own_tables;
use crate::jobs::compare::Comparison;
use crate::model::catalog::Catalog;
use crate::model::ident::split_qualified;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::report::TableState;
use crate::pg::probe::Bytes;
use crate::report::review::estimate::Size;
use crate::report::review::facts::Amount;
use crate::report::review::facts::Class;
use crate::report::review::facts::Reference;
use crate::report::review::facts::TableFacts;
use crate::spec::TableClass;

/// Every table of either side that is no partition.
pub fn tables(comparison: &Comparison, bytes: &Bytes) -> Vec<TableFacts> {
    let names: BTreeSet<(&str, &str)> = [&comparison.expected, &comparison.actual]
        .into_iter()
        .flat_map(own_tables)
        .map(|table| (&*table.id.schema, &*table.id.name))
        .collect();
    let known = comparison.report.tables.iter().filter(|t| names.contains(&(t.schema.as_str(), t.table.as_str())));
    known
        .map(|summary| TableFacts {
            schema: summary.schema.clone(),
            table: summary.table.clone(),
            state: summary.state,
            class: class(comparison, &summary.schema, &summary.table),
            rows: summary.rows,
            bytes: bytes.get(&(summary.schema.clone(), summary.table.clone())).map(|(_, all)| *all),
            findings: summary.findings,
        })
        .collect()
}

fn class(comparison: &Comparison, schema: &str, table: &str) -> Option<Class> {
    let tenancy = comparison.spec.tenancy.as_ref()?;
    if tenancy.is_registry(schema, table) {
        return Some(Class::Registry);
    }
    let declared = comparison.expected.get(&ObjectId::new(ObjectKind::Table, schema, "", table)).is_some();
    Some(match tenancy.class_of(schema, table) {
        None if !declared => Class::Unclassified,
        None | Some(TableClass::Owned) => Class::Owned,
        Some(TableClass::Shareable) => Class::Shareable,
        Some(TableClass::Member) => Class::Member,
        Some(TableClass::Global) => Class::Global,
        Some(TableClass::Ignore) => return None,
    })
}

/// Every foreign key of either side.
pub fn references(comparison: &Comparison) -> Vec<Reference> {
    let changed: BTreeSet<&ObjectId> = comparison.differences.iter().map(|difference| difference.id()).collect();
    let (expected, actual) = (&comparison.expected, &comparison.actual);
    let mut all: BTreeMap<&ObjectId, Reference> = BTreeMap::new();
    for catalog in [expected, actual] {
        for key in catalog.of_kind(ObjectKind::ForeignKey) {
            let state = match (expected.get(&key.id), actual.get(&key.id)) {
                (Some(_), None) => TableState::Missing,
                (None, _) => TableState::Unexpected,
                (Some(_), Some(_)) if changed.contains(&key.id) => TableState::Differs,
                (Some(_), Some(_)) => TableState::Matches,
            };
            if let Some(reference) = reference(key, state) {
                all.entry(&key.id).or_insert(reference);
            }
        }
    }
    all.into_values().collect()
}

fn reference(key: &Object, state: TableState) -> Option<Reference> {
    let (schema, table) = split_qualified(key.text("references")?)?;
    Some(Reference {
        name: key.id.name.to_string(),
        from: (key.id.schema.to_string(), key.id.parent.to_string()),
        to: (schema, table),
        columns: key.list("columns").iter().map(|column| column.to_string()).collect(),
        state,
    })
}

/// How large the tables that are there are, by dotted name.
pub struct Sizes {
    by_name: BTreeMap<String, Measured>,
}

/// One table, as far as somebody counted and measured.
#[derive(Clone, Copy, Default)]
struct Measured {
    rows: Option<u64>,
    /// Without its indexes, and with them.
    bytes: Option<(u64, u64)>,
}

impl Sizes {
    pub fn new(actual: &Catalog, bytes: &Bytes) -> Sizes {
        let one = |table: &Object| {
            let (schema, name) = (&table.id.schema, &table.id.name);
            let bytes = bytes.get(&(schema.to_string(), name.to_string())).copied();
            (table.id.dotted(), Measured { rows: actual.rows_of(schema, name), bytes })
        };
        Sizes { by_name: own_tables(actual).map(one).collect() }
    }

    /// What a table weighs; nothing where it is not there, or unknown.
    pub fn of(&self, dotted: &str) -> Size {
        let Measured { rows, bytes } = self.by_name.get(dotted).copied().unwrap_or_default();
        let (table_bytes, bytes) = bytes.unwrap_or_default();
        Size { rows: rows.unwrap_or(0), table_bytes, bytes }
    }

    pub fn has(&self, dotted: &str) -> bool {
        self.by_name.contains_key(dotted)
    }

    /// The names of all tables.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// The rows of the tables that `which` accepts.
    pub fn amount(&self, which: impl Fn(&str) -> bool) -> Amount {
        let mut amount = Amount::default();
        for (_, Measured { rows, bytes }) in self.by_name.iter().filter(|(name, _)| which(name)) {
            match (rows, bytes) {
                (Some(0), _) => {}
                (Some(rows), Some((_, bytes))) => {
                    amount.tables += 1;
                    amount.rows += rows;
                    amount.bytes += bytes;
                }
                (None, _) | (_, None) => amount.unknown += 1,
            }
        }
        amount
    }
}
