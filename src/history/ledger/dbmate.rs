//! `schema_migrations` of dbmate: versions, and nothing else.

use crate::history::folder::Layout;
use crate::history::ledger::Record;
use crate::history::ledger::Tool;

pub const TOOL: Tool = Tool {
    name: "dbmate",
    table: "schema_migrations",
    columns: &[("version", "character varying")],
    exact: true,
    layouts: &[Layout::Sections],
    record: |row| Ok(Some(Record::applied(row.text("version")?))),
    late: "dbmate runs it next time, after what is newer; with --strict it refuses",
    mark: "INSERT {version} INTO schema_migrations",
    ..Tool::BASE
};
