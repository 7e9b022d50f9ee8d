//! Splits a file into statements, with the line on which each starts. Invalid
//! SQL is split too: the server is the one to say what is wrong with it.

use anyhow::Result;
use squawk_lexer::TokenKind;

use crate::history::words::words;
use crate::history::words::words_with_bodies;
use crate::model::failure::failure;
use crate::model::tokens;

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
    /// Its first line, for messages; no more of it than a message takes.
    pub fn first_line(&self) -> String {
        let mut lines = self.sql.lines();
        let first = lines.next().unwrap_or_default().trim_end();
        if !first.ends_with("BEGIN") {
            return cut(first);
        }
        // The head of a block says nothing about what is in it.
        let inside = lines.map(str::trim).find(|line| !line.is_empty() && !line.starts_with("IF ")).unwrap_or_default();
        cut(&format!("{first} … {inside}"))
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

/// How much of a line is shown, in characters.
const SHOWN: usize = 200;

fn cut(line: &str) -> String {
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// All of a text, token by token, white space and comments among them.
pub fn whole(sql: &str) -> Vec<String> {
    tokens::tokens(sql).map(|(_, text)| text.to_owned()).collect()
}

/// All statements of a text. `name` is the file's, for messages.
///
/// # Errors
/// A `psql` command that means something: drift runs SQL, not psql.
pub fn pieces(text: &str, name: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut lines = Lines { text, at: 0, line: 1 };
    let mut start = 0;
    while start < text.len() {
        start = take(text, start, name, &mut lines, &mut pieces)?;
    }
    Ok(pieces)
}

/// Takes statements from `start` on; stops, and says where, after what is no SQL: a psql command, or rows
/// for COPY. Where a statement ends is decided as psql does, so time is linear in the text, and no depth is too deep.
fn take(text: &str, start: usize, name: &str, lines: &mut Lines<'_>, pieces: &mut Vec<Piece>) -> Result<usize> {
    let mut open: Option<Open> = None;
    let mut at = start;
    for (kind, token) in tokens::tokens(&text[start..]) {
        let from = at;
        at += token.len();
        if tokens::is_trivia(kind) {
            continue;
        }
        if open.is_none() && token.starts_with('\\') {
            let line_end = text[from..].find('\n').map_or(text.len(), |n| from + n + 1);
            meta_command(text[from..line_end].trim(), name, lines.of(from))?;
            return Ok(line_end);
        }
        let statement = open.get_or_insert_with(|| Open { from, end: at, ..Open::default() });
        statement.end = at;
        if !statement.ends_with(kind, token) {
            continue;
        }
        let piece = Piece { sql: text[statement.from..at].to_owned(), line: lines.of(statement.from), copy_data: None };
        open = None;
        if reads_stdin(&piece) {
            let (data, after) = copy_data(text, at);
            pieces.push(Piece { copy_data: Some(data), ..piece });
            return Ok(after);
        }
        if piece.sql != ";" {
            pieces.push(piece);
        }
    }
    if let Some(rest) = open {
        let sql = text[rest.from..rest.end].to_owned();
        pieces.push(Piece { sql, line: lines.of(rest.from), copy_data: None });
    }
    Ok(text.len())
}

/// A statement whose end has not come yet.
#[derive(Default)]
struct Open {
    from: usize,
    /// The end of its last token.
    end: usize,
    /// Its first words, in small letters, as many as say that it makes a routine.
    words: Vec<String>,
    brackets: usize,
    /// How many `END`s a body in `BEGIN ATOMIC` still waits for.
    blocks: usize,
    after_begin: bool,
}

impl Open {
    /// Takes the next token; true for the semicolon that ends the statement.
    fn ends_with(&mut self, kind: TokenKind, token: &str) -> bool {
        let after_begin = std::mem::take(&mut self.after_begin);
        match kind {
            TokenKind::OpenParen => self.brackets += 1,
            TokenKind::CloseParen => self.brackets = self.brackets.saturating_sub(1),
            TokenKind::Semi => return self.brackets == 0 && self.blocks == 0,
            TokenKind::Ident => {
                let word = token.to_ascii_lowercase();
                match word.as_str() {
                    "begin" => self.after_begin = true,
                    "atomic" if after_begin && self.makes_a_routine() => self.blocks = 1,
                    "case" if self.blocks > 0 => self.blocks += 1,
                    "end" => self.blocks = self.blocks.saturating_sub(1),
                    _ => {}
                }
                if self.words.len() < 4 {
                    self.words.push(word);
                }
            }
            _ => {}
        }
        false
    }

    fn makes_a_routine(&self) -> bool {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        matches!(
            words[..],
            ["create", "function" | "procedure", ..] | ["create", "or", "replace", "function" | "procedure"]
        )
    }
}

/// Counts lines once, from one place to a later one.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl Lines<'_> {
    /// The line (1-based) of a place that is not before the last one.
    fn of(&mut self, at: usize) -> u32 {
        self.line += self.text[self.at..at].matches('\n').count() as u32;
        self.at = at;
        self.line
    }
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
        let rule =
            "create rule r as on insert to t do also (insert into a values (1); insert into b values (2)); select 1";
        assert_eq!(split(rule).len(), 2);
        let body = "create or replace function end_() returns int begin atomic select case when true then 1 end; select 2; end; select 1";
        assert_eq!(split(body).len(), 2);
    }

    #[test]
    fn neither_depth_nor_length_is_too_much() {
        let deep = "(".repeat(200_000) + &")".repeat(200_000) + ";";
        for text in [&*deep, &"not ".repeat(200_000), &"case when ".repeat(100_000), &"$a$ $b$ ".repeat(50_000)] {
            let found = split(text);
            assert_eq!(found.len(), 1);
            assert!(!pieces(text, "t.sql").unwrap()[0].runs_alone());
        }
        let copies = "\\echo x\nCOPY t FROM stdin;\n1\n\\.\n".repeat(20_000);
        assert_eq!(split(&copies).last().unwrap().0, 79_998);
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
