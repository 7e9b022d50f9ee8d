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
    /// What depends on it and need not be dropped, because `before` frees it
    /// (the columns of a type). What depends on these has to be away meanwhile.
    pub spares: Vec<ObjectId>,
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
    unused: |_, _, _| None,
    rides: false,
    elsewhere: false,
    rename: None,
};
