//! Runs the steps of a plan, one after another: waits for locks no longer than
//! it was told to, tries again, and says meanwhile who is in the way.

use std::collections::hash_map::RandomState;
use std::convert::Infallible;
use std::hash::BuildHasher;
use std::time::Duration;
use std::time::Instant;

use anyhow::Result;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch::Receiver;

use super::ApplyOptions;
use super::event::Event;
use super::event::Tell;
use super::replicas::Replicas;
use super::stand::Standing;
use crate::model::failure::failure;
use crate::model::step::Lock;
use crate::pg::apply::Limits;
use crate::pg::apply::Mark;
use crate::pg::apply::Trouble;
use crate::pg::apply::Writer;
use crate::pg::apply::pooled;
use crate::pg::connect::Client;
use crate::pg::journal::Outcome;
use crate::pg::watch;
use crate::pg::watch::Holder;
use crate::plan::file::PlanFile;
use crate::plan::file::PlanStep;

/// The longest time between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How often the second session looks at what the first one does.
const LOOK: Duration = Duration::from_millis(1000);

/// How often it says how far a backfill is: there may be thousands of batches.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// How long it waits for an answer.
const LOOK_AT_MOST: Duration = Duration::from_secs(5);

/// How often somebody asked to stop: once after the step, twice at once.
pub type Stop = Receiver<u8>;

/// What runs a plan.
pub struct Runner<'a> {
    pub plan: &'a PlanFile,
    pub writer: &'a Writer,
    pub looks: &'a Client,
    pub options: &'a ApplyOptions,
    pub tell: Tell<'a>,
    pub stop: Stop,
    pub notices: UnboundedReceiver<String>,
    pub replicas: Replicas,
}

impl Runner<'_> {
    /// Runs what is not done yet; false where it was asked to stop before the end.
    ///
    /// # Errors
    /// A step that fails, or whose locks are not to be had. What came before it stays.
    pub async fn run(&mut self, standing: &Standing) -> Result<bool> {
        for step in &self.plan.steps {
            if standing.is_done(step.number) {
                continue;
            }
            if *self.stop.borrow() > 0 {
                return Ok(false);
            }
            if !self.step(step, standing.is_open(step.number)).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Runs one step; false where it was asked to stop before it was done.
    async fn step(&mut self, step: &PlanStep, was_open: bool) -> Result<bool> {
        let (number, of) = (step.number, self.plan.steps.len());
        let title = step.title.clone();
        (self.tell)(Event::Started { step: number, of, title, what: step.gist() });
        let began = Instant::now();
        if was_open {
            self.clean_up(step).await?;
        }
        let mut attempt = 1;
        loop {
            if !self.wait_for_replicas(step).await? {
                return Ok(false);
            }
            self.look_before(step).await;
            let Err(trouble) = self.attempt(step).await else { break };
            if step.alone {
                self.interrupted(step, &trouble).await?;
            }
            let why = match trouble {
                Trouble::Locked(why) if attempt < self.options.attempts => why,
                trouble => return self.give_up(step, trouble).await,
            };
            let wait = pause(attempt);
            let wait_ms = wait.as_millis() as u64;
            (self.tell)(Event::Retry { step: number, attempt, of: self.options.attempts, wait_ms, why });
            if self.stopped_within(wait).await {
                return Ok(false);
            }
            attempt += 1;
        }
        (self.tell)(Event::Done { step: number, of, ms: began.elapsed().as_millis() as u64 });
        Ok(true)
    }

    /// Records something of a step by itself.
    async fn record(&self, step: &PlanStep, outcome: Outcome, detail: &str) -> Result<()> {
        let what = recorded(step);
        let mark = Mark { plan: &self.plan.digest, step: step.number, what: &what };
        self.writer.record(mark, outcome, Some(detail)).await
    }

    /// One attempt, while the other session looks on.
    async fn attempt(&mut self, step: &PlanStep) -> Result<(), Trouble> {
        let long = step.alone || step.may_take_long();
        let limits = Limits {
            // A concurrent build waits for transactions to end, and keeps nobody waiting meanwhile.
            lock: if step.builds().is_some() { Duration::ZERO } else { self.options.lock_timeout },
            statement: if long { Duration::ZERO } else { self.options.step_timeout },
        };
        let statements: Vec<&str> = step.statements.iter().map(|statement| statement.sql.as_str()).collect();
        let (writer, looks, tell) = (self.writer, self.looks, self.tell);
        let what = recorded(step);
        let mark = Mark { plan: &self.plan.digest, step: step.number, what: &what };
        let work = async {
            match step.alone {
                true => writer.alone(mark, statements[0], limits).await,
                false => writer.together(mark, &statements, limits).await,
            }
        };
        let mut onlooker = Onlooker::new(step, looks, writer.pid, tell, &mut self.replicas);
        // Side by side: what looks on must never keep a transaction waiting.
        let outcome = tokio::select! {
            outcome = work => outcome,
            never = onlooker.watch(&mut self.notices, &mut self.stop) => match never {},
        };
        // What was said last may not have been heard yet, or only begun to be.
        if let Some(notice) = onlooker.hearing.take() {
            onlooker.hear(&notice).await;
        }
        while let Ok(notice) = self.notices.try_recv() {
            onlooker.hear(&notice).await;
        }
        onlooker.go_on().await;
        outcome
    }

    /// What writes much begins when no replica is far behind; false where it was asked to stop meanwhile.
    async fn wait_for_replicas(&mut self, step: &PlanStep) -> Result<bool> {
        if !step.writes_much() {
            return Ok(true);
        }
        let mut told = Vec::new();
        loop {
            let seen = self.replicas.look(self.looks).await?;
            if seen.behind.is_empty() {
                if !told.is_empty() {
                    (self.tell)(Event::CaughtUp { step: step.number });
                } else if seen.hidden {
                    (self.tell)(unseen());
                }
                return Ok(true);
            }
            if told != seen.behind {
                (self.tell)(Event::Lagging { step: step.number, replicas: seen.behind.clone() });
                told = seen.behind;
            }
            if self.stopped_within(LOOK).await {
                return Ok(false);
            }
        }
    }

    /// Says who holds what the step will wait for.
    async fn look_before(&self, step: &PlanStep) {
        for (relation, lock) in step.locks().into_iter().filter(|(_, lock)| *lock >= Lock::Share) {
            match watch::holders(self.looks, &relation, lock, self.writer.pid).await {
                Ok(holders) if holders.is_empty() => {}
                Ok(holders) => {
                    (self.tell)(Event::Held { step: step.number, relation, lock, by: words(&holders) });
                }
                Err(error) => return (self.tell)(blind(&error)),
            }
        }
    }

    /// What an earlier attempt began and did not end.
    async fn clean_up(&self, step: &PlanStep) -> Result<()> {
        if let Some(index) = step.builds()
            && self.writer.drop_invalid(&index).await?
        {
            (self.tell)(Event::CleanedUp { step: step.number, what: index });
        }
        Ok(())
    }

    /// After a statement that leaves something behind when it fails. The
    /// connection may be gone: then the next apply cleans up.
    async fn interrupted(&self, step: &PlanStep, trouble: &Trouble) -> Result<()> {
        let why = match trouble {
            Trouble::Locked(why) | Trouble::Cancelled(why) | Trouble::Refused { why, .. } => why,
            Trouble::Lost(_) | Trouble::Pooled => return Ok(()),
        };
        // Where the disk is full, even that cannot be written: then it is open, as after a kill.
        if self.record(step, Outcome::Failed, why).await.is_err() {
            return Ok(());
        }
        // To clean up waits for others: who asked twice wants to go, and the next apply does it.
        if *self.stop.borrow() > 1 { Ok(()) } else { self.clean_up(step).await }
    }

    /// What to say of a step that does not happen; false where that was asked for.
    async fn give_up(&self, step: &PlanStep, trouble: Trouble) -> Result<bool> {
        let place = format!("step {} of {} ({})", step.number, self.plan.steps.len(), step.title);
        match trouble {
            Trouble::Locked(why) => Err(failure(
                format!(
                    "gave up on {place} after {} attempts, with nothing of it done: {why}{}",
                    self.options.attempts,
                    self.in_the_way(step).await
                ),
                "end that transaction, or run the same command when it is quieter: it goes on with this step",
            )),
            Trouble::Cancelled(_) if *self.stop.borrow() > 1 => Ok(false),
            Trouble::Cancelled(why) => Err(failure(
                format!("{place} was cancelled, with nothing of it done: {why}"),
                "run the same command again: it goes on with this step; --step-timeout gives it more time",
            )),
            Trouble::Refused { line, why } => {
                let at = step.statements.get(line).map_or(step.line, |statement| statement.line);
                let recorded = match step.alone {
                    true => Ok(()),
                    false => self.record(step, Outcome::Failed, &why).await,
                };
                let unrecorded = recorded.err().map_or_else(String::new, |error| format!("; {error:#}"));
                Err(failure(
                    format!("{place} fails at line {at} of the plan, and was taken back: {why}{unrecorded}"),
                    "what came before it stays; remove the cause and run the same command again, or make a new plan",
                ))
            }
            Trouble::Pooled => Err(pooled()),
            Trouble::Lost(why) => Err(failure(
                format!("the connection was lost during {place}: {why}"),
                "run the same command again: it finds out whether the step happened, and goes on from there",
            )),
        }
    }

    async fn in_the_way(&self, step: &PlanStep) -> String {
        let mut all = String::new();
        for (relation, lock) in step.locks() {
            if let Ok(holders) = watch::holders(self.looks, &relation, lock, self.writer.pid).await {
                all.extend(words(&holders).iter().map(|holder| format!("; {holder} on {relation}")));
            }
        }
        all
    }

    /// Waits; true where somebody asked to stop before or meanwhile.
    async fn stopped_within(&mut self, wait: Duration) -> bool {
        if *self.stop.borrow() > 0 {
            return true;
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => *self.stop.borrow() > 0,
            Ok(()) = self.stop.changed() => true,
        }
    }
}

/// A quarter of a second, then twice as long each time, and never as long as
/// anybody else's: two that wait for each other must not meet again.
fn pause(attempt: usize) -> Duration {
    let base = Duration::from_millis(250) * 2u32.saturating_pow(attempt.saturating_sub(1).min(16) as u32);
    let base = base.min(LONGEST_WAIT);
    let jitter = (RandomState::new().hash_one(attempt) % 1000) as f64 / 1000.0;
    base.mul_f64(0.5 + jitter / 2.0)
}

/// What the journal says of a step.
fn recorded(step: &PlanStep) -> String {
    format!("{}: {}", step.title, step.gist())
}

fn words(holders: &[Holder]) -> Vec<String> {
    holders.iter().map(Holder::to_string).collect()
}

fn unseen() -> Event {
    let text =
        "how far replicas are behind is hidden from this role, and nobody waits for them; GRANT pg_monitor shows it";
    Event::Note { text: text.to_owned() }
}

fn blind(error: &anyhow::Error) -> Event {
    Event::Note { text: format!("who holds locks cannot be seen any more: {error:#}") }
}

/// What the second session sees of a step.
struct Onlooker<'a> {
    step: &'a PlanStep,
    client: &'a Client,
    pid: i32,
    tell: Tell<'a>,
    /// What was said last: the same is not said again.
    said: Option<Event>,
    sees: bool,
    began: Instant,
    rows: Option<Option<u64>>,
    /// What it was told and has not passed on: the step may end meanwhile.
    hearing: Option<String>,
    replicas: &'a mut Replicas,
    /// True while it keeps rows from being filled.
    paused: bool,
    /// When it last said how far a backfill is, and what it has not said since.
    heard: Option<Instant>,
    unsaid: Option<Event>,
}

impl<'a> Onlooker<'a> {
    fn new(step: &'a PlanStep, client: &'a Client, pid: i32, tell: Tell<'a>, replicas: &'a mut Replicas) -> Self {
        Onlooker {
            step,
            client,
            pid,
            tell,
            said: None,
            sees: true,
            began: Instant::now(),
            rows: None,
            hearing: None,
            replicas,
            paused: false,
            heard: None,
            unsaid: None,
        }
    }

    /// Rows are filled while no replica is far behind.
    async fn wait_for_replicas(&mut self) -> Result<()> {
        let behind = self.replicas.look(self.client).await?.behind;
        if behind.is_empty() {
            if self.paused {
                watch::go_on(self.client).await?;
                self.paused = false;
                (self.tell)(Event::CaughtUp { step: self.step.number });
            }
            return Ok(());
        }
        // A batch that is just being begun is not waited for: the next look is soon.
        self.paused = self.paused || watch::pause(self.client).await?;
        self.say(Event::Lagging { step: self.step.number, replicas: behind });
        Ok(())
    }

    /// The step is over, whatever came of it: nobody else is to wait.
    async fn go_on(&mut self) {
        if let Some(last) = self.unsaid.take() {
            self.say(last);
        }
        if self.paused {
            let outcome = watch::go_on(self.client).await;
            self.note(outcome);
        }
    }

    /// Looks, listens, and passes on that somebody wants it to stop.
    async fn watch(&mut self, notices: &mut UnboundedReceiver<String>, stop: &mut Stop) -> Infallible {
        let mut looking = tokio::time::interval(LOOK);
        looking.tick().await;
        loop {
            tokio::select! {
                _ = looking.tick() => self.look().await,
                Some(notice) = notices.recv() => {
                    self.hearing = Some(notice.clone());
                    self.hear(&notice).await;
                    self.hearing = None;
                }
                Ok(()) = stop.changed() => {
                    let pressed = *stop.borrow_and_update();
                    match pressed {
                        0 => {}
                        1 => (self.tell)(Event::Stopping),
                        _ => self.cancel().await,
                    }
                }
            }
        }
    }

    async fn cancel(&mut self) {
        let outcome = watch::cancel(self.client, self.pid).await;
        self.note(outcome);
    }

    fn say(&mut self, event: Event) {
        if self.said.as_ref() != Some(&event) {
            (self.tell)(event.clone());
            self.said = Some(event);
        }
    }

    fn note(&mut self, outcome: Result<()>) {
        if let (Err(error), true) = (outcome, self.sees) {
            self.sees = false;
            (self.tell)(blind(&error));
        }
    }

    async fn look(&mut self) {
        if self.sees {
            let outcome = match tokio::time::timeout(LOOK_AT_MOST, self.try_look()).await {
                Ok(outcome) => outcome,
                Err(_) => Err(anyhow::anyhow!("the second session has no answer")),
            };
            self.note(outcome);
        }
    }

    async fn try_look(&mut self) -> Result<()> {
        let step = self.step.number;
        if self.step.fills_in_batches() {
            self.wait_for_replicas().await?;
        }
        if self.step.builds().is_some()
            && let Some(build) = watch::build(self.client, self.pid).await?
        {
            let total = (build.total > 0).then_some(build.total as u64);
            let waits = build.waits_for.map_or_else(String::new, |pid| format!(", which pid {pid} holds up"));
            self.say(Event::Progress {
                step,
                what: format!("{}{waits}", build.phase),
                done: build.done as u64,
                total,
                seconds_left: None,
            });
            return Ok(());
        }
        let by = watch::blockers(self.client, self.pid).await?;
        if !by.is_empty() {
            // Seconds pass, and nothing new has happened.
            let by = by.into_iter().map(|holder| Holder { seconds: None, ..holder }).collect::<Vec<_>>();
            self.say(Event::Waiting { step, by: words(&by) });
        }
        Ok(())
    }

    /// A batch says how many rows it has filled.
    async fn hear(&mut self, notice: &str) {
        let Some((what, rest)) = notice.split_once(": ") else { return };
        let Some(done) = rest.split_once(" rows filled").and_then(|(n, _)| n.parse::<u64>().ok()) else { return };
        if self.rows.is_none() {
            let relation = self.step.locks().into_iter().next().map(|(relation, _)| relation);
            self.rows = Some(match relation {
                Some(relation) => watch::about_rows(self.client, &relation).await.unwrap_or(None),
                None => None,
            });
        }
        let total = self.rows.flatten().filter(|total| *total >= done);
        let seconds = self.began.elapsed().as_secs_f64();
        let rate = done as f64 / seconds.max(0.001);
        let seconds_left = total.filter(|_| done > 0).map(|total| ((total - done) as f64 / rate) as u64);
        let what = format!("{what}: {} rows a second", rate as u64);
        let event = Event::Progress { step: self.step.number, what, done, total, seconds_left };
        if self.heard.is_some_and(|last| last.elapsed() < AGAIN_AFTER) {
            self.unsaid = Some(event);
            return;
        }
        (self.heard, self.unsaid) = (Some(Instant::now()), None);
        self.say(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_are_never_alike() {
        for attempt in 1..40 {
            let wait = pause(attempt);
            assert!(wait >= Duration::from_millis(125) && wait <= LONGEST_WAIT, "{attempt}: {wait:?}");
        }
        assert!(pause(5) >= Duration::from_secs(2));
        let all: std::collections::BTreeSet<Duration> = (0..50).map(|_| pause(6)).collect();
        assert!(all.len() > 10, "{all:?}");
    }
}
