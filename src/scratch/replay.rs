//! Runs migrations one by one, statement by statement, going on after errors,
//! and reads after each statement what it did to the catalog.

use std::collections::BTreeSet;

use anyhow::Result;
use anyhow::anyhow;

use crate::files::SqlFile;
use crate::history::Effect;
use crate::history::History;
use crate::history::Outcome;
use crate::history::Refusal;
use crate::history::Silent;
use crate::history::Statement;
use crate::history::folder::Migration;
use crate::history::words;
use crate::history::words::Class;
use crate::history::words::Target;
use crate::kinds;
use crate::model::kind::ObjectKind;
use crate::model::object::Location;
use crate::model::object::Object;
use crate::pg::connect::describe;
use crate::pg::introspect;
use crate::pg::introspect::Scope;
use crate::pg::mirror::Mirror;
use crate::scratch::Scratch;
use crate::scratch::arrange;
use crate::scratch::compile;
use crate::scratch::compile::Platform;
use crate::scratch::gone;
use crate::scratch::split;
use crate::scratch::split::Piece;

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    pub all: usize,
}

/// Runs all migrations but those in `left_out` in an empty scratch.
///
/// # Errors
/// The connection breaks, the catalog cannot be read, or a file cannot be split into statements.
pub async fn replay(
    scratch: &Scratch,
    migrations: &[Migration],
    left_out: &BTreeSet<usize>,
    platform: Platform,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<History> {
    compile::stand_ins(scratch, platform).await?;
    let mut files = Vec::new();
    for (position, migration) in migrations.iter().enumerate().filter(|(position, _)| !left_out.contains(position)) {
        files.push((position, migration, split::pieces(&migration.sql, &migration.file)?));
    }
    let all = files.iter().map(|(_, _, pieces)| pieces.len()).sum();
    let mut replay = Replay { scratch, mirror: Mirror::read(scratch.client(), scratch.user()).await? };
    let mut statements: Vec<Statement> = Vec::with_capacity(all);
    for (position, migration, pieces) in files {
        let file = SqlFile { name: migration.file.clone(), text: String::new() };
        compile::fresh_session(scratch).await?;
        let first = statements.len();
        for piece in &pieces {
            let statement = replay.statement(position, &file, piece).await?;
            statements.push(statement);
            progress(Progress { done: statements.len(), all });
        }
        replay.once_more(&file, &pieces, &mut statements[first..]).await?;
    }
    compile::fresh_session(scratch).await?;
    let mut end = introspect::introspect(scratch.client(), &Scope::default(), introspect::Reader::PgCatalog).await?;
    end.map_objects(|object| {
        if object.text("owner") == Some(scratch.user()) {
            object.attributes = object.attributes.without("owner");
        }
    });
    Ok(History { migrations: migrations.to_vec(), statements, end })
}

struct Replay<'a> {
    scratch: &'a Scratch,
    mirror: Mirror,
}

impl Replay<'_> {
    async fn statement(&mut self, migration: usize, file: &SqlFile, piece: &Piece) -> Result<Statement> {
        let words = words::words_with_bodies(&piece.sql);
        let mut statement = Statement {
            migration,
            at: Location { file: file.name.clone(), line: piece.line },
            head: piece.first_line(),
            class: words::class(&words),
            words,
            outcome: Outcome::Ran,
            effects: Vec::new(),
            silent: Vec::new(),
        };
        if words::is_transaction(&statement.words) {
            statement.outcome = Outcome::Passed;
            return Ok(statement);
        }
        let piece = outside_of_transactions(piece, &statement.words);
        match self.run(file, &piece, statement.class).await? {
            Ok(effects) => statement.effects = effects,
            Err(refusal) => statement.outcome = Outcome::Failed(refusal),
        }
        if statement.outcome == Outcome::Ran {
            statement.silent = self.silent(&piece, &statement).await?;
        }
        Ok(statement)
    }

    /// Runs a statement and reads what it changed.
    async fn run(
        &mut self,
        file: &SqlFile,
        piece: &Piece,
        class: Class,
    ) -> Result<std::result::Result<Vec<Effect>, Refusal>> {
        let client = self.scratch.client();
        match compile::execute(self.scratch, file, piece).await {
            Ok(ran) => {
                let untouched = ran.xid.is_none() && piece.copy_data.is_none() && !piece.runs_alone();
                let rows = class == Class::Data
                    && ["INSERT", "UPDATE", "DELETE", "COPY"].iter().any(|word| starts_with(&piece.sql, word));
                if untouched || rows {
                    return Ok(Ok(Vec::new()));
                }
                Ok(Ok(self.mirror.refresh(client, false).await?))
            }
            Err(failed) => {
                if client.is_closed() {
                    return Err(gone(&failed.message));
                }
                compile::rollback(client).await;
                Ok(Err(Refusal { code: failed.code, message: failed.message, line: failed.line }))
            }
        }
    }

    /// What failed is tried again while that helps: so did the people who ran
    /// the file once more, and what then runs was only in the wrong order.
    async fn once_more(&mut self, file: &SqlFile, pieces: &[Piece], statements: &mut [Statement]) -> Result<()> {
        loop {
            let mut helped = false;
            for (piece, statement) in pieces.iter().zip(statements.iter_mut()) {
                let Outcome::Failed(refusal) = &statement.outcome else { continue };
                if !arrange::waits(&refusal.code) || statement.class == Class::Data {
                    continue;
                }
                let refusal = refusal.clone();
                if let Ok(effects) = self.run(file, piece, statement.class).await? {
                    statement.outcome = Outcome::RanAgain(refusal);
                    statement.effects = effects;
                    helped = true;
                }
            }
            if !helped {
                return Ok(());
            }
        }
    }

    /// What a statement with guards would have made of each object that it found in place.
    async fn silent(&self, piece: &Piece, statement: &Statement) -> Result<Vec<Silent>> {
        let mut found = Vec::new();
        for target in words::guarded(&statement.words) {
            let Some(object) = self.resolve(&target) else { continue };
            let made = |effect: &Effect| effect.before.is_none() && effect.id == object.id;
            if statement.effects.iter().any(made) {
                continue;
            }
            let wanted = match piece.runs_alone() {
                true => None,
                false => self.without(object, piece).await?,
            };
            found.push(Silent { id: object.id.clone(), wanted });
        }
        Ok(found)
    }

    fn resolve(&self, target: &Target) -> Option<&Object> {
        let schema = |object: &&Object| target.schema.as_ref().is_none_or(|schema| *schema == *object.id.schema);
        let mut candidates = self.mirror.objects().filter(schema).filter(|object| match &target.column {
            Some(column) => {
                object.id.kind == ObjectKind::Column && *object.id.parent == *target.name && *object.id.name == **column
            }
            None => {
                let named = matches!(
                    object.id.kind,
                    ObjectKind::Table
                        | ObjectKind::ForeignTable
                        | ObjectKind::View
                        | ObjectKind::MaterializedView
                        | ObjectKind::Sequence
                        | ObjectKind::Index
                        | ObjectKind::Enum
                        | ObjectKind::Domain
                        | ObjectKind::CompositeType
                );
                named && *object.id.name == *target.name
            }
        });
        candidates.next()
    }

    /// Takes an object away, runs the statement, reads what it makes, and takes all of that back.
    async fn without(&self, object: &Object, piece: &Piece) -> Result<Option<Vec<Object>>> {
        let client = self.scratch.client();
        let drop = (kinds::of(object.id.kind).drop)(object);
        let drop = format!("{} CASCADE", drop.trim_end().trim_end_matches(';'));
        let mut mirror = self.mirror.clone();
        client.batch_execute("BEGIN").await.map_err(|e| anyhow!(describe(&e)))?;
        let tried = async {
            if client.batch_execute(&drop).await.is_err() {
                return anyhow::Ok(None);
            }
            mirror.refresh(client, true).await?;
            if client.batch_execute(&self.scratch.reworded(&piece.sql)).await.is_err() {
                return Ok(None);
            }
            let effects = mirror.refresh(client, true).await?;
            let made = effects.into_iter().filter(|effect| effect.before.is_none());
            Ok(Some(made.filter_map(|effect| effect.after).collect()))
        };
        let wanted = tried.await;
        compile::rollback(client).await;
        wanted
    }
}

/// A statement as it has to be where each has a transaction of its own: what
/// is set for one holds up to the end of the file.
fn outside_of_transactions(piece: &Piece, words: &[String]) -> Piece {
    match words {
        [set, local, ..] if set.eq_ignore_ascii_case("SET") && local.eq_ignore_ascii_case("LOCAL") => {
            let at = piece.sql.to_uppercase().find("LOCAL").unwrap_or(0);
            Piece { sql: format!("SET {}", &piece.sql[at + "LOCAL".len()..]), ..piece.clone() }
        }
        _ => piece.clone(),
    }
}

fn starts_with(sql: &str, word: &str) -> bool {
    sql.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}
