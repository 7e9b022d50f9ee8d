//! `secdef-callable`: a routine that no policy binds can be called by those
//! whom policies must bind.

use std::collections::BTreeSet;

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::spec::Enter;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::Owners;
use crate::tenancy::roles::listed;
use crate::tenancy::session;
use crate::tenancy::session::Keys;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let (mut owners, tables) = (Owners::new(scene), scene.guarded_tables());
    let (needed, keys) = (needed_by_policies(scene), Keys::of(scene));
    let mut findings = Vec::new();
    for routine in routines(scene).filter(|routine| routine.flag("security_definer")) {
        let at = scene.catalog.position(&routine.id);
        if at.is_some_and(|at| needed.contains(&(at as u32))) || session::setter(scene, routine, &keys).is_some() {
            continue;
        }
        let roles = callers(scene, routine);
        if !roles.is_empty() && (owners.unbound(routine) || tables.iter().any(|table| owners.bypasses(routine, table)))
        {
            findings.push(finding(routine, &roles).superseding(scene.undeclared_to_held_back(routine)));
        }
    }
    findings
}

/// Functions and procedures that a statement can call; not what triggers run,
/// and not what `enter` declares as the way into a tenant.
pub(super) fn routines<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Object> {
    let declared = match &scene.tenancy.enter {
        Some(Enter::Sql(sql)) => sql.as_str(),
        Some(Enter::Supabase | Enter::Setting(_)) | None => "",
    };
    let functions = scene.catalog.of_kind(ObjectKind::Function).iter();
    functions
        .chain(scene.catalog.of_kind(ObjectKind::Procedure))
        .filter(|routine| !matches!(routine.text("returns"), Some("trigger" | "event_trigger")))
        .filter(|routine| !session::calls(declared, session::bare_name(routine)))
}

/// Who of those that must be held back can call a routine.
pub(super) fn callers<'a>(scene: &'a Scene, routine: &Object) -> Vec<&'a str> {
    scene.held_back().filter(|role| role.may_call(routine)).map(|role| role.name.as_str()).collect()
}

/// A function in a policy is called by everybody whom the policy is for, and
/// often has to look past row-level security to answer.
fn needed_by_policies(scene: &Scene) -> BTreeSet<u32> {
    let policies = scene.catalog.of_kind(ObjectKind::Policy).iter().filter_map(|p| scene.catalog.position(&p.id));
    policies.flat_map(|at| scene.catalog.dependencies_of(at as u32)).map(|edge| edge.to).collect()
}

fn finding(routine: &Object, roles: &[&str]) -> RuleFinding {
    let roles = listed(roles);
    let said = Said {
        message: format!(
            "{} can be called by {roles} and runs with the rights of {}, which no policy binds: \
             only its own text keeps tenants apart",
            routine.id,
            Owners::named(routine)
        ),
        help: format!(
            "make it SECURITY INVOKER, or REVOKE EXECUTE from PUBLIC and {roles}; \
             if its text asks for the tenant everywhere, allow it with that reason"
        ),
    };
    let reason = "what it does has to be read by a person";
    RuleFinding::left("secdef-callable", Severity::Warning, routine.id.clone(), said, reason)
}
