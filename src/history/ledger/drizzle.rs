//! `drizzle.__drizzle_migrations`: a hash of the file, and the time at which
//! the journal says that it was written; nothing says when it ran.

use sha2::Digest;
use sha2::Sha256;

use crate::history::folder::Layout;
use crate::history::ledger::Checksum;
use crate::history::ledger::Place;
use crate::history::ledger::Record;
use crate::history::ledger::Tool;
use crate::history::ledger::hex;

pub const TOOL: Tool = Tool {
    name: "Drizzle",
    table: "__drizzle_migrations",
    columns: &[("id", "integer"), ("hash", "text"), ("created_at", "bigint")],
    companions: &["*"],
    layouts: &[Layout::Journal],
    record: |row| {
        Ok(Some(Record {
            checksum: Some(row.text("hash")?),
            place: Some(Place::Number(row.number("id")?)),
            ..Record::applied(row.text("created_at")?)
        }))
    },
    keys: |migration| migration.recorded_as.iter().cloned().collect(),
    checksum: Some(Checksum { name: "SHA-256", of: |_, text| vec![hex(&Sha256::digest(text.as_bytes()))] }),
    late: "Drizzle never runs it: it only looks for what is newer than its last row",
    mark: "INSERT its hash and the journal's `when` INTO the ledger",
    ..Tool::BASE
};
