//! What migrations do, statement by statement, and how a database stands to
//! that. Pure: the SQL is run elsewhere (`scratch::replay`), and what came of
//! it is judged here.

pub mod cause;
pub mod claims;
pub mod folder;
pub mod ledger;
pub mod seeds;
pub mod silent;
pub mod standing;
pub mod status;
pub mod words;

use std::collections::BTreeMap;

use crate::diff;
use crate::history::folder::Migration;
use crate::history::words::Class;
use crate::model::catalog::Catalog;
use crate::model::object::Location;
use crate::model::object::Object;
use crate::model::object::ObjectId;

/// Migrations that were run one by one in an empty database.
#[derive(Debug, Default)]
pub struct History {
    pub migrations: Vec<Migration>,
    /// In the order of the files. A statement is in here once.
    pub statements: Vec<Statement>,
    /// What is there after all of them.
    pub end: Catalog,
}

/// One statement of a migration, and what it did.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Its migration, by position in [`History::migrations`].
    pub migration: usize,
    pub at: Location,
    /// Its first line, for messages.
    pub head: String,
    /// Its tokens, those of bodies among them.
    pub words: Vec<String>,
    pub class: Class,
    pub outcome: Outcome,
    pub effects: Vec<Effect>,
    /// What it would have made, where it found something else in place.
    pub silent: Vec<Silent>,
}

/// How a statement ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Ran,
    /// It failed where it stands, and ran when the file was run once more.
    RanAgain(Refusal),
    Failed(Refusal),
    /// It begins or ends a transaction; here every statement has its own.
    Passed,
}

/// What the server said when it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The SQLSTATE.
    pub code: String,
    pub message: String,
    /// The line (1-based) of the file that the server points at.
    pub line: u32,
}

/// What a statement did to one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    pub id: ObjectId,
    /// `None`: it was not there.
    pub before: Option<Object>,
    /// `None`: it is there no longer.
    pub after: Option<Object>,
}

impl Effect {
    /// The names of the attributes that changed; empty where the object came or went.
    pub fn attributes(&self) -> Vec<&'static str> {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => {
                diff::changes(after, before).iter().map(|change| change.attribute.name).collect()
            }
            (Some(_) | None, None) | (None, Some(_)) => Vec::new(),
        }
    }
}

/// A statement that guards itself found something in place, and left it as it is.
#[derive(Debug, Clone)]
pub struct Silent {
    pub id: ObjectId,
    /// All that the statement makes of this object where it is absent; `None` where that could not be tried.
    pub wanted: Option<Vec<Object>>,
}

impl Statement {
    /// What the server said, unless the statement ran at once.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.outcome {
            Outcome::RanAgain(refusal) | Outcome::Failed(refusal) => Some(refusal),
            Outcome::Ran | Outcome::Passed => None,
        }
    }
}

impl History {
    /// What a migration did in all, by object, with the statement that did it last.
    /// What it took away and put back as it was is not among it.
    pub fn net(&self, migration: usize, counts: impl Fn(&Statement) -> bool) -> Vec<(usize, Effect)> {
        let mut net: BTreeMap<&ObjectId, (usize, Effect)> = BTreeMap::new();
        for (position, statement) in self.statements.iter().enumerate() {
            if statement.migration != migration || !counts(statement) {
                continue;
            }
            for effect in &statement.effects {
                match net.get_mut(&effect.id) {
                    Some((at, so_far)) => {
                        so_far.after.clone_from(&effect.after);
                        *at = position;
                    }
                    None => {
                        net.insert(&effect.id, (position, effect.clone()));
                    }
                }
            }
        }
        let is_one = |effect: &Effect| match (&effect.before, &effect.after) {
            (None, None) => false,
            (Some(_), Some(_)) => !effect.attributes().is_empty(),
            (Some(_), None) | (None, Some(_)) => true,
        };
        net.into_values().filter(|(_, effect)| is_one(effect)).collect()
    }

    /// The first statement that made an object.
    pub fn maker(&self, mut is: impl FnMut(&ObjectId) -> bool) -> Option<&Statement> {
        let makes = |effect: &Effect| effect.before.is_none() && effect.after.is_some();
        self.statements.iter().find(|s| s.effects.iter().any(|effect| makes(effect) && is(&effect.id)))
    }

    /// The migration of a statement.
    pub fn migration(&self, statement: &Statement) -> &Migration {
        &self.migrations[statement.migration]
    }

    /// The statement that stands there.
    pub fn statement(&self, at: &Location) -> Option<&Statement> {
        self.statements.iter().find(|statement| statement.at == *at)
    }
}

/// What changed between two readings of a catalog, both sorted by identity.
pub fn effects(before: &[Object], after: &[Object]) -> Vec<Effect> {
    let mut effects = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < before.len() || j < after.len() {
        let order = match (before.get(i), after.get(j)) {
            (Some(b), Some(a)) => b.id.cmp(&a.id),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, _) => std::cmp::Ordering::Greater,
        };
        match order {
            std::cmp::Ordering::Less => {
                effects.push(Effect { id: before[i].id.clone(), before: Some(before[i].clone()), after: None });
                i += 1;
            }
            std::cmp::Ordering::Greater => {
                effects.push(Effect { id: after[j].id.clone(), before: None, after: Some(after[j].clone()) });
                j += 1;
            }
            std::cmp::Ordering::Equal => {
                if !diff::changes(&after[j], &before[i]).is_empty() {
                    let (before, after) = (before[i].clone(), after[j].clone());
                    effects.push(Effect { id: before.id.clone(), before: Some(before), after: Some(after) });
                }
                i += 1;
                j += 1;
            }
        }
    }
    effects
}
