//! `databasechangelog` of Liquibase. A file of formatted SQL holds several
//! changesets; each has a row. Its checksum covers what Liquibase makes of the
//! SQL, not the file, and is not made anew here.

use crate::history::folder::Layout;
use crate::history::folder::Migration;
use crate::history::ledger::Place;
use crate::history::ledger::Record;
use crate::history::ledger::State;
use crate::history::ledger::Tool;

pub const TOOL: Tool = Tool {
    name: "Liquibase",
    table: "databasechangelog",
    columns: &[
        ("id", "character varying"),
        ("author", "character varying"),
        ("filename", "character varying"),
        ("dateexecuted", "timestamp"),
        ("orderexecuted", "integer"),
        ("exectype", "character varying"),
        ("md5sum", "character varying"),
    ],
    companions: &["databasechangeloglock"],
    layouts: &[Layout::Changesets],
    record: |row| {
        let (id, author, file) = (row.text("id")?, row.text("author")?, row.text("filename")?);
        let kind = row.text("exectype")?;
        let state = match kind.as_str() {
            "EXECUTED" | "RERAN" => State::Applied,
            "MARK_RAN" => State::Assumed,
            "FAILED" => State::Failed,
            "SKIPPED" => return Ok(None),
            other => return Err(format!("exectype is none that Liquibase has: {other}")),
        };
        Ok(Some(Record {
            version: format!("{author}:{id}"),
            name: file.clone(),
            state,
            at: row.optional("dateexecuted"),
            place: Some(Place::Number(row.number("orderexecuted")?)),
            detail: Some(format!("changeset {author}:{id}")),
            ..Record::applied(key(&file, &author, &id))
        }))
    },
    keys: changesets,
    late: "Liquibase runs it next time, after what is newer",
    mark: "liquibase changelog-sync-to-tag, or mark-next-changeset-ran",
    repair: "put right what it left behind, then update again",
    ..Tool::BASE
};

/// The path is as it was given to Liquibase: only the file's own name can be held against it.
fn key(file: &str, author: &str, id: &str) -> String {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    format!("{base}::{id}::{author}")
}

/// `--changeset author:id` of a file.
fn changesets(migration: &Migration) -> Vec<String> {
    let of = |line: &str| {
        let rest = line.trim_start().strip_prefix("--")?.trim_start();
        let rest = rest.get(..10).filter(|word| word.eq_ignore_ascii_case("changeset ")).map(|_| rest[10..].trim())?;
        let (author, rest) = rest.split_once(':')?;
        let id = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => rest.split_whitespace().next(),
        };
        Some(key(&migration.file, author.trim().trim_matches('"'), id?))
    };
    migration.text.lines().filter_map(of).collect()
}
