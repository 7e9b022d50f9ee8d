//! Indexes and keys of partitioned tables, built partition by partition: only
//! so can each be built while reads and writes go on. What is declared for the
//! whole then takes them over and builds nothing. No kind of its own.

use super::Context;
use super::constraint;
use super::index;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Lock;
use crate::model::step::Phase;

/// All partitions of a table that hold rows themselves, of whatever depth.
/// `None` where they need not be gone through one by one, or cannot be: some
/// are on foreign servers, or move with the same plan.
pub fn leaves<'a>(object: &Object, ctx: &'a Context) -> Option<Vec<&'a ObjectId>> {
    if ctx.offline {
        return None;
    }
    let mut leaves = Vec::new();
    collect(&object.id.relation(), ctx, &mut leaves)?;
    Some(leaves)
}

fn collect<'a>(whole: &str, ctx: &'a Context, leaves: &mut Vec<&'a ObjectId>) -> Option<()> {
    let belongs = |table: &Object| table.text("partition_of") == Some(whole);
    let mut foreign = [ctx.expected, ctx.actual].into_iter().flat_map(|side| side.of_kind(ObjectKind::ForeignTable));
    if foreign.any(belongs) {
        return None;
    }
    let there = ctx.actual.of_kind(ObjectKind::Table).iter();
    let new = ctx.expected.of_kind(ObjectKind::Table).iter().filter(|table| ctx.actual.get(&table.id).is_none());
    for table in there.chain(new) {
        let wanted = ctx.expected.get(&table.id).unwrap_or(table);
        let changes = |name| wanted.attributes.get(name) != table.attributes.get(name);
        if (belongs(table) || belongs(wanted)) && (changes("partition_of") || changes("partition_key")) {
            return None;
        }
        match (belongs(table), table.text("partition_key")) {
            (true, Some(_)) => collect(&table.id.qualified(), ctx, leaves)?,
            (true, None) => leaves.push(&table.id),
            (false, _) => {}
        }
    }
    Some(())
}

/// What the index of a partition is called. Long names are cut, and told apart by a number.
fn name(leaf: &ObjectId, object: &Object) -> String {
    let whole = format!("{}_{}", leaf.name, object.id.name);
    if whole.len() <= 63 {
        return whole;
    }
    let hash = whole.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let cut = |name: &str| name.chars().take(6).collect::<String>();
    format!("{}_{}_{hash:08x}", cut(&leaf.name), cut(&object.id.name))
}

fn build(object: &Object, leaf: &ObjectId, unique: bool, rest: &str) -> Additive {
    Additive::create_index_concurrently(unique, rest)
        .lock(Lock::ShareUpdateExclusive, &leaf.qualified())
        .builds(&leaf.schema, &name(leaf, object))
}

/// The index of each partition, before that of the whole is made of them.
pub fn indexes(object: &Object, leaves: &[&ObjectId]) -> Vec<Additive> {
    let unique = object.flag("unique");
    let one = |leaf: &&ObjectId| {
        let rest = index::definition_on(&name(leaf, object), &leaf.qualified(), object);
        build(object, leaf, unique, &rest)
    };
    leaves.iter().map(one).collect()
}

/// The primary key or unique constraint of each partition, before that of the
/// whole is made of them.
pub fn keys(object: &Object, leaves: &[&ObjectId], word: &str) -> Vec<Additive> {
    let mut steps = Vec::new();
    let deferrable = constraint::deferrable(object.text("definition").unwrap_or_default());
    for leaf in leaves {
        let (name, relation) = (name(leaf, object), leaf.qualified());
        steps.push(build(object, leaf, true, &constraint::index_on(object, &name, &relation)));
        let name = quote(&name);
        let using = format!("CONSTRAINT {name} {word} USING INDEX {name}{deferrable}");
        let add = Additive::add(Phase::Index, &relation, &using)
            .unless(&constraint::guard_of(&relation, &self::name(leaf, object)))
            .lock(Lock::AccessExclusive, &relation);
        steps.push(add);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_and_told_apart() {
        let long = "ä".repeat(30);
        let table = |name: &str| ObjectId::new(ObjectKind::Table, "public", "", name);
        let named = |leaf: &ObjectId, index: &str| {
            name(leaf, &Object::new(ObjectId::new(ObjectKind::Index, "public", "t", index), Vec::new()))
        };
        let (one, other) = (table(&long), table(&format!("{long}y")));
        assert_eq!(named(&table("t_1"), "i"), "t_1_i");
        assert_ne!(named(&one, "index"), named(&other, "index"));
        assert!(named(&other, &long).len() <= 63);
    }
}
