//! The one input of every output format, and a versioned contract:
//! `docs/report.schema.json` is generated from these types.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

pub use crate::model::catalog::Coverage;
pub use crate::model::catalog::NotCompared;
use crate::model::finding::Finding;
use crate::model::finding::ObjectRef;
use crate::model::finding::Severity;
pub use crate::model::object::Location;

/// The version of the JSON contract. Adding a field keeps it; changing or
/// removing one raises it.
pub const REPORT_VERSION: u32 = 1;

/// What was compared, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceSummary {
    /// As a person would name it: `app@db.internal:5432/shop`, `fixtures/half-migrated`.
    pub name: String,
    /// `server_version_num` of the server that held it: 150018 is 15.18.
    pub server_version: u32,
    /// Objects that were compared.
    pub objects: u64,
    /// What of it was seen, and what not.
    pub coverage: Coverage,
}

/// How a table stands, for the overview at the head of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TableState {
    /// Declared, and not there.
    Missing,
    /// There, and not as declared.
    Differs,
    /// There, and not declared.
    Unexpected,
    /// As declared.
    Matches,
}

/// One line of the overview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TableSummary {
    /// The schema it is in.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// How it stands to what is declared.
    pub state: TableState,
    /// How many findings are about it or a part of it.
    pub findings: u64,
    /// Rows, where they were counted (sources made of SQL, or `fix`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

/// Findings by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Findings that are errors.
    pub error: u64,
    /// Findings that are warnings.
    pub warning: u64,
    /// Findings that are notes.
    pub note: u64,
}

/// What the rows were asked (`check --probe`), and how far they answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Probes {
    /// How many questions.
    pub asked: u64,
    /// Probes that read only a part of a big table, with how much.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sampled: Vec<String>,
    /// Probes without an answer, with the server's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unanswered: Vec<String>,
}

/// A finding that `[[allow]]` of `drift.toml` excuses: not counted, never hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Allowed {
    /// The code of the finding.
    pub code: String,
    /// How bad it would be.
    pub severity: Severity,
    /// What it is about.
    pub object: ObjectRef,
    /// What was found.
    pub message: String,
    /// The reason that `drift.toml` gives.
    pub why: String,
    /// The last day on which it is allowed, as `2027-03-31`; absent: for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Where `drift.toml` says so.
    pub allowed_at: Location,
}

/// What a line of `drift.toml` leaves out; shown when somebody asks (`check --explain-ignores`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The entry, as `[[ignore]] public.legacy_*`.
    pub what: String,
    /// The reason that `[[allow]]` gives.
    pub why: String,
    /// Where `drift.toml` says so.
    pub at: Option<Location>,
    /// Objects or findings.
    pub names: Vec<String>,
}

/// A finding that a baseline knows: not counted, never hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Known {
    /// The code of the finding.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub object: ObjectRef,
    /// What was found.
    pub message: String,
    /// The reason that the baseline gives; absent where it is another source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Who looks after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The last day on which it does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// What was there before (`check --baseline`, `check --base`), and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    /// The file, or the source whose findings these are.
    pub name: String,
    /// Findings that it knows, and that are still there.
    pub known: Vec<Known>,
    /// Findings that it knows and that are no more: `column-missing on public.workflows.tags`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
    /// Findings that count again, because their day is over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expired: Vec<String>,
    /// Findings that count again, because they are worse than recorded, or differ in more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
}

/// Findings + coverage + counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Of this format; see the published schema.
    pub version: u32,
    /// `check` or `diff`.
    pub command: String,
    /// What is declared.
    pub expected: SourceSummary,
    /// What was compared with it.
    pub actual: SourceSummary,
    /// Every table of either side.
    pub tables: Vec<TableSummary>,
    /// What the declared SQL itself is wrong about first; then worst first within a table, tables with the worst
    /// finding first.
    pub findings: Vec<Finding>,
    /// The findings by severity.
    pub counts: Counts,
    /// Absent where the rows were not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes: Option<Probes>,
    /// What `[[allow]]` excuses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<Allowed>,
    /// What a baseline knows; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// True where nothing is declared and only the rules of `drift.toml` were held against the database.
    #[serde(default, skip_serializing_if = "is_false")]
    pub rules_only: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Report {
    /// Counts findings by severity.
    pub fn count(findings: &[Finding]) -> Counts {
        let of = |severity| findings.iter().filter(|f| f.severity == severity).count() as u64;
        Counts { error: of(Severity::Error), warning: of(Severity::Warning), note: of(Severity::Note) }
    }
}
