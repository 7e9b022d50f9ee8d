//! Foreign keys to a partitioned table. The server has them refer to every part of it too, and
//! drops no part that one refers to: only once it is detached nothing does.

use crate::model::catalog::Catalog;
use crate::model::ident::split_qualified;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;

/// True where `key` refers to `table` only as to a part of what it is about.
pub fn refers_to_whole(key: &Object, table: &Object) -> bool {
    key.id.kind == ObjectKind::ForeignKey
        && table.text("partition_of").is_some()
        && key.id.group() != table.id.group()
        && key.text("references").is_some_and(|references| references != table.id.qualified())
}

/// The table, as SQL names it, that a part has to be detached from before it can be dropped.
pub fn to_detach_from<'a>(actual: &'a Catalog, part: &'a Object) -> Option<&'a str> {
    let above = |part: &Object| {
        let (schema, name) = split_qualified(part.text("partition_of")?)?;
        actual.get(&ObjectId::new(ObjectKind::Table, &schema, "", &name))
    };
    let whole = part.text("partition_of")?;
    let wholes: Vec<String> =
        std::iter::successors(above(part), |whole| above(whole)).map(|whole| whole.id.qualified()).collect();
    let refers = |key: &Object| key.text("references").is_some_and(|to| wholes.iter().any(|whole| whole == to));
    actual.of_kind(ObjectKind::ForeignKey).iter().any(refers).then_some(whole)
}
