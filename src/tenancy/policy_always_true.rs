//! `policy-always-true`: a policy that asks nothing.

use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::isolation;
use crate::tenancy::isolation::list;
use crate::tenancy::isolation::named;
use crate::tenancy::isolation::verbs;
use crate::tenancy::policies::Command;
use crate::tenancy::policies::Fault;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    isolation::findings(scene, Fault::AlwaysTrue, "policy-always-true", |verdict| {
        let (who, can) = (list(&verdict.roles), verbs(&verdict.commands));
        let (policy, part) = (named(verdict.policy, verdict.table), verdict.part.word());
        let escapes = match verdict.escapes.as_slice() {
            [only] => only.clone(),
            _ => "always true".to_owned(),
        };
        match verdict.commands.as_slice() {
            [Command::Insert] => format!("{policy} lets {who} insert rows into every tenant: {part} is {escapes}"),
            _ => format!("{policy} lets {who} {can} every tenant's rows: {part} is {escapes}"),
        }
    })
}
