//! `schema_migrations` of golang-migrate: one row, the newest version, and
//! whether it was left half-way.

use crate::history::folder;
use crate::history::folder::Layout;
use crate::history::folder::Migration;
use crate::history::ledger::Record;
use crate::history::ledger::State;
use crate::history::ledger::Tool;
use crate::history::ledger::number;

pub const TOOL: Tool = Tool {
    name: "golang-migrate",
    table: "schema_migrations",
    columns: &[("version", "bigint"), ("dirty", "boolean")],
    exact: true,
    layouts: &[Layout::UpAndDown],
    record: |row| {
        let state = if row.is("dirty")? { State::Unfinished } else { State::Applied };
        Ok(Some(Record { state, ..Record::applied(row.text("version")?) }))
    },
    settle: up_to_it,
    keys: |migration| vec![number(&migration.version)],
    late: "golang-migrate never runs it",
    mark: "migrate force {version}",
    repair: "put right what it left behind, then `migrate force {version}`: until then nothing runs",
    ..Tool::BASE
};

/// Where the newest is recorded, all before it were.
fn up_to_it(records: Vec<Record>, migrations: &[Migration]) -> Vec<Record> {
    let Some(newest) = records.into_iter().next_back() else { return Vec::new() };
    let before = |m: &&Migration| folder::order(&m.version) < folder::order(&newest.version);
    let implied = |m: &Migration| {
        Record::implied(number(&m.version), m, format!("it comes before {}, the only version recorded", newest.version))
    };
    let mut all: Vec<Record> = migrations.iter().filter(before).map(implied).collect();
    all.push(newest);
    all
}
