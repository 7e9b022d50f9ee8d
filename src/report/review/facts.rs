//! The facts of a review, and a versioned contract: `docs/review.schema.json`
//! is generated from these types. Whatever a format shows is in here.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::history::status::Status;
use crate::model::finding::ObjectRef;
use crate::model::isolation::IsolationReport;
use crate::model::plan_report::PlanLeft;
use crate::model::plan_report::PlanReport;
use crate::model::reach::TableReach;
use crate::model::report::Report;
use crate::model::report::TableState;
use crate::model::step::Lock;
use crate::report::review::estimate::Rates;

/// The version of the JSON contract. Adding a field keeps it; changing or
/// removing one raises it.
pub const REVIEW_VERSION: u32 = 1;

/// Everything that somebody needs who decides how a database gets to its
/// declared schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    pub version: u32,
    /// Three sentences: what is there, how it came about and who sees what, what to do.
    pub situation: Vec<String>,
    /// The tables of either side.
    pub tables: Vec<TableFacts>,
    /// The foreign keys of either side.
    pub references: Vec<Reference>,
    /// What is there of each migration; absent where none were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migrations: Option<Status>,
    /// What `drift check` found.
    pub check: Report,
    /// Whose rows the confined roles reach; empty where the spec says nothing of tenants.
    pub reach: Vec<TableReach>,
    /// What `drift prove` showed; absent where it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<IsolationReport>,
    /// What the rows are, as far as a reset is concerned.
    pub rows: RowsAre,
    /// How durations are estimated.
    pub rates: Rates,
    /// Reset, additive repair, full repair.
    pub options: Vec<Choice>,
    pub recommendation: Recommendation,
    /// What else a reader has to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Whose rows a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The table of tenants itself.
    Registry,
    /// Each row belongs to one tenant.
    Owned,
    /// Owned, and rows can be shown to other tenants.
    Shareable,
    /// Who belongs to a tenant, or in which role.
    Member,
    /// The same rows for all tenants.
    Global,
    /// Neither declared nor classified.
    Unclassified,
}

impl Class {
    pub const ALL: &'static [Class] =
        &[Class::Registry, Class::Owned, Class::Shareable, Class::Member, Class::Global, Class::Unclassified];

    /// The words of a report.
    pub const fn words(self) -> &'static str {
        match self {
            Class::Registry => "tenants",
            Class::Owned => "tenant-owned",
            Class::Shareable => "shareable",
            Class::Member => "membership",
            Class::Global => "global",
            Class::Unclassified => "unclassified",
        }
    }

    /// The sign beside the words in a drawing.
    pub const fn sign(self) -> &'static str {
        match self {
            Class::Registry => "◆",
            Class::Owned => "●",
            Class::Shareable => "◐",
            Class::Member => "◇",
            Class::Global => "○",
            Class::Unclassified => "?",
        }
    }
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TableFacts {
    pub schema: String,
    pub table: String,
    pub state: TableState,
    /// Absent where the spec says nothing of tenants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// Absent where nobody counted, or it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// With its indexes; absent where nobody measured, or it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    pub findings: u64,
}

impl TableFacts {
    /// `public.tools`
    pub fn dotted(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }
}

/// One foreign key, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reference {
    pub name: String,
    /// Schema and table that has it.
    pub from: (String, String),
    /// Schema and table that it points at.
    pub to: (String, String),
    pub columns: Vec<String>,
    pub state: TableState,
}

/// What the rows of a database are, as far as a reset is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "are", rename_all = "kebab-case")]
pub enum RowsAre {
    /// There is none.
    Absent,
    /// The declared SQL or the migrations insert every one of them.
    Seeds { rows: u64 },
    /// The tables with rows that nothing inserts.
    Own { tables: Vec<String> },
    /// They could not be asked.
    Unknown { why: String },
}

/// A way to the declared schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    Reset,
    Additive,
    Full,
}

impl Way {
    pub const ALL: &'static [Way] = &[Way::Reset, Way::Additive, Way::Full];

    /// The name of a column.
    pub const fn title(self) -> &'static str {
        match self {
            Way::Reset => "Reset",
            Way::Additive => "Additive repair",
            Way::Full => "Full repair",
        }
    }

    /// What it does, in half a sentence.
    pub const fn does(self) -> &'static str {
        match self {
            Way::Reset => "drops the managed schemas and makes them anew from SQL",
            Way::Additive => "creates and adds what is missing, and drops nothing",
            Way::Full => "adds, changes and drops until just what is declared is there",
        }
    }
}

/// Whether there is a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "plan", rename_all = "kebab-case")]
pub enum Planned {
    /// Made, and proved in a scratch Postgres.
    Proved,
    /// There is nothing for it to do.
    Nothing,
    /// There is one, and it does not lead to the declared schema.
    Fails { failures: Vec<String> },
    /// There is none.
    Refused { reason: String, help: String },
}

/// An amount of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Amount {
    /// Tables that hold them.
    pub tables: u64,
    pub rows: u64,
    pub bytes: u64,
    /// Tables that nobody counted or measured, which are in none of the numbers.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unknown: u64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// What a way costs on one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TableCost {
    /// Absent for what is on no table that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    pub statements: u64,
    pub lock: Lock,
    /// An estimate.
    pub milliseconds: u64,
}

/// Something that only a person can say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// A question, or what is in the way.
    pub question: String,
    /// Where the answer is written.
    pub how: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
}

/// A command to run, and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    pub does: String,
    pub run: String,
}

/// One way, and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    pub way: Way,
    pub planned: Planned,
    pub kept: Amount,
    pub lost: Amount,
    /// What is gone for good beside rows, or how: in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<String>,
    pub statements: u64,
    pub strongest_lock: Lock,
    /// An estimate of all statements together.
    pub milliseconds: u64,
    pub costs: Vec<TableCost>,
    pub decisions: Vec<Decision>,
    /// What stays different afterwards.
    pub left: Vec<PlanLeft>,
    /// What its proof showed, and what that did not cover.
    pub shown: Vec<String>,
    pub commands: Vec<Command>,
    /// Every statement; absent for a reset, which is a directory of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanReport>,
}

impl Choice {
    /// A way of which nothing is known yet.
    pub fn empty(way: Way, planned: Planned) -> Choice {
        Choice {
            way,
            planned,
            kept: Amount::default(),
            lost: Amount::default(),
            losses: Vec::new(),
            statements: 0,
            strongest_lock: Lock::None,
            milliseconds: 0,
            costs: Vec::new(),
            decisions: Vec::new(),
            left: Vec::new(),
            shown: Vec::new(),
            commands: Vec::new(),
            plan: None,
        }
    }

    /// True where it can be taken as it is.
    pub fn works(&self) -> bool {
        match self.planned {
            Planned::Proved => true,
            Planned::Nothing | Planned::Fails { .. } | Planned::Refused { .. } => false,
        }
    }
}

/// The rule that a recommendation follows; `docs/report.md` has them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    NothingToDo,
    NothingToLose,
    DecideFirst,
    KeepTheRows,
    AddingIsNotEnough,
    NoWayYet,
}

impl Rule {
    pub const ALL: &'static [Rule] = &[
        Rule::NothingToDo,
        Rule::NothingToLose,
        Rule::DecideFirst,
        Rule::KeepTheRows,
        Rule::AddingIsNotEnough,
        Rule::NoWayYet,
    ];

    /// The name in docs/report.md.
    pub const fn word(self) -> &'static str {
        match self {
            Rule::NothingToDo => "nothing-to-do",
            Rule::NothingToLose => "nothing-to-lose",
            Rule::DecideFirst => "decide-first",
            Rule::KeepTheRows => "keep-the-rows",
            Rule::AddingIsNotEnough => "adding-is-not-enough",
            Rule::NoWayYet => "no-way-yet",
        }
    }
}

/// What to do, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recommendation {
    pub rule: Rule,
    /// The way to take now; absent: none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<Way>,
    /// The way to take once the decisions are made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Way>,
    /// One sentence.
    pub headline: String,
    pub reasons: Vec<String>,
    pub decisions: Vec<Decision>,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::catalog::Coverage;
    use crate::model::report::Counts;
    use crate::model::report::REPORT_VERSION;
    use crate::model::report::SourceSummary;
    use crate::report::review::estimate::RATES;

    /// A review that says nothing but which tables and keys there are.
    pub fn of_tables(tables: Vec<TableFacts>, references: Vec<Reference>) -> Review {
        let side =
            SourceSummary { name: "a".to_owned(), server_version: 170_000, objects: 0, coverage: Coverage::default() };
        Review {
            version: REVIEW_VERSION,
            situation: Vec::new(),
            tables,
            references,
            migrations: None,
            check: Report {
                version: REPORT_VERSION,
                command: "check".to_owned(),
                expected: side.clone(),
                actual: side,
                tables: Vec::new(),
                findings: Vec::new(),
                counts: Counts::default(),
                probes: None,
                allowed: Vec::new(),
                baseline: None,
                rules_only: false,
            },
            reach: Vec::new(),
            proof: None,
            rows: RowsAre::Absent,
            rates: RATES,
            options: Vec::new(),
            recommendation: Recommendation {
                rule: Rule::NothingToDo,
                take: None,
                then: None,
                headline: String::new(),
                reasons: Vec::new(),
                decisions: Vec::new(),
            },
            notes: Vec::new(),
        }
    }
}
