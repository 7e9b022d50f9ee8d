//! Ledgers: the tables in which migration tools write down what they ran. They
//! are evidence, not truth. One file per tool says how its table is recognised,
//! what a row means, and what it would have written for a file; all else is generic.

pub mod choose;
pub mod judge;
pub mod row;
pub mod status;

use serde::Deserialize;
use serde::Serialize;

use crate::history::folder::Layout;
use crate::history::folder::Migration;
use crate::history::ledger::row::Row;
use crate::model::finding::ObjectRef;

/// Every tool that is known is a line here and a file beside this one. Where
/// tables of two look alike and nothing tells them apart, the first is taken.
macro_rules! tools {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        /// All tools; the one for tables that no other knows is the last.
        pub const TOOLS: &[&Tool] = &[$(&$module::TOOL),*];
    };
}

tools! {
    supabase,
    sqlx,
    diesel,
    refinery,
    dbmate,
    golang_migrate,
    goose,
    flyway,
    liquibase,
    alembic,
    django,
    rails,
    prisma,
    drizzle,
    node_pg_migrate,
    sqitch,
    plain,
}

/// How one tool keeps its ledger.
pub struct Tool {
    /// As its makers write it.
    pub name: &'static str,
    /// What its table is called unless somebody said otherwise.
    pub table: &'static str,
    /// The schema that the table has to be in; `None`: any.
    pub schema: Option<&'static str>,
    /// Columns that the table has, with the beginnings of their types.
    pub columns: &'static [(&'static str, &'static str)],
    /// The table has no other columns.
    pub exact: bool,
    /// Tables that the tool keeps beside it; `*`: all of its schema is the tool's.
    pub companions: &'static [&'static str],
    /// How the files of the tool are laid out.
    pub layouts: &'static [Layout],
    /// What a row says; nothing where it is no migration's.
    pub record: fn(&Row) -> Result<Option<Record>, String>,
    /// What the rows say together: one record for each migration, in the order of the rows.
    pub settle: fn(Vec<Record>, &[Migration]) -> Vec<Record>,
    /// What the ledger calls a migration; several where a file holds several.
    pub keys: fn(&Migration) -> Vec<String>,
    pub checksum: Option<Checksum>,
    /// What the tool does about a file that is older than what it ran last.
    pub late: &'static str,
    /// How to have a migration recorded without running it: `{version}`, and `{key}` as the ledger has it.
    pub mark: &'static str,
    /// How to get out of a migration that is recorded as failed; with the same to be filled in.
    pub repair: &'static str,
}

impl Tool {
    /// What most have: a name of their own to fill in the rest of a [`Tool`].
    const BASE: Tool = Tool {
        name: "",
        table: "",
        schema: None,
        columns: &[],
        exact: false,
        companions: &[],
        layouts: &[],
        record: |_| Ok(None),
        settle: last_of_each,
        keys: |migration| vec![migration.version.clone()],
        checksum: None,
        late: "",
        mark: "write its row into the ledger",
        repair: "put right what it left behind, then correct its row in the ledger",
    };
}

/// What a tool keeps of a file to know it again.
pub struct Checksum {
    /// `SHA-384`.
    pub name: &'static str,
    /// All that the tool would write for a file with this text.
    pub of: fn(&Migration, &str) -> Vec<String>,
}

/// What a ledger says of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Applied,
    /// Taken as applied without having been run: a baseline, or a mark by hand.
    Assumed,
    Failed,
    /// It began, and nothing says that it ended.
    Unfinished,
    RolledBack,
}

impl State {
    pub const fn word(self) -> &'static str {
        match self {
            State::Applied => "applied",
            State::Assumed => "assumed",
            State::Failed => "failed",
            State::Unfinished => "unfinished",
            State::RolledBack => "rolled back",
        }
    }

    /// True where the tool will not run the migration again.
    pub const fn is_applied(self) -> bool {
        match self {
            State::Applied | State::Assumed => true,
            State::Failed | State::Unfinished | State::RolledBack => false,
        }
    }
}

/// Where a record stands in the order in which migrations were applied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A running number.
    Number(i64),
    /// A time, as the server prints it: such text sorts as the times do.
    Time(String),
}

/// One migration as a ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What the tool's `keys` make of the file.
    pub key: String,
    pub version: String,
    pub name: String,
    pub state: State,
    /// When it was applied.
    pub at: Option<String>,
    /// Who applied it.
    pub by: Option<String>,
    pub checksum: Option<String>,
    pub place: Option<Place>,
    /// The ledger does not name it: what it does name stands for it.
    pub implied: bool,
    /// What else the ledger has to say: the message of a failure.
    pub detail: Option<String>,
}

impl Record {
    /// An applied migration of which only the key is known.
    fn applied(key: impl Into<String>) -> Record {
        let key = key.into();
        Record {
            version: key.clone(),
            key,
            name: String::new(),
            state: State::Applied,
            at: None,
            by: None,
            checksum: None,
            place: None,
            implied: false,
            detail: None,
        }
    }

    /// The record of a migration of which another one is the proof.
    fn implied(key: String, migration: &Migration, detail: String) -> Record {
        Record {
            version: migration.version.clone(),
            name: migration.name.clone(),
            implied: true,
            detail: Some(detail),
            ..Record::applied(key)
        }
    }
}

/// A table that may be a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    pub schema: String,
    pub name: String,
    /// Names and types, in the order of the table.
    pub columns: Vec<(String, String)>,
}

impl Shape {
    pub fn dotted(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    fn column(&self, name: &str) -> Option<&str> {
        self.columns.iter().find(|(other, _)| other == name).map(|(_, of)| of.as_str())
    }
}

/// A ledger as it was found in a database.
#[derive(Debug, Clone)]
pub struct Found {
    pub shape: Shape,
    /// Its rows, or why they could not be read.
    pub rows: Result<Vec<Row>, String>,
    /// The names of the other tables of its schema that a tool could keep beside it.
    pub beside: Vec<String>,
}

/// What the names of ledgers, and of tables that tools keep beside them, have in them, in small letters.
pub const NAMES: &[&str] = &[
    "migrat",
    "schema_revisions",
    "history",
    "version",
    "changelog",
    "changes",
    "sequelizemeta",
    "ar_internal_metadata",
];

/// True when a table is worth a look.
pub fn may_be(name: &str) -> bool {
    let small = name.to_lowercase();
    NAMES.iter().any(|part| small.contains(part))
}

/// True for the table of a ledger, what hangs on it, and what its tool keeps beside it.
pub fn keeps(found: &Found, object: &ObjectRef) -> bool {
    let tools = choose::fitting(&found.shape);
    let beside = |name: &str| tools.iter().any(|tool| tool.companions.contains(&name));
    let whole = |tool: &&Tool| tool.companions.contains(&"*") && tool.name != plain::TOOL.name;
    // The sequence of a serial column is called like its table.
    let (schema, name) = object.group();
    let is_table =
        name == found.shape.name || name.starts_with(&format!("{}_", found.shape.name)) && name.ends_with("_seq");
    let in_schema = schema == found.shape.schema;
    let own_schema = found.shape.schema != "public" && tools.iter().any(whole);
    in_schema && (is_table || beside(name) || own_schema)
        || own_schema && schema.is_empty() && name == found.shape.schema
}

/// Of several records of one migration the last one counts.
fn last_of_each(records: Vec<Record>, _: &[Migration]) -> Vec<Record> {
    let mut kept: Vec<Record> = Vec::new();
    for record in records {
        kept.retain(|other| other.key != record.key);
        kept.push(record);
    }
    kept
}

/// A number as ledgers with a numeric column have it: `0007` is 7. What is no number stays as it is.
fn number(version: &str) -> String {
    version.parse::<u128>().map_or_else(|_| version.to_owned(), |number| number.to_string())
}

/// Bytes in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;

    /// What is read here is nobody's drift elsewhere, whatever schema it is in.
    #[test]
    fn ledgers_are_ignored_by_name_too() {
        for tool in TOOLS.iter().filter(|tool| tool.name != plain::TOOL.name && tool.companions != ["*"]) {
            assert!(spec::is_ledger(tool.table) && may_be(tool.table), "{}", tool.table);
        }
        assert!(TOOLS.iter().all(|tool| tool.table.is_empty() || may_be(tool.table)));
    }
}
