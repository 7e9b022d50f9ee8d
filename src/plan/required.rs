//! What stops an additive patch before it changes anything: a role that is not
//! there, or what an interrupted build left under an index's name.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::kinds;
use crate::model::catalog::Catalog;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::plan::order::Unit;
use crate::plan::rebuild::roles_of;

/// Stops where the index is there and invalid.
pub fn no_invalid_index(schema: &str, name: &str) -> Additive {
    let condition = format!(
        "NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i\n    \
         JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid\n    \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace\n    \
         WHERE n.nspname = {} AND c.relname = {} AND NOT i.indisvalid)",
        literal(schema),
        literal(name)
    );
    let index = format!("{}.{}", quote(schema), quote(name));
    let message = format!(
        "index {index} is invalid: an earlier attempt to build it failed. \
         Run DROP INDEX CONCURRENTLY {index}; and then this patch again"
    );
    Additive::require(Phase::Index, &condition, &message)
}

/// Roles belong to the whole server; a patch that lacks one stops before it
/// has changed anything. A role that this server lacks is warned of.
pub fn roles(expected: &Catalog, actual: &Catalog, units: &[Unit], warnings: &mut Vec<String>) -> Vec<Additive> {
    let owner = |object: &Object| {
        let (_, owner) = kinds::owned(object).filter(|_| actual.get(&object.id).is_none())?;
        actual.may_have_role(owner).then(|| Arc::from(owner))
    };
    let objects = units.iter().filter_map(|unit| expected.get(&unit.id));
    let roles: BTreeSet<Arc<str>> =
        objects.flat_map(|object| roles_of(object).into_iter().chain(owner(object))).collect();
    let mut steps = Vec::new();
    for role in roles {
        if !actual.may_have_role(&role) {
            warnings
                .push(format!("role {role} does not exist on this server: the patch stops before it changes anything"));
        }
        let condition = format!("EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {})", literal(&role));
        let message = format!("role {role} does not exist: create it, and then run this patch again");
        steps.push(Additive::require(Phase::Prepare, &condition, &message));
    }
    steps
}
