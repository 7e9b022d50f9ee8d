//! `context-setter-callable`: the confined can choose their own tenant.

use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::roles::listed;
use crate::tenancy::secdef_callable::callers;
use crate::tenancy::secdef_callable::routines;
use crate::tenancy::session;
use crate::tenancy::session::Keys;
use crate::tenancy::session::Sets;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let keys = Keys::of(scene);
    routines(scene)
        .filter_map(|routine| Some((routine, session::setter(scene, routine, &keys)?)))
        .map(|(routine, sets)| (routine, sets, callers(scene, routine)))
        .filter(|(_, _, roles)| !roles.is_empty())
        .map(|(routine, sets, roles)| {
            finding(routine, &sets, &roles).superseding(scene.undeclared_to_held_back(routine))
        })
        .collect()
}

fn finding(routine: &Object, sets: &Sets, roles: &[&str]) -> RuleFinding {
    let (roles, word) = (listed(roles), routine.id.kind.word().to_uppercase());
    let what = match sets {
        Sets::Key(key) => format!("sets {key}, which says whose tenant a session is"),
        Sets::Anything => {
            "sets whatever setting its caller names, also those that say whose tenant a session is".to_owned()
        }
    };
    let said = Said {
        message: format!("{} {what}, and {roles} can call it: a tenant becomes another one at will", routine.id),
        help: format!(
            "let only the backend enter a tenant: REVOKE EXECUTE ON {word} {} FROM PUBLIC, {roles}",
            routine.text("signature").unwrap_or(&routine.id.name)
        ),
    };
    let reason = "revoking takes rights away, which an additive patch never does";
    RuleFinding::left("context-setter-callable", Severity::Error, routine.id.clone(), said, reason)
}
