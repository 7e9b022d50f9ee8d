//! What a statement is, by its words. Which object it makes is asked here
//! only of statements that guard themselves; of all others the catalog says it.

use serde::Deserialize;
use serde::Serialize;
use squawk_lexer::LiteralKind;
use squawk_lexer::TokenKind;

use crate::model::tokens::is_trivia;
use crate::model::tokens::tokens;

fn code(sql: &str) -> impl Iterator<Item = (TokenKind, &str)> {
    tokens(sql).filter(|(kind, _)| !is_trivia(*kind))
}

/// The tokens of SQL: no white space, no comments, quoted names with their quotes.
pub fn words(sql: &str) -> Vec<String> {
    code(sql).map(|(_, text)| text.to_owned()).collect()
}

/// How deep bodies are looked for in bodies.
const BODIES: usize = 8;

/// The tokens of SQL and of the dollar-quoted bodies in it. Of other strings
/// only those in bodies count: there they can be statements to execute.
pub fn words_with_bodies(sql: &str) -> Vec<String> {
    fn add(sql: &str, in_body: bool, bodies: usize, words: &mut Vec<String>) {
        for (kind, text) in code(sql) {
            let TokenKind::Literal { kind } = kind else {
                words.push(text.to_owned());
                continue;
            };
            let tag = match kind {
                LiteralKind::DollarQuotedString { .. } if bodies > 0 => text[1..].find('$').map(|n| n + 2),
                _ => None,
            };
            match (kind, tag) {
                // One that nobody ended has no tag at its end.
                (_, Some(tag)) if text.len() >= 2 * tag && text.ends_with(&text[..tag]) => {
                    add(&text[tag..text.len() - tag], true, bodies - 1, words);
                }
                (LiteralKind::Str { .. }, _) if in_body && bodies > 0 && text.len() >= 2 => {
                    add(text[1..].trim_end_matches('\''), false, bodies - 1, words);
                }
                _ => words.push(text.to_owned()),
            }
        }
    }
    let mut words = Vec::new();
    add(sql, false, BODIES, &mut words);
    words
}

/// What kind of thing a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It makes, changes or drops objects.
    Schema,
    /// It reads or writes rows: the schema does not show whether it ran.
    Data,
    /// A block, which does whatever is in it.
    Block,
    /// It sets up the session or the transaction.
    Session,
}

/// What a statement is. `words` are its tokens.
pub fn class(words: &[String]) -> Class {
    match first(words).as_str() {
        "INSERT" | "UPDATE" | "DELETE" | "COPY" | "MERGE" | "TRUNCATE" | "SELECT" | "WITH" | "VALUES" | "TABLE"
        | "REFRESH" | "CALL" | "ANALYZE" | "VACUUM" | "NOTIFY" | "CLUSTER" | "EXPLAIN" => Class::Data,
        "DO" => Class::Block,
        "SET" | "RESET" | "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE"
        | "LOCK" | "SHOW" | "DISCARD" | "LISTEN" | "UNLISTEN" | "PREPARE" | "EXECUTE" | "DEALLOCATE" => Class::Session,
        _ => Class::Schema,
    }
}

/// True for what begins or ends a transaction, or ends what the session has prepared.
pub fn is_transaction(words: &[String]) -> bool {
    matches!(
        first(words).as_str(),
        "BEGIN"
            | "START"
            | "COMMIT"
            | "END"
            | "ROLLBACK"
            | "ABORT"
            | "SAVEPOINT"
            | "RELEASE"
            | "DISCARD"
            | "DEALLOCATE"
    )
}

/// True for what begins a transaction.
pub fn begins_transaction(words: &[String]) -> bool {
    matches!(first(words).as_str(), "BEGIN" | "START")
}

fn first(words: &[String]) -> String {
    words.first().map(|word| word.to_uppercase()).unwrap_or_default()
}

/// A statement of PL/pgSQL, which only a block or a function may hold.
pub fn is_procedural(words: &[String]) -> bool {
    matches!(
        first(words).as_str(),
        "RAISE" | "PERFORM" | "IF" | "ELSIF" | "LOOP" | "FOR" | "WHILE" | "RETURN" | "DECLARE"
    )
}

/// Something that a guarded statement makes unless it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub schema: Option<String>,
    pub name: String,
    /// The column, where a table gets one.
    pub column: Option<String>,
}

/// What a statement makes with `IF NOT EXISTS`, and a block in any way: there
/// it is the block itself that asks first.
pub fn guarded(words: &[String]) -> Vec<Target> {
    let block = first(words) == "DO";
    let upper: Vec<String> = words.iter().map(|word| word.to_uppercase()).collect();
    let upper: Vec<&str> = upper.iter().map(String::as_str).collect();
    let mut targets = Vec::new();
    let mut altered: Option<(Option<String>, String)> = None;
    for at in 0..words.len() {
        let guard = |from: usize| upper.get(from..from + 3) == Some(&["IF", "NOT", "EXISTS"][..]);
        match upper[at] {
            "CREATE" => {
                let Some(from) = after_kind(&upper[at + 1..]).map(|n| at + 1 + n) else { continue };
                let from = if guard(from) {
                    from + 3
                } else if block {
                    from
                } else {
                    continue;
                };
                targets.extend(name(&words[from..]).map(|(schema, name, _)| Target { schema, name, column: None }));
            }
            "ALTER" if upper.get(at + 1) == Some(&"TABLE") => {
                let skip = upper[at + 2..].iter().take_while(|word| matches!(**word, "IF" | "EXISTS" | "ONLY")).count();
                altered = name(&words[at + 2 + skip..]).map(|(schema, name, _)| (schema, name));
            }
            "ADD" => {
                let from = if upper.get(at + 1) == Some(&"COLUMN") { at + 2 } else { at + 1 };
                let from = if guard(from) {
                    from + 3
                } else if block && from == at + 2 {
                    from
                } else {
                    continue;
                };
                if let (Some((schema, table)), Some(column)) = (&altered, words.get(from)) {
                    let column = Some(bare(column));
                    targets.push(Target { schema: schema.clone(), name: table.clone(), column });
                }
            }
            _ => {}
        }
    }
    targets
}

/// How many words after CREATE there are up to the name, for what can be told apart by its name.
fn after_kind(words: &[&str]) -> Option<usize> {
    let before = words
        .iter()
        .take_while(|word| {
            matches!(**word, "UNIQUE" | "UNLOGGED" | "TEMP" | "TEMPORARY" | "GLOBAL" | "LOCAL" | "MATERIALIZED")
        })
        .count();
    let kind = match *words.get(before)? {
        "TABLE" | "VIEW" | "SEQUENCE" | "TYPE" => 1,
        "INDEX" if words.get(before + 1) == Some(&"CONCURRENTLY") => 2,
        "INDEX" => 1,
        _ => return None,
    };
    Some(before + kind)
}

/// The name that words begin with, and how many words it takes.
pub(super) fn name(words: &[String]) -> Option<(Option<String>, String, usize)> {
    let first = words.first().filter(|word| is_name(word))?;
    match words.get(1..3) {
        Some([dot, second]) if dot == "." && is_name(second) => Some((Some(bare(first)), bare(second), 3)),
        _ => Some((None, bare(first), 1)),
    }
}

/// True for a word that names something, quoted or not.
pub fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '"')
}

/// A name as the catalog has it.
pub fn bare(word: &str) -> String {
    match word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => word.to_lowercase(),
    }
}

/// The relation that a statement is about: the name after ON, TABLE, INTO, UPDATE or FROM.
pub fn subject(words: &[String]) -> Option<(Option<String>, String)> {
    let upper: Vec<String> = words.iter().map(|word| word.to_uppercase()).collect();
    let update = upper.first().is_some_and(|word| word == "UPDATE");
    for (at, word) in upper.iter().enumerate() {
        // A trigger is BEFORE UPDATE OF a column ON its table.
        let names = matches!(word.as_str(), "ON" | "TABLE" | "INTO") || update && at == 0;
        if !names {
            continue;
        }
        let skip =
            upper[at + 1..].iter().take_while(|w| matches!(w.as_str(), "IF" | "NOT" | "EXISTS" | "ONLY")).count();
        if let Some((schema, name, _)) = name(&words[at + 1 + skip..]) {
            return Some((schema, name));
        }
    }
    None
}

/// The relations that a statement calls by another name: `FROM public.agents AS r`.
pub fn called(words: &[String], alias: &str) -> Vec<(Option<String>, String)> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if !matches!(word.to_uppercase().as_str(), "FROM" | "JOIN" | "," | "UPDATE" | "INTO") {
            continue;
        }
        let Some((schema, relation, n)) = name(&words[at + 1..]) else { continue };
        let next = at + 1 + n;
        let next = if words.get(next).is_some_and(|w| w.eq_ignore_ascii_case("AS")) { next + 1 } else { next };
        let is_alias = words.get(next).is_some_and(|word| bare(word) == alias) || relation == alias;
        if is_alias && !found.contains(&(schema.clone(), relation.clone())) {
            found.push((schema, relation));
        }
    }
    found
}

/// The schema that the words create, whether it is there or not: one with a guard is left to what is there.
pub fn creates_schema(words: &[String]) -> Option<String> {
    let is = |at: usize, wanted: &str| words.get(at).is_some_and(|word| word.eq_ignore_ascii_case(wanted));
    if !is(0, "CREATE") || !is(1, "SCHEMA") || is(2, "IF") {
        return None;
    }
    let at = if is(2, "AUTHORIZATION") { 3 } else { 2 };
    name(words.get(at..)?).map(|(_, name, _)| name)
}

/// True when the words create a relation or a routine of that name, whether that went well or not.
pub fn creates(words: &[String], schema: Option<&str>, wanted: &str) -> bool {
    let upper: Vec<String> = words.iter().map(|word| word.to_uppercase()).collect();
    if upper.first().is_none_or(|word| word != "CREATE") {
        return false;
    }
    let skip = upper
        .iter()
        .take_while(|word| {
            matches!(
                word.as_str(),
                "CREATE"
                    | "OR"
                    | "REPLACE"
                    | "UNIQUE"
                    | "UNLOGGED"
                    | "MATERIALIZED"
                    | "TABLE"
                    | "VIEW"
                    | "INDEX"
                    | "SEQUENCE"
                    | "TYPE"
                    | "FUNCTION"
                    | "PROCEDURE"
                    | "IF"
                    | "NOT"
                    | "EXISTS"
            )
        })
        .count();
    name(&words[skip..])
        .is_some_and(|(s, n, _)| n == wanted && (schema.is_none() || s.is_none() || s.as_deref() == schema))
}

/// True when the words add a column of that name to that table.
pub fn adds_column(words: &[String], table: &str, column: &str) -> bool {
    let alters = words.first().is_some_and(|word| word.eq_ignore_ascii_case("ALTER"));
    let adds = words.windows(2).any(|pair| {
        (pair[0].eq_ignore_ascii_case("ADD") || pair[0].eq_ignore_ascii_case("COLUMN")) && bare(&pair[1]) == column
    });
    alters && adds && subject(words).is_some_and(|(_, name)| name == table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_code() {
        assert_eq!(words("a /* b /* c */ */ \"D e\" -- f\n;"), ["a", "\"D e\"", ";"]);
        let found = words_with_bodies("COMMENT 'x y' AS $f$ EXECUTE 'drop it' $f$ $$$$");
        assert_eq!(found, ["COMMENT", "'x y'", "AS", "EXECUTE", "drop", "it"]);
    }

    fn target(name: &str, column: Option<&str>) -> Target {
        Target { schema: Some("s".to_owned()), name: name.to_owned(), column: column.map(str::to_owned) }
    }

    #[test]
    fn what_a_guarded_statement_makes_is_found() {
        assert_eq!(guarded(&words("create table if not exists s.t (a int)")), [target("t", None)]);
        assert_eq!(guarded(&words("create unlogged table if not exists s.\"T\" (a int)")), [target("T", None)]);
        assert_eq!(guarded(&words("create table s.t (a int)")), []);
        assert_eq!(
            guarded(&words(
                "alter table only s.t add column if not exists a int , add b int , add column if not exists C int"
            )),
            [target("t", Some("a")), target("t", Some("c"))]
        );
        assert_eq!(guarded(&words("create unique index concurrently if not exists i on s.t (a)"))[0].name, "i");
        assert_eq!(guarded(&words("do begin create table s.t (a int) end")), [target("t", None)]);
        assert_eq!(guarded(&words("alter table s.t add constraint c check (a > 0)")), []);
    }

    #[test]
    fn what_a_statement_is_about_is_found() {
        let about = |sql: &str| subject(&words(sql)).map(|(_, name)| name);
        assert_eq!(about("create trigger x before update of a on s.t for each row").as_deref(), Some("t"));
        assert_eq!(about("update s.t set a = 1").as_deref(), Some("t"));
        assert_eq!(about("drop policy if exists p on s.t").as_deref(), Some("t"));
        let found = called(&words("select r.x from s.a r join s.b as r on true"), "r");
        assert_eq!(found.into_iter().map(|(_, name)| name).collect::<Vec<_>>(), ["a", "b"]);
        assert!(adds_column(&words("alter table s.t add column a int, add column b int"), "t", "b"));
        assert!(creates(&words("create or replace function s.f (a int)"), Some("s"), "f"));
    }
}
