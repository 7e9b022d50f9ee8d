//! Rows for a clone: made up from types, so that a patch meets tables that are
//! not empty. Meant to run with `session_replication_role = replica`, where
//! foreign keys and triggers are silent but checks, keys and NOT NULL hold.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::catalog::Catalog;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::plan::order;

/// One row to insert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedStatement {
    pub schema: String,
    pub table: String,
    /// From 1.
    pub row: usize,
    /// INSERT statements to try one after the other until one is accepted:
    /// checks can be read only so far.
    pub candidates: Vec<String>,
}

/// How many ways to fill one row are offered.
const CANDIDATES: usize = 40;

/// How far a foreign key is followed to the value it points at.
const HOPS: usize = 8;

/// Made-up rows for the tables that `only` accepts; what rows refer to comes
/// first. `fixed` are values, as SQL, that a column has in its first rows: the
/// tenants that a patch expects ([`crate::plan::additive::AdditivePlan::assumed`]).
pub fn seed(
    catalog: &Catalog,
    rows_per_table: usize,
    only: &dyn Fn(&ObjectId) -> bool,
    fixed: &BTreeMap<ObjectId, Vec<String>>,
) -> Vec<SeedStatement> {
    let seeder = Seeder::new(catalog, fixed);
    let mut statements = Vec::new();
    for (schema, table) in order::relations(catalog) {
        let id = ObjectId::new(ObjectKind::Table, schema, "", table);
        let Some(object) = catalog.get(&id) else { continue };
        // A row of a partition goes in through its parent.
        if object.text("partition_of").is_some() || !only(&id) {
            continue;
        }
        let columns = fixed.iter().filter(|(column, _)| column.group() == (schema, table));
        let rows = columns.map(|(_, values)| values.len()).max().unwrap_or(0).max(rows_per_table);
        for row in 1..=rows {
            let candidates = seeder.row(object, row);
            statements.push(SeedStatement { schema: schema.to_owned(), table: table.to_owned(), row, candidates });
        }
    }
    statements
}

/// The column that a column refers to: schema, table, column.
type Target = (String, String, String);

struct Seeder<'a> {
    catalog: &'a Catalog,
    /// By the type's name as columns print it.
    types: BTreeMap<String, &'a Object>,
    references: BTreeMap<&'a ObjectId, Target>,
    fixed: &'a BTreeMap<ObjectId, Vec<String>>,
}

impl<'a> Seeder<'a> {
    fn new(catalog: &'a Catalog, fixed: &'a BTreeMap<ObjectId, Vec<String>>) -> Self {
        let types = [ObjectKind::Enum, ObjectKind::Domain].iter().flat_map(|kind| catalog.of_kind(*kind));
        let mut references = BTreeMap::new();
        for key in catalog.of_kind(ObjectKind::ForeignKey) {
            let named = |column: &str| ObjectId::new(ObjectKind::Column, &key.id.schema, &key.id.parent, column);
            let target = key.text("references").and_then(|name| relation(catalog, name));
            let Some((schema, table)) = target else { continue };
            let own = (&*key.id.schema, &*key.id.parent) == (schema.as_str(), table.as_str());
            for (column, referenced) in key.list("columns").iter().zip(key.list("referenced_columns")) {
                // A row that may stand alone is not made its own parent: checks often refuse that.
                let stands_alone = |column: &&Object| own && !column.flag("not_null");
                if let Some(column) = catalog.get(&named(column)).filter(|column| !stands_alone(column)) {
                    references.entry(&column.id).or_insert((schema.clone(), table.clone(), referenced.to_string()));
                }
            }
        }
        Seeder { catalog, types: types.map(|object| (object.id.qualified(), object)).collect(), references, fixed }
    }

    fn columns(&self, table: &Object) -> &'a [Object] {
        self.catalog.children(ObjectKind::Column, &table.id.schema, &table.id.name)
    }

    /// All the ways to write row `n` of a table.
    fn row(&self, table: &Object, n: usize) -> Vec<String> {
        let keys = self.key_columns(table);
        let pools = self.pools(table);
        let needed = |column: &&Object| {
            column.attributes.get("generated").is_none()
                && (super::additive::must_be_given(column)
                    || keys.contains(&*column.id.name)
                    || self.references.contains_key(&column.id)
                    || self.fixed.contains_key(&column.id))
        };
        let columns: Vec<&Object> = self.columns(table).iter().filter(needed).collect();
        let choices: Vec<Vec<String>> = columns
            .iter()
            .map(|column| {
                let own = self.value(column, n, HOPS);
                let pool = pools.get(&*column.id.name).filter(|_| !self.references.contains_key(&column.id));
                let (before, after) = pool.map(|pool| (&*pool.before, &*pool.after)).unwrap_or_default();
                [before, &[own], after].concat()
            })
            .collect();
        combinations(&choices).into_iter().map(|values| insert(table, &columns, &values)).collect()
    }

    /// Columns whose values tell rows apart.
    fn key_columns(&self, table: &Object) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for kind in [ObjectKind::PrimaryKey, ObjectKind::Unique] {
            for key in self.catalog.children(kind, &table.id.schema, &table.id.name) {
                names.extend(key.list("columns").iter().map(|name| name.to_string()));
            }
        }
        for index in self.catalog.children(ObjectKind::Index, &table.id.schema, &table.id.name) {
            if index.flag("unique") {
                let known = self.columns(table).iter().map(|column| column.id.name.to_string());
                names.extend(known.filter(|name| index.list("keys").iter().any(|key| **key == *quote(name))));
            }
        }
        names
    }

    /// Values that checks and partitions speak of, by column.
    fn pools(&self, table: &Object) -> BTreeMap<String, Pool> {
        let mut pools: BTreeMap<String, Pool> = BTreeMap::new();
        for check in self.catalog.children(ObjectKind::Check, &table.id.schema, &table.id.name) {
            for column in check.list("columns") {
                pools.entry(column.to_string()).or_default().read(check.text("definition").unwrap_or_default());
            }
        }
        if let Some(key) = table.text("partition_key") {
            let name = table.id.qualified();
            let parts = self.catalog.of_kind(ObjectKind::Table).iter();
            let bounds = parts.filter(|part| part.text("partition_of") == Some(&name));
            let values: Vec<String> =
                bounds.flat_map(|part| literals(part.text("partition_bound").unwrap_or_default())).collect();
            for column in self.columns(table).iter().filter(|column| key.contains(&quote(&column.id.name))) {
                pools.entry(column.id.name.to_string()).or_default().before.extend(values.iter().cloned());
            }
        }
        pools
    }

    /// The value of a column in row `n`, as SQL. A column that refers to
    /// another has the value of that one in its row `n`.
    fn value(&self, column: &Object, n: usize, hops: usize) -> String {
        if let (Some((schema, table, name)), 1..) = (self.references.get(&column.id), hops) {
            let target = ObjectId::new(ObjectKind::Column, schema, table, name);
            if let Some(target) = self.catalog.get(&target).filter(|target| target.id != column.id) {
                return self.value(target, n, hops - 1);
            }
        }
        match self.fixed.get(&column.id).and_then(|values| values.get(n - 1)) {
            Some(value) => value.clone(),
            None => self.of_type(column.text("type").unwrap_or("text"), n),
        }
    }

    fn of_type(&self, data_type: &str, n: usize) -> String {
        match self.types.get(data_type) {
            Some(enumeration) if enumeration.id.kind == ObjectKind::Enum => {
                let labels = enumeration.list("labels");
                let label = labels.get((n - 1) % labels.len().max(1));
                label.map_or("NULL".to_owned(), |label| literal(label))
            }
            Some(domain) => self.of_type(domain.text("type").unwrap_or("text"), n),
            None => built_in(data_type, n),
        }
    }
}

/// The table of a quoted, qualified name.
fn relation(catalog: &Catalog, name: &str) -> Option<(String, String)> {
    let table = catalog.of_kind(ObjectKind::Table).iter().find(|table| table.id.qualified() == name)?;
    Some((table.id.schema.to_string(), table.id.name.to_string()))
}

fn insert(table: &Object, columns: &[&Object], values: &[String]) -> String {
    let name = table.id.qualified();
    if columns.is_empty() {
        return format!("INSERT INTO {name} DEFAULT VALUES;");
    }
    let names: Vec<String> = columns.iter().map(|column| quote(&column.id.name)).collect();
    format!("INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE VALUES ({});", names.join(", "), values.join(", "))
}

/// Choices of one value per column, the first of each first; as many as are offered.
fn combinations(choices: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut at = vec![0usize; choices.len()];
    let mut all = Vec::new();
    while all.len() < CANDIDATES {
        all.push(choices.iter().zip(&at).map(|(values, i)| values[*i].clone()).collect());
        let Some(next) = (0..choices.len()).find(|i| at[*i] + 1 < choices[*i].len()) else { break };
        at[..next].fill(0);
        at[next] += 1;
    }
    all
}

/// Values that a column's checks may accept.
#[derive(Default)]
struct Pool {
    /// More likely than one made up from the type.
    before: Vec<String>,
    after: Vec<String>,
}

impl Pool {
    /// A list of texts is the list of what is allowed; numbers are bounds, and
    /// a pattern's text is no value at all.
    fn read(&mut self, definition: &str) {
        if definition.contains('~') {
            self.after.extend(["seed-1@example.org", "https://example.org/1", "AA", "#000000", "a1", "1"].map(literal));
            return;
        }
        for value in literals(definition) {
            match value.parse::<i64>() {
                Ok(n) => self.after.extend([n, n.saturating_add(1), n.saturating_sub(1)].map(|n| n.to_string())),
                Err(_) => self.before.push(value),
            }
        }
    }
}

/// The string and number literals in an expression, as SQL.
fn literals(expression: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' => {
                let end = rest[1..].find('\'').map_or(rest.len(), |end| end + 2);
                found.push(rest[..end].to_owned());
                end
            }
            c if c.is_ascii_digit() => {
                let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
                found.push(rest[..end].to_owned());
                end
            }
            // A digit in a name is no number.
            c if c.is_alphabetic() || c == '_' => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            other => other.len_utf8(),
        };
        rest = &rest[length..];
    }
    found
}

/// A value of a type that comes with the server or a common extension.
fn built_in(data_type: &str, n: usize) -> String {
    if data_type.ends_with("[]") {
        return "'{}'".to_owned();
    }
    let (name, modifier) = match data_type.split_once('(') {
        Some((name, rest)) => (name, rest.split([',', ')']).next().and_then(|m| m.trim().parse::<usize>().ok())),
        None => (data_type, None),
    };
    // An extension's type is qualified wherever the extension lives.
    match name.rsplit('.').next().unwrap_or(name) {
        "uuid" => format!("'00000000-0000-4000-8000-{n:012}'"),
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" | "oid" => n.to_string(),
        "money" => format!("'{n}'"),
        "boolean" => if n.is_multiple_of(2) { "true" } else { "false" }.to_owned(),
        "date" => format!("'2000-01-{:02}'", 1 + n % 28),
        "time" | "time without time zone" | "time with time zone" => format!("'00:00:{:02}'", n % 60),
        name if name.starts_with("timestamp") => format!("'2000-01-{:02} 00:00:00+00'", 1 + n % 28),
        "interval" => format!("'{n} seconds'"),
        "json" | "jsonb" => "'{}'".to_owned(),
        "bytea" => format!("'\\x{n:04x}'"),
        "inet" | "cidr" => format!("'10.0.{}.{}'", n / 256 % 256, n % 256),
        "macaddr" => format!("'02:00:00:00:00:{:02x}'", n % 256),
        "bit" | "bit varying" => format!("B'{}'", "0".repeat(modifier.unwrap_or(1))),
        "vector" | "halfvec" => format!("'[{}]'", vec!["0"; modifier.unwrap_or(3)].join(",")),
        "sparsevec" => format!("'{{}}/{}'", modifier.unwrap_or(3)),
        "tsvector" | "tsquery" | "hstore" => "''".to_owned(),
        "point" => format!("'({n},{n})'"),
        "xml" => "'<a/>'".to_owned(),
        "geometry" | "geography" => "'POINT(0 0)'".to_owned(),
        "ltree" => format!("'seed_{n}'"),
        "\"char\"" => "'a'".to_owned(),
        name if name.ends_with("multirange") => "'{}'".to_owned(),
        name if name.ends_with("range") => "'empty'".to_owned(),
        // Text, and types that may take it.
        _ => text(n, modifier),
    }
}

/// A text that fits into `limit` characters and differs from row to row.
fn text(n: usize, limit: Option<usize>) -> String {
    let whole = format!("seed-{n}");
    let start = limit.map_or(0, |limit| whole.len().saturating_sub(limit));
    literal(&whole[start..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;
    use crate::model::catalog::Dependency;
    use crate::model::object::Value;

    fn object(kind: ObjectKind, parent: &str, name: &str, values: &[(&str, Value)]) -> Object {
        let attribute = |name: &str| kinds::attribute(kind, name).expect("declared");
        let values = values.iter().map(|(name, value)| (attribute(name), value.clone())).collect();
        Object::new(ObjectId::new(kind, "public", parent, name), values)
    }

    fn column(table: &str, name: &str, data_type: &str) -> Object {
        let values = [("type", Value::Text(data_type.into())), ("not_null", Value::Bool(true))];
        object(ObjectKind::Column, table, name, &values)
    }

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| (*item).into()).collect())
    }

    #[test]
    fn a_row_refers_to_its_parents_row_and_takes_literals_from_checks() {
        let definition = "CHECK ((mode = ANY (ARRAY['private'::text, 'global'::text])))";
        let objects = vec![
            object(ObjectKind::Table, "", "child", &[]),
            column("child", "id", "bigint"),
            column("child", "mode", "text"),
            column("child", "parent_id", "uuid"),
            object(
                ObjectKind::Check,
                "child",
                "mode",
                &[("definition", Value::Text(definition.into())), ("columns", list(&["mode"]))],
            ),
            object(
                ObjectKind::ForeignKey,
                "child",
                "fk",
                &[
                    ("columns", list(&["parent_id"])),
                    ("references", Value::Text("public.parent".into())),
                    ("referenced_columns", list(&["id"])),
                ],
            ),
            object(ObjectKind::Table, "", "parent", &[]),
            column("parent", "id", "uuid"),
        ];
        let catalog = Catalog::new(150000, objects, vec![Dependency { from: 5, to: 7, owned: false }]).unwrap();
        let rows = seed(&catalog, 1, &|_| true, &BTreeMap::new());
        let first: Vec<&str> = rows.iter().map(|row| row.candidates[0].as_str()).collect();
        assert_eq!(
            first,
            [
                "INSERT INTO public.parent (id) OVERRIDING SYSTEM VALUE VALUES \
                 ('00000000-0000-4000-8000-000000000001');",
                "INSERT INTO public.child (id, mode, parent_id) OVERRIDING SYSTEM VALUE VALUES \
                 (1, 'private', '00000000-0000-4000-8000-000000000001');",
            ]
        );
        assert_eq!(rows[1].candidates.len(), 3);
        let key = ObjectId::new(ObjectKind::Column, "public", "parent", "id");
        let fixed = BTreeMap::from([(key, vec!["'a'".to_owned(), "'b'".to_owned()])]);
        let rows = seed(&catalog, 1, &|_| true, &fixed);
        let values: Vec<&str> =
            rows.iter().map(|row| row.candidates[0].split_once("VALUES ").expect("has values").1).collect();
        assert_eq!(values, ["('a');", "('b');", "(1, 'private', 'a');"]);
        assert_eq!(seed(&catalog, 2, &|id| &*id.name == "parent", &BTreeMap::new()).len(), 2);
    }

    #[test]
    fn values_fit_their_types() {
        assert_eq!(built_in("extensions.vector(3)", 1), "'[0,0,0]'");
        assert_eq!(built_in("character varying(2)", 12), "'12'");
        assert_eq!(built_in("timestamp with time zone", 1), "'2000-01-02 00:00:00+00'");
        assert_eq!(built_in("text[]", 1), "'{}'");
        assert_eq!(literals("(a1 > 5 AND b = 'x''y')"), ["5", "'x'", "'y'"]);
    }
}
