//! `drift apply`: runs a plan that `drift fix` wrote, and no other SQL, on the
//! database that it was made for, and checks that what it promised holds.
//! Killed at any moment, it goes on from there when it is run again.

mod event;
mod replicas;
mod run;
mod stand;
mod undo;

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use anyhow::Result;

use crate::files;
use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::jobs::prove;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::model::failure::failure;
use crate::model::step::Hazard;
use crate::pg::apply::Mark;
use crate::pg::apply::Writer;
use crate::pg::connect;
use crate::pg::connect::Client;
use crate::pg::connect::Session;
use crate::pg::connect::Target;
use crate::pg::journal;
use crate::pg::journal::Outcome;
use crate::pg::watch;
use crate::plan::file;
use crate::plan::file::PlanFile;
use crate::plan::fingerprint::Fingerprint;
use crate::plan::seal::LeftOver;

pub use event::Event;
pub use event::Taken;
pub use event::Tell;
pub use run::Stop;

use replicas::Replicas;
use run::Runner;
use stand::Standing;

/// What a reset begins with, and no plan is called.
const RESET: &str = "01_drop.sql";

/// How long to wait for another apply that is at it, or that the server has not noticed to be gone.
const WAIT_FOR_ANOTHER: Duration = Duration::from_secs(15);

/// What `drift apply` was asked for.
#[derive(Debug, Clone)]
pub struct ApplyOptions {
    /// The declared SQL; `None`: the directory that the plan names.
    pub spec: Option<PathBuf>,
    /// Where the plan leads; `None`: what the plan names.
    pub to: Option<Source>,
    /// Only show what would be done; `None`: where the server is not on this machine.
    pub dry_run: Option<bool>,
    pub allow_data_loss: bool,
    /// The database's name, as a person wrote it who means to lose data there.
    pub database: Option<String>,
    /// How long a statement may wait for a lock.
    pub lock_timeout: Duration,
    /// How long a statement may take that reads and writes no rows.
    pub step_timeout: Duration,
    /// How often a step is tried whose locks are not to be had.
    pub attempts: usize,
    /// How far a replica may be behind while much is written; zero: nobody looks.
    pub max_replica_lag: Duration,
    /// Take the plan back.
    pub undo: bool,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// A dry run: nothing was changed.
    Shown,
    /// What the plan promised holds.
    Kept,
    /// Something differs that the plan does not name.
    Broken,
    /// It was asked to stop before the end.
    Stopped,
}

/// Applies a plan, or shows what it would do.
///
/// # Errors
/// The plan was edited, or made for another database or one that has moved
/// since; the server is a standby or behind a pooler; a step fails.
pub async fn apply(
    path: &Path,
    source: &Source,
    options: &ApplyOptions,
    reading: &ReadOptions,
    tell: Tell<'_>,
    stop: Stop,
) -> Result<Ended> {
    let name = path.display().to_string();
    let plan = read(path, &name)?;
    let target = target(source, &plan, &name)?;
    let job = Job { name, plan, source, target, options, reading, tell };
    let dry_run = job.is_dry();
    if !dry_run && !options.undo {
        insist_on_consent(&job.plan, target, options, "the plan loses data, and was not applied")?;
    }
    let mut early = stop.clone();
    let (writer, looks) = unless_stopped(&mut early, job.connect()).await?;
    let client = looks.client();
    let ended = match (options.undo, dry_run) {
        (false, true) => unless_stopped(&mut early, job.show(client)).await,
        (false, false) => job.run(&writer, client, stop).await,
        (true, true) => unless_stopped(&mut early, job.show_undo(client)).await,
        (true, false) => job.undo(&writer, client, stop).await,
    };
    looks.close().await;
    writer.close().await;
    ended
}

/// Reads the plan, which is no reset and no directory.
fn read(path: &Path, name: &str) -> Result<PlanFile> {
    let is_directory = files::is_directory(path);
    let place = if is_directory { Some(path) } else { path.parent() };
    let reset = || {
        place.filter(|place| files::exists(&place.join(RESET))).map(|_| {
            failure(
                format!("{name} is a reset: it drops whole schemas with all their rows, and apply does not run that"),
                "run it yourself as its README.md says, beside a backup; or write a plan that keeps rows with `drift fix --full`",
            )
        })
    };
    if is_directory {
        let none =
            || failure(format!("{name} is a directory, and apply runs one plan at a time"), "name the plan's file");
        return Err(reset().unwrap_or_else(none));
    }
    file::read(&files::read_text(path)?, name).map_err(|error| reset().unwrap_or(error))
}

/// Work that changes nothing, and may be left at any time.
async fn unless_stopped<T>(stop: &mut Stop, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        outcome = work => outcome,
        Ok(()) = stop.changed() => Err(failure(
            "interrupted; no step was begun that is not recorded",
            "run the same command again: it goes on where it was",
        )),
    }
}

fn target<'a>(source: &'a Source, plan: &PlanFile, name: &str) -> Result<&'a Target> {
    let Source::Database(target) = source else {
        return Err(failure(
            format!("{} is no database: there is nothing that a plan could be applied to", source.name()),
            "give a Postgres URL or a libpq connection string, or set DATABASE_URL",
        ));
    };
    if !plan.seal.live {
        return Err(failure(
            format!("{name} was made for SQL, not for a database"),
            "make the plan for the database itself: `drift fix … postgres://…`",
        ));
    }
    Ok(target)
}

/// What is gone for good asks for two words of consent: that it may be, and where.
fn insist_on_consent(plan: &PlanFile, target: &Target, options: &ApplyOptions, refused: &str) -> Result<()> {
    let hazard = |step: &file::PlanStep| step.hazards().contains(&Hazard::DataLoss);
    // On the way back, a drop is told by what it loses, and that was asked.
    if plan.seal.losses.is_empty() && (options.undo || !plan.steps.iter().any(hazard)) {
        return Ok(());
    }
    let list: String = plan.seal.losses.iter().map(|loss| format!("\n  {loss}")).collect();
    if !options.allow_data_loss {
        return Err(failure(
            format!("{refused}:{list}"),
            format!("look at it with --dry-run; to lose that, give --allow-data-loss --database {}", target.database),
        ));
    }
    match &options.database {
        Some(database) if *database == target.database => Ok(()),
        Some(database) => Err(failure(
            format!("the plan would lose data in {}, and --database says {database}:{list}", target.database),
            "name the database in which that may be lost, or connect to the other one",
        )),
        None => Err(failure(
            format!("the plan loses data, and nobody has said in which database that may be:{list}"),
            format!("give --database {} too", target.database),
        )),
    }
}

struct Job<'a> {
    name: String,
    plan: PlanFile,
    source: &'a Source,
    target: &'a Target,
    options: &'a ApplyOptions,
    reading: &'a ReadOptions,
    tell: Tell<'a>,
}

impl Job<'_> {
    fn is_dry(&self) -> bool {
        self.options.dry_run.unwrap_or(!self.target.is_local())
    }

    /// The session that works, and the one that looks on.
    async fn connect(&self) -> Result<(Writer, Session)> {
        let writer = Writer::open(self.target).await?;
        let looks = connect::connect(self.target).await?;
        let third = connect::connect(self.target).await?;
        writer.insist_on_own_session(&[looks.client(), third.client()]).await?;
        third.close().await;
        writer.settle().await?;
        Ok((writer, looks))
    }

    /// Says what would be done, and whether it would be refused.
    async fn show(&self, looks: &Client) -> Result<Ended> {
        let standing = Standing::read(looks, &self.plan).await?;
        self.insist_on_no_undo(looks).await?;
        let comparison = self.compare(false).await?;
        standing.insist(&self.plan, &Fingerprint::of(&comparison.actual))?;
        self.tell_plan(&self.plan, false, &standing);
        self.show_steps(&self.plan, &standing, looks).await
    }

    async fn show_steps(&self, plan: &PlanFile, standing: &Standing, looks: &Client) -> Result<Ended> {
        for step in &plan.steps {
            let mut locks = Vec::new();
            for (relation, lock) in step.locks() {
                let rows = watch::about_rows(looks, &relation).await?;
                locks.push(Taken { relation, lock, rows });
            }
            (self.tell)(Event::Planned {
                step: step.number,
                of: plan.steps.len(),
                title: step.title.clone(),
                done: standing.is_done(step.number),
                alone: step.alone,
                locks,
                hazards: step.hazards(),
                statements: step.sql().map(str::to_owned).collect(),
            });
        }
        Ok(Ended::Shown)
    }

    async fn run(&self, writer: &Writer, looks: &Client, mut stop: Stop) -> Result<Ended> {
        let before = async {
            self.lock(writer, looks).await?;
            let standing = Standing::read(writer.client(), &self.plan).await?;
            self.insist_on_no_undo(writer.client()).await?;
            let comparison = self.compare(false).await?;
            standing.insist(&self.plan, &Fingerprint::of(&comparison.actual))?;
            Ok((standing, comparison))
        };
        let (standing, comparison) = unless_stopped(&mut stop, before).await?;
        self.tell_plan(&self.plan, false, &standing);
        if let Some(ended) = standing.ended() {
            (self.tell)(Event::Note { text: format!("this plan was applied here to its end at {ended}") });
            return self.judge(&comparison);
        }
        writer.prepare(&self.plan.session).await?;
        if standing.is_fresh() {
            self.remember(writer, &comparison).await?;
        }
        writer.record(self.whole(), Outcome::Running, None).await?;
        let mut late = stop.clone();
        if !self.steps(&self.plan, writer, looks, stop).await? {
            return Ok(Ended::Stopped);
        }
        let comparison = unless_stopped(&mut late, self.compare(false)).await?;
        let ended = self.judge(&comparison)?;
        let fingerprint = serde_json::to_string(&Fingerprint::of(&comparison.actual))?;
        match ended {
            Ended::Kept => writer.record(self.whole(), Outcome::Done, Some(&fingerprint)).await?,
            Ended::Broken | Ended::Shown | Ended::Stopped => {
                writer
                    .record(self.whole(), Outcome::Failed, Some("something differs that the plan does not name"))
                    .await?;
            }
        }
        Ok(ended)
    }

    /// Runs what is not done yet of a plan; false where it was asked to stop before the end.
    async fn steps(&self, plan: &PlanFile, writer: &Writer, looks: &Client, stop: Stop) -> Result<bool> {
        let (options, tell) = (self.options, self.tell);
        let (notices, replicas) = (writer.listen(), Replicas::new(options.max_replica_lag));
        let standing = Standing::read(writer.client(), plan).await?;
        let mut runner = Runner { plan, writer, looks, options, tell, stop, notices, replicas };
        if runner.run(&standing).await? {
            return Ok(true);
        }
        let done = Standing::read(writer.client(), plan).await?.done();
        tell(Event::Stopped { plan: plan.digest.clone(), done, of: plan.steps.len() });
        Ok(false)
    }

    fn whole(&self) -> Mark<'_> {
        Mark { plan: &self.plan.digest, step: journal::WHOLE, what: &self.name }
    }

    fn tell_plan(&self, plan: &PlanFile, undo: bool, standing: &Standing) {
        (self.tell)(Event::Plan {
            file: self.name.clone(),
            plan: self.plan.digest.clone(),
            way: self.plan.seal.way.word(),
            undo,
            steps: plan.steps.len(),
            done: standing.done(),
            database: self.target.display(),
        });
    }

    /// One apply at a time. A killed one may not have been noticed by the server.
    async fn lock(&self, writer: &Writer, looks: &Client) -> Result<()> {
        let began = Instant::now();
        let mut told = false;
        while !writer.lock().await? {
            let who = watch::who_applies(looks).await?;
            let who = who.map_or_else(|| "another session".to_owned(), |holder| holder.to_string());
            if began.elapsed() > WAIT_FOR_ANOTHER {
                return Err(failure(
                    format!("another apply is at work in this database: {who}"),
                    "wait until it has ended; if its drift was killed, the server goes on with its last statement: let it, or end that session with pg_terminate_backend",
                ));
            }
            if !told {
                (self.tell)(Event::Note { text: format!("waiting for another apply to end: {who}") });
                told = true;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        Ok(())
    }

    /// Compares the database with what the plan leads to, read as `drift fix` read it.
    async fn compare(&self, count_rows: bool) -> Result<Comparison> {
        let goal = &self.plan.seal.goal;
        let (schemas, guard) = (goal.schemas.clone(), goal.guard);
        let options = ReadOptions { schemas, guard, count_rows, ..self.reading.clone() };
        let to = match (&self.options.to, &goal.to) {
            (Some(to), _) => Some(to.clone()),
            (None, Some(text)) => Some(Source::parse(text).map_err(|_| {
                failure(
                    format!("the plan leads to {text}, which cannot be read from here"),
                    "name that source with --to",
                )
            })?),
            (None, None) => None,
        };
        match to {
            Some(to) => compare::diff(self.source, &to, &options).await,
            None => {
                let spec = self.options.spec.clone().unwrap_or_else(|| PathBuf::from(&goal.spec));
                compare::check(self.source, &spec, &options).await
            }
        }
    }

    /// Holds what is there against what the plan promised.
    fn judge(&self, comparison: &Comparison) -> Result<Ended> {
        let plan = self.plan.digest.clone();
        if let Some(place) = self.plan.seal.place.as_ref().filter(|place| place.number < place.of) {
            (self.tell)(Event::PartDone { plan, part: place.number, of: place.of });
            return Ok(Ended::Kept);
        }
        let remaining: BTreeSet<LeftOver> = comparison
            .differences
            .iter()
            .flat_map(prove::remaining)
            .map(|(id, attribute)| LeftOver::new(&id, attribute))
            .collect();
        let (left, differs): (Vec<&LeftOver>, Vec<&LeftOver>) =
            remaining.iter().partition(|rest| self.plan.seal.left.iter().any(|left| left.covers(rest)));
        let words = |list: Vec<&LeftOver>| list.into_iter().map(LeftOver::to_string).collect::<Vec<_>>();
        if differs.is_empty() {
            (self.tell)(Event::Kept { plan, left: words(left) });
            return Ok(Ended::Kept);
        }
        (self.tell)(Event::Broken { plan, differs: words(differs) });
        Ok(Ended::Broken)
    }
}
