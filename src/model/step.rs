//! A plan is typed steps. `Additive` can only be built by constructors that
//! cannot drop, narrow or rewrite: an additive plan is a type, not a filter.

mod additive;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::model::ident::literal;

pub use additive::Additive;
pub use additive::Batches;

/// PostgreSQL's table locks, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Lock {
    None,
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    AccessExclusive,
}

impl Lock {
    /// The lock's name and whom it blocks, for the comment above a statement.
    pub const fn describe(self) -> &'static str {
        match self {
            Lock::None => "no table lock",
            Lock::AccessShare => "ACCESS SHARE (blocks nobody but DROP and ALTER)",
            Lock::RowShare => "ROW SHARE (blocks nobody but DROP and ALTER)",
            Lock::RowExclusive => "ROW EXCLUSIVE (blocks no reads and no writes of other rows)",
            Lock::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE (reads and writes go on)",
            Lock::Share => "SHARE (blocks writes)",
            Lock::ShareRowExclusive => "SHARE ROW EXCLUSIVE (blocks writes)",
            Lock::AccessExclusive => "ACCESS EXCLUSIVE (blocks reads and writes)",
        }
    }
}

/// What a statement can do to those who use the database meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hazard {
    /// Reads every row while holding its lock.
    FullScan,
    /// Writes every row anew.
    TableRewrite,
    /// Builds an index.
    IndexBuild,
    /// Changes rows.
    WritesRows,
    /// Rows become invisible to roles that saw them.
    HidesRows,
    /// Something is gone afterwards.
    DataLoss,
    /// What still uses the old name fails from here on.
    OldName,
}

impl Hazard {
    /// The hazard as a sentence.
    pub const fn describe(self) -> &'static str {
        match self {
            Hazard::FullScan => "Reads every row while it holds its lock.",
            Hazard::TableRewrite => "Writes every row anew.",
            Hazard::IndexBuild => "Builds an index: takes time and disk space in proportion to the table.",
            Hazard::WritesRows => "Changes rows.",
            Hazard::HidesRows => "Rows become invisible to roles that saw them.",
            Hazard::DataLoss => "Something is gone afterwards.",
            Hazard::OldName => {
                "What still uses the old name, an application that is running among it, fails from here on."
            }
        }
    }
}

/// The order of a patch. Steps of one phase keep the order of their objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Extensions, schemas, types: before whatever uses them.
    Prepare,
    /// New routines, sequences, tables and views with all that hangs on them.
    Define,
    /// Columns of tables that exist.
    Expand,
    /// Values for rows that exist.
    Backfill,
    /// Constraints, not yet valid.
    Constrain,
    /// Validation of constraints, and NOT NULL.
    Validate,
    /// Indexes, concurrently; unique constraints on them.
    Index,
    /// Triggers and policies.
    Secure,
    /// Row-level security, once its policies are there; then grants.
    Protect,
    /// Comments.
    Describe,
    /// Drops of what holds data, in plans that may lose it.
    Remove,
}

/// One statement (or one guarded block) that knows who it hurts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Complete SQL with its final semicolon.
    pub sql: String,
    pub phase: Phase,
    pub lock: Lock,
    /// The relation the lock is on, as people write it.
    pub relation: Option<String>,
    pub hazards: Vec<Hazard>,
    /// False for what cannot run inside a transaction block.
    pub transactional: bool,
    /// The findings it answers: code and dotted object.
    pub answers: Vec<String>,
    /// SQL that takes it back, where that loses nothing.
    pub undo: Option<String>,
    /// The statement behind a guard that makes it harmless to repeat.
    #[serde(skip)]
    pub unguarded: Option<String>,
    /// Schema and name of the index that it builds, where that is not named like its object.
    #[serde(skip)]
    pub builds: Option<(String, String)>,
    /// True for what says nothing but who may do what.
    #[serde(skip)]
    pub access: bool,
}

impl Step {
    /// A statement without a lock, a hazard or a way back, which may run in a transaction.
    pub fn new(sql: String, phase: Phase) -> Self {
        Step {
            sql,
            phase,
            lock: Lock::None,
            relation: None,
            hazards: Vec::new(),
            transactional: true,
            answers: Vec::new(),
            undo: None,
            unguarded: None,
            builds: None,
            access: false,
        }
    }

    /// The statement as a person writes it who knows that nothing is there yet.
    pub fn afresh(&self) -> String {
        let sql = self.unguarded.as_ref().unwrap_or(&self.sql);
        let Some(rest) = sql.strip_prefix("CREATE ") else { return sql.clone() };
        let rest = rest.strip_prefix("OR REPLACE ").unwrap_or(rest);
        // Keywords only may come before it: names are quoted where they have capitals.
        let is_keyword = |c: char| c.is_ascii_uppercase() || c == ' ';
        match rest.split_once("IF NOT EXISTS ") {
            Some((what, named)) if what.chars().all(is_keyword) => format!("CREATE {what}{named}"),
            Some(_) | None => format!("CREATE {rest}"),
        }
    }

    /// States the strongest lock and where it is.
    pub fn lock(mut self, lock: Lock, relation: &str) -> Self {
        self.lock = lock;
        self.relation = Some(relation.to_owned());
        self
    }

    /// Adds a hazard.
    pub fn hazard(mut self, hazard: Hazard) -> Self {
        self.hazards.push(hazard);
        self
    }

    /// Says nothing but who may do what.
    pub fn about_access(mut self) -> Self {
        self.access = true;
        self
    }

    /// The same statement outside of any transaction.
    pub fn alone(mut self) -> Self {
        self.transactional = false;
        self
    }
}

impl AsRef<Step> for Step {
    fn as_ref(&self) -> &Step {
        self
    }
}

/// A statement about the present database, which is named between `head` and
/// `tail` only when it runs.
pub fn on_database(head: &str, tail: &str) -> String {
    let body = format!(
        "BEGIN\n  EXECUTE {} || pg_catalog.quote_ident(pg_catalog.current_database()) || {};\nEND",
        literal(head),
        literal(tail)
    );
    format!("DO {};", dollar_quote(&body))
}

/// Dollar-quotes a body with a tag that does not occur in it.
pub fn dollar_quote(body: &str) -> String {
    let mut tag = "$drift$".to_owned();
    let mut n = 0;
    while body.contains(&tag) {
        n += 1;
        tag = format!("$drift{n}$");
    }
    format!("{tag}{body}{tag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_statement_has_no_guard_and_keeps_every_name() {
        let of = |step: Additive| step.as_step().afresh();
        let create = |rest| of(Additive::create(Phase::Define, rest));
        assert_eq!(create("UNLOGGED TABLE IF NOT EXISTS a.b ()"), "CREATE UNLOGGED TABLE a.b ();");
        assert_eq!(create("OR REPLACE VIEW v AS SELECT 1"), "CREATE VIEW v AS SELECT 1;");
        let odd = "VIEW public.\"IF NOT EXISTS \" AS SELECT 1";
        assert_eq!(create(odd), format!("CREATE {odd};"));
        let guarded = Additive::add(Phase::Define, "a.b", "CONSTRAINT c CHECK (true)").unless("SELECT 1");
        assert_eq!(of(guarded), "ALTER TABLE a.b ADD CONSTRAINT c CHECK (true);");
    }
}
