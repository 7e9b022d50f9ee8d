//! `app-role-bypasses`: policies are void for a role that must be confined.

use crate::model::finding::Severity;
use crate::model::role;
use crate::tenancy::Confined;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::role_id;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    scene.held_back().filter_map(|confined| finding(scene, confined)).collect()
}

fn finding(scene: &Scene, confined: &Confined) -> Option<RuleFinding> {
    let name = &confined.name;
    let own = role::find(&scene.catalog.roles, name).filter(|own| own.superuser || own.bypass_row_security);
    let (what, help) = match own {
        Some(own) if own.superuser => (
            "is a superuser".to_owned(),
            format!("use a role without SUPERUSER: ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS"),
        ),
        Some(_) => ("has BYPASSRLS".to_owned(), format!("take it away: ALTER ROLE {name} NOBYPASSRLS")),
        None => {
            let other = confined.access.unbound_role()?;
            let help = format!("end the membership through which it becomes {other}: REVOKE {other} FROM {name}");
            (format!("may become {other}, which row-level security does not bind"), help)
        }
    };
    let said = Said { message: format!("role {name} {what}: no policy holds it back from any tenant's rows"), help };
    let reason = "roles belong to the whole server: drift never changes one";
    Some(RuleFinding::left("app-role-bypasses", Severity::Error, role_id(name), said, reason))
}
