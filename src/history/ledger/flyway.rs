//! `flyway_schema_history`: a row for each run, with a checksum of the lines.

use crate::history::folder;
use crate::history::folder::Layout;
use crate::history::folder::Migration;
use crate::history::ledger::Checksum;
use crate::history::ledger::Place;
use crate::history::ledger::Record;
use crate::history::ledger::State;
use crate::history::ledger::Tool;
use crate::history::ledger::last_of_each;
use crate::history::ledger::row::Row;

pub const TOOL: Tool = Tool {
    name: "Flyway",
    table: "flyway_schema_history",
    columns: &[
        ("installed_rank", "integer"),
        ("version", "character varying"),
        ("description", "character varying"),
        ("type", "character varying"),
        ("script", "character varying"),
        ("checksum", "integer"),
        ("success", "boolean"),
    ],
    layouts: &[Layout::Versioned],
    record,
    settle: above_the_baseline,
    keys: |migration| vec![key(migration)],
    checksum: Some(Checksum { name: "CRC32", of: |_, text| vec![crc32(text)] }),
    late: "Flyway refuses it without outOfOrder",
    mark: "migrate with skipExecutingMigrations, or write its row into the history",
    repair: "put right what it left behind, then `flyway repair`: until then nothing runs",
    ..Tool::BASE
};

fn record(row: &Row) -> Result<Option<Record>, String> {
    let kind = row.text("type")?;
    // That Flyway made the schema is no migration; what repair has marked as deleted is none any more.
    if kind == "SCHEMA" || kind == "DELETE" {
        return Ok(None);
    }
    let description = row.text("description")?;
    let version = row.optional("version").unwrap_or_default();
    let key = if version.is_empty() { format!("R__{}", description.replace(' ', "_")) } else { trimmed(&version) };
    let state = match (row.is("success")?, kind.as_str()) {
        (false, _) => State::Failed,
        (true, "BASELINE" | "SQL_BASELINE") => State::Assumed,
        (true, undo) if undo.starts_with("UNDO") => State::RolledBack,
        (true, _) => State::Applied,
    };
    Ok(Some(Record {
        version,
        name: description,
        state,
        at: row.optional("installed_on"),
        by: row.optional("installed_by"),
        // The checksum of the way back is not that of the way forward.
        checksum: row.optional("checksum").filter(|_| state == State::Applied),
        place: Some(Place::Number(row.number("installed_rank")?)),
        ..Record::applied(key)
    }))
}

fn key(migration: &Migration) -> String {
    if migration.repeatable { format!("R__{}", migration.name) } else { trimmed(&migration.version) }
}

/// 1.0 is 1, and 01 is 1.
fn trimmed(version: &str) -> String {
    let mut numbers = folder::order(version);
    while numbers.len() > 1 && numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers.iter().map(u128::to_string).collect::<Vec<_>>().join(".")
}

/// What comes before a baseline is taken as applied.
fn above_the_baseline(records: Vec<Record>, migrations: &[Migration]) -> Vec<Record> {
    let mut all = last_of_each(records, migrations);
    let Some(at) = all.iter().rposition(|record| record.state == State::Assumed) else { return all };
    let baseline = all[at].clone();
    let below = |m: &&Migration| !m.repeatable && folder::order(&m.version) <= folder::order(&baseline.version);
    all.retain(|record| record.state != State::Assumed);
    for migration in migrations.iter().filter(below) {
        let key = key(migration);
        if !all.iter().any(|record| record.key == key) {
            let detail = format!("it is not above the baseline, {}", baseline.version);
            let implied = Record::implied(key, migration, detail);
            all.push(Record { state: State::Assumed, at: baseline.at.clone(), by: baseline.by.clone(), ..implied });
        }
    }
    all
}

/// Over the lines, without what ends them and without a byte order mark; as the signed number that Java makes of it.
fn crc32(text: &str) -> String {
    let mut hasher = crc32fast::Hasher::new();
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    text.lines().for_each(|line| hasher.update(line.as_bytes()));
    hasher.finalize().cast_signed().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_and_line_ends_do_not_count() {
        assert_eq!(trimmed("01.2.0"), "1.2");
        assert_eq!(trimmed("0"), "0");
        assert_eq!(crc32("\u{feff}SELECT 1;\r\nSELECT 2;\r\n"), crc32("SELECT 1;\nSELECT 2;"));
        // The check value of CRC-32, and one with the highest bit set.
        assert_eq!(crc32("123456789"), (0xcbf4_3926_u32 as i32).to_string());
    }
}
