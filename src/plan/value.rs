//! One value of `--backfill` or `[backfill]`, read: a literal, an expression, or
//! the way to a parent. Whatever it says, it cannot end the statement that it
//! will stand in.

use anyhow::Result;

use crate::model::failure::failure;
use crate::model::ident::literal;

/// A value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A quoted literal without a cast.
    Constant(String),
    /// An expression in parentheses.
    Expression(String),
    /// `PARENT via COLUMN`: the tenant of the row that a column names.
    Via { parent: String, column: String },
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
pub fn parse(key: &str, text: &str) -> Result<Value> {
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
    if let [parent, "via", column] = text.split_whitespace().collect::<Vec<_>>().as_slice()
        && !forced
    {
        return Ok(Value::Via { parent: parent.to_string(), column: column.to_string() });
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
fn is_uuid(text: &str) -> bool {
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
            // Whether a name or a quote begins in a number, not all servers agree upon.
            c if c.is_ascii_digit() => {
                let length = rest.find(|c| !is_name_part(c) && c != '.').unwrap_or(rest.len());
                if rest[..length].contains('$') {
                    return Some("a number runs into a dollar sign");
                }
                length
            }
            // A dollar sign in a name begins no quote.
            c if is_name_start(c) => rest.find(|c| !is_name_part(c)).unwrap_or(rest.len()),
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
    let name = &tag[1..tag.len() - 1];
    let is_tag = name.is_empty() || name.starts_with(is_name_start) && name.chars().all(is_name_part);
    if !is_tag {
        return None;
    }
    let end = text[tag.len()..].find(tag)?;
    Some(tag.len() + end + tag.len())
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn is_name_part(c: char) -> bool {
    is_name_start(c) || c.is_ascii_digit() || c == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// To a server `a$b$` is a name, and what stands between two of them no text.
    const HIDDEN: &str = "a$b$); DROP TABLE x; SELECT (a$b$";
    const PARAMETER: &str = "$1); DROP TABLE x; SELECT ($1); DROP TABLE x; SELECT ($";

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
            "1e$e$",
            HIDDEN,
            PARAMETER,
        ] {
            assert!(parse("t", text).is_err(), "{text}");
        }
        assert!(parse("t", "f(';', \")\", $q$;($q$)").is_ok());
    }

    #[test]
    fn a_way_is_told_from_an_expression() {
        let via = Value::Via { parent: "public.projects".into(), column: "project_id".into() };
        assert_eq!(parse("t", "public.projects  via project_id").unwrap(), via);
        assert!(matches!(parse("t", "sql: a via b"), Ok(Value::Expression(_))));
    }
}
