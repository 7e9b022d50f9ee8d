//! `check-weaker-than-using`: rows can be written that their writer may not have.

use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::isolation;
use crate::tenancy::isolation::arms;
use crate::tenancy::isolation::list;
use crate::tenancy::isolation::named;
use crate::tenancy::isolation::verbs;
use crate::tenancy::policies::Fault;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    isolation::findings(scene, Fault::WeakCheck, "check-weaker-than-using", |verdict| {
        let (who, can) = (list(&verdict.roles), verbs(&verdict.commands));
        let (policy, part) = (named(verdict.policy, verdict.table), verdict.part.word());
        let column = scene.policies.tenant_column(verdict.table).unwrap_or_default();
        format!(
            "{policy} lets {who} {can} rows into other tenants: {part} does not hold {column} to the session's tenant, it is also true where {}",
            arms(&verdict.escapes)
        )
    })
}
