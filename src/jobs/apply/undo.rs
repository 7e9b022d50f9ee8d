//! `drift apply --undo`: takes back what a plan did, where that loses nothing.
//!
//! The way back is no list of opposites. What the plan touched was recorded
//! before its first step; the planner leads from what is there now to that,
//! and a clone proves it, as for any other plan. It is kept in the journal
//! before it begins, so that whoever is killed goes on with the same one.

use anyhow::Context;
use anyhow::Result;

use super::Ended;
use super::Event;
use super::Job;
use super::Stop;
use super::insist_on_consent;
use super::stand;
use super::stand::Standing;
use super::unless_stopped;
use crate::jobs::compare::Comparison;
use crate::jobs::full;
use crate::jobs::seal;
use crate::kinds::Left;
use crate::kinds::Unused;
use crate::model::catalog::Catalog;
use crate::model::failure::failure;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Hazard;
use crate::pg::apply::Mark;
use crate::pg::apply::Writer;
use crate::pg::connect::Client;
use crate::pg::journal;
use crate::pg::journal::Beside;
use crate::pg::journal::Outcome;
use crate::pg::probe;
use crate::pg::probe::Answer;
use crate::plan::file;
use crate::plan::file::PlanFile;
use crate::plan::fingerprint::Fingerprint;
use crate::plan::full as planner;
use crate::plan::full::FullPlan;
use crate::plan::render;
use crate::plan::undo;
use crate::snapshot;

/// A way back, as it is to be run.
struct WayBack {
    /// `None`: nothing differs from what was there before.
    plan: Option<(String, PlanFile)>,
    standing: Standing,
    /// True where it was begun before.
    begun: bool,
    /// The way back that was begun and is not gone any more.
    replaces: Option<PlanFile>,
}

impl Job<'_> {
    /// Records what the plan is going to touch, before it touches it.
    pub(super) async fn remember(&self, writer: &Writer, comparison: &Comparison) -> Result<()> {
        let mut text = Vec::new();
        snapshot::write(&undo::touched(&comparison.actual, &self.plan.seal.touches), &mut text)?;
        let text = String::from_utf8(text).context("a snapshot is text")?;
        self.keep(writer, Beside::Before, &text).await
    }

    async fn keep(&self, writer: &Writer, what: Beside, text: &str) -> Result<()> {
        let plan = journal::beside(&self.plan.digest, what);
        let mark = Mark { plan: &plan, step: journal::WHOLE, what: &self.name };
        writer.record(mark, Outcome::Done, Some(text)).await
    }

    /// Refuses to go on with a plan that somebody began to take back.
    pub(super) async fn insist_on_no_undo(&self, client: &Client) -> Result<()> {
        match journal::recall(client, &self.plan.digest, Beside::Undo).await? {
            None => Ok(()),
            Some(_) => Err(failure(
                "somebody began to undo this plan, and that has not come to its end",
                "finish it with `drift apply --undo` and the same plan; then apply it again",
            )),
        }
    }

    /// Shows the way back.
    pub(super) async fn show_undo(&self, looks: &Client) -> Result<Ended> {
        let way = self.way_back(looks).await?;
        let Some((_, plan)) = &way.plan else { return Ok(self.nothing_to_undo(&way.standing)) };
        let standing = Standing::read(looks, plan).await?;
        self.tell_plan(plan, true, &standing);
        for loss in &plan.seal.losses {
            (self.tell)(Event::Note { text: format!("this would be lost: {loss}") });
        }
        self.show_steps(plan, &standing, looks).await
    }

    /// Goes it.
    pub(super) async fn undo(&self, writer: &Writer, looks: &Client, mut stop: Stop) -> Result<Ended> {
        let before = async {
            self.lock(writer, looks).await?;
            self.way_back(writer.client()).await
        };
        let way = unless_stopped(&mut stop, before).await?;
        let Some((text, plan)) = &way.plan else {
            self.forget(writer, None).await?;
            return Ok(self.nothing_to_undo(&way.standing));
        };
        insist_on_consent(plan, self.target, self.options, "to undo the plan loses data, and nothing was undone")?;
        self.tell_plan(plan, true, &Standing::read(writer.client(), plan).await?);
        writer.prepare(&plan.session).await?;
        if let Some(other) = &way.replaces {
            journal::archive(writer.client(), &[&other.digest]).await?;
        }
        if !way.begun {
            self.keep(writer, Beside::Undo, text).await?;
        }
        let mut late = stop.clone();
        if !self.steps(plan, writer, looks, stop).await? {
            return Ok(Ended::Stopped);
        }
        let comparison = unless_stopped(&mut late, self.compare(false)).await?;
        let moved = differs(&Fingerprint::of(&comparison.actual), way.standing.base());
        if let Some(moved) = moved {
            return Err(failure(
                format!("every step back was taken, and not all is as it was before the plan: {moved}"),
                "somebody changed that meanwhile: take it back and run the same command again",
            ));
        }
        self.forget(writer, Some(&plan.digest)).await?;
        self.tell_undone(&way.standing);
        Ok(Ended::Kept)
    }

    fn nothing_to_undo(&self, standing: &Standing) -> Ended {
        (self.tell)(Event::Note { text: "nothing differs from what was there before the plan".to_owned() });
        self.tell_undone(standing);
        Ended::Kept
    }

    fn tell_undone(&self, standing: &Standing) {
        let writes = |step: &file::PlanStep| step.hazards().contains(&Hazard::WritesRows);
        let wrote = self.plan.steps.iter().any(|step| writes(step) && standing.is_done(step.number));
        (self.tell)(Event::Undone { plan: self.plan.digest.clone(), wrote });
    }

    /// What was done stays in the journal, under a name that no plan has: so it can be applied again.
    async fn forget(&self, writer: &Writer, way_back: Option<&str>) -> Result<()> {
        let plans: Vec<&str> = [Some(self.plan.digest.as_str()), way_back].into_iter().flatten().collect();
        journal::archive(writer.client(), &plans).await
    }

    async fn way_back(&self, client: &Client) -> Result<WayBack> {
        let standing = Standing::read(client, &self.plan).await?;
        if standing.is_fresh() {
            return Err(failure(
                "this plan was not applied here, or was undone already: there is nothing to undo",
                "drift.journal says which plans were applied",
            ));
        }
        let mut replaces = None;
        if let Some(text) = journal::recall(client, &self.plan.digest, Beside::Undo).await? {
            let plan = file::read(&text, "the way back in drift.journal")?;
            // Who allows a loss now wants another one than that which stopped at it.
            if plan.seal.losses.is_empty() && self.options.allow_data_loss {
                replaces = Some(plan);
            } else {
                let comparison = self.compare(false).await?;
                Standing::read(client, &plan).await?.insist(&plan, &Fingerprint::of(&comparison.actual))?;
                return Ok(WayBack { plan: Some((text, plan)), standing, begun: true, replaces });
            }
        }
        self.refuse_what_is_gone(&standing)?;
        let mut comparison = self.compare(true).await?;
        let before = self.before(client, &standing, &comparison, replaces.is_some()).await?;
        comparison.lead_to(before).await?;
        let plan = self.plan_back(client, &comparison).await?;
        Ok(WayBack { plan, standing, begun: false, replaces })
    }

    /// What the plan dropped no declaration brings back.
    fn refuse_what_is_gone(&self, standing: &Standing) -> Result<()> {
        let drops = |step: &file::PlanStep| step.hazards().contains(&Hazard::DataLoss);
        let dropped = self.plan.steps.iter().any(|step| drops(step) && standing.is_done(step.number));
        if !dropped {
            return Ok(());
        }
        let list: String = self.plan.seal.losses.iter().map(|loss| format!("\n  {loss}")).collect();
        Err(failure(
            format!("the plan cannot be undone: what it lost is gone{list}"),
            "restore a backup, or write a plan to an earlier state with `drift fix --full --to`",
        ))
    }

    /// What was there before the plan.
    async fn before(
        &self,
        client: &Client,
        standing: &Standing,
        comparison: &Comparison,
        half_way: bool,
    ) -> Result<Catalog> {
        let (now, touches) = (&comparison.actual, &self.plan.seal.touches);
        let fingerprint = Fingerprint::of(now);
        let moved = match standing.end().filter(|_| !half_way) {
            Some(end) => differs(&fingerprint, &end),
            None => {
                let mut moved = fingerprint.moved_since(standing.base());
                moved.retain(|moved| !touches.contains(moved.name()) && !moved.name().contains(".drift_fill_"));
                (!moved.is_empty()).then(|| stand::named(&moved))
            }
        };
        if let Some(moved) = moved {
            return Err(failure(
                format!("the database has moved since the plan was applied: {moved}"),
                "take that back first (a plan that was applied later with its own --undo); then it can be undone",
            ));
        }
        let Some(text) = journal::recall(client, &self.plan.digest, Beside::Before).await? else {
            return Err(failure(
                "drift.journal does not say what was there before this plan: it was applied by an older drift",
                "write a plan to the state before with `drift fix --full --to`",
            ));
        };
        let then = snapshot::read(&text, "drift.journal")?;
        let before = undo::before(now, &then, touches)?;
        match differs(&Fingerprint::of(&before), standing.base()) {
            None => Ok(before),
            Some(moved) => Err(failure(
                format!("what was there before the plan cannot be put together again: {moved}"),
                "write a plan to the state before with `drift fix --full --to`",
            )),
        }
    }

    /// Plans and proves the way back; `None` where there is nothing to do.
    async fn plan_back(&self, client: &Client, comparison: &Comparison) -> Result<Option<(String, PlanFile)>> {
        let no_fill = |_: &Object| None;
        let (expected, actual) = (&comparison.expected, &comparison.actual);
        let mut plan = planner::full(expected, actual, &comparison.differences, &no_fill, false);
        if !plan.left.is_empty() {
            let one = |(id, left): &(ObjectId, Left)| format!("\n  {id}: {}", left.reason);
            let list: String = plan.left.iter().map(one).collect();
            let help = "undo that by hand, or write a plan to the state before with `drift fix --full --to`";
            return Err(failure(format!("this cannot be undone, and nothing was undone:{list}"), help));
        }
        if plan.is_empty() {
            return Ok(None);
        }
        let patch = render::full(&plan);
        full::proved(self.source, comparison, &plan, &full::in_parts(&patch)).await?;
        let unused = self.unused(client, comparison, &plan).await?;
        undo::guard(&mut plan, actual, &unused);
        plan.losses.retain(|loss| !unused.iter().any(|(id, _)| *id == loss.id));
        self.refuse_loss(&plan)?;
        let patch = render::full(&plan);
        let text = seal::full(comparison, &plan, self.plan.seal.goal.spec.as_ref(), None, &patch);
        let file = file::read(&text, "the way back")?;
        Ok(Some((text, file)))
    }

    fn refuse_loss(&self, plan: &FullPlan) -> Result<()> {
        let shown = self.is_dry() || self.options.allow_data_loss;
        if shown || plan.losses.is_empty() {
            return Ok(());
        }
        let list: String = plan.losses.iter().map(|loss| format!("\n  {}: {}", loss.id, loss.what)).collect();
        Err(failure(
            format!("to undo the plan loses data, and nothing was undone:{list}"),
            format!(
                "look at it with --dry-run; to lose that, give --allow-data-loss --database {}",
                self.target.database
            ),
        ))
    }

    /// What might hold something and does not, with the question that told so.
    async fn unused(
        &self,
        client: &Client,
        comparison: &Comparison,
        plan: &FullPlan,
    ) -> Result<Vec<(ObjectId, Unused)>> {
        let mut unused = Vec::new();
        for loss in &plan.losses {
            // What is there before too is narrowed, not dropped.
            let new = comparison.expected.get(&loss.id).is_none();
            let given = self.plan.seal.filled.get(&loss.id.to_string()).map(String::as_str);
            let Some(question) = undo::question(&comparison.actual, &loss.id, given).filter(|_| new) else { continue };
            let sql = format!("SELECT ({})::int::int8", question.sql);
            match probe::counts(client, &sql, self.reading.statement_timeout_s).await? {
                Answer::Said(counts) if counts == [1] => unused.push((loss.id.clone(), question)),
                Answer::Said(_) => {}
                Answer::Refused(why) => {
                    let text = format!("whether {} holds anything cannot be told: {why}", loss.id);
                    (self.tell)(Event::Note { text });
                }
            }
        }
        Ok(unused)
    }
}

/// How one catalog differs from another, in a few words.
fn differs(now: &Fingerprint, then: &Fingerprint) -> Option<String> {
    (now.whole != then.whole).then(|| stand::named(&now.moved_since(then)))
}
