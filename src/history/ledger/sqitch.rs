//! `sqitch.changes`: the changes of a plan that are deployed, by whom, with
//! the SHA-1 of the script.

use sha1::Digest;
use sha1::Sha1;

use crate::history::folder::Layout;
use crate::history::folder::Migration;
use crate::history::ledger::Checksum;
use crate::history::ledger::Place;
use crate::history::ledger::Record;
use crate::history::ledger::Tool;
use crate::history::ledger::hex;

pub const TOOL: Tool = Tool {
    name: "Sqitch",
    table: "changes",
    columns: &[
        ("change_id", "text"),
        ("script_hash", "text"),
        ("change", "text"),
        ("project", "text"),
        ("committed_at", "timestamp"),
        ("committer_name", "text"),
        ("planned_at", "timestamp"),
    ],
    companions: &["*"],
    layouts: &[Layout::Plan],
    record: |row| {
        let hash = row.optional("script_hash");
        let committed = row.text("committed_at")?;
        let email = row.optional("committer_email").map(|email| format!(" <{email}>")).unwrap_or_default();
        Ok(Some(Record {
            name: row.text("note").unwrap_or_default(),
            by: Some(format!("{}{email}", row.text("committer_name")?)),
            // What was deployed by a Sqitch before there were hashes has the id of the change there.
            checksum: hash.filter(|hash| Some(hash) != row.optional("change_id").as_ref()),
            place: Some(Place::Time(committed.clone())),
            at: Some(committed),
            ..Record::applied(row.text("change")?)
        }))
    },
    settle: reworked,
    keys: |migration| migration.recorded_as.iter().cloned().collect(),
    checksum: Some(Checksum { name: "SHA-1", of: |_, text| vec![hex(&Sha1::digest(text.as_bytes()))] }),
    late: "Sqitch refuses: what is deployed has to be the beginning of the plan",
    mark: "sqitch deploy --log-only",
    ..Tool::BASE
};

/// A change that was reworked has a script for each time, `name@tag` for all but the last.
fn reworked(records: Vec<Record>, migrations: &[Migration]) -> Vec<Record> {
    let mut all: Vec<Record> = Vec::new();
    for mut record in records {
        let name = record.version.clone();
        let of_it = |key: &&String| **key == name || key.strip_prefix(&name).is_some_and(|rest| rest.starts_with('@'));
        let keys = migrations.iter().filter_map(|m| m.recorded_as.as_ref()).filter(of_it);
        let before = all.iter().filter(|other| other.version == name).count();
        if let Some(key) = keys.into_iter().nth(before) {
            record.key.clone_from(key);
        }
        all.push(record);
    }
    all
}
