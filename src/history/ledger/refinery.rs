//! `refinery_schema_history`, of the Rust library Refinery.

use std::hash::Hash;
use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use crate::history::folder::Layout;
use crate::history::folder::Migration;
use crate::history::ledger::Checksum;
use crate::history::ledger::Place;
use crate::history::ledger::Record;
use crate::history::ledger::Tool;
use crate::history::ledger::number;

pub const TOOL: Tool = Tool {
    name: "Refinery",
    table: "refinery_schema_history",
    columns: &[
        ("version", ""),
        ("name", "character varying"),
        ("applied_on", "character varying"),
        ("checksum", "character varying"),
    ],
    exact: true,
    layouts: &[Layout::Versioned],
    record: |row| {
        let applied = row.optional("applied_on");
        Ok(Some(Record {
            name: row.text("name")?,
            checksum: Some(row.text("checksum")?),
            place: applied.clone().map(Place::Time),
            at: applied,
            ..Record::applied(row.text("version")?)
        }))
    },
    keys: |migration| vec![number(&migration.version)],
    checksum: Some(Checksum { name: "SipHash", of: checksums }),
    late: "Refinery refuses it as missing, unless its name begins with U",
    mark: "run Refinery with Target::Fake, which records what is not recorded",
    ..Tool::BASE
};

/// Versions have 32 bits, or 64 where Refinery is built so.
fn checksums(migration: &Migration, text: &str) -> Vec<String> {
    let word = |c: &char| c.is_alphanumeric() || *c == '_';
    let name: String = migration.name.chars().take_while(word).collect();
    let of = |hash: &dyn Fn(&mut SipHasher13)| {
        let mut hasher = SipHasher13::new();
        name.hash(&mut hasher);
        hash(&mut hasher);
        text.hash(&mut hasher);
        hasher.finish().to_string()
    };
    let narrow = migration.version.parse::<i32>().map(|version| of(&|hasher| version.hash(hasher)));
    let wide = migration.version.parse::<i64>().map(|version| of(&|hasher| version.hash(hasher)));
    narrow.into_iter().chain(wide).collect()
}
