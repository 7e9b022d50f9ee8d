//! The rows of a source: the database itself, or its SQL brought to life once
//! more in a scratch Postgres. A snapshot has none.

use anyhow::Result;

use crate::files::SqlFile;
use crate::history::folder;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::model::failure::failure;
use crate::pg::connect;
use crate::pg::connect::Client;
use crate::pg::connect::Session;
use crate::scratch::Choice;
use crate::scratch::Engine;
use crate::scratch::Needs;
use crate::scratch::Scratch;
use crate::scratch::compile;
use crate::scratch::compile::Platform;

/// A session in which the rows of a source can be asked.
pub struct Rows(Held);

enum Held {
    Live(Session),
    Scratch(Box<Scratch>),
}

impl Rows {
    /// Opens one. `None`: the source is a snapshot.
    ///
    /// # Errors
    /// No connection, or the SQL fails.
    pub async fn open(source: &Source, options: &ReadOptions) -> Result<Option<Rows>> {
        Ok(Some(Rows(match source {
            Source::Database(target) => Held::Live(connect::connect(target).await?),
            Source::Sql(path) => Held::Scratch(Box::new(loaded(&folder::sql(path)?, options).await?)),
            Source::Snapshot(_) => return Ok(None),
        })))
    }

    /// As [`Rows::open`], for what cannot do without rows.
    ///
    /// # Errors
    /// As [`Rows::open`]; and the source is a snapshot.
    pub async fn required(source: &Source, options: &ReadOptions) -> Result<Rows> {
        Rows::open(source, options).await?.ok_or_else(|| {
            failure(
                format!("{} is a snapshot: it records a schema and no rows", source.name()),
                "probe the database itself (a Postgres URL), or the SQL that makes it",
            )
        })
    }

    /// The session's client.
    pub fn client(&self) -> &Client {
        match &self.0 {
            Held::Live(session) => session.client(),
            Held::Scratch(scratch) => scratch.client(),
        }
    }

    /// Ends the session.
    pub async fn close(self) {
        match self.0 {
            Held::Live(session) => session.close().await,
            Held::Scratch(scratch) => scratch.stop().await,
        }
    }
}

async fn loaded(files: &[SqlFile], options: &ReadOptions) -> Result<Scratch> {
    let platform = options.platform.unwrap_or_else(|| compile::detect_platform(files));
    let mut choice = Choice::new(options.engine.as_ref(), files)?;
    loop {
        match loaded_by(&choice.engine, files, platform).await {
            Ok(scratch) => return Ok(scratch),
            Err(error) => choice.next(error)?,
        }
    }
}

async fn loaded_by(engine: &Engine, files: &[SqlFile], platform: Platform) -> Result<Scratch> {
    let scratch = Scratch::start(engine, &Needs::of(files)).await?;
    match compile::load(&scratch, files, platform).await {
        Ok(_) => Ok(scratch),
        Err(error) => {
            scratch.stop().await;
            Err(error)
        }
    }
}
