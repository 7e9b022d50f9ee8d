//! `alembic_version`: the heads only. What leads to a head is in the files,
//! each of which names what it follows.

use crate::history::folder::Layout;
use crate::history::folder::Migration;
use crate::history::folder::programs;
use crate::history::ledger::Record;
use crate::history::ledger::Tool;

pub const TOOL: Tool = Tool {
    name: "Alembic",
    table: "alembic_version",
    columns: &[("version_num", "character varying")],
    exact: true,
    layouts: &[Layout::Programs],
    record: |row| Ok(Some(Record::applied(row.text("version_num")?))),
    settle: with_ancestors,
    keys: |migration| vec![migration.version.clone()],
    late: "Alembic runs what leads to a head, and nothing else",
    mark: "alembic stamp {version}",
    ..Tool::BASE
};

fn with_ancestors(heads: Vec<Record>, migrations: &[Migration]) -> Vec<Record> {
    let mut all = heads.clone();
    for head in &heads {
        let mut open = vec![head.key.clone()];
        while let Some(revision) = open.pop() {
            let Some(migration) = migrations.iter().find(|m| m.version == revision) else { continue };
            if !all.iter().any(|record| record.key == revision) {
                let detail = format!("it leads to {}, the head that is recorded", head.version);
                all.push(Record::implied(revision, migration, detail));
            }
            let unknown = |parent: &String| !all.iter().any(|record| record.key == *parent);
            open.extend(programs::follows(&migration.text).into_iter().filter(unknown));
        }
    }
    all
}
