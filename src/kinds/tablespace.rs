//! Where relations and the indexes behind keys are kept. No kind of its own: a
//! tablespace belongs to the server.

use super::Change;
use super::Context;
use super::Rework;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

/// Why an additive repair leaves it.
pub const LEFT: &str = "the server copies all of it to another place, and lets nobody in meanwhile";

/// ` TABLESPACE name`, as statements that create a relation take it; nothing for the database's own.
pub fn clause(object: &Object) -> String {
    object.text("tablespace").map(|name| format!(" TABLESPACE {}", quote(name))).unwrap_or_default()
}

/// The same of the index behind a constraint.
pub fn of_index(object: &Object) -> String {
    object.text("tablespace").map(|name| format!(" USING INDEX TABLESPACE {}", quote(name))).unwrap_or_default()
}

/// Moved in place. `target` as `ALTER` names it: `TABLE public.t`; the lock is on `relation`.
/// `holds_rows`: false for what is partitioned, where only parts to come are kept elsewhere.
pub fn rework(change: &Change, target: &str, relation: &str, holds_rows: bool, ctx: &Context) -> Rework {
    let place = change.expected.text("tablespace").unwrap_or_else(|| stock(ctx));
    let step = Step::new(format!("ALTER {target} SET TABLESPACE {};", quote(place)), Phase::Expand)
        .lock(Lock::AccessExclusive, relation);
    Rework::step(if holds_rows { step.hazard(Hazard::TableRewrite) } else { step })
}

/// The tablespace of the database itself, by the name that a statement needs.
fn stock<'a>(ctx: &Context<'a>) -> &'a str {
    let database = ctx.actual.get(&ObjectId::new(ObjectKind::Database, "", "", "itself"));
    database.and_then(|database| database.text("tablespace")).unwrap_or("pg_default")
}
