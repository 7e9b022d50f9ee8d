//! Splits a file into statements, with the line on which each starts. Invalid
//! SQL is split too: the server is the one to say what is wrong with it.

use anyhow::Result;
use squawk_syntax::SourceFile;
use squawk_syntax::SyntaxKind;
use squawk_syntax::ast::AstNode;

use crate::history::words::words;
use crate::history::words::words_with_bodies;
use crate::model::failure::failure;

/// One statement of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub sql: String,
    /// Line (1-based) on which it starts.
    pub line: u32,
    /// The rows that follow a `COPY … FROM stdin`, as `pg_dump` writes them.
    pub copy_data: Option<String>,
}

impl Piece {
    /// Its first line, for messages.
    pub fn first_line(&self) -> String {
        let mut lines = self.sql.lines();
        let first = lines.next().unwrap_or_default().trim_end();
        if !first.ends_with("BEGIN") {
            return first.to_owned();
        }
        // The head of a block says nothing about what is in it.
        let inside = lines.map(str::trim).find(|line| !line.is_empty() && !line.starts_with("IF ")).unwrap_or_default();
        format!("{first} … {inside}")
    }

    /// True for what refuses to share a transaction.
    pub fn runs_alone(&self) -> bool {
        let words: Vec<String> = words(&self.sql).into_iter().map(|word| word.to_uppercase()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["VACUUM" | "CALL", ..] | ["ALTER", "SYSTEM", ..] => true,
            // A block that ends transactions cannot be part of one.
            ["DO", ..] => words_with_bodies(&self.sql).iter().any(|word| word.eq_ignore_ascii_case("COMMIT")),
            ["CREATE" | "DROP", "DATABASE" | "TABLESPACE" | "SUBSCRIPTION", ..] => true,
            ["ALTER", "TABLE", rest @ ..] => {
                // A column may have that name: only the end of a DETACH PARTITION says it.
                let end = rest.strip_suffix(&[";"]).unwrap_or(rest);
                end.last() == Some(&"CONCURRENTLY") && rest.windows(2).any(|pair| pair == ["DETACH", "PARTITION"])
            }
            ["CREATE" | "DROP" | "REINDEX" | "REFRESH", rest @ ..] => {
                rest[..rest.len().min(6)].contains(&"CONCURRENTLY")
            }
            _ => false,
        }
    }
}

/// All of a text, token by token, white space and comments among them.
pub fn whole(sql: &str) -> Vec<String> {
    let parse = SourceFile::parse(sql);
    let elements = parse.tree().syntax().descendants_with_tokens();
    elements.filter_map(|element| element.into_token()).map(|token| token.text().to_owned()).collect()
}

/// All statements of a text. `name` is the file's, for messages.
///
/// # Errors
/// A `psql` command that means something: drift runs SQL, not psql.
pub fn pieces(text: &str, name: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < text.len() {
        start = take(text, start, name, &mut pieces)?;
    }
    Ok(pieces)
}

/// Takes statements from `start` on; stops, and says where, after what the
/// SQL parser cannot read over: a psql command, or rows for COPY.
fn take(text: &str, start: usize, name: &str, pieces: &mut Vec<Piece>) -> Result<usize> {
    let rest = &text[start..];
    let parse = SourceFile::parse(rest);
    let mut begin: Option<usize> = None;
    let mut end = 0;
    for element in parse.tree().syntax().children_with_tokens() {
        let range = element.text_range();
        let (from, to) = (usize::from(range.start()), usize::from(range.end()));
        if matches!(element.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT) {
            continue;
        }
        let source = &rest[from..to];
        if begin.is_none() && source.starts_with('\\') {
            let line_end = rest[from..].find('\n').map_or(rest.len(), |n| from + n + 1);
            meta_command(rest[from..line_end].trim(), name, line_of(text, start + from))?;
            return Ok(start + line_end);
        }
        let first = *begin.get_or_insert(from);
        end = to;
        if source.ends_with(';') {
            begin = None;
            let piece = Piece { sql: rest[first..to].to_owned(), line: line_of(text, start + first), copy_data: None };
            if reads_stdin(&piece) {
                let (data, after) = copy_data(rest, to);
                pieces.push(Piece { copy_data: Some(data), ..piece });
                return Ok(start + after);
            }
            if piece.sql.trim() != ";" {
                pieces.push(piece);
            }
        }
    }
    if let Some(first) = begin {
        pieces.push(Piece { sql: rest[first..end].to_owned(), line: line_of(text, start + first), copy_data: None });
    }
    Ok(text.len())
}

fn line_of(text: &str, offset: usize) -> u32 {
    text[..offset].matches('\n').count() as u32 + 1
}

fn reads_stdin(piece: &Piece) -> bool {
    let sql = piece.sql.to_uppercase();
    sql.starts_with("COPY ") && sql.split_whitespace().collect::<Vec<_>>().join(" ").contains(" FROM STDIN")
}

/// The rows up to the line `\.`, and where the SQL goes on.
fn copy_data(text: &str, from: usize) -> (String, usize) {
    let begin = text[from..].find('\n').map_or(text.len(), |n| from + n + 1);
    let mut at = begin;
    for line in text[begin..].split_inclusive('\n') {
        if line.trim_end() == "\\." {
            return (text[begin..at].to_owned(), at + line.len());
        }
        at += line.len();
    }
    (text[begin..].to_owned(), text.len())
}

/// Commands that change nothing here are read over; the others are refused.
fn meta_command(command: &str, name: &str, line: u32) -> Result<()> {
    const HARMLESS: &[&str] =
        &["\\set", "\\echo", "\\qecho", "\\timing", "\\pset", "\\encoding", "\\restrict", "\\unrestrict", "\\."];
    let word = command.split_whitespace().next().unwrap_or_default();
    if HARMLESS.contains(&word) {
        return Ok(());
    }
    Err(failure(
        format!("{name}:{line}: `{command}` is a psql command; drift runs SQL"),
        "put the SQL itself in the file, or run the file through psql and give drift the database",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(u32, String)> {
        pieces(text, "t.sql").unwrap().into_iter().map(|p| (p.line, p.sql)).collect()
    }

    #[test]
    fn bodies_comments_and_quotes_hold_their_semicolons() {
        let text = "-- a; b\nSELECT 'x;y', $$;$$ /* ; */;\n\ncreate function f() returns int language sql begin atomic select 1; select 2; end;\nselect E'\\';' ;";
        let found = split(text);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[0].0, 2);
        assert_eq!(found[1].0, 4);
        assert!(found[1].1.ends_with("end;"));
        assert_eq!(found[2].0, 5);
    }

    #[test]
    fn invalid_sql_is_still_split() {
        let found = split("CREATE TABLE a (id int);\nCREATE TABEL b (id int);\nRAISE NOTICE 'x';\nSELECT 1");
        let lines: Vec<u32> = found.iter().map(|f| f.0).collect();
        assert_eq!(lines, [1, 2, 3, 4], "{found:?}");
        assert_eq!(found[1].1, "CREATE TABEL b (id int);");
    }

    #[test]
    fn copy_rows_and_psql_commands_are_not_sql() {
        let text = "\\set ON_ERROR_STOP on\nCOPY t (a) FROM stdin;\n1;\n2\n\\.\n\nSELECT 1;\n";
        let found = pieces(text, "t.sql").unwrap();
        assert_eq!(found[0].copy_data.as_deref(), Some("1;\n2\n"));
        assert_eq!((found[0].line, found[1].line), (2, 7));
        let error = pieces("SELECT 1;\n\\i other.sql\n", "t.sql").unwrap_err();
        assert!(error.to_string().starts_with("t.sql:2:"), "{error}");
    }

    #[test]
    fn what_refuses_a_transaction_runs_alone() {
        let alone = |sql: &str| pieces(sql, "t.sql").unwrap()[0].runs_alone();
        assert!(alone("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);"));
        assert!(alone("drop index concurrently i;"));
        assert!(alone("VACUUM t;"));
        assert!(alone("/* a */ REINDEX (VERBOSE) TABLE -- b\n CONCURRENTLY t;"));
        assert!(alone("ALTER TABLE ONLY s.t DETACH PARTITION s.p CONCURRENTLY;"));
        assert!(!alone("ALTER TABLE t ADD COLUMN \"concurrently\" int;"));
        assert!(!alone("CREATE INDEX i ON t (a);"));
        assert!(!alone("CREATE TABLE concurrently_ok (a int);"));
    }
}
