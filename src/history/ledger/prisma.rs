//! `_prisma_migrations`: a row for each attempt, with how it ended.

use sha2::Digest;
use sha2::Sha256;

use crate::history::folder::Layout;
use crate::history::ledger::Checksum;
use crate::history::ledger::Place;
use crate::history::ledger::Record;
use crate::history::ledger::State;
use crate::history::ledger::Tool;
use crate::history::ledger::hex;
use crate::history::ledger::row::Row;

pub const TOOL: Tool = Tool {
    name: "Prisma",
    table: "_prisma_migrations",
    columns: &[
        ("id", "character varying"),
        ("checksum", "character varying"),
        ("finished_at", "timestamp"),
        ("migration_name", "character varying"),
        ("rolled_back_at", "timestamp"),
        ("started_at", "timestamp"),
    ],
    layouts: &[Layout::Folders],
    record,
    keys: |migration| vec![folder_of(&migration.file).to_owned()],
    checksum: Some(Checksum { name: "SHA-256", of: |_, text| vec![hex(&Sha256::digest(text.as_bytes()))] }),
    late: "`prisma migrate deploy` runs it next time, after what is newer",
    mark: "prisma migrate resolve --applied {key}",
    repair: "put right what it left behind, then `prisma migrate resolve --rolled-back {key}`: until then nothing is deployed",
    ..Tool::BASE
};

fn record(row: &Row) -> Result<Option<Record>, String> {
    let name = row.text("migration_name")?;
    let (finished, rolled_back) = (row.optional("finished_at"), row.optional("rolled_back_at"));
    let logs = row.optional("logs").filter(|logs| !logs.trim().is_empty());
    let state = match (&finished, &rolled_back) {
        (_, Some(_)) => State::RolledBack,
        (Some(_), None) => State::Applied,
        (None, None) if logs.is_some() => State::Failed,
        (None, None) => State::Unfinished,
    };
    let started = row.text("started_at")?;
    let version = name.split('_').next().unwrap_or_default().to_owned();
    Ok(Some(Record {
        version,
        state,
        at: rolled_back.or(finished).or(Some(started.clone())),
        checksum: Some(row.text("checksum")?).filter(|_| state == State::Applied),
        place: Some(Place::Time(started)),
        detail: logs.and_then(|logs| logs.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)),
        name: name.clone(),
        ..Record::applied(name)
    }))
}

/// `20250101_a/migration.sql` → `20250101_a`.
fn folder_of(file: &str) -> &str {
    file.rsplit('/').nth(1).unwrap_or(file)
}
