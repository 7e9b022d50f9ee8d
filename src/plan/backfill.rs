//! What `--backfill` and `[backfill]` say: the value of a column for the rows
//! that exist. Knows literals from expressions and from ways to a parent; never
//! judges whether the value is right, which only the rows can tell.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;

use crate::kinds::Fill;
use crate::model::catalog::Catalog;
use crate::model::failure::failure;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Batches;
use crate::plan::additive::Options;
use crate::plan::derive;
use crate::plan::derive::Ground;
use crate::plan::derive::Way;
use crate::plan::value::Value;
use crate::plan::value::cast;
use crate::plan::value::parse;
use crate::probes;

/// Rows in a batch, where nobody says otherwise.
pub const BATCH_ROWS: u64 = 5000;

/// A table of more rows than this many batches is written in batches.
pub const MANY: u64 = 10;

/// The values given for columns, and the columns that asked for one.
pub struct Backfill<'a> {
    catalogs: (&'a Catalog, &'a Catalog),
    options: &'a Options,
    values: BTreeMap<&'a str, Value>,
    /// Keys that may match nothing: a file stays while the gaps it fills go.
    standing: BTreeSet<&'a str>,
    /// True where an application goes on while the patch is half applied.
    window: bool,
    asked: RefCell<BTreeSet<ObjectId>>,
    used: RefCell<BTreeSet<&'a str>>,
    constants: RefCell<BTreeMap<ObjectId, String>>,
    names: RefCell<BTreeSet<ObjectId>>,
    parents: RefCell<BTreeSet<(ObjectId, ObjectId)>>,
    faults: RefCell<BTreeMap<&'a str, String>>,
    depth: Cell<usize>,
}

impl<'a> Backfill<'a> {
    /// Parses all values. What was given overrides the same key of the file,
    /// and that what was derived.
    ///
    /// # Errors
    /// A value is neither a literal, nor an expression, nor a way.
    pub fn new(expected: &'a Catalog, actual: &'a Catalog, options: &'a Options, window: bool) -> Result<Backfill<'a>> {
        let mut values = BTreeMap::new();
        for (key, text) in options.derived.iter().chain(&options.standing_backfill).chain(&options.backfill) {
            values.insert(key.as_str(), parse(key, text)?);
        }
        let standing = options.standing_backfill.keys().chain(options.derived.keys());
        let standing = standing.filter(|key| !options.backfill.contains_key(*key)).map(String::as_str).collect();
        Ok(Backfill {
            catalogs: (expected, actual),
            options,
            values,
            standing,
            window,
            asked: RefCell::default(),
            used: RefCell::default(),
            constants: RefCell::default(),
            names: RefCell::default(),
            parents: RefCell::default(),
            faults: RefCell::default(),
            depth: Cell::default(),
        })
    }

    fn tenant_column(&self) -> Option<&'a str> {
        self.options.tenant.as_ref().map(|tenant| tenant.column.as_str())
    }

    /// The value for a column, if one was given. Remembers who asked.
    pub fn fill(&self, column: &Object) -> Option<Fill> {
        self.asked.borrow_mut().insert(column.id.clone());
        let (key, value) = self.value(&column.id)?;
        self.used.borrow_mut().insert(key);
        let constant = matches!(value, Value::Constant(_));
        let mut self_contained = false;
        let expression = match value {
            Value::Expression(expression) => expression.clone(),
            Value::Constant(text) => {
                self.constants.borrow_mut().insert(column.id.clone(), text.clone());
                cast(text, column.text("type"))
            }
            Value::Via { parent, column: by } => {
                let way = self.way(key, &column.id, parent, by)?;
                self.names.borrow_mut().extend(way.by);
                let of_parent = derive::column_id(&way.parent, &column.id.name);
                self.parents.borrow_mut().insert((column.id.clone(), of_parent));
                self_contained = way.self_contained;
                way.expression
            }
        };
        Some(Fill { expression, constant, batches: self.batches(&column.id), window: self.window, self_contained })
    }

    /// True where a value was given for a column.
    pub fn has(&self, column: &ObjectId) -> bool {
        self.value(column).is_some()
    }

    /// The value of a column before any patch has run, as SQL over a row of its
    /// table, which goes by its bare name.
    pub fn measured(&self, column: &ObjectId) -> Option<String> {
        let (key, value) = self.value(column)?;
        Some(match value {
            Value::Expression(expression) => expression.clone(),
            Value::Constant(text) => {
                let (expected, actual) = self.catalogs;
                let known = expected.get(column).or_else(|| actual.get(column));
                cast(text, known.and_then(|column| column.text("type")))
            }
            Value::Via { parent, column: by } => self.way(key, column, parent, by)?.measured?,
        })
    }

    /// How a value was written, for messages.
    pub fn words(&self, column: &ObjectId) -> Option<String> {
        Some(match self.value(column)?.1 {
            Value::Constant(text) | Value::Expression(text) => text.clone(),
            Value::Via { parent, column } => format!("{parent} via {column}"),
        })
    }

    fn value(&self, column: &ObjectId) -> Option<(&'a str, &Value)> {
        let named = self.values.iter().filter(|(key, _)| self.names(key, column));
        named.max_by_key(|(key, _)| key.len()).map(|(key, value)| (*key, value))
    }

    /// What `PARENT via COLUMN` means for a column; a fault is remembered.
    fn way(&self, key: &'a str, column: &ObjectId, parent: &str, by: &str) -> Option<Way> {
        let fault = |fault: String| {
            self.faults.borrow_mut().insert(key, format!("`{parent} via {by}`: {fault}"));
            None
        };
        let Some(tenancy) = &self.options.tenancy else {
            return fault("the spec says nothing about tenants".to_owned());
        };
        if column.name != tenancy.column.as_str().into() {
            return fault(format!("it gives a tenant, and {} is another column", column.dotted()));
        }
        // Tables may name each other in a circle.
        if self.depth.get() > 6 {
            return fault("it leads in a circle".to_owned());
        }
        self.depth.set(self.depth.get() + 1);
        let (expected, actual) = self.catalogs;
        let known = |table: &ObjectId| self.measured(&derive::column_id(table, &tenancy.column));
        let table = ObjectId::new(ObjectKind::Table, &column.schema, "", &column.parent);
        let way = derive::via(&Ground { actual, expected, tenancy, known: &known }, &table, parent, by);
        self.depth.set(self.depth.get() - 1);
        match way {
            Ok(way) => Some(way),
            Err(words) => fault(words),
        }
    }

    /// How the rows of a column's table are written: many of them in batches.
    fn batches(&self, column: &ObjectId) -> Option<Batches> {
        let (_, actual) = self.catalogs;
        let rows = match self.options.batch_rows {
            0 => BATCH_ROWS,
            rows => rows,
        };
        let many = actual.rows_of(&column.schema, &column.parent).is_none_or(|n| n > MANY * rows);
        if !(many || self.window) {
            return None;
        }
        let table = ObjectId::new(ObjectKind::Table, &column.schema, "", &column.parent);
        let typed = |name: String| {
            let of_type = actual.get(&derive::column_id(&table, &name))?.text("type")?.to_owned();
            Some((name, of_type))
        };
        let key: Vec<(String, String)> = probes::key_of(actual, &table).into_iter().filter_map(typed).collect();
        let name = table.qualified();
        let tables = actual.of_kind(ObjectKind::Table);
        // What inherits has keys of its own: one key may mean several rows.
        if tables.iter().any(|other| other.list("inherits").iter().any(|parent| **parent == *name)) {
            return None;
        }
        // Where a row lies is searched from 14 on, and means nothing across partitions.
        let whole = actual.get(&table).is_some_and(|table| table.text("partition_key").is_none());
        (!key.is_empty() || whole && actual.server_version >= 140000).then_some(Batches { key, rows })
    }

    /// `table`, `schema.table`, `table.column` and `schema.table.column`; a
    /// table alone means its tenant column.
    fn names(&self, key: &str, id: &ObjectId) -> bool {
        let table = format!("{}.{}", id.schema, id.parent);
        let tenant = self.tenant_column().is_none_or(|column| column == &*id.name);
        (tenant && (key == &*id.parent || key == table))
            || key == format!("{}.{}", id.parent, id.name)
            || key == format!("{table}.{}", id.name)
    }

    /// Refuses a way that leads nowhere, and a key that no column asked for.
    pub fn refuse_unused(&self) -> Result<()> {
        if let Some((key, fault)) = self.faults.borrow().first_key_value() {
            let help =
                "write PARENT via COLUMN, where a row of PARENT has a tenant and COLUMN names that row, or sql: …";
            return Err(failure(format!("--backfill {key}: {fault}"), help));
        }
        let used = self.used.borrow();
        let Some(key) = self.values.keys().find(|key| !used.contains(*key) && !self.standing.contains(*key)) else {
            return Ok(());
        };
        let asked = self.asked.borrow();
        let names: Vec<String> = asked.iter().map(|id| self.short(id)).collect();
        let help = match names.as_slice() {
            [] => "leave --backfill out: no column needs a value for rows that exist".to_owned(),
            names => format!("columns that need a value: {}", names.join(", ")),
        };
        Err(failure(format!("--backfill {key}: no column of that name needs a value for rows that exist"), help))
    }

    /// The shortest key that means a column.
    fn short(&self, id: &ObjectId) -> String {
        match self.tenant_column() {
            Some(column) if column == &*id.name => id.parent.to_string(),
            Some(_) | None => format!("{}.{}", id.parent, id.name),
        }
    }

    /// The columns that name a parent: a clone needs values there, key or not.
    pub fn names_of_parents(&self) -> BTreeSet<ObjectId> {
        self.names.borrow().clone()
    }

    /// Columns, each with that of the parent whose values it takes.
    pub fn parents(&self) -> BTreeSet<(ObjectId, ObjectId)> {
        self.parents.borrow().clone()
    }

    /// The constants that were handed out, as literals without a cast.
    pub fn constants(&self) -> BTreeMap<ObjectId, String> {
        self.constants.borrow().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;
    use crate::plan::tenant::TenantInfo;

    fn column(table: &str, name: &str) -> Object {
        let data_type = kinds::attribute(ObjectKind::Column, "type").expect("declared");
        let id = ObjectId::new(ObjectKind::Column, "public", table, name);
        Object::new(id, vec![(data_type, crate::model::object::Value::Text("uuid".into()))])
    }

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
    }

    fn options(given: &[(&str, &str)], standing: &[(&str, &str)]) -> Options {
        let registry = ("public".to_owned(), "tenants".to_owned());
        let tenant = TenantInfo { registry, key: "id".into(), column: "tenant_id".into() };
        let (backfill, standing_backfill) = (map(given), map(standing));
        Options { backfill, standing_backfill, tenant: Some(tenant), ..Options::default() }
    }

    #[test]
    fn a_key_is_a_table_or_a_column() {
        let catalog = Catalog::default();
        for key in ["w", "public.w", "w.tenant_id", "public.w.tenant_id"] {
            let options = options(&[(key, "7")], &[]);
            let backfill = Backfill::new(&catalog, &catalog, &options, false).unwrap();
            assert_eq!(backfill.fill(&column("w", "tenant_id")).unwrap().expression, "'7'::uuid", "{key}");
            assert_eq!(backfill.fill(&column("v", "tenant_id")), None);
            assert_eq!(backfill.fill(&column("w", "other")), None);
            backfill.refuse_unused().unwrap();
        }
    }

    #[test]
    fn a_key_that_nothing_asked_for_is_refused_unless_it_stands_in_a_file() {
        let catalog = Catalog::default();
        let given = options(&[("workflow", "7")], &[]);
        let backfill = Backfill::new(&catalog, &catalog, &given, false).unwrap();
        backfill.fill(&column("workflows", "tenant_id"));
        let error = backfill.refuse_unused().unwrap_err();
        assert_eq!(crate::model::failure::help(&error), Some("columns that need a value: workflows"));
        let standing = options(&[], &[("workflow", "7")]);
        Backfill::new(&catalog, &catalog, &standing, false).unwrap().refuse_unused().unwrap();
    }
}
