//! A plan as people and machines review it, and a versioned contract:
//! `docs/plan.schema.json` is generated from these types.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::model::finding::ObjectRef;
use crate::model::step::Hazard;
use crate::model::step::Lock;

/// The version of the JSON contract. Adding a field keeps it; changing or
/// removing one raises it.
pub const PLAN_VERSION: u32 = 1;

/// What a plan may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// It creates and adds, and nothing else.
    Additive,
    /// It leads to just what is declared.
    Full,
}

/// A plan, and what its proof showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanReport {
    pub version: u32,
    pub way: Way,
    /// What is changed, as a person would name it.
    pub from: String,
    /// Where it leads.
    pub to: String,
    /// What is gone for good afterwards.
    pub losses: Vec<PlanLoss>,
    /// What gets another name, before anything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renames: Vec<PlanRename>,
    /// What is done, in order.
    pub groups: Vec<PlanGroup>,
    /// What is dropped and made again as it was, because something that it needs is replaced.
    pub put_back: Vec<ObjectRef>,
    /// What stays different, and why.
    pub left: Vec<PlanLeft>,
    pub warnings: Vec<String>,
    /// Absent where there is nothing to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<PlanProof>,
}

/// One thing that is gone for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanLoss {
    pub object: ObjectRef,
    /// `its rows`
    pub what: String,
}

/// One thing that gets another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanRename {
    pub object: ObjectRef,
    /// The value of an enum that gets it, where it is not the object itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The new name, alone.
    pub to: String,
}

/// Steps that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanGroup {
    pub title: String,
    /// True where all of them share one transaction; else each is by itself.
    pub one_transaction: bool,
    pub steps: Vec<PlanStep>,
}

/// One statement, or one guarded block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanStep {
    pub sql: String,
    pub lock: Lock,
    /// What the lock is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    pub hazards: Vec<Hazard>,
    /// False for what cannot run inside a transaction.
    pub transactional: bool,
    /// The findings it answers: code and dotted object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
    /// SQL that takes it back, where that loses nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
}

/// One thing that stays different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanLeft {
    pub object: ObjectRef,
    /// Empty where it is the object as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub attribute: String,
    pub reason: String,
}

/// What was shown on a clone before the plan was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanProof {
    /// Rows that were there before and are there afterwards.
    pub rows: u64,
    /// Tables that held them.
    pub tables: u64,
    /// Of how many tables the clone was made, where it was not the whole database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<PlanPart>,
    /// What the proof could not cover.
    pub limits: Vec<String>,
}

/// The part of a database that a clone has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanPart {
    pub cloned: u64,
    pub of: u64,
}
