//! What `[shareable]` says about columns, in words that a catalog can be held
//! against: a type as the server prints it, a default without its cast.

use crate::model::object::Object;
use crate::spec::TableClass;
use crate::tenancy::Scene;
use crate::tenancy::shows_security;

/// A declaration such as `boolean not null default false`, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Declaration {
    /// The type, as the server prints it without a length.
    pub kind: String,
    pub not_null: bool,
    /// Without a cast.
    pub default: Option<String>,
}

impl Declaration {
    fn parse(text: &str) -> Declaration {
        let lower = text.to_lowercase();
        let clauses = [" not null", " default ", " null", " check", " collate", " generated", " references", " unique"];
        let end = clauses.iter().filter_map(|clause| lower.find(clause)).min().unwrap_or(text.len());
        let default = lower.find(" default ").map(|at| {
            let rest = text[at + " default ".len()..].trim_start();
            plain_default(&rest[..default_end(rest)])
        });
        Declaration { kind: plain_type(&text[..end]), not_null: lower.contains(" not null"), default }
    }
}

/// Where an expression ends: at the next clause outside of quotes.
fn default_end(text: &str) -> usize {
    let lower = text.to_lowercase();
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        quoted ^= c == '\'';
        let clause = [" not null", " null", " check", " collate"].iter().any(|clause| lower[at..].starts_with(clause));
        if !quoted && clause {
            return at;
        }
    }
    text.len()
}

/// The type under the name that the server prints, without a length.
pub(super) fn plain_type(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let (bare, array) = match lower.strip_suffix("[]") {
        Some(bare) => (bare.trim(), "[]"),
        None => (lower.as_str(), ""),
    };
    let bare = match (bare.find('('), bare.find(')')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", bare[..open].trim_end(), &bare[close + 1..]),
        _ => bare.to_owned(),
    };
    let name = match bare.as_str() {
        "bool" => "boolean",
        "int" | "int4" => "integer",
        "int8" => "bigint",
        "int2" => "smallint",
        "varchar" => "character varying",
        "char" => "character",
        "timestamptz" => "timestamp with time zone",
        "timestamp" => "timestamp without time zone",
        "decimal" => "numeric",
        "float8" => "double precision",
        other => other,
    };
    format!("{name}{array}")
}

/// A default without its cast: `'private'::text` and `'private'` are one.
pub(super) fn plain_default(text: &str) -> String {
    let text = text.trim();
    let closing = match text.strip_prefix('\'') {
        Some(rest) => rest.find('\'').map(|at| at + 2),
        None => text.find("::").filter(|_| !text.contains('(')),
    };
    match closing {
        Some(end) if text[end..].is_empty() || text[end..].starts_with("::") => text[..end].to_owned(),
        Some(_) | None => text.to_owned(),
    }
}

/// The share columns that there are, each with what `drift.toml` declares.
pub(super) fn columns<'a>(scene: &Scene<'a>) -> Vec<(&'a Object, Declaration)> {
    let mut found = Vec::new();
    let tables = scene.tenant_tables().filter(|(_, class)| *class == TableClass::Shareable);
    // Elsewhere a domain cannot be told from what it rests upon.
    for (table, _) in tables.filter(|(table, _)| shows_security(table)) {
        for declared in &scene.tenancy.shareable.columns {
            if let Some(column) = scene.catalog.get(&scene.column(table, &declared.name)) {
                found.push((column, Declaration::parse(&declared.declaration)));
            }
        }
    }
    found
}

/// The share columns that an expression names.
pub(super) fn mentioned<'a>(scene: &'a Scene, expression: &str) -> Vec<&'a str> {
    let words: Vec<&str> = expression.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let columns = scene.tenancy.shareable.columns.iter().map(|column| column.name.as_str());
    columns.filter(|column| words.contains(column)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_declaration_apart() {
        let parsed = Declaration::parse("bool NOT NULL DEFAULT false");
        assert_eq!(parsed, Declaration { kind: "boolean".into(), not_null: true, default: Some("false".into()) });
        let parsed = Declaration::parse("varchar(20) default 'not null' not null");
        assert_eq!(
            parsed,
            Declaration { kind: "character varying".into(), not_null: true, default: Some("'not null'".into()) }
        );
        let parsed = Declaration::parse("uuid[] not null default '{}'");
        assert_eq!(parsed, Declaration { kind: "uuid[]".into(), not_null: true, default: Some("'{}'".into()) });
        assert_eq!(Declaration::parse("text"), Declaration { kind: "text".into(), not_null: false, default: None });
    }

    #[test]
    fn a_default_loses_its_cast() {
        assert_eq!(plain_default("'private'::text"), "'private'");
        assert_eq!(plain_default("'{}'::uuid[]"), "'{}'");
        assert_eq!(plain_default("false"), "false");
        assert_eq!(plain_default("f('a'::text)"), "f('a'::text)");
    }
}
