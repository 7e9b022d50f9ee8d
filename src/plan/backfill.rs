//! What `--backfill` and `[backfill]` say: the value of a column for the rows
//! that exist. Knows literals from expressions; never judges whether the value
//! is right, which only the rows can tell.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;

use crate::kinds::Fill;
use crate::model::failure::failure;
use crate::model::ident::literal;
use crate::model::object::Object;
use crate::model::object::ObjectId;

/// A value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    /// A quoted literal without a cast.
    Constant(String),
    /// An expression in parentheses.
    Expression(String),
}

/// The values given for columns, and the columns that asked for one.
#[derive(Debug)]
pub struct Backfill<'a> {
    tenant_column: Option<&'a str>,
    values: BTreeMap<&'a str, Value>,
    /// Keys that may match nothing: a file stays while the gaps it fills go.
    standing: BTreeSet<&'a str>,
    asked: RefCell<BTreeSet<ObjectId>>,
    used: RefCell<BTreeSet<&'a str>>,
    constants: RefCell<BTreeMap<ObjectId, String>>,
}

impl<'a> Backfill<'a> {
    /// Parses all values. A key of `given` overrides the same key of `standing`.
    pub fn new(
        given: &'a BTreeMap<String, String>,
        standing: &'a BTreeMap<String, String>,
        tenant_column: Option<&'a str>,
    ) -> Result<Backfill<'a>> {
        let mut values = BTreeMap::new();
        for (key, text) in standing.iter().chain(given) {
            values.insert(key.as_str(), parse(key, text)?);
        }
        let standing = standing.keys().filter(|key| !given.contains_key(*key)).map(String::as_str).collect();
        Ok(Backfill {
            tenant_column,
            values,
            standing,
            asked: RefCell::default(),
            used: RefCell::default(),
            constants: RefCell::default(),
        })
    }

    /// The value for a column, if one was given. Remembers who asked.
    pub fn fill(&self, column: &Object) -> Option<Fill> {
        self.asked.borrow_mut().insert(column.id.clone());
        let (key, value) =
            self.values.iter().filter(|(key, _)| self.names(key, &column.id)).max_by_key(|(k, _)| k.len())?;
        self.used.borrow_mut().insert(key);
        Some(match value {
            Value::Expression(expression) => Fill { expression: expression.clone(), constant: false },
            Value::Constant(text) => {
                self.constants.borrow_mut().insert(column.id.clone(), text.clone());
                Fill { expression: cast(text, column.text("type")), constant: true }
            }
        })
    }

    /// `table`, `schema.table`, `table.column` and `schema.table.column`; a
    /// table alone means its tenant column.
    fn names(&self, key: &str, id: &ObjectId) -> bool {
        let table = format!("{}.{}", id.schema, id.parent);
        let tenant = self.tenant_column.is_none_or(|column| column == &*id.name);
        (tenant && (key == &*id.parent || key == table))
            || key == format!("{}.{}", id.parent, id.name)
            || key == format!("{table}.{}", id.name)
    }

    /// Refuses a key that no column asked for.
    pub fn refuse_unused(&self) -> Result<()> {
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
        match self.tenant_column {
            Some(column) if column == &*id.name => id.parent.to_string(),
            Some(_) | None => format!("{}.{}", id.parent, id.name),
        }
    }

    /// The constants that were handed out, as literals without a cast.
    pub fn constants(&self) -> BTreeMap<ObjectId, String> {
        self.constants.borrow().clone()
    }
}

/// A literal with the type of its column. A type with a length is left out: a
/// cast would cut the value in silence, an assignment refuses it.
pub fn cast(text: &str, data_type: Option<&str>) -> String {
    match data_type {
        Some(data_type) if !data_type.contains('(') => format!("{text}::{data_type}"),
        Some(_) | None => text.to_owned(),
    }
}

/// `'…'`, a number, a boolean or a UUID is a constant; `= …` and `sql: …` may
/// precede a value; everything else is an expression.
fn parse(key: &str, text: &str) -> Result<Value> {
    let text = text.trim();
    let (text, forced) = match text.strip_prefix("sql:") {
        Some(rest) => (rest.trim(), true),
        None => (text.strip_prefix('=').unwrap_or(text).trim(), false),
    };
    if text.is_empty() {
        return Err(failure(format!("--backfill {key}: the value is empty"), "give a tenant id or an SQL expression"));
    }
    if !forced && let Some(constant) = constant(text) {
        return Ok(Value::Constant(constant));
    }
    if let [_, "via", _] = text.split_whitespace().collect::<Vec<_>>().as_slice() {
        let help = "write it as an SQL expression: (SELECT p.tenant_id FROM parent p WHERE p.id = child.parent_id)";
        return Err(failure(format!("--backfill {key}: `{text}` is not a value"), help));
    }
    match fault(text) {
        None => Ok(Value::Expression(format!("({text})"))),
        Some(fault) => {
            let help = "give one SQL expression, without comments and semicolons; quote a text value: 'it''s'";
            Err(failure(format!("--backfill {key}: `{text}` is not one SQL expression: {fault}"), help))
        }
    }
}

/// The literal behind a constant.
fn constant(text: &str) -> Option<String> {
    let bare = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    if let Some(inner) = bare {
        let doubled = inner.replace("''", "");
        return (!doubled.contains('\'') && !inner.contains('\\')).then(|| literal(&inner.replace("''", "'")));
    }
    let number = text.strip_prefix('-').unwrap_or(text);
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || c == '.')
        && number.matches('.').count() <= 1;
    let is_word = matches!(text.to_ascii_lowercase().as_str(), "true" | "false");
    (is_number || is_word || is_uuid(text)).then(|| literal(text))
}

/// True for the usual form of a UUID: 8-4-4-4-12 hexadecimal digits.
pub fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.chars().all(|c| c.is_ascii_hexdigit()))
}

/// Why a text could not stand in parentheses as one expression. It may be
/// wrong SQL, but it cannot end the statement that it stands in.
fn fault(text: &str) -> Option<&'static str> {
    let mut rest = text;
    let mut depth = 0usize;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' | '"' => match quoted(rest, c) {
                Some(length) => length,
                None => return Some("a quote is not closed"),
            },
            '$' => match dollar_quoted(rest) {
                Some(length) => length,
                None => return Some("a dollar sign has no partner"),
            },
            'e' | 'E' if rest[1..].starts_with('\'') => return Some("write a text without E'…' escapes"),
            ';' => return Some("it contains a semicolon"),
            '-' if rest.starts_with("--") => return Some("it contains a comment"),
            '/' if rest.starts_with("/*") => return Some("it contains a comment"),
            '(' => {
                depth += 1;
                1
            }
            ')' if depth == 0 => return Some("a parenthesis closes that was never opened"),
            ')' => {
                depth -= 1;
                1
            }
            other => other.len_utf8(),
        };
        rest = &rest[length..];
    }
    (depth > 0).then_some("a parenthesis is not closed")
}

/// The length of a quoted piece at the start of `text`.
fn quoted(text: &str, quote: char) -> Option<usize> {
    if text.contains('\\') {
        return None;
    }
    text[1..].find(quote).map(|end| end + 2)
}

/// The length of a dollar-quoted piece at the start of `text`.
fn dollar_quoted(text: &str) -> Option<usize> {
    let tag = &text[..text[1..].find('$')? + 2];
    let end = text[tag.len()..].find(tag)?;
    Some(tag.len() + end + tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;
    use crate::model::kind::ObjectKind;

    fn column(table: &str, name: &str) -> Object {
        let data_type = kinds::attribute(ObjectKind::Column, "type").expect("declared");
        let id = ObjectId::new(ObjectKind::Column, "public", table, name);
        Object::new(id, vec![(data_type, crate::model::object::Value::Text("uuid".into()))])
    }

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
    }

    #[test]
    fn literals_are_constants_and_all_else_is_an_expression() {
        let uuid = "11111111-1111-1111-1111-111111111111";
        let constant = |text: &str| match parse("t", text) {
            Ok(Value::Constant(text)) => text,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(constant(uuid), format!("'{uuid}'"));
        assert_eq!(constant(&format!("= '{uuid}'")), format!("'{uuid}'"));
        assert_eq!(constant("'it''s'"), "'it''s'");
        assert_eq!(constant("-4.5"), "'-4.5'");
        assert_eq!(constant("true"), "'true'");
        for text in ["now()", "(SELECT id FROM tenants LIMIT 1)", "'a' || 'b'", "1 + 1", "$$x$$", "sql: 'a'"] {
            assert!(matches!(parse("t", text), Ok(Value::Expression(_))), "{text}");
        }
    }

    #[test]
    fn an_expression_cannot_end_its_statement() {
        for text in [
            "",
            "1); DROP TABLE t; --",
            "f(",
            "'open",
            "a -- b",
            "a /* b",
            "1; 2",
            "x) + (y",
            "$a$ x",
            "projects via id",
        ] {
            assert!(parse("t", text).is_err(), "{text}");
        }
        assert!(parse("t", "f(';', \")\", $q$;($q$)").is_ok());
    }

    #[test]
    fn a_key_is_a_table_or_a_column() {
        for key in ["w", "public.w", "w.tenant_id", "public.w.tenant_id"] {
            let given = map(&[(key, "7")]);
            let none = map(&[]);
            let backfill = Backfill::new(&given, &none, Some("tenant_id")).unwrap();
            assert_eq!(backfill.fill(&column("w", "tenant_id")).unwrap().expression, "'7'::uuid", "{key}");
            assert_eq!(backfill.fill(&column("v", "tenant_id")), None);
            assert_eq!(backfill.fill(&column("w", "other")), None);
            backfill.refuse_unused().unwrap();
        }
    }

    #[test]
    fn a_key_that_nothing_asked_for_is_refused_unless_it_stands_in_a_file() {
        let (given, none) = (map(&[("workflow", "7")]), map(&[]));
        let backfill = Backfill::new(&given, &none, Some("tenant_id")).unwrap();
        backfill.fill(&column("workflows", "tenant_id"));
        let error = backfill.refuse_unused().unwrap_err();
        assert_eq!(crate::model::failure::help(&error), Some("columns that need a value: workflows"));
        Backfill::new(&none, &given, Some("tenant_id")).unwrap().refuse_unused().unwrap();
    }
}
