//! Rows that outlive a reset: put aside in a schema of their own before the
//! drop, and put back where they fit afterwards. Pure text.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;

use crate::model::catalog::Catalog;
use crate::model::ident::comment_line;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::dollar_quote;
use crate::plan::order;
use crate::plan::tenant;
use crate::plan::tenant::TenantInfo;

/// The schema in which rows wait.
pub const SCHEMA: &str = "drift_kept";

/// Longest name that a server takes, in bytes.
const LONGEST: usize = 63;

/// What the rows are put aside from, and back into.
pub struct Input<'a> {
    pub actual: &'a Catalog,
    /// What is there after the reset.
    pub target: &'a Catalog,
    pub managed: &'a BTreeSet<String>,
    /// `TABLE` (its tenant column) or `TABLE.COLUMN` → SQL, for what has no value or lacks one.
    pub values: &'a BTreeMap<String, String>,
    pub tenant: Option<&'a TenantInfo>,
    /// Columns and values of a tenant to create first; empty: none.
    pub create_tenant: &'a [(String, String)],
}

impl Input<'_> {
    fn is_tenant_column(&self, column: &Object) -> bool {
        self.tenant.is_some_and(|tenant| *tenant.column == *column.id.name)
    }

    fn registry(&self) -> Option<ObjectId> {
        let (schema, table) = &self.tenant?.registry;
        Some(ObjectId::new(ObjectKind::Table, schema, "", table))
    }
}

/// Both halves, and what becomes of each table's rows.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// For the transaction that drops.
    pub aside: String,
    /// A transaction of its own, after the SQL has run.
    pub back: String,
    pub tables: Vec<KeptTable>,
}

impl Kept {
    /// Columns that must hold a value in the rows that are put back, and need not yet.
    pub fn filled_by_rows(&self, target: &Catalog, actual: &Catalog) -> Vec<ObjectId> {
        let mut columns = Vec::new();
        for table in self.tables.iter().filter(|table| matches!(table.fate, Fate::Back { .. })) {
            let new = target.children(ObjectKind::Column, &table.id.schema, &table.id.name);
            let nullable = |id: &ObjectId| actual.get(id).is_some_and(|old| !old.flag("not_null"));
            columns.extend(new.iter().filter(|c| c.flag("not_null") && nullable(&c.id)).map(|c| c.id.clone()));
        }
        columns
    }
}

/// A table whose rows are put aside.
#[derive(Debug, Clone)]
pub struct KeptTable {
    pub id: ObjectId,
    /// Its name in [`SCHEMA`].
    pub aside: String,
    pub fate: Fate,
}

/// What becomes of rows after the reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// They are put back; these columns have no place any more.
    Back { without: Vec<String> },
    /// They stay aside, for this reason.
    Aside(String),
}

/// Plans both halves for every table of the managed schemas that holds rows, or may.
///
/// # Errors
/// The tenant to create is none that its registry could hold.
pub fn keep(input: &Input) -> Result<Kept> {
    let mut kept = Kept::default();
    let mut taken = BTreeSet::new();
    let mut back = BTreeMap::new();
    for table in input.actual.of_kind(ObjectKind::Table) {
        let rows = input.actual.rows_of(&table.id.schema, &table.id.name);
        // The rows of a partition are those of its parent.
        if !input.managed.contains(&*table.id.schema) || table.text("partition_of").is_some() || rows == Some(0) {
            continue;
        }
        let aside = free_name(&table.id, &mut taken);
        kept.aside.push_str(&put_aside(input, table, &aside));
        let fate = match put_back(input, table, &aside) {
            Ok((sql, without)) => {
                back.insert(table.id.clone(), sql);
                Fate::Back { without }
            }
            Err(reason) => Fate::Aside(reason),
        };
        kept.tables.push(KeptTable { id: table.id.clone(), aside, fate });
    }
    if !kept.aside.is_empty() {
        kept.aside = format!(
            "-- The rows, put aside: {SCHEMA} is not dropped.\nSET LOCAL row_security = off;\nCREATE SCHEMA {SCHEMA};\n{}\n",
            kept.aside
        );
        kept.back = transaction(input, &back, &kept.tables)?;
    }
    Ok(kept)
}

fn free_name(id: &ObjectId, taken: &mut BTreeSet<String>) -> String {
    let whole = format!("{}.{}", id.schema, id.name);
    let cut = |text: &str, max: usize| {
        let end = (0..=max.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text[..end].to_owned()
    };
    let mut name = cut(&whole, LONGEST);
    let mut n = 1;
    while !taken.insert(name.clone()) {
        n += 1;
        let end = format!("~{n}");
        name = cut(&whole, LONGEST - end.len()) + &end;
    }
    name
}

fn stored(column: &&Object) -> bool {
    column.text("generated").is_none()
}

/// A type of the managed schemas goes with them: its values wait as text.
fn waits_as_text(column: &Object) -> bool {
    column.text("type").is_some_and(|name| name.contains('.'))
}

fn put_aside(input: &Input, table: &Object, aside: &str) -> String {
    let name = table.id.qualified();
    let columns = input.actual.children(ObjectKind::Column, &table.id.schema, &table.id.name);
    let columns: Vec<String> = columns
        .iter()
        .filter(stored)
        .map(|column| match waits_as_text(column) {
            true => format!("{0}::text AS {0}", quote(&column.id.name)),
            false => quote(&column.id.name),
        })
        .collect();
    let mut text = String::new();
    if table.flag("force_row_security") {
        // Else its owner would put aside only what a policy shows.
        text.push_str(&format!("ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY;\n"));
    }
    let only = if table.text("partition_key").is_some() { "" } else { "ONLY " };
    text.push_str(&format!(
        "CREATE TABLE {SCHEMA}.{} AS SELECT {} FROM {only}{name};\n",
        quote(aside),
        columns.join(", ")
    ));
    text
}

/// The INSERT that puts a table's rows back, and the columns that have no place; or why they cannot go back.
fn put_back(input: &Input, table: &Object, aside: &str) -> std::result::Result<(String, Vec<String>), String> {
    let Some(target) = input.target.get(&table.id) else {
        return Err("no such table is there after the reset".to_owned());
    };
    let (schema, name) = (&table.id.schema, &table.id.name);
    let old = input.actual.children(ObjectKind::Column, schema, name);
    let new = input.target.children(ObjectKind::Column, schema, name);
    let was = |column: &Object| old.iter().filter(stored).find(|old| old.id.name == column.id.name);
    let mut columns = Vec::new();
    let mut values = Vec::new();
    let mut always = false;
    for column in new.iter().filter(stored) {
        let value = value(input, column, was(column))?;
        let Some(value) = value else { continue };
        always |= column.text("identity").is_some();
        columns.push(quote(&column.id.name));
        values.push(value);
    }
    let has = |column: &&Object| new.iter().filter(stored).any(|new| new.id.name == column.id.name);
    let without = old.iter().filter(stored).filter(|column| !has(column)).map(|c| c.id.name.to_string()).collect();
    if columns.is_empty() {
        return Err("it has no column in common with the table after the reset".to_owned());
    }
    let overriding = if always { " OVERRIDING SYSTEM VALUE" } else { "" };
    let sql = format!(
        "INSERT INTO {}\n  ({}){overriding}\n  SELECT {}\n  FROM {SCHEMA}.{} AS k\n  ON CONFLICT DO NOTHING;\n",
        target.id.qualified(),
        columns.join(", "),
        values.join(", "),
        quote(aside),
    );
    Ok((sql, without))
}

/// The expression that fills a column; `None`: its default does.
fn value(input: &Input, column: &Object, was: Option<&Object>) -> std::result::Result<Option<String>, String> {
    let given = given(input, column);
    let kind = column.text("type").unwrap_or("text");
    match (was, given) {
        (Some(was), given) => {
            let name = format!("k.{}", quote(&column.id.name));
            let same = was.text("type") == Some(kind) && !waits_as_text(was);
            let value = if same { name } else { format!("{name}::{kind}") };
            Ok(Some(match given.filter(|_| column.flag("not_null")) {
                Some(given) => format!("COALESCE({value}, {given})"),
                None => value,
            }))
        }
        (None, Some(given)) => Ok(Some(given)),
        (None, None) => {
            let has_default = column.text("default").is_some() || column.text("identity").is_some();
            let is_tenant = input.is_tenant_column(column);
            match column.flag("not_null") && (!has_default || is_tenant) {
                true => {
                    let key = if is_tenant {
                        column.id.parent.to_string()
                    } else {
                        format!("{}.{}", column.id.parent, column.id.name)
                    };
                    Err(format!("nothing says what {} is for them: --backfill {key}=VALUE", column.id.name))
                }
                false => Ok(None),
            }
        }
    }
}

fn given(input: &Input, column: &Object) -> Option<String> {
    let (schema, table) = (&column.id.schema, &column.id.parent);
    let by = |key: String| input.values.get(&key);
    let tenant = input.is_tenant_column(column).then_some(());
    let found = by(format!("{table}.{}", column.id.name))
        .or_else(|| by(format!("{schema}.{table}.{}", column.id.name)))
        .or_else(|| tenant.and_then(|()| by(table.to_string()).or_else(|| by(format!("{schema}.{table}")))));
    found.cloned()
}

/// All rows back in one transaction: what a foreign key points at first, triggers and forced policies silent meanwhile.
fn transaction(input: &Input, back: &BTreeMap<ObjectId, String>, tables: &[KeptTable]) -> Result<String> {
    let mut text = String::from(
        "-- Puts the rows back that 01_drop.sql has put aside. One transaction: all of it happens, or nothing.\n\
         BEGIN;\nSET LOCAL lock_timeout = '10s';\nRESET search_path;\n\n",
    );
    let mut after = String::new();
    let registry = input.registry().filter(|_| !input.create_tenant.is_empty());
    let filled: BTreeSet<&ObjectId> = back.keys().chain(&registry).collect();
    for id in filled {
        let Some(table) = input.target.get(id) else { continue };
        if table.flag("force_row_security") {
            text.push_str(&format!("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY;\n", id.qualified()));
            after.push_str(&format!("ALTER TABLE {} FORCE ROW LEVEL SECURITY;\n", id.qualified()));
        }
        for trigger in input.target.children(ObjectKind::Trigger, &id.schema, &id.name) {
            let again = match trigger.text("enabled") {
                Some("enabled") => "ENABLE TRIGGER",
                Some("always") => "ENABLE ALWAYS TRIGGER",
                _ => continue,
            };
            let name = quote(&trigger.id.name);
            text.push_str(&format!("ALTER TABLE {} DISABLE TRIGGER {name};\n", id.qualified()));
            after.push_str(&format!("ALTER TABLE {} {again} {name};\n", id.qualified()));
        }
    }
    if let (Some(tenant), Some(_)) = (input.tenant, &registry) {
        let row = tenant::row(tenant, input.target, input.create_tenant)?;
        text.push_str(&format!("\nINSERT INTO {row}\n  ON CONFLICT DO NOTHING;\n"));
    }
    for (schema, name) in order::relations(input.target) {
        let id = ObjectId::new(ObjectKind::Table, schema, "", name);
        let Some(sql) = back.get(&id) else { continue };
        text.push_str(&format!("\n-- {}\n{sql}", comment_line(&id.dotted())));
        text.push_str(&sequences(input, &id));
    }
    text.push_str(&format!("\nSET CONSTRAINTS ALL IMMEDIATE;\n{after}\n{}COMMIT;\n", counted(tables)));
    Ok(text)
}

/// Numbers go on after the highest that is there.
fn sequences(input: &Input, id: &ObjectId) -> String {
    let numbered = |column: &&Object| {
        column.text("identity").is_some() || column.text("default").is_some_and(|text| text.starts_with("nextval("))
    };
    let columns = input.target.children(ObjectKind::Column, &id.schema, &id.name);
    let mut text = String::new();
    for column in columns.iter().filter(numbered) {
        let name = quote(&column.id.name);
        text.push_str(&format!(
            "SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence({table}, {column}), m.top)\n  \
             FROM (SELECT pg_catalog.max({name}) AS top FROM {sql}) AS m\n  \
             WHERE m.top IS NOT NULL AND pg_catalog.pg_get_serial_sequence({table}, {column}) IS NOT NULL;\n",
            table = literal(&id.qualified()),
            column = literal(&column.id.name),
            sql = id.qualified(),
        ));
    }
    text
}

/// Refuses to commit where rows that were put aside are not all there.
fn counted(tables: &[KeptTable]) -> String {
    let mut body = String::from("DECLARE\n  aside bigint;\n  there bigint;\nBEGIN\n");
    for table in tables.iter().filter(|table| matches!(table.fate, Fate::Back { .. })) {
        body.push_str(&format!(
            "  SELECT pg_catalog.count(*) INTO aside FROM {SCHEMA}.{};\n  SELECT pg_catalog.count(*) INTO there FROM {};\n  \
             IF there < aside THEN\n    RAISE EXCEPTION '% of % rows of % cannot be put back', aside - there, aside, {};\n  END IF;\n",
            quote(&table.aside),
            table.id.qualified(),
            literal(&table.id.dotted()),
        ));
    }
    body.push_str("END");
    format!("DO {};\n", dollar_quote(&body))
}
