//! `shared-write-widening`: what is shared to be read can be written.

use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::isolation;
use crate::tenancy::isolation::also_true;
use crate::tenancy::isolation::list;
use crate::tenancy::isolation::named;
use crate::tenancy::isolation::verbs;
use crate::tenancy::policies::Fault;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    isolation::findings(scene, Fault::SharedWrite, "shared-write-widening", |verdict| {
        let (who, can) = (list(&verdict.roles), verbs(&verdict.commands));
        let (policy, part) = (named(verdict.policy, verdict.table), verdict.part.word());
        format!(
            "{policy} lets {who} {can} rows that another tenant only shares: {part} is {}",
            also_true(&verdict.escapes)
        )
    })
}
