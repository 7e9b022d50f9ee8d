//! What there is to tell while a plan is applied. A person reads it as lines,
//! a program as JSON; nothing here prints.

use serde::Serialize;

use crate::model::step::Hazard;
use crate::model::step::Lock;

/// Something that happened, or is about to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A plan was read, and the database is the one that it was made for.
    Plan {
        file: String,
        plan: String,
        way: &'static str,
        /// True where it is the way back from that plan.
        undo: bool,
        steps: usize,
        done: usize,
        database: String,
    },
    /// What a step would do, in a dry run.
    Planned {
        step: usize,
        of: usize,
        title: String,
        done: bool,
        /// True for what is no transaction.
        alone: bool,
        locks: Vec<Taken>,
        hazards: Vec<Hazard>,
        statements: Vec<String>,
    },
    /// A step begins.
    Started { step: usize, of: usize, title: String, what: String },
    /// Somebody holds what the step needs.
    Held { step: usize, relation: String, lock: Lock, by: Vec<String> },
    /// The step waits for somebody.
    Waiting { step: usize, by: Vec<String> },
    /// A lock was not to be had in time; the step is tried again.
    Retry { step: usize, attempt: usize, of: usize, wait_ms: u64, why: String },
    /// How far a step is; `total` where that is known.
    Progress { step: usize, what: String, done: u64, total: Option<u64>, seconds_left: Option<u64> },
    /// Replicas are too far behind: nothing more is written until they are not.
    Lagging { step: usize, replicas: Vec<String> },
    /// They are not any more.
    CaughtUp { step: usize },
    /// What an interrupted build had left was taken away.
    CleanedUp { step: usize, what: String },
    /// A step is done.
    Done { step: usize, of: usize, ms: u64 },
    /// It stops after this step.
    Stopping,
    /// Something to know that changes nothing.
    Note { text: String },
    /// It is over, and what was promised holds: nothing differs but what the plan leaves.
    Kept { plan: String, left: Vec<String> },
    /// A part of several is over.
    PartDone { plan: String, part: usize, of: usize },
    /// It is over, and something differs that the plan does not name.
    Broken { plan: String, differs: Vec<String> },
    /// A plan was taken back, and what is there is what was there before it.
    Undone {
        plan: String,
        /// True where rows stay that it wrote: where there was a place for them before.
        wrote: bool,
    },
    /// It stopped because somebody asked.
    Stopped { plan: String, done: usize, of: usize },
}

/// A lock that a step takes, and on how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    pub relation: String,
    pub lock: Lock,
    /// About how many rows; `None` where nobody knows.
    pub rows: Option<u64>,
}

/// Where events go.
pub type Tell<'a> = &'a (dyn Fn(Event) + Sync);
