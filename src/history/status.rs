//! What `drift status` says: for each migration what became of it, and why.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::history::cause::Cause;
use crate::history::folder::Layout;
use crate::history::ledger::status::LedgerStatus;
use crate::history::ledger::status::Reading;
use crate::history::ledger::status::RecordStatus;
use crate::model::finding::AttributeDrift;
use crate::model::finding::ObjectRef;
use crate::model::object::Location;

/// The version of the JSON contract. Adding a field keeps it; changing or
/// removing one raises it.
pub const STATUS_VERSION: u32 = 1;

/// What a database has of each migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    pub version: u32,
    /// The database's name.
    pub source: String,
    /// The directory of migrations.
    pub directory: String,
    pub layout: Layout,
    pub migrations: Vec<MigrationStatus>,
    /// What no migration explains.
    pub by_hand: Vec<ByHand>,
    /// What migration tools have recorded in the database.
    #[serde(default)]
    pub ledgers: Vec<LedgerStatus>,
}

impl Status {
    /// True where the ledgers are the only evidence for a migration, and do not have it as applied.
    pub fn is_pending(&self, migration: &MigrationStatus) -> bool {
        let mut judged = self.ledgers.iter().filter(|ledger| ledger.reading == Reading::Judged).peekable();
        let of_it = |record: &RecordStatus| record.file.as_ref() == Some(&migration.file) && record.state.is_applied();
        migration.verdict == Verdict::Unverifiable
            && judged.peek().is_some()
            && !judged.any(|ledger| ledger.records.iter().any(of_it))
    }
}

/// What became of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All that it does is there.
    Complete,
    /// A part of what it does is there.
    Partial,
    /// Nothing of it is there.
    NotApplied,
    /// It was applied, and something of it was changed or taken away by hand.
    Undone,
    /// It ran and changed nothing: all that it would make was in place.
    WithoutEffect,
    /// It leaves nothing in the schema that could be looked for.
    Unverifiable,
}

impl Verdict {
    pub const ALL: &'static [Verdict] = &[
        Verdict::Complete,
        Verdict::Partial,
        Verdict::NotApplied,
        Verdict::Undone,
        Verdict::WithoutEffect,
        Verdict::Unverifiable,
    ];

    /// The verdict in words: `not applied`.
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Complete => "complete",
            Verdict::Partial => "partial",
            Verdict::NotApplied => "not applied",
            Verdict::Undone => "undone by hand",
            Verdict::WithoutEffect => "without effect",
            Verdict::Unverifiable => "not verifiable",
        }
    }
}

/// One migration and what is there of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MigrationStatus {
    /// What a ledger calls it; empty where the file has no number.
    pub version: String,
    pub name: String,
    /// Below the directory.
    pub file: String,
    /// The language of a migration that is no SQL: what it does was not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    pub verdict: Verdict,
    /// How many statements it has.
    pub statements: u64,
    /// What it did in all, object by object.
    pub effects: Vec<EffectStatus>,
    /// Statements that found something in place and did nothing.
    pub silent: Vec<SilentStatus>,
    pub failures: Vec<FailureStatus>,
    /// Statements about rows: the schema does not show whether they ran.
    pub data: Vec<Location>,
    /// Of these, the rows that a key says, looked up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<SeedStatus>,
}

impl MigrationStatus {
    /// True where the database is not what the migration leads to.
    pub fn is_drift(&self) -> bool {
        match self.verdict {
            Verdict::Partial | Verdict::NotApplied | Verdict::Undone => true,
            // What it would have made may have been there just so.
            Verdict::WithoutEffect => self.silent.iter().any(|silent| silent.matters() || !silent.tried),
            Verdict::Complete | Verdict::Unverifiable => false,
        }
    }
}

/// Rows that a statement inserts, looked up by a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeedStatus {
    pub at: Location,
    /// The table, with its schema.
    pub table: String,
    /// The columns of the key.
    pub key: Vec<String>,
    /// How many rows the statement inserts.
    pub rows: u64,
    /// How many of them are there.
    pub there: u64,
}

/// What a migration did to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Did {
    Created,
    Changed,
    Removed,
}

/// Whether that is so in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EffectState {
    There,
    Missing,
    /// It was so: the rest of what the same statement did is there.
    Undone,
    /// It is there, in another shape than this migration or a later one gave it.
    Altered,
    /// A later migration changed it: nothing is left to look for.
    Superseded,
}

/// One effect of a migration, and whether it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EffectStatus {
    pub object: ObjectRef,
    pub did: Did,
    /// The statement that did it.
    pub at: Location,
    pub state: EffectState,
    /// What differs, where that is what is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<AttributeDrift>,
    /// What is missing first: the relation that the object would hang on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Because>,
}

/// An object that something else waits for, and that was never made here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Because {
    pub object: ObjectRef,
    /// The statement of another migration that makes it.
    pub made_at: Location,
}

/// A statement that found something in place and did nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SilentStatus {
    pub at: Location,
    /// Its first line.
    pub statement: String,
    pub object: ObjectRef,
    /// The statement that made it; `None`: no migration did.
    pub since: Option<Location>,
    /// False where the statement could not be tried without what was in its way.
    pub tried: bool,
    /// What the statement would have made, and is not there.
    pub lacks: Vec<Lack>,
    /// What is there in another shape.
    pub differs: Vec<Differs>,
    /// How many things it would have made and are there just so.
    pub alike: u64,
}

impl SilentStatus {
    /// True where the database is not as the statement would have made it.
    pub fn matters(&self) -> bool {
        !self.lacks.is_empty() || !self.differs.is_empty()
    }
}

/// Something that is not there, and its shape in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lack {
    pub object: ObjectRef,
    pub shape: String,
}

/// Something that is there, and how it differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Differs {
    pub object: ObjectRef,
    pub attributes: Vec<AttributeDrift>,
}

/// A statement that fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailureStatus {
    pub at: Location,
    /// The line of the file that the server points at.
    pub line: u32,
    /// Its first line.
    pub statement: String,
    /// The SQLSTATE.
    pub code: String,
    pub message: String,
    pub cause: Cause,
    /// It ran when its file was run once more.
    pub resolved: bool,
    /// It runs where all migrations before it were applied.
    pub only_here: bool,
}

/// The last change of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    pub evidence: Evidence,
    /// `2026-11-25 14:02:03Z`.
    pub at: String,
    /// The role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The address of the client; absent where it was the server's own machine, by a socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// As it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

/// How the last change of an object is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// The audit log of `drift audit install` recorded it.
    AuditLog,
    /// The server keeps commit times (`track_commit_timestamp`).
    CommitTime,
}

/// Something in the database that no migration explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ByHand {
    pub object: ObjectRef,
    /// When it was changed last, and by whom, where the database knows that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Change>,
    /// What came with it.
    pub with: Vec<ObjectRef>,
}
