//! `policy-null-tenant-visible`: rows without a tenant are every tenant's.

use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::isolation;
use crate::tenancy::isolation::also_true;
use crate::tenancy::isolation::list;
use crate::tenancy::isolation::named;
use crate::tenancy::isolation::verbs;
use crate::tenancy::policies::Fault;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    isolation::findings(scene, Fault::NullTenant, "policy-null-tenant-visible", |verdict| {
        let (who, can) = (list(&verdict.roles), verbs(&verdict.commands));
        let (policy, part) = (named(verdict.policy, verdict.table), verdict.part.word());
        let escapes = also_true(&verdict.escapes);
        format!("{policy} lets {who} {can} the rows that have no tenant, whichever tenant asks: {part} is {escapes}")
    })
}
