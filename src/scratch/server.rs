//! A temporary database on a server that somebody named, dropped afterwards
//! together with the roles that were made for it.

use std::collections::BTreeSet;

use anyhow::Context;
use anyhow::Result;
use anyhow::anyhow;
use tokio_postgres::Client;

use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::pg::connect;
use crate::pg::connect::Target;
use crate::pg::connect::describe;

/// A database that exists until [`Temporary::remove`], or at the latest until dropped.
pub struct Temporary {
    target: Target,
    database: String,
    roles_before: BTreeSet<String>,
    removed: bool,
}

impl Temporary {
    /// Creates an empty database.
    ///
    /// # Errors
    /// No connection, or the role may not create databases.
    pub async fn create(target: &Target) -> Result<Temporary> {
        let session = connect::connect(target).await?;
        let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        let database = format!("drift_scratch_{}_{:x}", std::process::id(), nanos & 0xffff_ffff);
        let roles_before = roles(session.client()).await?;
        // Before the statement is on its way: an interruption may come while it runs.
        let temporary = Temporary { target: target.clone(), database, roles_before, removed: false };
        session
            .client()
            .batch_execute(&format!("CREATE DATABASE {} TEMPLATE template0", quote(&temporary.database)))
            .await
            .map_err(|e| anyhow!(describe(&e)))
            .with_context(|| format!("cannot create a temporary database on {}", target.address()))?;
        session.close().await;
        Ok(temporary)
    }

    /// The temporary database.
    pub fn target(&self) -> Target {
        self.target.with_database(&self.database)
    }

    pub fn user(&self) -> &str {
        &self.target.user
    }

    /// Drops the database and the roles that were made meanwhile in it.
    pub async fn remove(mut self) {
        remove(&self.target, &self.database, &self.roles_before).await;
        // Only now: interrupted on the way, it is removed when dropped.
        self.removed = true;
    }
}

async fn roles(client: &Client) -> Result<BTreeSet<String>> {
    let rows = client
        .query_typed("SELECT rolname::text FROM pg_catalog.pg_roles", &[])
        .await
        .map_err(|e| anyhow!(describe(&e)))?;
    rows.iter().map(|row| Ok(row.try_get::<_, String>(0)?)).collect()
}

/// As far as it goes: a server that is gone has nothing to clean up.
async fn remove(target: &Target, database: &str, roles_before: &BTreeSet<String>) {
    let Ok(session) = connect::connect(target).await else { return };
    let client = session.client();
    let made: Vec<String> = match roles(client).await {
        Ok(now) => now.difference(roles_before).cloned().collect(),
        Err(_) => Vec::new(),
    };
    end_creation(client, database).await;
    end_subscriptions(client, target, database).await;
    let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote(database));
    let _as_far_as_it_goes = client.batch_execute(&drop).await;
    for role in made {
        // Refused while something else depends on the role: then it is not only ours.
        let _as_far_as_it_goes = client.batch_execute(&format!("DROP ROLE IF EXISTS {}", quote(&role))).await;
    }
    session.close().await;
}

/// Interrupted while the database was being created, that statement still runs
/// on the server: dropping at once would find nothing, and leave it.
async fn end_creation(client: &Client, database: &str) {
    let end = format!(
        "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity AS a \
         WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.state = 'active' \
           AND pg_catalog.starts_with(a.query, {})",
        literal(&format!("CREATE DATABASE {}", quote(database)))
    );
    for _ in 0..CREATION_ENDS_WITHIN {
        match client.query_typed(&end, &[]).await {
            Ok(running) if !running.is_empty() => tokio::time::sleep(POLL).await,
            Ok(_) | Err(_) => return,
        }
    }
}

/// A server keeps a database that subscribes to something. Nobody asks the publisher.
async fn end_subscriptions(client: &Client, target: &Target, database: &str) {
    let asked = format!(
        "SELECT pg_catalog.quote_ident(s.subname) FROM pg_catalog.pg_subscription AS s \
         JOIN pg_catalog.pg_database AS b ON b.oid = s.subdbid WHERE b.datname = {}",
        literal(database)
    );
    let names: Vec<String> = match client.query_typed(&asked, &[]).await {
        Ok(rows) => rows.iter().filter_map(|row| row.try_get(0).ok()).collect(),
        Err(_) => return,
    };
    if names.is_empty() {
        return;
    }
    let Ok(session) = connect::connect(&target.with_database(database)).await else { return };
    for name in names {
        for what in [
            format!("ALTER SUBSCRIPTION {name} DISABLE"),
            format!("ALTER SUBSCRIPTION {name} SET (slot_name = NONE)"),
            format!("DROP SUBSCRIPTION {name}"),
        ] {
            let _as_far_as_it_goes = session.client().batch_execute(&what).await;
        }
    }
    session.close().await;
}

/// Between two looks whether a statement has ended, and how many looks.
const POLL: std::time::Duration = std::time::Duration::from_millis(20);
const CREATION_ENDS_WITHIN: usize = 250;

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.removed {
            return;
        }
        let (target, database, roles) = (self.target.clone(), self.database.clone(), self.roles_before.clone());
        let clean_up = std::thread::spawn(move || {
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
                runtime.block_on(remove(&target, &database, &roles));
            }
        });
        // An interrupted program waits here until the database is gone.
        let _ended = clean_up.join();
    }
}
