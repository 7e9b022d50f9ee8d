//! What a plan and its proof are, as the contract that is reviewed.

use crate::jobs::compare::Comparison;
use crate::jobs::prove::Proof;
use crate::kinds::Left;
use crate::model::finding::ObjectRef;
use crate::model::object::ObjectId;
use crate::model::plan_report::PLAN_VERSION;
use crate::model::plan_report::PlanGroup;
use crate::model::plan_report::PlanLeft;
use crate::model::plan_report::PlanLoss;
use crate::model::plan_report::PlanPart;
use crate::model::plan_report::PlanProof;
use crate::model::plan_report::PlanRename;
use crate::model::plan_report::PlanReport;
use crate::model::plan_report::PlanStep;
use crate::model::plan_report::Way;
use crate::model::step::Step;
use crate::plan::additive::AdditivePlan;
use crate::plan::full::FullPlan;
use crate::plan::renames::Renaming;
use crate::plan::stage::Group;
use crate::plan::stage::Wrap;

/// An additive plan; `proof` is `None` where there is nothing to do.
pub fn additive(comparison: &Comparison, plan: &AdditivePlan, proof: Option<&Proof>) -> PlanReport {
    PlanReport {
        groups: plan.groups.iter().map(group).collect(),
        left: left(&plan.left),
        warnings: plan.warnings.clone(),
        ..empty(Way::Additive, comparison, proof)
    }
}

/// A full plan; `proof` is `None` where there is nothing to do.
pub fn full(comparison: &Comparison, plan: &FullPlan, proof: Option<&Proof>) -> PlanReport {
    let loss = |loss: &crate::plan::full::Loss| PlanLoss { object: (&loss.id).into(), what: loss.what.clone() };
    PlanReport {
        losses: plan.losses.iter().map(loss).collect(),
        renames: plan.renames.iter().map(rename).collect(),
        groups: plan.groups.iter().map(group).collect(),
        put_back: plan.put_back.iter().map(ObjectRef::from).collect(),
        left: left(&plan.left),
        ..empty(Way::Full, comparison, proof)
    }
}

fn rename(renaming: &Renaming) -> PlanRename {
    PlanRename {
        object: (&renaming.old).into(),
        value: renaming.value.as_ref().map(|(from, _)| from.clone()),
        to: renaming.to().to_owned(),
    }
}

fn empty(way: Way, comparison: &Comparison, proof: Option<&Proof>) -> PlanReport {
    PlanReport {
        version: PLAN_VERSION,
        way,
        from: comparison.report.actual.name.clone(),
        to: comparison.report.expected.name.clone(),
        losses: Vec::new(),
        renames: Vec::new(),
        groups: Vec::new(),
        put_back: Vec::new(),
        left: Vec::new(),
        warnings: Vec::new(),
        proof: proof.map(|proof| PlanProof {
            rows: proof.rows,
            tables: proof.tables as u64,
            part: proof.part.map(|(cloned, of)| PlanPart { cloned: cloned as u64, of: of as u64 }),
            limits: proof.limits.clone(),
        }),
    }
}

fn left(left: &[(ObjectId, Left)]) -> Vec<PlanLeft> {
    let one = |(id, left): &(ObjectId, Left)| PlanLeft {
        object: id.into(),
        attribute: left.attribute.to_owned(),
        reason: left.reason.clone(),
    };
    left.iter().map(one).collect()
}

fn group<S: AsRef<Step>>(group: &Group<S>) -> PlanGroup {
    let step = |step: &S| {
        let step = step.as_ref();
        PlanStep {
            sql: step.sql.clone(),
            lock: step.lock,
            relation: step.relation.clone(),
            hazards: step.hazards.clone(),
            transactional: step.transactional,
            answers: step.answers.clone(),
            undo: step.undo.clone(),
        }
    };
    PlanGroup {
        title: group.title.clone(),
        one_transaction: group.wrap == Wrap::Together,
        steps: group.steps.iter().map(step).collect(),
    }
}
