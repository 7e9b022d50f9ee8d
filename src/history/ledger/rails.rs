//! `schema_migrations` of Rails: versions; `ar_internal_metadata` is beside it.

use crate::history::folder::Layout;
use crate::history::ledger::Record;
use crate::history::ledger::Tool;

pub const TOOL: Tool = Tool {
    name: "Rails",
    table: "schema_migrations",
    columns: &[("version", "character varying")],
    exact: true,
    companions: &["ar_internal_metadata"],
    layouts: &[Layout::Programs],
    record: |row| Ok(Some(Record::applied(row.text("version")?))),
    late: "Rails runs it next time, after what is newer",
    mark: "INSERT {version} INTO schema_migrations",
    ..Tool::BASE
};
