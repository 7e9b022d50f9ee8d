//! A real PostgreSQL inside of the program: no Docker, no server, no set-up.
//! It takes one connection at a time.

use anyhow::Context;
use anyhow::Result;
use anyhow::anyhow;
use pglite_oxide::PgliteServer;
use pglite_oxide::extensions::Extension;
use pglite_oxide::extensions::by_sql_name;

use crate::files;
use crate::model::ident::quote;
use crate::model::step::on_database;
use crate::pg::connect;
use crate::pg::connect::Session;
use crate::pg::connect::Target;
use crate::pg::connect::describe;
use crate::scratch::Needs;
use crate::scratch::extensions::OURS;

/// Where the server looks for extensions, below its root: the upper layer of
/// its file system, which has no such directory until something is put there.
const EXTENSIONS: &str = "tmp/pglite/share/postgresql/extension";

/// A running server.
pub struct Embedded(Option<PgliteServer>);

/// Starts a server with an empty database, and connects.
pub async fn start(needs: &Needs) -> Result<(Embedded, Session)> {
    let bundled: Vec<Extension> = needs.extensions.iter().filter_map(|name| by_sql_name(name)).collect();
    let installed = bundled.clone();
    let started = tokio::task::spawn_blocking(move || {
        let server = PgliteServer::builder().temporary().extensions(bundled).start()?;
        anyhow::Ok(server)
    });
    let server = started.await?.context("the embedded Postgres does not start")?;
    for archive in OURS.iter().filter(|archive| needs.extensions.iter().any(|name| name == archive.name)) {
        for (name, text) in archive.files {
            files::write_atomically(&server.root().join(EXTENSIONS).join(name), text.as_bytes())?;
        }
    }
    let target = Target::parse(&server.connection_uri())?;
    let embedded = Embedded(Some(server));
    let session = connect::connect(&target).await.context("the embedded Postgres does not answer")?;
    // The builder creates what it installs; an empty database has none of it.
    for extension in installed.iter().rev() {
        let sql = format!("DROP EXTENSION IF EXISTS {}", quote(extension.sql_name()));
        session.client().batch_execute(&sql).await.map_err(|e| anyhow!(describe(&e)))?;
    }
    // It is the template of new databases, on which initdb grants less than a new one has.
    let access = on_database("GRANT CONNECT, TEMPORARY ON DATABASE ", " TO PUBLIC");
    session.client().batch_execute(&access).await.map_err(|e| anyhow!(describe(&e)))?;
    Ok((embedded, session))
}

impl Embedded {
    /// Stops the server; its client must be gone, or this waits for ever.
    pub async fn stop(mut self) {
        if let Some(server) = self.0.take() {
            // The directory is temporary: nothing is lost when it does not end well.
            let _ended = tokio::task::spawn_blocking(move || server.shutdown()).await;
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(server) = self.0.take() {
            // Not joined: a client that is still there would make this wait for ever.
            std::thread::spawn(move || drop(server));
        }
    }
}
