//! `drift status`: migrations are run one by one in a scratch Postgres, and
//! what each did is held against a database.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use crate::files;
use crate::files::SqlFile;
use crate::history::History;
use crate::history::Statement;
use crate::history::claims;
use crate::history::claims::Side;
use crate::history::folder;
use crate::history::folder::Migration;
use crate::history::ledger;
use crate::history::ledger::Found;
use crate::history::ledger::judge;
use crate::history::ledger::status::Reading;
use crate::history::seeds;
use crate::history::seeds::Seed;
use crate::history::standing::Standing;
use crate::history::status::ByHand;
use crate::history::status::MigrationStatus;
use crate::history::status::STATUS_VERSION;
use crate::history::status::SeedStatus;
use crate::history::status::Status;
use crate::history::words::Class;
use crate::jobs::compare;
use crate::jobs::compare::Held;
use crate::jobs::rows::Rows;
use crate::jobs::source;
use crate::jobs::source::Loaded;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::model::failure::failure;
use crate::model::finding::ObjectRef;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::pg::audit;
use crate::pg::seed_rows;
use crate::scratch::Engine;
use crate::scratch::Needs;
use crate::scratch::Scratch;
use crate::scratch::compile;
use crate::scratch::compile::PLATFORM_SCHEMAS;
use crate::scratch::compile::Platform;
use crate::scratch::replay;
use crate::scratch::replay::Progress;
use crate::spec::Spec;

/// What was found out.
#[derive(Debug)]
pub struct Done {
    pub status: Status,
    pub notes: Vec<String>,
}

/// Says what a database has of each migration of a directory. Without a spec
/// directory every schema is looked at.
///
/// # Errors
/// The migrations, the spec or the source cannot be read; the scratch does not start.
pub async fn status(
    source: &Source,
    directory: &Path,
    spec: &Path,
    options: &ReadOptions,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Done> {
    let spec =
        if files::exists(spec) { compare::read_spec(spec)? } else { Spec { schemas: Vec::new(), ..Spec::default() } };
    let mut options = options.with_spec(&spec);
    let (layout, migrations) = read(directory)?;
    let sql = as_files(&migrations);
    if options.platform.is_none() {
        let said = compile::detect_platform(&sql);
        options.platform = (said != Platform::None).then_some(said);
    }
    let actual = source::read_all(source, &ReadOptions { ledgers: true, ..options.clone() }).await?;
    let platform = actual.platform;
    options.platform = Some(platform);
    let mut job = Job { migrations, sql, platform, spec, options, notes: actual.notes.clone(), engine: None };
    let all = job.replay(&BTreeSet::new(), progress).await?;
    let whole = job.held(&all, &actual).await?;
    let side = job.side(&all, &whole);
    let statuses = claims::migrations(&side, &side);
    let left_out = claims::left_out(&statuses);
    let (statuses, by_hand) = if left_out.is_empty() {
        (statuses, claims::by_hand(&whole.differences, [&all, &all]))
    } else {
        // What was never run here was not there for what came later.
        let run = job.replay(&left_out, progress).await?;
        let here = job.held(&run, &actual).await?;
        let statuses = claims::migrations(&job.side(&run, &here), &side);
        (statuses, claims::by_hand(&here.differences, [&run, &all]))
    };
    let found = of_project(&actual.ledgers, platform);
    let ledgers = judge::ledgers(&found, layout, &job.migrations, &statuses);
    let is_one = |one: &&Found| ledgers.iter().any(|ledger| ledger.table == one.shape.dotted());
    let by_hand = without_ledgers(by_hand, &found.iter().filter(is_one).collect::<Vec<_>>());
    let programs: BTreeSet<&str> = job.migrations.iter().filter_map(|migration| migration.program).collect();
    let judged = ledgers.iter().any(|ledger| ledger.reading == Reading::Judged);
    if !judged && job.migrations.iter().all(|migration| migration.program.is_some()) {
        return Err(failure(
            format!(
                "nothing can be told of migrations in {}: no ledger in {} names them",
                list(&programs),
                actual.name
            ),
            "have the tool write their SQL, and give the directory of that (drift init says how)",
        ));
    }
    let by_hand = match programs.is_empty() {
        true => by_hand,
        false => {
            job.notes.push(format!(
                "migrations in {} cannot be run here: their names are held against the ledger, what they do is not \
                 looked for, and nothing is said to be made by hand",
                list(&programs)
            ));
            Vec::new()
        }
    };
    let statuses = seeded(source, statuses, &all, &mut job).await?;
    let by_hand = match source {
        Source::Database(_) => traced(source, by_hand, &mut job).await?,
        Source::Sql(_) | Source::Snapshot(_) => by_hand,
    };
    let status = Status {
        version: STATUS_VERSION,
        source: actual.name.clone(),
        directory: directory.display().to_string(),
        layout,
        migrations: statuses,
        by_hand,
        ledgers,
    };
    job.notes.sort();
    job.notes.dedup();
    Ok(Done { status, notes: job.notes })
}

/// Looks up the rows that migrations insert, where a key says which they are.
async fn seeded(
    source: &Source,
    mut statuses: Vec<MigrationStatus>,
    all: &History,
    job: &mut Job,
) -> Result<Vec<MigrationStatus>> {
    let of = |statement: &Statement| seeds::seed(&statement.words, &statement.at, &all.end);
    let about_rows = all.statements.iter().filter(|statement| statement.class == Class::Data);
    let found: Vec<Seed> = about_rows.filter_map(of).collect();
    if found.is_empty() {
        return Ok(statuses);
    }
    let Some(rows) = Rows::open(source, &job.options).await? else {
        job.notes.push("a snapshot has no rows: what migrations insert is not looked up".to_owned());
        return Ok(statuses);
    };
    let counted = seed_rows::count(rows.client(), &found).await;
    rows.close().await;
    for (seed, counted) in found.iter().zip(counted?) {
        let there = match counted {
            Ok(there) => there,
            Err(refusal) => {
                job.notes.push(format!("the rows of {} are not looked up: {refusal}", seed.at));
                continue;
            }
        };
        let Some(status) = statuses.iter_mut().find(|status| status.file == seed.at.file) else { continue };
        let (schema, table) = (&seed.schema, &seed.table);
        status.seeds.push(SeedStatus {
            at: seed.at.clone(),
            table: format!("{schema}.{table}"),
            key: seed.key.clone(),
            rows: seed.rows.len() as u64,
            there,
        });
    }
    Ok(statuses)
}

/// What was made by hand, with the time and the author where the database knows them.
async fn traced(source: &Source, mut by_hand: Vec<ByHand>, job: &mut Job) -> Result<Vec<ByHand>> {
    if by_hand.is_empty() {
        return Ok(by_hand);
    }
    let rows = Rows::required(source, &job.options).await?;
    let objects: Vec<&ObjectRef> = by_hand.iter().map(|found| &found.object).collect();
    let traces = audit::traces(rows.client(), &objects).await;
    rows.close().await;
    let mut traces = traces?;
    job.notes.extend(traces.note);
    for (n, found) in by_hand.iter_mut().enumerate() {
        found.changed = traces.changes.remove(&n);
    }
    Ok(by_hand)
}

/// What the migrations of a directory do, each of them run, and what there is to tell of that.
///
/// # Errors
/// They cannot be read, or the scratch does not start.
pub async fn history(
    directory: &Path,
    options: &ReadOptions,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(History, Vec<String>)> {
    let (_, migrations) = read(directory)?;
    let sql = as_files(&migrations);
    let platform = options.platform.unwrap_or_else(|| compile::detect_platform(&sql));
    let options = options.clone();
    let mut job = Job { migrations, sql, platform, spec: Spec::default(), options, notes: Vec::new(), engine: None };
    let history = job.replay(&BTreeSet::new(), progress).await?;
    Ok((history, job.notes))
}

/// The migrations of a directory, in the order in which they run.
///
/// # Errors
/// Nothing is there, or it holds no migration.
pub fn read(directory: &Path) -> Result<(folder::Layout, Vec<Migration>)> {
    let (layout, migrations) = folder::migrations(folder::read(directory)?);
    if migrations.is_empty() {
        return Err(failure(
            format!("there is no migration in {}", directory.display()),
            "name the directory of your migrations with --migrations DIR; what leads back (down.sql) is not one",
        ));
    }
    Ok((layout, migrations))
}

/// Migrations as plain SQL files.
pub fn as_files(migrations: &[Migration]) -> Vec<SqlFile> {
    migrations.iter().map(|m| SqlFile { name: m.file.clone(), text: m.sql.clone() }).collect()
}

/// True when something is not as the migrations lead to.
pub fn is_drift(status: &Status) -> bool {
    let of = |migration: &MigrationStatus| migration.is_drift() || status.is_pending(migration);
    let mut contradictions = status.ledgers.iter().flat_map(|ledger| &ledger.contradictions);
    let contradicted = contradictions.any(|one| one.kind.severity() == Severity::Error);
    status.migrations.iter().any(of) || !status.by_hand.is_empty() || contradicted
}

fn list(languages: &BTreeSet<&str>) -> String {
    languages.iter().copied().collect::<Vec<_>>().join(" and ")
}

/// The ledgers less those that a platform keeps for itself.
fn of_project(found: &[Found], platform: Platform) -> Vec<Found> {
    let own = |found: &&Found| {
        let schema = found.shape.schema.as_str();
        platform == Platform::None || schema == "supabase_migrations" || !PLATFORM_SCHEMAS.contains(&schema)
    };
    found.iter().filter(own).cloned().collect()
}

/// A tool made its ledger, and what it keeps beside it: nobody made that by hand.
fn without_ledgers(by_hand: Vec<ByHand>, found: &[&Found]) -> Vec<ByHand> {
    let of_tool = |object: &ObjectRef| found.iter().any(|one| ledger::keeps(one, object));
    by_hand.into_iter().filter(|one| !of_tool(&one.object)).collect()
}

struct Job {
    migrations: Vec<Migration>,
    sql: Vec<SqlFile>,
    platform: Platform,
    spec: Spec,
    options: ReadOptions,
    notes: Vec<String>,
    /// The engine that served the first replay.
    engine: Option<Engine>,
}

impl Job {
    async fn replay(
        &mut self,
        left_out: &BTreeSet<usize>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<History> {
        let asked = self.options.engine.clone();
        let engine = match self.engine.clone() {
            Some(engine) => engine,
            None => {
                let (engine, notes) = Engine::choose(asked.as_ref(), &self.sql)?;
                self.notes.extend(notes);
                engine
            }
        };
        let history = match self.replay_in(&engine, left_out, progress).await {
            Ok(history) => history,
            Err(error) => return Err(engine.blame(error, &self.sql)),
        };
        let failed = history.statements.iter().any(|s| s.refusal().is_some());
        if failed
            && self.engine.is_none()
            && let Some((other, note)) = engine.after_failure(asked.as_ref(), &self.sql)
        {
            self.notes.push(note);
            let history = self.replay_in(&other, left_out, progress).await?;
            self.engine = Some(other);
            return Ok(history);
        }
        self.engine = Some(engine);
        Ok(history)
    }

    async fn replay_in(
        &self,
        engine: &Engine,
        left_out: &BTreeSet<usize>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<History> {
        let scratch = Scratch::start(engine, &Needs::of(&self.sql)).await?;
        let history = replay::replay(&scratch, &self.migrations, left_out, self.platform, progress).await;
        scratch.stop().await;
        history
    }

    /// The end of a history against the database.
    async fn held(&mut self, history: &History, actual: &Loaded) -> Result<Held> {
        let end = source::without_platform(history.end.clone(), self.platform, &self.options).await?;
        compare::hold(end, actual.catalog.clone(), self.platform, &self.spec, &self.options, &mut self.notes).await
    }

    fn side<'a>(&self, history: &'a History, held: &'a Held) -> Side<'a> {
        let standing = Standing::new(&held.expected, &held.actual, &held.differences);
        let platform = self.platform != Platform::None;
        Side::new(history, standing, |id: &ObjectId| {
            let schema = if id.kind == ObjectKind::Schema { &id.name } else { &id.schema };
            let managed = schema.is_empty() || held.managed.contains(&**schema);
            managed && !self.spec.ignores(id) && !(platform && PLATFORM_SCHEMAS.contains(&&**schema))
        })
    }
}
