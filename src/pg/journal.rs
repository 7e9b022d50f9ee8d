//! What `drift apply` did to a database, kept in that database: a step that
//! is a transaction is recorded in the same transaction, so what the journal
//! says is what happened, whoever was killed when.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;
use anyhow::anyhow;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::model::catalog::Catalog;
use crate::model::failure::failure;
use crate::model::ident::literal;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::pg::audit;
use crate::pg::connect::describe;

/// The schema of the journal; whatever else is in it is somebody's own.
const SCHEMA: &str = "drift";
const TABLE: &str = "journal";

/// The step that stands for the plan as a whole.
pub const WHOLE: usize = 0;

/// What is kept of a plan beside its steps, in a row of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// What was there of what the plan touches, before its first step: a snapshot.
    Before,
    /// The plan that takes it back, since that was begun.
    Undo,
}

/// The name of that row, where a plan's steps have its digest.
pub fn beside(plan: &str, what: Beside) -> String {
    let word = match what {
        Beside::Before => "before",
        Beside::Undo => "undo",
    };
    format!("{plan} {word}")
}

/// What was kept beside a plan.
///
/// # Errors
/// The role may not read the journal.
pub async fn recall(client: &Client, plan: &str, what: Beside) -> Result<Option<String>> {
    Ok(read(client, &beside(plan, what)).await?.remove(&WHOLE).and_then(|entry| entry.detail))
}

/// Gives plans that were taken back another name, with all that is kept of
/// them, in one transaction: they can be applied again.
///
/// # Errors
/// The server's words.
pub async fn archive(client: &Client, plans: &[&str]) -> Result<()> {
    let names = plans.iter().flat_map(|plan| {
        [(*plan).to_owned(), beside(plan, Beside::Before), beside(plan, Beside::Undo)].map(|name| literal(&name))
    });
    let sql = format!(
        "UPDATE drift.journal SET plan = plan || ' undone ' || pg_catalog.now()::pg_catalog.text WHERE plan IN ({})",
        names.collect::<Vec<_>>().join(", ")
    );
    client.batch_execute(&sql).await.map_err(|e| anyhow!(describe(&e)).context("cannot write drift.journal"))
}

const CREATE_SCHEMA: &str = "CREATE SCHEMA drift;
COMMENT ON SCHEMA drift IS 'What drift apply has done here. No part of what is compared.';";

const CREATE_TABLE: &str = "CREATE TABLE drift.journal (
  plan text NOT NULL,
  step integer NOT NULL,
  what text NOT NULL,
  started timestamptz NOT NULL,
  ended timestamptz,
  result text NOT NULL CHECK (result IN ('running', 'done', 'failed')),
  detail text,
  applied_by text NOT NULL DEFAULT session_user,
  PRIMARY KEY (plan, step)
);
COMMENT ON TABLE drift.journal IS 'One row for each step of a plan, by the digest of its file; step 0 is the plan as a whole, or what is kept beside it.';
";

/// How a step ended, or that it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Running,
    Done,
    Failed,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Outcome::Running => "running",
            Outcome::Done => "done",
            Outcome::Failed => "failed",
        }
    }
}

/// What is recorded of a step.
#[derive(Debug, Clone)]
pub struct Entry {
    pub outcome: Outcome,
    /// When it ended, for people; empty while it has not.
    pub ended: String,
    pub detail: Option<String>,
}

/// The steps of a plan that were recorded. Where no plan was ever applied, none.
///
/// # Errors
/// The role may not read the journal.
pub async fn read(client: &Client, plan: &str) -> Result<BTreeMap<usize, Entry>> {
    let mut entries = BTreeMap::new();
    if !exists(client).await?.0 {
        return Ok(entries);
    }
    let sql = format!(
        "SELECT step, result, pg_catalog.to_char(ended, 'YYYY-MM-DD HH24:MI:SS TZ'), detail FROM drift.journal WHERE plan = {}",
        literal(plan)
    );
    for row in client.query_typed(&sql, &[]).await.map_err(|error| unreadable(&error))? {
        let outcome = match row.try_get(1)? {
            "running" => Outcome::Running,
            "done" => Outcome::Done,
            _ => Outcome::Failed,
        };
        let ended = row.try_get::<_, Option<String>>(2)?.unwrap_or_default();
        let entry = Entry { outcome, ended, detail: row.try_get(3)? };
        entries.insert(row.try_get::<_, i32>(0)? as usize, entry);
    }
    Ok(entries)
}

fn unreadable(error: &tokio_postgres::Error) -> anyhow::Error {
    failure(
        format!("the journal of what was applied, drift.journal, cannot be read: {}", describe(error)),
        "apply as the role that applied before, or grant this one USAGE on schema drift and all on drift.journal",
    )
}

/// Whether there is a journal, and a schema for one.
async fn exists(client: &Client) -> Result<(bool, bool)> {
    // Asked of the catalog: a role that may not use the schema must learn that it is there.
    let sql = "SELECT EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n \
        ON n.oid = c.relnamespace WHERE n.nspname = 'drift' AND c.relname = 'journal'), \
        EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'drift')";
    let row = client.query_typed(sql, &[]).await.map_err(|e| anyhow!(describe(&e)))?;
    Ok(row.first().map_or((false, false), |row| (row.get(0), row.get(1))))
}

/// Makes the journal where there is none.
///
/// # Errors
/// The role may not create a schema in the database.
pub async fn prepare(client: &Client, role: &str) -> Result<()> {
    let schema = match exists(client).await? {
        (true, _) => return Ok(()),
        // Who may not create one finds it made by somebody who may.
        (false, true) => "",
        (false, false) => CREATE_SCHEMA,
    };
    let made = client.batch_execute(&format!("BEGIN; {schema} {CREATE_TABLE} COMMIT")).await;
    let Err(error) = made else { return Ok(()) };
    // What refused it is what to tell, not that nothing was begun.
    let _first_error_wins = client.batch_execute("ROLLBACK").await;
    let help = match error.code() {
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            format!("have its owner run CREATE SCHEMA drift AUTHORIZATION \"{}\"; once", role.replace('"', "\"\""))
        }
        _ => "see the server's message".to_owned(),
    };
    Err(failure(format!("the journal drift.journal cannot be made: {}", describe(&error)), help))
}

/// SQL that records a step, whether or not it was recorded before. Names
/// nothing that a path could lead elsewhere.
pub fn record(plan: &str, step: usize, what: &str, outcome: Outcome, detail: Option<&str>) -> String {
    let (ended, detail) = match outcome {
        Outcome::Running => ("NULL", "NULL".to_owned()),
        Outcome::Done | Outcome::Failed => {
            ("pg_catalog.clock_timestamp()", detail.map_or_else(|| "NULL".to_owned(), literal))
        }
    };
    // A step that is a transaction began when that did; another is recorded when it begins.
    format!(
        "INSERT INTO drift.journal AS j (plan, step, what, started, ended, result, detail) VALUES \
         ({}, {step}, {}, pg_catalog.now(), {ended}, '{word}', {detail}) \
         ON CONFLICT (plan, step) DO UPDATE SET started = CASE WHEN j.result = 'running' AND '{word}' <> 'running' \
         THEN j.started ELSE excluded.started END, ended = excluded.ended, result = excluded.result, \
         detail = excluded.detail, applied_by = excluded.applied_by",
        literal(plan),
        literal(what),
        word = outcome.word(),
    )
}

/// A catalog without the journal, the audit log and the schema that is there
/// for them alone: nobody's, and so never drift.
pub fn without(catalog: Catalog) -> Catalog {
    let about_schema = |id: &ObjectId| {
        id.kind == ObjectKind::Schema && &*id.name == SCHEMA
            || id.kind == ObjectKind::Grant && &*id.schema == SCHEMA && id.parent.is_empty()
    };
    let here = |id: &ObjectId| about_schema(id) || &*id.schema == SCHEMA || audit::is_ours(id, &catalog);
    if !catalog.objects().iter().any(|object| here(&object.id)) {
        return catalog;
    }
    let has = |name: &str| catalog.get(&ObjectId::new(ObjectKind::Column, SCHEMA, TABLE, name)).is_some();
    let journal = ["plan", "step", "what", "started", "ended", "result"].iter().all(|name| has(name));
    let of_table = |id: &ObjectId| &*id.parent == TABLE || id.parent.is_empty() && &*id.name == TABLE;
    let ours: BTreeSet<ObjectId> = catalog
        .objects()
        .iter()
        .map(|object| &object.id)
        .filter(|id| journal && &*id.schema == SCHEMA && of_table(id) || audit::is_ours(id, &catalog))
        .cloned()
        .collect();
    // A schema that holds something else too is somebody's.
    let shared = catalog
        .objects()
        .iter()
        .any(|object| &*object.id.schema == SCHEMA && !ours.contains(&object.id) && !about_schema(&object.id));
    let relations: Vec<String> = ours.iter().filter(|id| id.kind == ObjectKind::Table).map(ObjectId::dotted).collect();
    let mut catalog = catalog.retain(|object| !ours.contains(&object.id) && (shared || !about_schema(&object.id)));
    catalog.coverage.relations = catalog.coverage.relations.saturating_sub(relations.len() as u64);
    catalog.coverage.invisible.retain(|name| !relations.contains(name));
    catalog
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::Object;

    fn left(more: &[(ObjectKind, &str, &str, &str)]) -> Vec<String> {
        let columns =
            ["plan", "step", "what", "started", "ended", "result"].map(|c| (ObjectKind::Column, "drift", "journal", c));
        let own = [
            (ObjectKind::Schema, "", "", "drift"),
            (ObjectKind::Grant, "drift", "", "somebody"),
            (ObjectKind::Table, "drift", "", "journal"),
            (ObjectKind::Grant, "drift", "journal", "somebody"),
        ];
        let all = columns.iter().chain(&own).chain(more);
        let objects = all.map(|(kind, s, p, n)| Object::new(ObjectId::new(*kind, s, p, n), Vec::new())).collect();
        let catalog = without(Catalog::new(150000, objects, Vec::new()).expect("each occurs once"));
        catalog.objects().iter().map(|object| object.id.to_string()).collect()
    }

    #[test]
    fn the_journal_is_no_drift_and_all_else_is() {
        assert!(left(&[]).is_empty());
        let table = (ObjectKind::Table, "drift", "", "other");
        assert_eq!(left(&[table]), ["schema drift", "table drift.other", "grant drift.somebody"]);
        let one =
            |objects| without(Catalog::new(150000, objects, Vec::new()).expect("each occurs once")).objects().len();
        // As somebody makes it for a role that may not.
        assert_eq!(one(vec![Object::new(ObjectId::new(ObjectKind::Schema, "", "", "drift"), Vec::new())]), 0);
        // A table of that name with other columns is not ours.
        assert_eq!(one(vec![Object::new(ObjectId::new(ObjectKind::Table, "drift", "", "journal"), Vec::new())]), 1);
        let elsewhere = (ObjectKind::Table, "public", "", "journal");
        assert_eq!(left(&[elsewhere]), ["table public.journal"]);
    }
}
