//! Values made up from types, keys and checks: what a row needs to be accepted.
//! Used where rows are invented, for the clone that a patch is proved on and
//! for the tenants of an isolation proof.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::catalog::Catalog;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;

/// The column that a column refers to: schema, table, column.
pub type Target = (String, String, String);

/// What a catalog says about the values of its columns.
pub struct Values<'a> {
    pub catalog: &'a Catalog,
    /// By the type's name as columns print it.
    types: BTreeMap<String, &'a Object>,
    references: BTreeMap<&'a ObjectId, Target>,
}

impl<'a> Values<'a> {
    pub fn new(catalog: &'a Catalog) -> Self {
        let types = [ObjectKind::Enum, ObjectKind::Domain].iter().flat_map(|kind| catalog.of_kind(*kind));
        let mut references = BTreeMap::new();
        for key in catalog.of_kind(ObjectKind::ForeignKey) {
            let named = |column: &str| ObjectId::new(ObjectKind::Column, &key.id.schema, &key.id.parent, column);
            let target = key.text("references").and_then(|name| relation(catalog, name));
            let Some((schema, table)) = target else { continue };
            for (column, referenced) in key.list("columns").iter().zip(key.list("referenced_columns")) {
                if let Some(column) = catalog.get(&named(column)) {
                    references.entry(&column.id).or_insert((schema.clone(), table.clone(), referenced.to_string()));
                }
            }
        }
        Values { catalog, types: types.map(|object| (object.id.qualified(), object)).collect(), references }
    }

    /// The columns of a table.
    pub fn columns(&self, table: &Object) -> &'a [Object] {
        self.catalog.children(ObjectKind::Column, &table.id.schema, &table.id.name)
    }

    /// The column that a foreign key makes a column repeat.
    pub fn reference(&self, column: &Object) -> Option<&Target> {
        self.references.get(&column.id)
    }

    /// The enum or domain of a column's type.
    pub fn user_type(&self, data_type: &str) -> Option<&'a Object> {
        self.types.get(data_type).copied()
    }

    /// The columns that a made-up row states: those without a default that must
    /// not be NULL, those of keys, and those that refer to other rows.
    pub fn needed(&self, table: &Object) -> Vec<&'a Object> {
        let keys = self.key_columns(table);
        let needed = |column: &&Object| {
            column.attributes.get("generated").is_none()
                && (super::additive::must_be_given(column)
                    || keys.contains(&*column.id.name)
                    || self.references.contains_key(&column.id))
        };
        self.columns(table).iter().filter(needed).collect()
    }

    /// Columns whose values tell rows apart.
    pub fn key_columns(&self, table: &Object) -> BTreeSet<String> {
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
    pub fn pools(&self, table: &Object) -> BTreeMap<String, Pool> {
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

    /// The value of a type in row `n`, as SQL.
    pub fn of_type(&self, data_type: &str, n: usize) -> String {
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

/// An INSERT with these values, as SQL.
pub fn insert(table: &Object, columns: &[&Object], values: &[String]) -> String {
    let name = table.id.qualified();
    if columns.is_empty() {
        return format!("INSERT INTO {name} DEFAULT VALUES;");
    }
    let names: Vec<String> = columns.iter().map(|column| quote(&column.id.name)).collect();
    let given_out = columns.iter().any(|column| column.attributes.get("identity").is_some());
    let overriding = if given_out { " OVERRIDING SYSTEM VALUE" } else { "" };
    format!("INSERT INTO {name} ({}){overriding} VALUES ({});", names.join(", "), values.join(", "))
}

/// Values that a column's checks may accept.
#[derive(Default)]
pub struct Pool {
    /// More likely than one made up from the type.
    pub before: Vec<String>,
    pub after: Vec<String>,
}

impl Pool {
    /// A list of texts is the list of what is allowed; numbers are bounds, and
    /// a pattern's text is no value at all.
    pub fn read(&mut self, definition: &str) {
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
pub fn literals(expression: &str) -> Vec<String> {
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

    #[test]
    fn values_fit_their_types() {
        assert_eq!(built_in("extensions.vector(3)", 1), "'[0,0,0]'");
        assert_eq!(built_in("character varying(2)", 12), "'12'");
        assert_eq!(built_in("timestamp with time zone", 1), "'2000-01-02 00:00:00+00'");
        assert_eq!(built_in("text[]", 1), "'{}'");
        assert_eq!(literals("(a1 > 5 AND b = 'x''y')"), ["5", "'x'", "'y'"]);
    }
}
