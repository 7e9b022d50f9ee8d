//! `policy-ignores-tenant`: a policy that does not ask whose a row is.

use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::isolation;
use crate::tenancy::isolation::arms;
use crate::tenancy::isolation::list;
use crate::tenancy::isolation::named;
use crate::tenancy::isolation::verbs;
use crate::tenancy::policies::Fault;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    isolation::findings(scene, Fault::IgnoresTenant, "policy-ignores-tenant", |verdict| {
        let (who, can) = (list(&verdict.roles), verbs(&verdict.commands));
        let (policy, part) = (named(verdict.policy, verdict.table), verdict.part.word());
        let column = scene.policies.tenant_column(verdict.table).unwrap_or_default();
        let asked = arms(&verdict.escapes);
        format!("{policy} lets {who} {can} rows of every tenant: {part} never asks {column}, only {asked}")
    })
}
