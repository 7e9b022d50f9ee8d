//! When an object was changed and by whom: from the audit log that a database
//! may have, else from the commit times that its server may keep.

use std::collections::BTreeMap;

use anyhow::Context as _;
use anyhow::Result;
use tokio_postgres::Client;

use crate::history::status::Change;
use crate::history::status::Evidence;
use crate::model::catalog::Catalog;
use crate::model::finding::ObjectRef;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;

/// SQL that installs the audit log: a table, and event triggers that fill it.
pub const INSTALL: &str = include_str!("audit.install.sql");

/// SQL that takes the audit log away, with what it recorded.
pub const UNINSTALL: &str = include_str!("audit.uninstall.sql");

const SCHEMA: &str = "drift";
const TABLE: &str = "changes";
const FUNCTION: &str = "record_change()";
const EVENT_TRIGGERS: [&str; 2] = ["drift_changes", "drift_drops"];

const PRESENT: &str = "SELECT pg_catalog.to_regclass('drift.changes') IS NOT NULL
    AND pg_catalog.has_table_privilege(pg_catalog.to_regclass('drift.changes'), 'SELECT'),
  pg_catalog.to_regclass('drift.changes') IS NOT NULL,
  pg_catalog.current_setting('track_commit_timestamp')::bool";

/// The latest entry of each asked identity. The server writes arguments with all their schemas.
const LOGGED: &str = "SELECT DISTINCT ON (o.name) o.name,
    pg_catalog.to_char(c.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS\"Z\"'), c.acting_role,
    pg_catalog.host(c.address), NULLIF(c.application, ''), c.statement
  FROM drift.changes AS c
  CROSS JOIN LATERAL (SELECT pg_catalog.replace(c.object, 'pg_catalog.', '')) AS o(name)
  WHERE o.name = ANY ($1) AND NOT c.dropped
  ORDER BY o.name, c.id DESC";

/// What is known of the last change of objects, by position, and what could not be read.
#[derive(Debug, Default)]
pub struct Traces {
    pub changes: BTreeMap<usize, Change>,
    pub note: Option<String>,
}

/// Asks for the last change of each object.
///
/// # Errors
/// A query fails.
pub async fn traces(client: &Client, objects: &[&ObjectRef]) -> Result<Traces> {
    let mut traces = Traces::default();
    let row = client.query_one(PRESENT, &[]).await.context("cannot ask for an audit log")?;
    let (readable, installed, timestamps): (Option<bool>, bool, bool) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if timestamps {
        commit_times(client, objects, &mut traces).await?;
    }
    match (installed, readable) {
        (true, Some(true)) => logged(client, objects, &mut traces).await?,
        (true, _) => traces.note = Some("drift.changes, the audit log, may not be read by this role".to_owned()),
        (false, _) => {}
    }
    Ok(traces)
}

/// How the server names an object in an event: itself, or what it hangs on.
fn identity(object: &ObjectRef) -> String {
    match (object.schema.is_empty(), object.parent.is_empty()) {
        (true, _) => quote(&object.name),
        (false, true) => match object.name.split_once('(') {
            Some((name, arguments)) => {
                format!("{}.{}({}", quote(&object.schema), quote(name), arguments.replace(", ", ","))
            }
            None => format!("{}.{}", quote(&object.schema), quote(&object.name)),
        },
        (false, false) => format!("{}.{}", quote(&object.schema), quote(&object.parent)),
    }
}

async fn logged(client: &Client, objects: &[&ObjectRef], traces: &mut Traces) -> Result<()> {
    let names: Vec<String> = objects.iter().map(|object| identity(object)).collect();
    let rows = client.query(LOGGED, &[&names]).await.context("cannot read the audit log drift.changes")?;
    for row in rows {
        let object: String = row.try_get(0)?;
        let change = Change {
            evidence: Evidence::AuditLog,
            at: row.try_get(1)?,
            by: row.try_get(2)?,
            from: row.try_get(3)?,
            application: row.try_get(4)?,
            statement: row.try_get(5)?,
        };
        for (n, asked) in objects.iter().enumerate().filter(|(n, _)| names[*n] == object) {
            // Of what hangs on a relation the relation is recorded, with the statement that names it.
            let named = |statement: &String| statement.contains(&*asked.name);
            if asked.parent.is_empty() || change.statement.as_ref().is_some_and(named) {
                traces.changes.insert(n, change.clone());
            }
        }
    }
    Ok(())
}

async fn commit_times(client: &Client, objects: &[&ObjectRef], traces: &mut Traces) -> Result<()> {
    let part = |of: fn(&ObjectRef) -> &String| objects.iter().map(|object| of(object).clone()).collect::<Vec<String>>();
    let (schemas, parents, names) = (part(|o| &o.schema), part(|o| &o.parent), part(|o| &o.name));
    let rows = client
        .query(include_str!("traces.sql"), &[&schemas, &parents, &names])
        .await
        .context("cannot ask when objects were changed")?;
    for row in rows {
        let (n, at): (i32, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
        if let Some(at) = at {
            let change =
                Change { evidence: Evidence::CommitTime, at, by: None, from: None, application: None, statement: None };
            traces.changes.insert(usize::try_from(n)?, change);
        }
    }
    Ok(())
}

/// True for what [`INSTALL`] makes.
pub fn is_ours(id: &ObjectId, catalog: &Catalog) -> bool {
    match id.kind {
        ObjectKind::EventTrigger => EVENT_TRIGGERS.contains(&&*id.name),
        _ if &*id.schema != SCHEMA => false,
        _ => {
            let column = |name: &str| catalog.get(&ObjectId::new(ObjectKind::Column, SCHEMA, TABLE, name)).is_some();
            let log = ["at", "session_role", "command", "object", "dropped"].iter().all(|name| column(name));
            let of = |name: &str| &*id.parent == name || id.parent.is_empty() && &*id.name == name;
            log && (of(TABLE) || of(FUNCTION) || id.name.starts_with("changes_id_seq"))
        }
    }
}
