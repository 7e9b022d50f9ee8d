//! `matview-exposed`: a stored copy of tenants' rows that no policy guards.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::reach::Views;
use crate::tenancy::reach::tenant_relations;
use crate::tenancy::roles::listed;
use crate::tenancy::roles::names;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let (views, tenant) = (Views::new(scene), tenant_relations(scene));
    let readers = views.readers();
    let holds = |at: u32| -> Vec<&Object> {
        views.under(at).into_iter().filter(|n| tenant.contains_key(n)).map(|n| scene.catalog.at(n)).collect()
    };
    views
        .of_kind(ObjectKind::MaterializedView)
        .filter_map(|(view, at, _)| Some((view, readers.get(&at)?, holds(at))))
        .filter(|(_, _, tables)| !tables.is_empty())
        .map(|(view, roles, tables)| finding(view, roles, &tables).superseding(scene.undeclared_to_held_back(view)))
        .collect()
}

fn finding(view: &Object, roles: &[&str], tables: &[&Object]) -> RuleFinding {
    let roles = listed(roles);
    let said = Said {
        message: format!(
            "{} holds rows of {} and {roles} can read it: a materialized view has no policies, so it shows every tenant's rows",
            view.id,
            listed(&names(tables))
        ),
        help: format!(
            "put a view with a filter by tenant before it, and REVOKE SELECT ON {} FROM {roles}",
            view.id.qualified()
        ),
    };
    let reason = "revoking takes rights away, which an additive patch never does";
    RuleFinding::left("matview-exposed", Severity::Error, view.id.clone(), said, reason)
}
