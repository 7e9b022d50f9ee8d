//! Rows that migrations insert, where a key made of literals says which they
//! are: what can be looked up, although no schema shows it.

use crate::history::words;
use crate::model::catalog::Catalog;
use crate::model::kind::ObjectKind;
use crate::model::object::Location;
use crate::model::object::Object;

/// The rows of one INSERT, by a key of its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    pub at: Location,
    pub schema: String,
    pub table: String,
    /// The columns of the key.
    pub key: Vec<String>,
    /// For each row the values of the key, as text.
    pub rows: Vec<Vec<String>>,
}

/// Reads `INSERT INTO table (columns) VALUES (…), …`; `None` where it is no such statement, or no key of the
/// table is given by literals in every row. `words` are the statement's tokens.
pub fn seed(words: &[String], at: &Location, catalog: &Catalog) -> Option<Seed> {
    let [insert, into, rest @ ..] = words else { return None };
    if !insert.eq_ignore_ascii_case("INSERT") || !into.eq_ignore_ascii_case("INTO") {
        return None;
    }
    let (schema, table, used) = words::name(rest)?;
    let (columns, rest) = in_parentheses(&rest[used..])?;
    let columns: Vec<String> =
        columns.iter().map(|part| part.first().map(|word| words::bare(word))).collect::<Option<_>>()?;
    let (values, mut rest) = rest.split_first()?;
    if !values.eq_ignore_ascii_case("VALUES") {
        return None;
    }
    let mut rows = Vec::new();
    while let Some((row, after)) = in_parentheses(rest) {
        if row.len() != columns.len() {
            return None;
        }
        rows.push(row);
        rest = after;
        match rest.split_first() {
            Some((comma, more)) if comma == "," => rest = more,
            _ => break,
        }
    }
    // Unqualified, it is the one table of that name.
    let tables: Vec<&Object> = catalog
        .of_kind(ObjectKind::Table)
        .iter()
        .filter(|object| {
            *object.id.name == *table && schema.as_ref().is_none_or(|schema| *object.id.schema == **schema)
        })
        .collect();
    let [found] = tables.as_slice() else { return None };
    let (schema, table) = (found.id.schema.to_string(), found.id.name.to_string());
    let keys = [ObjectKind::PrimaryKey, ObjectKind::Unique]
        .into_iter()
        .flat_map(|kind| catalog.children(kind, &schema, &table));
    for key in keys {
        let names: Vec<String> = key.list("columns").iter().map(ToString::to_string).collect();
        let at_columns: Option<Vec<usize>> =
            names.iter().map(|name| columns.iter().position(|column| column == name)).collect();
        let Some(at_columns) = at_columns.filter(|found| !found.is_empty()) else { continue };
        let row =
            |row: &Vec<Vec<String>>| at_columns.iter().map(|n| literal(&row[*n])).collect::<Option<Vec<String>>>();
        if let Some(rows) = rows.iter().map(row).collect::<Option<Vec<_>>>()
            && !rows.is_empty()
        {
            return Some(Seed { at: at.clone(), schema, table, key: names, rows });
        }
    }
    None
}

/// The parts between commas of what stands in parentheses at the beginning, and what comes after it.
fn in_parentheses(words: &[String]) -> Option<(Vec<Vec<String>>, &[String])> {
    let (open, rest) = words.split_first()?;
    if open != "(" {
        return None;
    }
    let mut parts = vec![Vec::new()];
    let mut depth = 0;
    for (n, word) in rest.iter().enumerate() {
        match word.as_str() {
            ")" if depth == 0 => return Some((parts, &rest[n + 1..])),
            "," if depth == 0 => parts.push(Vec::new()),
            _ => {
                depth += match word.as_str() {
                    "(" | "[" => 1,
                    ")" | "]" => -1,
                    _ => 0,
                };
                parts.last_mut()?.push(word.clone());
            }
        }
    }
    None
}

/// A string or a whole number, with or without a cast, as text.
fn literal(words: &[String]) -> Option<String> {
    let (first, rest) = words.split_first()?;
    let text = match first.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\'')) {
        Some(inner) => inner.replace("''", "'"),
        None if !first.is_empty() && first.chars().all(|c| c.is_ascii_digit()) => first.clone(),
        None => return None,
    };
    let cast =
        |rest: &[String]| rest.iter().all(|word| word == ":" || word == "::" || word == "." || words::is_name(word));
    cast(rest).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::Attribute;
    use crate::model::object::ObjectId;
    use crate::model::object::Value;

    static COLUMNS: Attribute = Attribute::exact("columns");

    fn catalog() -> Catalog {
        let key = |kind, name: &str, columns: &[&str]| {
            let columns = columns.iter().map(|column| (*column).into()).collect();
            Object::new(ObjectId::new(kind, "public", "plans", name), vec![(&COLUMNS, Value::List(columns))])
        };
        let table = Object::new(ObjectId::new(ObjectKind::Table, "public", "", "plans"), Vec::new());
        let keys = [key(ObjectKind::PrimaryKey, "pk", &["id"]), key(ObjectKind::Unique, "code", &["code"])];
        Catalog::new(170_000, std::iter::once(table).chain(keys).collect(), Vec::new()).unwrap()
    }

    fn rows(sql: &str) -> Option<(Vec<String>, Vec<Vec<String>>)> {
        let at = Location { file: "1.sql".to_owned(), line: 1 };
        seed(&words::words(sql), &at, &catalog()).map(|seed| (seed.key, seed.rows))
    }

    #[test]
    fn a_key_of_literals_says_which_rows() {
        let found =
            rows("INSERT INTO public.plans (id, code) VALUES (1, 'a'), ('2'::bigint, 'it''s') ON CONFLICT DO NOTHING");
        assert_eq!(found.unwrap(), (vec!["id".to_owned()], vec![vec!["1".to_owned()], vec!["2".to_owned()]]));
        let found = rows("insert into plans (\"id\", code, note) values (gen_random_uuid(), 'a', lower('B, c'))");
        assert_eq!(found.unwrap(), (vec!["code".to_owned()], vec![vec!["a".to_owned()]]));
    }

    #[test]
    fn what_would_have_to_be_computed_is_not_looked_up() {
        for sql in [
            "INSERT INTO plans (id) VALUES (nextval('s'))",
            "INSERT INTO plans (id) VALUES (1 + 1)",
            "INSERT INTO plans (note) VALUES ('a')",
            "INSERT INTO plans VALUES (1)",
            "INSERT INTO plans (id) SELECT 1",
            "INSERT INTO others (id) VALUES (1)",
            "UPDATE plans SET code = 'a'",
        ] {
            assert_eq!(rows(sql), None, "{sql}");
        }
    }
}
