//! `goose_db_version`: a row for each way that goose went, up or down.

use crate::history::folder::Layout;
use crate::history::ledger::Place;
use crate::history::ledger::Record;
use crate::history::ledger::State;
use crate::history::ledger::Tool;
use crate::history::ledger::number;

pub const TOOL: Tool = Tool {
    name: "goose",
    table: "goose_db_version",
    columns: &[("id", ""), ("version_id", "bigint"), ("is_applied", "boolean"), ("tstamp", "timestamp")],
    layouts: &[Layout::Sections],
    record: |row| {
        let version = row.text("version_id")?;
        // The first row stands for the empty database.
        if version == "0" {
            return Ok(None);
        }
        Ok(Some(Record {
            state: if row.is("is_applied")? { State::Applied } else { State::RolledBack },
            at: row.optional("tstamp"),
            place: Some(Place::Number(row.number("id")?)),
            ..Record::applied(version)
        }))
    },
    keys: |migration| vec![number(&migration.version)],
    late: "`goose up` refuses it without -allow-missing",
    mark: "INSERT {key} INTO goose_db_version, with is_applied",
    ..Tool::BASE
};
