//! What `drift status` says of a ledger: what it holds, and where it contradicts
//! the files or the database.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::history::ledger::State;
use crate::model::finding::Severity;

/// A ledger, held against the files and the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerStatus {
    /// As its makers write it: `sqlx`; `plain` where the tool is not known.
    pub tool: String,
    /// With its schema.
    pub table: String,
    /// Why it was taken for the ledger of that tool, where it could be another's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    pub reading: Reading,
    /// In the order in which the ledger has them.
    pub records: Vec<RecordStatus>,
    pub contradictions: Vec<Contradiction>,
}

/// What came of reading a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Reading {
    /// It was held against the files and the database.
    Judged,
    /// It is about other migrations than those of the directory.
    OfOthers,
    /// It could not be read, or not be understood.
    Unreadable { message: String },
}

/// One migration in a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordStatus {
    /// The file that it is about, below the directory; `None`: there is none.
    pub file: Option<String>,
    pub version: String,
    pub name: String,
    pub state: State,
    /// When it was applied, where the ledger has that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Who applied it, where the ledger has that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// The ledger does not name it: what it does name stands for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub implied: bool,
    /// What else the ledger has to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How a ledger and the truth can contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Conflict {
    /// Recorded as applied, but its effects are not there.
    NotThere,
    /// Its effects are there, but it is not recorded.
    NotRecorded,
    /// The file is not as it was when it was applied.
    FileChanged,
    /// Recorded, but there is no such file.
    FileGone,
    /// Recorded as failed, or as begun and never ended.
    Failed,
    /// Recorded as rolled back.
    RolledBack,
    /// Applied after a migration that comes later.
    OutOfOrder,
    /// Not recorded, though a later one is.
    Skipped,
}

impl Conflict {
    pub const fn word(self) -> &'static str {
        match self {
            Conflict::NotThere => "recorded, not there",
            Conflict::NotRecorded => "there, not recorded",
            Conflict::FileChanged => "file changed",
            Conflict::FileGone => "file gone",
            Conflict::Failed => "failed",
            Conflict::RolledBack => "rolled back",
            Conflict::OutOfOrder => "out of order",
            Conflict::Skipped => "skipped",
        }
    }

    /// An error where the ledger, the files and the database cannot all be right now. What only says how
    /// things came about is less.
    pub const fn severity(self) -> Severity {
        match self {
            Conflict::NotThere | Conflict::NotRecorded | Conflict::FileChanged | Conflict::Failed => Severity::Error,
            Conflict::FileGone | Conflict::RolledBack | Conflict::Skipped => Severity::Warning,
            Conflict::OutOfOrder => Severity::Note,
        }
    }
}

/// One contradiction and its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contradiction {
    pub kind: Conflict,
    /// Below the directory; `None` where there is no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    pub version: String,
    pub name: String,
    /// When the ledger says that it was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What is the matter, in a sentence.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where the file changed: its checksum as it was recorded, and as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksums: Option<Checksums>,
}

/// A file's checksum as recorded and as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checksums {
    pub algorithm: String,
    pub recorded: String,
    pub actual: String,
}

impl Contradiction {
    /// The file, or what the ledger calls it.
    pub fn title(&self) -> String {
        match &self.file {
            Some(file) => file.clone(),
            None if self.name.is_empty() || self.name == self.version => self.version.clone(),
            None if self.name.starts_with(&self.version) => self.name.clone(),
            None => format!("{} {}", self.version, self.name),
        }
    }
}

/// A time as people read it: to the second, and in which zone where that is known.
pub fn readable(at: &str) -> String {
    let Some(text) = at.get(..19).filter(|text| text.as_bytes()[10] == b'T') else { return at.to_owned() };
    let zone = if at.ends_with('Z') || at.ends_with("+00:00") { " UTC" } else { "" };
    format!("{}{zone}", text.replace('T', " "))
}
