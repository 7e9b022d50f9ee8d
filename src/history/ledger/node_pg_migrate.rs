//! `pgmigrations` of node-pg-migrate: the names of the files.

use crate::history::folder::Layout;
use crate::history::folder::Migration;
use crate::history::ledger::Place;
use crate::history::ledger::Record;
use crate::history::ledger::Tool;

pub const TOOL: Tool = Tool {
    name: "node-pg-migrate",
    table: "pgmigrations",
    columns: &[("id", "integer"), ("name", "character varying"), ("run_on", "timestamp")],
    exact: true,
    layouts: &[Layout::Sections, Layout::Numbered, Layout::Programs],
    record: |row| {
        let name = row.text("name")?;
        Ok(Some(Record {
            version: name.split(['_', '-']).next().unwrap_or_default().to_owned(),
            name: name.clone(),
            at: row.optional("run_on"),
            place: Some(Place::Number(row.number("id")?)),
            ..Record::applied(name)
        }))
    },
    keys: |migration| vec![stem(migration).to_owned()],
    late: "node-pg-migrate refuses it without --no-check-order",
    mark: "node-pg-migrate up --fake",
    ..Tool::BASE
};

/// The file's name without folders and without its ending.
fn stem(migration: &Migration) -> &str {
    let base = migration.file.rsplit('/').next().unwrap_or(&migration.file);
    base.rsplit_once('.').map_or(base, |(stem, _)| stem)
}
