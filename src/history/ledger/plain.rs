//! A table that looks like a list of migrations, of a tool that is not known
//! here: by its columns, which of them holds versions or names, and which a time.

use crate::history::folder::Migration;
use crate::history::folder::programs;
use crate::history::ledger::Place;
use crate::history::ledger::Record;
use crate::history::ledger::Shape;
use crate::history::ledger::Tool;
use crate::history::ledger::number;
use crate::history::ledger::row::Row;

/// Columns that name a migration, the most particular first.
const NAMES: &[&str] = &["migration_name", "filename", "file_name", "script", "migration", "name", "version", "id"];
/// What the names of such tables have in them.
const CALLED: &[&str] =
    &["migrat", "schema_revisions", "schema_version", "schemaversion", "schema_history", "db_version", "sequelizemeta"];
/// Columns that say when.
const TIMES: &[&str] = &[
    "applied_at",
    "executed_at",
    "run_at",
    "run_on",
    "migration_time",
    "inserted_at",
    "applied_on",
    "installed_on",
    "created_at",
];

pub const TOOL: Tool = Tool {
    name: "plain",
    record,
    keys: |migration| vec![bare(migration.file.rsplit('/').next().unwrap_or(&migration.file))],
    settle: by_name_or_number,
    late: "what its tool does about it is not known here",
    ..Tool::BASE
};

/// True for a table with a column that names migrations.
pub fn fits(shape: &Shape) -> bool {
    let listed = |name: &str, of: &str| {
        NAMES.contains(&name) && (name != "id" || of == "text" || of.starts_with("character varying"))
    };
    let small = shape.name.to_lowercase();
    CALLED.iter().any(|part| small.contains(part)) && shape.columns.iter().any(|(name, of)| listed(name, of))
}

fn record(row: &Row) -> Result<Option<Record>, String> {
    let name = NAMES.iter().find_map(|column| row.optional(column)).ok_or("no column of a row names a migration")?;
    let at = TIMES.iter().find_map(|column| row.optional(column)).filter(|at| at.contains('-'));
    let version = String::new();
    Ok(Some(Record {
        version,
        name: name.clone(),
        place: at.clone().map(Place::Time),
        at,
        ..Record::applied(bare(&name))
    }))
}

/// A name without its folder and its ending: `db/001_a.up.sql` → `001_a`.
fn bare(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = match base.rsplit_once('.') {
        Some((stem, "sql")) => stem,
        Some((stem, _)) if programs::language(base).is_some() => stem,
        Some(_) | None => base,
    };
    stem.strip_suffix(".up").unwrap_or(stem).to_owned()
}

/// Where the table holds numbers, the number of a file is as good as its name.
fn by_name_or_number(records: Vec<Record>, migrations: &[Migration]) -> Vec<Record> {
    let named = |m: &Migration| (TOOL.keys)(m).into_iter().next().unwrap_or_default();
    let mut all = super::last_of_each(records, migrations);
    for record in &mut all {
        if migrations.iter().any(|m| named(m) == record.key) {
            continue;
        }
        let numbered = |m: &&Migration| !m.version.is_empty() && number(&m.version) == number(&record.key);
        // TypeORM puts the number last.
        let of_name = |m: &&Migration| m.name == record.key || format!("{}{}", m.name, m.version) == record.key;
        let file = migrations.iter().find(numbered).or_else(|| migrations.iter().find(of_name));
        if let Some(migration) = file {
            record.key = named(migration);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::SqlFile;
    use crate::history::folder;

    #[test]
    fn names_are_found_however_a_tool_writes_them() {
        let file = |name: &str| SqlFile { name: name.to_owned(), text: String::new() };
        let (_, migrations) = folder::migrations(vec![file("1700000000000-AddUsers.ts"), file("2_b.sql")]);
        for (recorded, found) in [
            ("AddUsers1700000000000", "1700000000000-AddUsers"),
            ("1700000000000", "1700000000000-AddUsers"),
            ("dist/1700000000000-AddUsers.js", "1700000000000-AddUsers"),
            ("2_b.up.sql", "2_b"),
            ("0002", "2_b"),
            ("b", "2_b"),
            ("other", "other"),
        ] {
            let records = by_name_or_number(vec![Record::applied(bare(recorded))], &migrations);
            assert_eq!(records[0].key, found, "{recorded}");
        }
    }
}
