//! `app-role-owns`: a confined role has the rights of the owner of a tenant table.

use std::collections::BTreeMap;

use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::tenancy::Confined;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::listed;
use crate::tenancy::roles::names;
use crate::tenancy::roles::role_id;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut owned: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
    for table in scene.guarded_tables() {
        owned.entry(table.text("owner").unwrap_or_default()).or_default().push(table);
    }
    owned.remove("");
    let of = |confined| owned.iter().filter_map(move |(owner, tables)| finding(confined, owner, tables));
    // A superuser owns everything, and that is another rule's finding.
    scene.held_back().filter(|confined| !confined.is_unbound()).flat_map(of).collect()
}

/// One for each owner, whatever it owns.
fn finding(confined: &Confined, owner: &str, tables: &[&Object]) -> Option<RuleFinding> {
    let name = &confined.name;
    let (severity, how) = if owner == name {
        (Severity::Error, format!("role {name} owns"))
    } else if confined.access.acts_as(owner) {
        (Severity::Error, format!("role {name} has the rights of {owner}, which owns"))
    } else if confined.access.may_become(owner) {
        (Severity::Warning, format!("role {name} may SET ROLE {owner}, which owns"))
    } else {
        return None;
    };
    let object = match tables {
        [only] => only.id.clone(),
        _ => role_id(name),
    };
    let said = Said {
        message: format!(
            "{how} {}: an owner passes by the policies that are not forced, and can switch off the others",
            listed(&names(tables))
        ),
        help: "let a role own the tables that the application neither is nor may become".to_owned(),
    };
    let reason = "a new owner takes over every right on the tables: ALTER TABLE … OWNER TO is for a person to run";
    Some(RuleFinding::left("app-role-owns", severity, object, said, reason))
}
