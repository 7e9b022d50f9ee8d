//! `sequence-writable`: a confined role can set the counter behind a tenant table.

use std::collections::BTreeSet;

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::Confined;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::listed;
use crate::tenancy::roles::names;
use crate::tenancy::roles::role_id;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let tables: BTreeSet<(&str, &str)> = scene.guarded_tables().iter().map(|table| table.id.group()).collect();
    let behind = |sequence: &&Object| {
        let at = scene.catalog.position(&sequence.id).map(|at| at as u32);
        let mut owners = at.into_iter().flat_map(|at| scene.catalog.dependencies_of(at)).filter(|edge| edge.owned);
        owners.any(|edge| tables.contains(&scene.catalog.at(edge.to).id.group()))
    };
    let sequences: Vec<&Object> = scene.catalog.of_kind(ObjectKind::Sequence).iter().filter(behind).collect();
    let bound = scene.held_back().filter(|confined| !confined.is_unbound());
    bound.filter_map(|confined| finding(confined, &sequences)).collect()
}

/// One for each role: whoever has it on one usually has it on all.
fn finding(confined: &Confined, sequences: &[&Object]) -> Option<RuleFinding> {
    let may = |sequence: &&Object| confined.access.may(sequence, "UPDATE") && !confined.access.owns(sequence);
    let open: Vec<&Object> = sequences.iter().copied().filter(may).collect();
    let object = match open.as_slice() {
        [] => return None,
        [only] => only.id.clone(),
        _ => role_id(&confined.name),
    };
    let name = &confined.name;
    let said = Said {
        message: format!(
            "role {name} has UPDATE on {}: one setval and every tenant's inserts collide",
            listed(&names(&open))
        ),
        help: format!("USAGE is enough to insert: REVOKE UPDATE ON SEQUENCE {} FROM {name}", open[0].id.qualified()),
    };
    let reason = "revoking takes rights away, which an additive patch never does";
    Some(RuleFinding::left("sequence-writable", Severity::Note, object, said, reason))
}
