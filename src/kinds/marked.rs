//! What a table says of one of its indexes, and what an index says of its own
//! expressions: forgotten with the index, so said again with the next. No kind
//! of its own.

use super::Change;
use super::Context;
use super::Rework;
use super::table;
use crate::model::catalog::Catalog;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

/// The table or materialized view that an index or key is on.
fn holder<'a>(object: &Object, catalog: &'a Catalog) -> Option<&'a Object> {
    let of = |kind| catalog.get(&ObjectId::new(kind, &object.id.schema, "", &object.id.parent));
    of(ObjectKind::Table).or_else(|| of(ObjectKind::MaterializedView))
}

/// The steps after an index or key was built again, on a table that is there.
/// What the table did not say before is a change of the table.
pub fn again(object: &Object, ctx: &Context) -> Vec<Additive> {
    let mut steps = statistics(object, Phase::Index);
    let (Some(wanted), Some(there)) = (holder(object, ctx.expected), holder(object, ctx.actual)) else { return steps };
    let says = |attribute, value: &str| [wanted, there].into_iter().all(|holder| holder.text(attribute) == Some(value));
    if says("clustered_on", &object.id.name) {
        steps.extend(clustered(wanted));
    }
    if says("replica_identity", &format!("index {}", object.id.name)) {
        steps.extend(table::replica_identity(wanted));
    }
    steps
}

/// How many values ANALYZE looks at, for expressions where somebody chose.
pub fn statistics(object: &Object, phase: Phase) -> Vec<Additive> {
    let index = format!("{}.{}", quote(&object.id.schema), quote(&object.id.name));
    let one = |entry: &std::sync::Arc<str>| {
        let (column, target) = entry.split_once(' ')?;
        Some(Additive::tune_index(&index, column, target).phase(phase).lock(Lock::ShareUpdateExclusive, &index))
    };
    object.list("statistics").iter().filter_map(one).collect()
}

/// `TABLE` or what else `ALTER` calls it.
fn word(holder: &Object) -> &'static str {
    if holder.id.kind == ObjectKind::Table { "TABLE" } else { "MATERIALIZED VIEW" }
}

/// Another index to sort by, or none.
pub fn rework(change: &Change) -> Rework {
    let name = change.expected.id.qualified();
    let without = || {
        let sql = format!("ALTER {} {name} SET WITHOUT CLUSTER;", word(change.expected));
        Step::new(sql, Phase::Protect).lock(Lock::ShareUpdateExclusive, &name)
    };
    Rework::step(clustered(change.expected).map_or_else(without, Additive::into_step))
}

/// By which index the next CLUSTER sorts the rows.
pub fn clustered(holder: &Object) -> Option<Additive> {
    let word = word(holder);
    let name = holder.id.qualified();
    let index = holder.text("clustered_on")?;
    Some(Additive::cluster_on(word, &name, index).lock(Lock::ShareUpdateExclusive, &name))
}
