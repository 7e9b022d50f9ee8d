//! `parent-key-missing`: a table that composite keys cannot refer to.

use std::collections::BTreeMap;

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::fk_crosses_tenants;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let tenant = &*scene.tenancy.column;
    // By the table that is referred to and the columns: whose rows refer to it.
    let mut wanted: BTreeMap<(ObjectId, Vec<&str>), String> = BTreeMap::new();
    for (table, key) in fk_crosses_tenants::crossing(scene) {
        wanted.entry((key.parent(), key.referenced_beside(tenant))).or_insert_with(|| table.id.dotted());
    }
    let mut findings = Vec::new();
    for ((parent, columns), child) in &wanted {
        let Some(parent) = scene.catalog.get(parent) else { continue };
        let scoped = [&[tenant], columns.as_slice()].concat();
        if !scene.unique_keys(parent).iter().any(|key| key.is_exactly(&scoped)) {
            findings.push(finding(scene, parent, &scoped, child));
        }
    }
    findings
}

fn finding(scene: &Scene, parent: &Object, columns: &[&str], child: &str) -> RuleFinding {
    let (name, list) = (parent.id.dotted(), columns.join(", "));
    let finding = RuleFinding::new(
        "parent-key-missing",
        Severity::Warning,
        &parent.id,
        format!("{name} has no key ({list}): a foreign key of {child} cannot say that both rows have one tenant"),
        "the expected SQL does not declare the key either",
    );
    let declared = scene.declared_children(ObjectKind::Unique, parent).iter().find(|key| {
        let has = key.list("columns");
        has.len() == columns.len() && columns.iter().all(|column| has.iter().any(|c| **c == **column))
    });
    match declared.filter(|key| scene.catalog.get(&key.id).is_none()) {
        Some(key) => RuleFinding {
            help: "build it concurrently with `drift fix --additive`".to_owned(),
            supersedes: vec![(key.id.clone(), None)],
            fix: Fix::Additive,
            ..finding
        },
        None => finding.help(format!("declare UNIQUE ({list}) for {name} in the expected SQL")),
    }
}
