//! `supabase_migrations.schema_migrations`: the version, the name, and the
//! statements as they were sent, which is as good as a checksum.

use sha2::Digest;
use sha2::Sha256;

use crate::history::folder::Layout;
use crate::history::ledger::Checksum;
use crate::history::ledger::Record;
use crate::history::ledger::Tool;
use crate::history::ledger::hex;
use crate::history::words;

pub const TOOL: Tool = Tool {
    name: "Supabase",
    table: "schema_migrations",
    schema: Some("supabase_migrations"),
    columns: &[("version", "text")],
    companions: &["*"],
    layouts: &[Layout::Numbered],
    record: |row| {
        let statements = row.list("statements").filter(|statements| !statements.is_empty());
        Ok(Some(Record {
            name: row.optional("name").unwrap_or_default(),
            by: row.optional("created_by"),
            checksum: statements.map(|statements| digest(&statements.join(";\n"))),
            ..Record::applied(row.text("version")?)
        }))
    },
    checksum: Some(Checksum { name: "SQL", of: |_, text| vec![digest(text)] }),
    late: "`supabase db push` refuses it without --include-all",
    mark: "supabase migration repair --status applied {version}",
    ..Tool::BASE
};

/// The words of SQL, whatever is between them.
fn digest(sql: &str) -> String {
    let words = words::words(sql).into_iter().filter(|word| word != ";");
    hex(&Sha256::digest(words.collect::<Vec<_>>().join("\n").as_bytes()))
}
