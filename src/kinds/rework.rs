//! What a kind says to a full plan, which may drop, narrow and rewrite: the
//! other half of `create`, `alter` and `drop`. Additive plans never come here.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::Repair;
use super::Severities;
use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Step;

/// How a changed attribute is brought about where no additive step does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rework {
    /// In place; nothing that depends on it notices.
    InPlace(Vec<Step>),
    /// In place, but whatever depends on it has to be away meanwhile and is
    /// put back afterwards (a view over a column whose type changes). What
    /// `rides` stays.
    Disturb(Vec<Step>),
    /// Dropped and made anew, and with it whatever depends on it. A table never:
    /// its rows go with it, unless `Around` carries them.
    Replace(Around),
    /// Not at all, with the reason and what would help.
    Impossible(String),
}

/// What is done before something is dropped and after it was made anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    pub before: Vec<Step>,
    pub after: Vec<Step>,
    /// What depends on it and need not be dropped (the columns of a type).
    pub spares: Vec<Spare>,
}

/// What depends on something that is made anew, and what frees it of that and takes
/// it up again. What depends on it in turn has to be away meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spare {
    pub id: ObjectId,
    pub before: Vec<Step>,
    pub after: Vec<Step>,
}

impl Spare {
    /// One that other steps free.
    pub fn of(id: &ObjectId) -> Self {
        Spare { id: id.clone(), before: Vec::new(), after: Vec::new() }
    }
}

impl Around {
    /// True where it spares something, or something is done around it.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty() && self.spares.is_empty()
    }

    pub fn spares(&self, id: &ObjectId) -> bool {
        self.spares.iter().any(|spare| spare.id == *id)
    }

    /// Every step.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        let spares = self.spares.iter().flat_map(|spare| spare.before.iter().chain(&spare.after));
        self.before.iter().chain(&self.after).chain(spares)
    }
}

impl Rework {
    /// Dropped and made anew, and nothing around it.
    pub fn replace() -> Self {
        Rework::Replace(Around::default())
    }

    /// One statement in place.
    pub fn step(step: Step) -> Self {
        Rework::InPlace(vec![step])
    }
}

/// An object that depends on something which is about to be dropped and made anew.
pub struct Held<'a> {
    /// The object as it is now.
    pub actual: &'a Object,
    /// The object as declared; `None` where it is to be dropped itself.
    pub expected: Option<&'a Object>,
    /// What is dropped and made anew.
    pub by: &'a ObjectId,
}

/// A kind that is replaced whenever it changes, and loses nothing by that. The
/// base of kinds that say no more.
pub const PLAIN: Kind = Kind {
    catalog: "",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm { missing: "", unexpected: "", changed: "" },
    create: |_, _| Repair::default(),
    alter: |_, _| Repair::default(),
    drop: |_| String::new(),
    target: |object| object.id.qualified(),
    rework: |_: Change, _: &Context| Rework::replace(),
    release: |_, _| None,
    loses: |_| None,
    said_again: |_, _| Vec::new(),
    unused: |_, _, _| None,
    rides: false,
    elsewhere: false,
    rename: None,
};
