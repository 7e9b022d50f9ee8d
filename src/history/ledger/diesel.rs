//! `__diesel_schema_migrations`, of the Rust library Diesel.

use crate::history::folder::Layout;
use crate::history::ledger::Place;
use crate::history::ledger::Record;
use crate::history::ledger::Tool;

pub const TOOL: Tool = Tool {
    name: "Diesel",
    table: "__diesel_schema_migrations",
    columns: &[("version", "character varying"), ("run_on", "timestamp")],
    exact: true,
    layouts: &[Layout::UpFolders],
    record: |row| {
        let run = row.optional("run_on");
        let place = run.clone().map(Place::Time);
        Ok(Some(Record { place, at: run, ..Record::applied(row.text("version")?) }))
    },
    // 2025-10-26-000001_name is 20251026000001.
    keys: |migration| vec![migration.version.replace('-', "")],
    late: "Diesel runs it next time, after what is newer",
    mark: "INSERT {key} INTO __diesel_schema_migrations",
    ..Tool::BASE
};
