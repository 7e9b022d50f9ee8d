//! What the rows must allow before a key or a NOT NULL is planned: for each, a
//! query that counts the rows in its way. Writes queries and never runs one.

use crate::kinds::Left;
use crate::model::catalog::Catalog;
use crate::model::difference::Difference;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::plan::additive::Options;
use crate::plan::backfill::Backfill;
use crate::plan::derive::column_id;
use crate::probes::question::LIMIT;

/// Something a plan would require of rows that exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub id: ObjectId,
    /// The attribute; empty: the whole object.
    attribute: &'static str,
    /// Counts what is in its way, up to one more than a limit; `None`: what a
    /// column will hold is not known yet.
    pub sql: Option<String>,
    /// What is in its way: of one, and of several.
    harm: [String; 2],
    help: String,
}

impl Claim {
    /// Why it is left, where `count` rows are in its way; `None`: none is.
    pub fn refused_by(&self, count: u64) -> Option<(ObjectId, Left)> {
        let number = if count > LIMIT { format!("more than {LIMIT}") } else { count.to_string() };
        let harm = &self.harm[usize::from(count != 1)];
        (count > 0).then(|| self.left(format!("{number} {harm}: {}", self.help)))
    }

    /// Why it is left, where the rows could not be asked.
    pub fn unanswered(&self, words: &str) -> (ObjectId, Left) {
        self.left(format!("whether the rows allow it could not be asked: {words}"))
    }

    fn left(&self, reason: String) -> (ObjectId, Left) {
        (self.id.clone(), Left { attribute: self.attribute, reason })
    }
}

/// Everything that a plan for `differences` would require of rows that exist.
pub fn claims(
    expected: &Catalog,
    actual: &Catalog,
    differences: &[Difference],
    options: &Options,
    backfill: &Backfill,
) -> Vec<Claim> {
    let ledger = Ledger { expected, actual, options, backfill };
    let mut claims = Vec::new();
    for difference in differences {
        match difference {
            Difference::Missing { expected: object, includes } => {
                let included = includes.iter().filter_map(|id| expected.get(id));
                claims.extend(std::iter::once(object).chain(included).filter_map(|object| ledger.missing(object)));
            }
            Difference::Changed { expected: object, changes, .. } => {
                if changes.iter().any(|change| change.attribute.name == "not_null") {
                    claims.extend(ledger.not_null(object));
                }
            }
            Difference::Unexpected { .. } | Difference::Renamed { .. } => {}
        }
    }
    claims
}

struct Ledger<'a, 'b> {
    expected: &'a Catalog,
    actual: &'a Catalog,
    options: &'a Options,
    backfill: &'a Backfill<'b>,
}

impl Ledger<'_, '_> {
    fn missing(&self, object: &Object) -> Option<Claim> {
        match object.id.kind {
            ObjectKind::Column => self.not_null(object),
            ObjectKind::PrimaryKey | ObjectKind::Unique => self.unique(object, object.list("columns")),
            ObjectKind::Index if object.flag("unique") && object.text("predicate").is_none() => {
                self.unique(object, object.list("keys"))
            }
            ObjectKind::ForeignKey => self.foreign_key(object),
            _ => None,
        }
    }

    /// The table of an object, where it is there and may hold rows.
    fn table(&self, id: &ObjectId) -> Option<ObjectId> {
        let table = ObjectId::new(ObjectKind::Table, &id.schema, "", &id.parent);
        let there = self.actual.get(&table).is_some() && self.actual.rows_of(&id.schema, &id.parent) != Some(0);
        there.then_some(table)
    }

    /// The value that a column has when the key is added, as SQL over a row.
    fn value(&self, table: &ObjectId, name: &str) -> Option<String> {
        let id = column_id(table, name);
        let own = format!("{}.{}", quote(&table.name), quote(name));
        let filled = self.backfill.measured(&id);
        if self.actual.get(&id).is_some() {
            return Some(filled.map_or(own.clone(), |value| format!("COALESCE({own}, {value})")));
        }
        if filled.is_none() && self.backfill.has(&id) {
            return None;
        }
        let column = self.expected.get(&id)?;
        // What a default gives to rows that exist, where it gives anything.
        let constant = column.text("default").filter(|default| !default.contains('('));
        let data_type = column.text("type")?;
        Some(filled.unwrap_or_else(|| format!("{}::{data_type}", constant.unwrap_or("NULL"))))
    }

    /// A table as it will be, as far as some columns are concerned: `k1`, `k2`, …
    fn projected(&self, table: &ObjectId, columns: &[impl AsRef<str>]) -> Option<String> {
        let mut values = Vec::new();
        for (i, name) in columns.iter().enumerate() {
            values.push(format!("{} AS k{}", self.value(table, name.as_ref())?, i + 1));
        }
        Some(format!("(SELECT {} FROM {})", values.join(", "), table.qualified()))
    }

    fn not_null(&self, column: &Object) -> Option<Claim> {
        let table = self.table(&column.id)?;
        let words = self.backfill.words(&column.id)?;
        if !column.flag("not_null") || words.starts_with('\'') {
            return None;
        }
        let rows = self.projected(&table, &[&*column.id.name]);
        Some(Claim {
            id: column.id.clone(),
            attribute: "not_null",
            sql: rows.map(|rows| counted(&format!("FROM {rows} AS r WHERE r.k1 IS NULL"))),
            harm: [("row", "gets"), ("rows", "get")]
                .map(|(rows, get)| format!("{rows} of {} {get} no {} from `{words}`", table.dotted(), column.id.name)),
            help: "give these rows a value, or another backfill, and write the next patch".to_owned(),
        })
    }

    fn unique(&self, key: &Object, columns: &[std::sync::Arc<str>]) -> Option<Claim> {
        let table = self.table(&key.id)?;
        let known = |text: &str| {
            let mut names = self.expected.children(ObjectKind::Column, &table.schema, &table.name).iter();
            names
                .find(|column| *column.id.name == *text || quote(&column.id.name) == text)
                .map(|c| c.id.name.to_string())
        };
        let columns: Vec<String> = columns.iter().map(|text| known(text)).collect::<Option<_>>()?;
        let rows = self.projected(&table, &columns);
        let names: Vec<String> = (1..=columns.len()).map(|i| format!("r.k{i}")).collect();
        let nulls_are_equal = key.flag("nulls_not_distinct")
            || key.text("definition").is_some_and(|d| d.starts_with("UNIQUE NULLS NOT DISTINCT"));
        let filled = match nulls_are_equal {
            true => "true".to_owned(),
            false => names.iter().map(|name| format!("{name} IS NOT NULL")).collect::<Vec<_>>().join(" AND "),
        };
        let by = names.join(", ");
        Some(Claim {
            id: key.id.clone(),
            attribute: "",
            sql: rows.map(|rows| {
                counted(&format!("FROM {rows} AS r WHERE {filled} GROUP BY {by} HAVING pg_catalog.count(*) > 1"))
            }),
            harm: [("value", "occurs"), ("values", "occur")].map(|(values, occur)| {
                format!("{values} of ({}) {occur} in several rows of {}", columns.join(", "), table.dotted())
            }),
            help: "decide which of the rows stay, and write the next patch".to_owned(),
        })
    }

    fn foreign_key(&self, key: &Object) -> Option<Claim> {
        let table = self.table(&key.id)?;
        let (columns, referenced) = (key.list("columns"), key.list("referenced_columns"));
        let new = |name: &str| self.actual.get(&column_id(&table, name)).is_none();
        if columns.iter().all(|name| new(name) && !self.backfill.has(&column_id(&table, name))) {
            return None;
        }
        let rows = self.projected(&table, columns);
        let name = key.text("references")?;
        let mut conditions: Vec<String> = (1..=columns.len()).map(|i| format!("r.k{i} IS NOT NULL")).collect();
        conditions.extend(self.known_tenant(&table, key)?);
        let orphaned = self.without_parent(name, referenced);
        Some(Claim {
            id: key.id.clone(),
            attribute: "",
            sql: rows.zip(orphaned).map(|(rows, orphaned)| {
                conditions.extend(orphaned);
                counted(&format!("FROM {rows} AS r WHERE {}", conditions.join(" AND ")))
            }),
            harm: [("row", "names"), ("rows", "name")].map(|(rows, names)| {
                format!("{rows} of {} {names} by ({}) what is not in {name}", table.dotted(), columns.join(", "))
            }),
            help: "correct them, or add what they name, and write the next patch".to_owned(),
        })
    }

    /// The tenant that the patch itself sees to: it stops unless it is there.
    /// `None`: there is nothing else to ask.
    fn known_tenant(&self, table: &ObjectId, key: &Object) -> Option<Vec<String>> {
        let Some(tenant) = &self.options.tenant else { return Some(Vec::new()) };
        let [column] = key.list("columns") else { return Some(Vec::new()) };
        let registry = ObjectId::new(ObjectKind::Table, &tenant.registry.0, "", &tenant.registry.1);
        if **column != *tenant.column || key.text("references") != Some(&registry.qualified()) {
            return Some(Vec::new());
        }
        let id = column_id(table, column);
        let constant = self.backfill.words(&id).is_some_and(|words| words.starts_with('\''));
        if constant && self.actual.get(&id).is_none() {
            return None;
        }
        let created = self.options.create_tenant.iter().filter(|(name, _)| *name == tenant.key);
        Some(created.map(|(_, value)| format!("r.k1::text <> {}", literal(value))).collect())
    }

    fn without_parent(&self, name: &str, referenced: &[std::sync::Arc<str>]) -> Option<Vec<String>> {
        let known = |catalog: &Catalog| catalog.of_kind(ObjectKind::Table).iter().any(|t| t.id.qualified() == name);
        let parent = self.actual.of_kind(ObjectKind::Table).iter().find(|table| table.id.qualified() == name);
        let found = match parent {
            Some(parent) => self.projected(&parent.id, referenced)?,
            // Created by the same patch, and empty then.
            None if known(self.expected) => return Some(Vec::new()),
            // Of the platform's, say: not in the catalog, but there.
            None => {
                let values = referenced.iter().enumerate();
                let values: Vec<String> = values.map(|(i, name)| format!("p.{} AS k{}", quote(name), i + 1)).collect();
                format!("(SELECT {} FROM {name} AS p)", values.join(", "))
            }
        };
        let same: Vec<String> = (1..=referenced.len()).map(|i| format!("p.k{i} = r.k{i}")).collect();
        Some(vec![format!("NOT EXISTS (SELECT FROM {found} AS p WHERE {})", same.join(" AND "))])
    }
}

fn counted(found: &str) -> String {
    format!("SELECT pg_catalog.count(*) FROM (SELECT {found} LIMIT {}) AS found", LIMIT + 1)
}
