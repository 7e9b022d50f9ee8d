//! `rls-nonleakproof-index`: an index that no query under a policy can use.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::access::Access;
use crate::tenancy::is_key;
use crate::tenancy::roles::listed;
use crate::tenancy::roles::names;
use crate::tenancy::roles::role_id;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let unbound = scene.catalog.roles.iter().filter(|role| role.bypass_row_security && !role.superuser);
    let backends: Vec<Access> = unbound.map(|role| Access::of(scene.catalog, &role.name)).collect();
    let idle: Vec<&Object> = scene
        .tenant_tables()
        .map(|(table, _)| table)
        .filter(|table| table.flag("row_security") && scene.confined.iter().any(|role| role.may_read(table)))
        // Whom no policy binds can use the index: it may be there for them.
        .filter(|table| !backends.iter().any(|backend| backend.may(table, "SELECT")))
        .flat_map(|table| scene.children(ObjectKind::Index, table).iter().filter(|index| is_idle(scene, table, index)))
        .collect();
    let object = match idle.as_slice() {
        [] => return Vec::new(),
        [only] => only.id.clone(),
        // One finding: what is to be done about it is the same everywhere.
        _ => role_id(&scene.confined[0].name),
    };
    let roles: Vec<&str> = scene.confined.iter().map(|role| role.name.as_str()).collect();
    let said = Said {
        message: format!(
            "{} cannot be used by queries of {}: a policy is asked first, as the operators could tell of rows that it hides",
            listed(&names(&idle)),
            listed(&roles)
        ),
        help: "begin the index with the tenant column (btree_gin, btree_gist), or search in a function that asks for the tenant"
            .to_owned(),
    };
    let reason = "which queries the index is for, only its author knows";
    vec![RuleFinding::left("rls-nonleakproof-index", Severity::Note, object, said, reason)]
}

/// An index that serves neither the user's operators nor the policies: those
/// may use one on a column that they name.
fn is_idle(scene: &Scene, table: &Object, index: &Object) -> bool {
    let named = |key: &str| {
        let policies = scene.children(ObjectKind::Policy, table).iter();
        let texts = policies.flat_map(|policy| policy.text("using").into_iter().chain(policy.text("check")));
        let word = key.split(' ').next().unwrap_or(key).trim_matches('"');
        texts.into_iter().any(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == word))
    };
    let keys = index.list("keys");
    index.flag("leaky") && !keys.iter().any(|key| is_key(key, &scene.tenancy.column) || named(key))
}
