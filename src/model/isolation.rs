//! What an isolation proof showed, and a versioned contract:
//! `docs/prove.schema.json` is generated from these types.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// The version of the JSON contract. Adding a field keeps it; changing or
/// removing one raises it.
pub const ISOLATION_VERSION: u32 = 1;

/// One thing that a role must not be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// Row security does not apply to the role: it owns the table or looks past policies.
    RowSecurity,
    /// Reads rows of another tenant.
    Read,
    /// Reads rows in a session that entered no tenant.
    ReadNoContext,
    /// Reads rows in a session whose tenant is the empty text.
    ReadEmptyContext,
    /// Reads rows in a session whose tenant is no tenant.
    ReadGarbageContext,
    /// Inserts a row for another tenant.
    Insert,
    /// Inserts a row that belongs to no tenant.
    InsertNoTenant,
    /// Gives its own rows to another tenant.
    MoveOut,
    /// Takes the rows of another tenant.
    Steal,
    /// Changes rows of another tenant.
    Update,
    /// Deletes rows of another tenant.
    Delete,
    /// Learns from a duplicate key that another tenant has a row.
    UniqueOracle,
    /// Overwrites a row of another tenant through ON CONFLICT.
    UpsertTheft,
    /// Refers to a row of another tenant.
    ForeignKey,
    /// Loses rows when another tenant deletes its own.
    Cascade,
    /// Empties the table.
    Truncate,
    /// Joins another tenant.
    JoinTenant,
    /// Gives itself another role in its tenant.
    Promote,
    /// As a member of two tenants, moves rows from one to the other.
    TwoTenants,
}

impl Probe {
    /// All of them, in the order in which they are tried.
    pub const ALL: &'static [Probe] = &[
        Probe::RowSecurity,
        Probe::Read,
        Probe::ReadNoContext,
        Probe::ReadEmptyContext,
        Probe::ReadGarbageContext,
        Probe::Insert,
        Probe::InsertNoTenant,
        Probe::MoveOut,
        Probe::Steal,
        Probe::Update,
        Probe::Delete,
        Probe::UniqueOracle,
        Probe::UpsertTheft,
        Probe::ForeignKey,
        Probe::Cascade,
        Probe::Truncate,
        Probe::JoinTenant,
        Probe::Promote,
        Probe::TwoTenants,
    ];

    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Probe::RowSecurity => "row-security",
            Probe::Read => "read",
            Probe::ReadNoContext => "read-no-context",
            Probe::ReadEmptyContext => "read-empty-context",
            Probe::ReadGarbageContext => "read-garbage-context",
            Probe::Insert => "insert",
            Probe::InsertNoTenant => "insert-no-tenant",
            Probe::MoveOut => "move-out",
            Probe::Steal => "steal",
            Probe::Update => "update",
            Probe::Delete => "delete",
            Probe::UniqueOracle => "unique-oracle",
            Probe::UpsertTheft => "upsert-theft",
            Probe::ForeignKey => "foreign-key",
            Probe::Cascade => "cascade",
            Probe::Truncate => "truncate",
            Probe::JoinTenant => "join-tenant",
            Probe::Promote => "promote",
            Probe::TwoTenants => "two-tenants",
        }
    }
}

/// What came of a probe. Ordered worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It broke in.
    Failed,
    /// It could not be tried; never counts as proven.
    Unproven,
    /// It was tried, or the role has no privilege to try it.
    Proven,
}

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exchange {
    /// One statement, without a closing semicolon.
    pub sql: String,
    /// What came back, where that is the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// One probe of one relation by one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProbeResult {
    /// What was tried.
    pub probe: Probe,
    /// As which role.
    pub role: String,
    /// What came of it.
    pub verdict: Verdict,
    /// What broke in, what stood in the way, or why it could not be tried.
    pub reason: String,
    /// What to run, after `setup`, to see it: of failed probes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transcript: Vec<Exchange>,
}

/// What a relation is to its tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RelationClass {
    /// The table of tenants.
    Registry,
    /// Says who belongs to which tenant.
    Member,
    /// Every row is of one tenant.
    Owned,
    /// Rows are of one tenant, and some are shown to others.
    Shareable,
    /// A part of a table that has a name of its own.
    Partition,
    /// A view on relations that have tenants.
    View,
    /// A materialized view on relations that have tenants: no policy protects it.
    MaterializedView,
    /// A foreign table with a tenant column: no policy protects it.
    ForeignTable,
}

impl RelationClass {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            RelationClass::Registry => "registry",
            RelationClass::Member => "member",
            RelationClass::Owned => "owned",
            RelationClass::Shareable => "shareable",
            RelationClass::Partition => "partition",
            RelationClass::View => "view",
            RelationClass::MaterializedView => "materialized view",
            RelationClass::ForeignTable => "foreign table",
        }
    }
}

/// All probes of one relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RelationProof {
    /// The schema it is in.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is to tenants, which decides what is tried.
    pub class: RelationClass,
    /// The worst of the probes.
    pub verdict: Verdict,
    /// How its probes came out.
    pub counts: ProbeCounts,
    /// Every probe, for every role.
    pub probes: Vec<ProbeResult>,
}

impl RelationProof {
    /// A relation and its probes; without any it is unproven.
    pub fn new(schema: &str, name: &str, class: RelationClass, probes: Vec<ProbeResult>) -> RelationProof {
        let verdict = probes.iter().map(|p| p.verdict).min().unwrap_or(Verdict::Unproven);
        let counts = ProbeCounts::of(&probes);
        RelationProof { schema: schema.to_owned(), name: name.to_owned(), class, verdict, counts, probes }
    }
}

/// Probes by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProbeCounts {
    /// Tried, and nothing broke in.
    pub proven: u64,
    /// Broke in.
    pub failed: u64,
    /// Could not be tried.
    pub unproven: u64,
}

impl ProbeCounts {
    /// Counts probes.
    pub fn of<'a>(probes: impl IntoIterator<Item = &'a ProbeResult>) -> ProbeCounts {
        let mut counts = ProbeCounts::default();
        for probe in probes {
            match probe.verdict {
                Verdict::Proven => counts.proven += 1,
                Verdict::Failed => counts.failed += 1,
                Verdict::Unproven => counts.unproven += 1,
            }
        }
        counts
    }
}

/// What an isolation proof showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IsolationReport {
    /// Of this format; see the published schema.
    pub version: u32,
    /// What was proved, without secrets.
    pub source: String,
    /// `server_version_num` of the scratch Postgres that it was proved in.
    pub server_version: u32,
    /// The roles that acted.
    pub roles: Vec<String>,
    /// Failed relations first, then by name.
    pub relations: Vec<RelationProof>,
    /// How all probes came out.
    pub counts: ProbeCounts,
    /// What a person should know: checks that were dropped in the scratch, what no probe covers.
    pub notes: Vec<String>,
    /// The rows that were made up: what a transcript needs, in an empty copy of the schema.
    pub setup: Vec<String>,
}

impl IsolationReport {
    /// True where every probe of every relation is proven.
    pub fn proven(&self) -> bool {
        !self.relations.is_empty() && self.relations.iter().all(|relation| relation.verdict == Verdict::Proven)
    }
}
