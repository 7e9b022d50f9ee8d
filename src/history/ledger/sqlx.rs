//! `_sqlx_migrations`, of the Rust library sqlx.

use sha2::Digest;
use sha2::Sha384;

use crate::history::folder::Layout;
use crate::history::ledger::Checksum;
use crate::history::ledger::Place;
use crate::history::ledger::Record;
use crate::history::ledger::State;
use crate::history::ledger::Tool;
use crate::history::ledger::hex;
use crate::history::ledger::number;

pub const TOOL: Tool = Tool {
    name: "sqlx",
    table: "_sqlx_migrations",
    columns: &[("version", "bigint"), ("description", "text"), ("success", "boolean"), ("checksum", "bytea")],
    layouts: &[Layout::Numbered, Layout::UpAndDown],
    record: |row| {
        let installed = row.optional("installed_on");
        Ok(Some(Record {
            name: row.text("description")?,
            state: if row.is("success")? { State::Applied } else { State::Unfinished },
            checksum: Some(row.text("checksum")?.trim_start_matches("\\x").to_owned()),
            place: installed.clone().map(Place::Time),
            at: installed,
            ..Record::applied(row.text("version")?)
        }))
    },
    keys: |migration| vec![number(&migration.version)],
    checksum: Some(Checksum { name: "SHA-384", of: |_, text| vec![hex(&Sha384::digest(text.as_bytes()))] }),
    late: "sqlx runs it next time, after what is newer",
    mark: "INSERT {key} INTO _sqlx_migrations, with the SHA-384 of the file",
    repair: "put right what it left behind, then DELETE its row: until then sqlx runs nothing",
    ..Tool::BASE
};
