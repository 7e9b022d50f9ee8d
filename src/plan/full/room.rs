//! What must be gone before something else can come: names, what partitions
//! hold, and whatever is in the way of what is altered in place.

use std::collections::BTreeMap;

use super::Draft;
use super::away::Away;
use super::sequence::Nodes;
use crate::kinds;
use crate::model::catalog::Catalog;
use crate::model::ident::quote;
use crate::model::ident::split_qualified;
use crate::model::ident::split_routine;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Phase;

/// What has a name, or hangs on what is made anew, makes room first; what is
/// altered while nobody may need it waits until nobody does.
pub fn make(draft: &Draft, drops: &BTreeMap<u32, usize>, made: &BTreeMap<ObjectId, Vec<usize>>, nodes: &mut Nodes) {
    let place = |id: &ObjectId| {
        let name = split_routine(&id.name).0.to_owned();
        (id.schema.clone(), name)
    };
    let mut takers: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (id, steps) in made {
        takers.entry(place(id)).or_default().extend(steps);
    }
    let counts = |id: &ObjectId| draft.expected.get(id).is_some_and(|column| column.text("identity").is_some());
    let new = made.iter().filter(|(id, _)| id.kind == ObjectKind::Column && draft.actual.get(id).is_none());
    let counting: Vec<(String, &[usize])> =
        new.filter(|(id, _)| counts(id)).map(|(id, steps)| (id.relation(), &steps[..])).collect();
    for (at, drop) in drops {
        let id = &draft.actual.at(*at).id;
        if let Some(steps) = takers.get(&place(id)).cloned() {
            nodes.all_before(&[*drop], &steps);
        }
        keyed_no_more(draft, (*at, *drop), made, nodes);
        unparented(draft, (*at, *drop), &counting, nodes);
        between_wholes(draft, (*at, *drop), made, nodes);
        // Parts of one whole share what there is to hold.
        if let Some(whole) = draft.actual.at(*at).text("partition_of") {
            for (other, steps) in made {
                let part = draft.expected.get(other).is_some_and(|o| o.text("partition_of") == Some(whole));
                if part && other != id {
                    nodes.all_before(&[*drop], steps);
                }
            }
        }
        for edge in draft.actual.dependencies_of(*at) {
            let target = &draft.actual.at(edge.to).id;
            if draft.disturbed.contains(target) {
                let steps = reaching(draft.actual, edge.to, made);
                nodes.all_before(&[*drop], &steps);
                let back = made.get(id).cloned().unwrap_or_default();
                nodes.all_before(&steps, &back);
            }
        }
    }
}

/// To a table that others inherit from, the server adds no identity: those that go do so before.
fn unparented(draft: &Draft, (at, drop): (u32, usize), counting: &[(String, &[usize])], nodes: &mut Nodes) {
    let table = draft.actual.at(at);
    let is_parent = |name: &str| {
        table.text("partition_of") == Some(name) || table.list("inherits").iter().any(|parent| **parent == *name)
    };
    for (_, steps) in counting.iter().filter(|(relation, _)| is_parent(relation)) {
        nodes.all_before(&[drop], steps);
    }
}

/// The indexes and keys of a whole are built part by part: a new part is there by then.
pub fn parts_before_indexes(draft: &Draft, made: &BTreeMap<ObjectId, Vec<usize>>, nodes: &mut Nodes) {
    let above = |part: &Object| {
        let (schema, name) = split_qualified(part.text("partition_of")?)?;
        draft.expected.get(&ObjectId::new(ObjectKind::Table, &schema, "", &name))
    };
    let is_built = |id: &ObjectId| matches!(id.kind, ObjectKind::Index | ObjectKind::PrimaryKey | ObjectKind::Unique);
    let mut built: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (id, steps) in made.iter().filter(|(id, _)| is_built(id)) {
        built.entry(id.relation()).or_default().extend(steps);
    }
    let new = draft.expected.of_kind(ObjectKind::Table).iter().filter(|table| draft.actual.get(&table.id).is_none());
    for part in new.filter(|table| table.text("partition_of").is_some()) {
        let wholes: Vec<String> =
            std::iter::successors(above(part), |whole| above(whole)).map(|whole| whole.id.qualified()).collect();
        let born = made.get(&part.id).into_iter().flatten().copied();
        let born: Vec<usize> = born.filter(|n| nodes.nodes[*n].key.phase < Phase::Secure).collect();
        for steps in wholes.iter().filter_map(|whole| built.get(whole)) {
            nodes.all_before(&born, steps);
        }
    }
}

/// Values that go for good need not be what their type is to allow only.
pub fn spare_the_lost(
    draft: &Draft,
    away: &Away,
    drops: &BTreeMap<u32, usize>,
    made: &BTreeMap<ObjectId, Vec<usize>>,
    nodes: &mut Nodes,
) {
    for edge in draft.actual.dependencies().iter().filter(|edge| away.is_gone_at(edge.from)) {
        let domain = &draft.actual.at(edge.to).id;
        if let (ObjectKind::Domain, Some(drop)) = (domain.kind, drops.get(&away.carrier(edge.from))) {
            let steps = made.get(domain).into_iter().flatten().copied();
            let reading: Vec<usize> = steps.filter(|n| nodes.nodes[*n].reads_rows()).collect();
            nodes.all_before(&[*drop], &reading);
        }
    }
}

/// What rests upon a key that is built anew along with a column is away meanwhile.
pub fn clear(
    draft: &Draft,
    away: &Away,
    drops: &BTreeMap<u32, usize>,
    made: &BTreeMap<ObjectId, Vec<usize>>,
    nodes: &mut Nodes,
) {
    for (gone, disturbed) in &away.behind {
        let steps = reaching(draft.actual, *disturbed, made);
        nodes.all_before(drops.get(&away.carrier(*gone)).map(std::slice::from_ref).unwrap_or_default(), &steps);
        let back = made.get(&draft.actual.at(*gone).id).cloned().unwrap_or_default();
        nodes.all_before(&steps, &back);
    }
}

/// The columns of a primary key may be NULL, and the table may get another one, only once that is gone.
fn keyed_no_more(draft: &Draft, (at, drop): (u32, usize), made: &BTreeMap<ObjectId, Vec<usize>>, nodes: &mut Nodes) {
    let key = draft.actual.at(at);
    if key.id.kind != ObjectKind::PrimaryKey {
        return;
    }
    for other in made.keys().filter(|id| id.kind == key.id.kind && id.group() == key.id.group()) {
        nodes.all_before(&[drop], &made[other]);
    }
    for name in key.list("columns") {
        let column = ObjectId::new(ObjectKind::Column, &key.id.schema, &key.id.parent, name);
        if draft.expected.get(&column).is_some_and(|column| !column.flag("not_null")) {
            nodes.all_before(&[drop], made.get(&column).map(Vec::as_slice).unwrap_or_default());
        }
    }
}

/// What two partitions of a whole hold may not overlap: those that are to hold
/// something else are out before any comes in.
pub fn out_before_in(draft: &Draft, made: &BTreeMap<ObjectId, Vec<usize>>, nodes: &mut Nodes) {
    let part = |catalog: &Catalog, id: &ObjectId| {
        let table = catalog.get(id)?;
        let bound = table.text("partition_bound").map(str::to_owned);
        Some((table.text("partition_of")?.to_owned(), bound))
    };
    let mut moves: BTreeMap<String, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    let mut alone: Vec<(Vec<usize>, Vec<usize>, Vec<usize>)> = Vec::new();
    for (id, steps) in made {
        let (then, now) = (part(draft.actual, id), part(draft.expected, id));
        if then == now {
            continue;
        }
        let is_in = |n: &usize| then.is_none() || nodes.nodes[*n].key.phase == Phase::Constrain;
        let (ins, outs): (Vec<usize>, Vec<usize>) = steps.iter().partition(|n| is_in(n));
        let outs: Vec<usize> = outs.into_iter().filter(|n| nodes.nodes[*n].key.phase < Phase::Constrain).collect();
        // Its columns get another type while nobody hands them down.
        let columns = draft.expected.children(ObjectKind::Column, &id.schema, &id.name).iter();
        let disturbed = columns.filter(|column| draft.disturbed.contains(&column.id));
        for steps in disturbed.filter_map(|column| made.get(&column.id)).cloned() {
            let steps: Vec<usize> =
                steps.into_iter().filter(|n| nodes.nodes[*n].key.phase < Phase::Constrain).collect();
            alone.push((outs.clone(), steps, ins.clone()));
        }
        // What the next whole denies the part denies before it is there.
        let denies = |column: &&Object| {
            let there = draft.actual.get(&column.id);
            column.flag("not_null") && there.is_some_and(|there| !there.flag("not_null"))
        };
        let columns = draft.expected.children(ObjectKind::Column, &id.schema, &id.name).iter();
        let denying = columns.filter(denies).filter(|column| !draft.disturbed.contains(&column.id));
        for steps in denying.filter_map(|column| made.get(&column.id)) {
            nodes.all_before(steps, &ins);
        }
        if let Some((whole, _)) = then {
            moves.entry(whole).or_default().0.extend(outs);
        }
        if let Some((whole, _)) = now {
            moves.entry(whole).or_default().1.extend(ins);
        }
    }
    moves.values().for_each(|(outs, ins)| nodes.all_before(outs, ins));
    for (outs, steps, ins) in alone {
        nodes.all_before(&outs, &steps);
        nodes.all_before(&steps, &ins);
    }
}

/// A partition that is to be part of another whole has its own columns only
/// between the two: there one is dropped.
fn between_wholes(draft: &Draft, (at, drop): (u32, usize), made: &BTreeMap<ObjectId, Vec<usize>>, nodes: &mut Nodes) {
    let id = &draft.actual.at(at).id;
    let table = ObjectId::new(ObjectKind::Table, &id.schema, "", &id.parent);
    let whole = |catalog: &Catalog| catalog.get(&table).map(|table| table.text("partition_of").map(str::to_owned));
    let (Some(now), Some(then)) = (whole(draft.actual), whole(draft.expected)) else { return };
    if id.kind != ObjectKind::Column || now == then {
        return;
    }
    let steps = made.get(&table).cloned().unwrap_or_default();
    let (out, into): (Vec<usize>, Vec<usize>) =
        steps.into_iter().partition(|n| nodes.nodes[*n].key.phase < Phase::Constrain);
    nodes.all_before(&out, &[drop]);
    let into: Vec<usize> = into.into_iter().filter(|n| nodes.nodes[*n].key.phase == Phase::Constrain).collect();
    nodes.all_before(&[drop], &into);
}

/// The name of what goes along with something is free only once that is gone.
pub fn free_names(
    draft: &Draft,
    away: &Away,
    drops: &BTreeMap<u32, usize>,
    made: &BTreeMap<ObjectId, Vec<usize>>,
    nodes: &mut Nodes,
) {
    let mut takers: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for object in draft.expected.objects() {
        let Some(name) = schema_wide_name(object) else { continue };
        let steps = takers.entry(name).or_default();
        steps.extend(made.get(&object.id).into_iter().flatten());
        // Keys are made with their table, by its statement.
        let relation = ObjectId::new(ObjectKind::Table, &object.id.schema, "", &object.id.parent);
        if away.is_gone(&relation) || draft.actual.get(&relation).is_none() {
            steps.extend(made.get(&relation).into_iter().flatten());
        }
    }
    for (at, carrier) in away.carried() {
        let name = schema_wide_name(draft.actual.at(at));
        let taken = name.and_then(|name| takers.get(&name));
        if let (Some(steps), Some(drop)) = (taken, drops.get(&away.carrier(carrier))) {
            nodes.all_before(&[*drop], steps);
        }
    }
}

/// The name of something that no other of its sort in the schema may have,
/// whatever it hangs on: what is a relation, or rests on an index, and statistics.
pub fn schema_wide_name(object: &Object) -> Option<String> {
    let id = &object.id;
    let on_index = [ObjectKind::PrimaryKey, ObjectKind::Unique, ObjectKind::Exclusion, ObjectKind::Index];
    match id.kind {
        ObjectKind::Statistics => object.text("qualified").map(|name| format!("statistics {name}")),
        kind if kinds::of(kind).relation || on_index.contains(&kind) || kind == ObjectKind::Sequence => {
            Some(format!("{}.{}", quote(&id.schema), quote(&id.name)))
        }
        _ => None,
    }
}

/// The steps that change something: its own, or those of what it inherits.
pub fn reaching(actual: &Catalog, at: u32, made: &BTreeMap<ObjectId, Vec<usize>>) -> Vec<usize> {
    let mut steps = made.get(&actual.at(at).id).cloned().unwrap_or_default();
    inherited(actual, at).for_each(|above| steps.extend(reaching(actual, above, made)));
    steps
}

/// What something inherits, as a column of a partition does the column of the whole.
pub fn inherited(actual: &Catalog, at: u32) -> impl Iterator<Item = u32> + '_ {
    let kind = actual.at(at).id.kind;
    let above = actual.dependencies_of(at).iter().filter(move |edge| edge.owned && actual.at(edge.to).id.kind == kind);
    above.map(|edge| edge.to)
}
