//! How far a plan has come in a database, and whether the database is still
//! the one that the plan was made for.

use std::collections::BTreeMap;

use anyhow::Context;
use anyhow::Result;

use crate::model::failure::failure;
use crate::pg::connect::Client;
use crate::pg::journal;
use crate::pg::journal::Entry;
use crate::pg::journal::Outcome;
use crate::plan::file::PlanFile;
use crate::plan::fingerprint::Fingerprint;
use crate::plan::fingerprint::Moved;

/// How many things that moved are named.
const NAMED: usize = 8;

/// What the journal knows of a plan.
pub struct Standing {
    entries: BTreeMap<usize, Entry>,
    /// The database as the plan expects it before its first step.
    base: Fingerprint,
}

impl Standing {
    /// Asks the journal.
    ///
    /// # Errors
    /// It cannot be read; the part before was not applied here.
    pub async fn read(client: &Client, plan: &PlanFile) -> Result<Standing> {
        let entries = journal::read(client, &plan.digest).await?;
        let base = match plan.seal.place.as_ref().and_then(|place| Some((place, place.after.as_ref()?))) {
            None => plan.seal.made_for.clone(),
            Some((place, before)) => {
                let whole = journal::read(client, before).await?.remove(&journal::WHOLE);
                let detail = whole.filter(|entry| entry.outcome == Outcome::Done).and_then(|entry| entry.detail);
                let Some(detail) = detail else {
                    let (number, last) = (place.number, place.number - 1);
                    return Err(failure(
                        format!(
                            "this is part {number} of {}, and part {last} was not applied here to its end",
                            place.of
                        ),
                        format!("apply part {last} first; drift.journal says how far it is"),
                    ));
                };
                serde_json::from_str(&detail).context("what drift.journal says of the part before cannot be read")?
            }
        };
        Ok(Standing { entries, base })
    }

    /// What the plan changes was never begun.
    pub fn is_fresh(&self) -> bool {
        self.entries.is_empty()
    }

    /// The database as it was, or is, before the first step.
    pub fn base(&self) -> &Fingerprint {
        &self.base
    }

    /// The database as the plan left it, where it came to its end.
    pub fn end(&self) -> Option<Fingerprint> {
        let whole = self.entries.get(&journal::WHOLE).filter(|entry| entry.outcome == Outcome::Done)?;
        serde_json::from_str(whole.detail.as_deref()?).ok()
    }

    /// True where a step was done.
    pub fn is_done(&self, step: usize) -> bool {
        self.entries.get(&step).is_some_and(|entry| entry.outcome == Outcome::Done)
    }

    /// True where a step was begun, and nothing says that it ended.
    pub fn is_open(&self, step: usize) -> bool {
        self.entries.get(&step).is_some_and(|entry| entry.outcome != Outcome::Done)
    }

    /// How many steps were done.
    pub fn done(&self) -> usize {
        self.entries.iter().filter(|(step, entry)| **step != journal::WHOLE && entry.outcome == Outcome::Done).count()
    }

    /// When the plan came to its end, where it did.
    pub fn ended(&self) -> Option<&str> {
        let whole = self.entries.get(&journal::WHOLE).filter(|entry| entry.outcome == Outcome::Done)?;
        Some(&whole.ended)
    }

    /// Whether the plan may go on in a database as it is now. What the plan
    /// itself has changed so far does not count.
    ///
    /// # Errors
    /// Names what has moved.
    pub fn insist(&self, plan: &PlanFile, now: &Fingerprint) -> Result<()> {
        let begun = self.entries.keys().any(|step| *step != journal::WHOLE);
        if now.whole == self.base.whole || self.ended().is_some() {
            return Ok(());
        }
        let mut moved = now.moved_since(&self.base);
        if begun {
            moved.retain(|moved| !plan.seal.touches.contains(moved.name()) && !moved.name().contains(".drift_fill_"));
            if moved.is_empty() {
                return Ok(());
            }
        }
        let major = |version: u32| version / 10000;
        let help = "make a new plan with `drift fix`, from what is there now";
        if major(now.server_version) != major(self.base.server_version) {
            let (was, is) = (major(self.base.server_version), major(now.server_version));
            return Err(failure(format!("the plan was made for PostgreSQL {was}, and this is {is}"), help));
        }
        Err(failure(format!("the database has moved since the plan was made: {}", named(&moved)), help))
    }
}

/// What moved, in a few words.
pub fn named(moved: &[Moved]) -> String {
    let mut words: Vec<String> = moved.iter().take(NAMED).map(Moved::to_string).collect();
    if moved.len() > NAMED {
        words.push(format!("and {} more", moved.len() - NAMED));
    }
    if words.is_empty() { "what is in it, or its order, is another".to_owned() } else { words.join(", ") }
}
