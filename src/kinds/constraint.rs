//! What the kinds of constraints share: a guard, so that adding one twice is
//! harmless, and how one is added to a table that exists. No kind of its own.

use super::Change;
use super::Context;
use super::Repair;
use super::Rework;
use super::alter_common;
use super::marked;
use super::options;
use super::parts;
use super::quoted;
use super::tablespace;
use super::with_options;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

/// `CONSTRAINT name definition`, as `CREATE TABLE` and `ADD` take it.
pub fn clause(object: &Object) -> String {
    let definition = object.text("definition").unwrap_or_default();
    let (head, tail) = definition.split_at(after_index(definition));
    let kept = with_options(object) + &tablespace::of_index(object);
    format!("CONSTRAINT {} {head}{kept}{tail}", quote(&object.id.name))
}

/// Where in a definition the options of the index belong: before its predicate,
/// and before when it is checked.
fn after_index(definition: &str) -> usize {
    let (mut depth, mut quote) = (0, None);
    for (at, c) in definition.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ' ') if depth == 0 => {
                let rest = &definition[at..];
                if rest.starts_with(" WHERE (") || rest.starts_with(" DEFERRABLE") {
                    return at;
                }
            }
            (None, _) => {}
        }
    }
    definition.len()
}

/// `CONSTRAINT name ON table`, as `COMMENT` takes it.
pub fn target(object: &Object) -> String {
    format!("CONSTRAINT {} ON {}", quote(&object.id.name), object.id.relation())
}

/// A query that finds the constraint.
pub fn guard(object: &Object) -> String {
    guard_of(&object.id.relation(), &object.id.name)
}

/// The same by its table, as SQL names that, and its name.
pub fn guard_of(relation: &str, name: &str) -> String {
    format!(
        "SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {}::pg_catalog.regclass AND conname = {}",
        literal(relation),
        literal(name)
    )
}

pub fn drop(object: &Object) -> String {
    format!("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {};", object.id.relation(), quote(&object.id.name))
}

/// True where the table exists and is partitioned: the server then refuses
/// what is not done in one go.
pub fn partitioned(object: &Object, ctx: &Context) -> bool {
    ctx.actual
        .of_kind(ObjectKind::Table)
        .iter()
        .any(|t| t.id.schema == object.id.schema && t.id.name == object.id.parent && t.text("partition_key").is_some())
}

/// A constraint's index has the constraint's name. Where another index of the
/// table has it already, there is no room.
pub fn no_room(object: &Object, ctx: &Context) -> Option<Repair> {
    let mut indexes = ctx.actual.children(ObjectKind::Index, &object.id.schema, &object.id.parent).iter();
    let index = indexes.find(|index| index.id.name == object.id.name)?;
    let reason = format!("{} has the name that the constraint's own index needs: rename or drop it first", index.id);
    Some(Repair::left("", reason))
}

/// A primary key or unique constraint on a table that exists: the index is
/// built while reads and writes go on, then becomes the constraint.
pub fn create_on_index(object: &Object, ctx: &Context, word: &str) -> Repair {
    let relation = object.id.relation();
    let definition = object.text("definition").unwrap_or_default();
    if ctx.is_new(&object.id.schema, &object.id.parent) {
        let own = match repeats(object, ctx) {
            true => vec![Additive::add(Phase::Define, &relation, &clause(object)).unless(&guard(object))],
            false => Vec::new(),
        };
        return Repair::steps(own).described(&target(object), object);
    }
    if let Some(left) = no_room(object, ctx) {
        return left;
    }
    if ctx.offline || partitioned(object, ctx) || definition.contains(" WITHOUT OVERLAPS") {
        return at_once(object, ctx, word).described(&target(object), object);
    }
    let name = quote(&object.id.name);
    let index = Additive::create_index_concurrently(true, &index_of(object, &object.id.name))
        .lock(Lock::ShareUpdateExclusive, &relation)
        .undo(format!("DROP INDEX IF EXISTS {}.{name};", quote(&object.id.schema)));
    let deferrable = deferrable(definition);
    let add =
        Additive::add(Phase::Index, &relation, &format!("CONSTRAINT {name} {word} USING INDEX {name}{deferrable}"))
            .unless(&guard(object))
            .lock(Lock::AccessExclusive, &relation)
            .undo(drop(object));
    let mut steps = vec![index, add];
    steps.extend(marked::again(object, ctx));
    Repair::steps(steps).described(&target(object), object)
}

/// A key that is not made of one index: of those of the partitions where that
/// goes, else in one statement.
fn at_once(object: &Object, ctx: &Context, word: &str) -> Repair {
    let relation = object.id.relation();
    let add = Additive::add(Phase::Index, &relation, &clause(object))
        .unless(&guard(object))
        .lock(Lock::AccessExclusive, &relation)
        .undo(drop(object));
    let overlaps = object.text("definition").is_some_and(|d| d.contains(" WITHOUT OVERLAPS"));
    let leaves = parts::leaves(object, ctx).filter(|_| partitioned(object, ctx) && !overlaps);
    let mut steps = leaves.as_ref().map(|leaves| parts::keys(object, leaves, word)).unwrap_or_default();
    steps.push(if leaves.is_some() { add } else { add.hazard(Hazard::IndexBuild) });
    steps.extend(marked::again(object, ctx));
    Repair::steps(steps)
}

/// True where the table has a key on the same columns already, or the same
/// exclusion: `CREATE TABLE` makes one of the two and says nothing.
pub fn repeats(object: &Object, ctx: &Context) -> bool {
    let (schema, table) = object.id.group();
    let earlier = |kind: ObjectKind| {
        let all = ctx.expected.children(kind, schema, table).iter();
        all.filter(|other| other.id < object.id)
    };
    let same_columns = |key: &Object| key.list("columns") == object.list("columns");
    match object.id.kind {
        ObjectKind::Unique => earlier(ObjectKind::PrimaryKey).chain(earlier(ObjectKind::Unique)).any(same_columns),
        // Of two checks that say the same both are kept.
        ObjectKind::Check => false,
        _ => earlier(object.id.kind).any(|other| other.text("definition") == object.text("definition")),
    }
}

/// The index behind a constraint, as `CREATE INDEX` takes it.
fn index_of(object: &Object, name: &str) -> String {
    index_on(object, name, &object.id.relation())
}

/// The same on another relation.
pub fn index_on(object: &Object, name: &str, relation: &str) -> String {
    let include = match object.list("include") {
        [] => String::new(),
        columns => format!(" INCLUDE ({})", quoted(columns)),
    };
    let distinct = object.text("definition").is_some_and(|d| d.starts_with("UNIQUE NULLS NOT DISTINCT"));
    let nulls = if distinct { " NULLS NOT DISTINCT" } else { "" };
    let columns = quoted(object.list("columns"));
    let kept = with_options(object) + &tablespace::clause(object);
    format!("{} ON {relation} ({columns}){include}{nulls}{kept}", quote(name))
}

/// What follows the index of a constraint that is checked late.
pub fn deferrable(definition: &str) -> &'static str {
    match definition {
        d if d.ends_with(" DEFERRABLE INITIALLY DEFERRED") => " DEFERRABLE INITIALLY DEFERRED",
        d if d.ends_with(" DEFERRABLE") => " DEFERRABLE",
        _ => "",
    }
}

/// The name of what is built beside something that it will replace.
pub fn beside(name: &str) -> String {
    format!("drift_new_{}", name.chars().take(40).collect::<String>())
}

/// True where something else in the database rests upon the object.
pub fn has_dependents(object: &Object, ctx: &Context) -> bool {
    let at = ctx.actual.position(&object.id).map(|at| at as u32);
    ctx.actual.dependencies().iter().any(|edge| Some(edge.to) == at && edge.from != edge.to)
}

/// A key whose index is built beside the one that is there, and takes its place
/// in one short statement. What foreign keys rest upon is made anew with them.
pub fn rework_on_index(change: &Change, ctx: &Context, word: &str) -> Rework {
    let (expected, definition) = (change.expected, change.expected.text("definition").unwrap_or_default());
    if change.attribute == "options" && !partitioned(expected, ctx) {
        return index_options(change);
    }
    let at_once = partitioned(expected, ctx) || definition.contains(" WITHOUT OVERLAPS");
    if ctx.offline || at_once || has_dependents(change.actual, ctx) {
        return match change.attribute {
            "tablespace" => index_moved(change, ctx),
            _ => Rework::replace(),
        };
    }
    let relation = expected.id.relation();
    let (name, beside) = (quote(&expected.id.name), beside(&expected.id.name));
    let leftover = format!("DROP INDEX CONCURRENTLY IF EXISTS {}.{};", quote(&expected.id.schema), quote(&beside));
    let leftover = Step::new(leftover, Phase::Index).alone().lock(Lock::ShareUpdateExclusive, &relation);
    let build = Additive::create_index_concurrently(true, &index_of(expected, &beside))
        .lock(Lock::ShareUpdateExclusive, &relation)
        .into_step();
    let mut swap = format!(
        "ALTER TABLE {relation} DROP CONSTRAINT {name};\n\
         ALTER TABLE {relation} ADD CONSTRAINT {name} {word} USING INDEX {}{};",
        quote(&beside),
        deferrable(definition)
    );
    if let Some(text) = expected.text("comment") {
        swap += &format!("\nCOMMENT ON {} IS {};", target(expected), literal(text));
    }
    for step in marked::again(expected, ctx) {
        swap += &format!("\n{}", step.as_step().sql);
    }
    let swap = Step::new(swap, Phase::Index).lock(Lock::AccessExclusive, &relation);
    Rework::InPlace(vec![leftover, build, swap])
}

/// How the index behind a constraint is kept, changed in place.
fn index_options(change: &Change) -> Rework {
    let id = &change.expected.id;
    let index = format!("INDEX {}.{}", quote(&id.schema), quote(&id.name));
    options::rework(change, &index, &id.relation())
}

/// The index behind a constraint, kept elsewhere.
pub fn index_moved(change: &Change, ctx: &Context) -> Rework {
    let id = &change.expected.id;
    let index = format!("INDEX {}.{}", quote(&id.schema), quote(&id.name));
    tablespace::rework(change, &index, &id.relation(), !partitioned(change.expected, ctx), ctx)
}

/// True for a check that children do not have.
pub fn not_inherited(object: &Object) -> bool {
    object.text("definition").is_some_and(|definition| definition.ends_with(" NO INHERIT"))
}

/// True for a promise that the server does not hold anybody to.
pub fn not_enforced(object: &Object) -> bool {
    object.text("definition").is_some_and(|definition| definition.ends_with(" NOT ENFORCED"))
}

/// `ALTER TABLE … RENAME CONSTRAINT`
pub fn rename(object: &Object, name: &str) -> String {
    format!("ALTER TABLE {} RENAME CONSTRAINT {} TO {};", object.id.relation(), quote(&object.id.name), quote(name))
}

/// Changes that all constraints treat alike.
pub fn alter(change: &Change, harm: &str) -> Repair {
    let name = target(change.expected);
    match (change.attribute, alter_common(change, &name)) {
        (_, Some(repair)) => repair,
        ("options", None) => Repair::left("options", "somebody chose how its index is kept"),
        ("tablespace", None) => Repair::left("tablespace", tablespace::LEFT),
        (attribute, None) => Repair::left(
            attribute,
            format!("{harm}; drop {} and add it again as declared", quote(&change.expected.id.name)),
        ),
    }
}

/// Validation, which reads every row but blocks neither reads nor writes.
pub fn validate(object: &Object, phase: Phase) -> Additive {
    let relation = object.id.relation();
    Additive::validate(&relation, &object.id.name).phase(phase).lock(Lock::ShareUpdateExclusive, &relation)
}

#[cfg(test)]
mod tests {
    use super::after_index;

    #[test]
    fn options_of_the_index_stand_before_its_predicate_and_before_when_it_is_checked() {
        for (definition, tail) in [
            ("PRIMARY KEY (id)", ""),
            (
                "UNIQUE (a, \"b DEFERRABLE\") INCLUDE (c) DEFERRABLE INITIALLY DEFERRED",
                " DEFERRABLE INITIALLY DEFERRED",
            ),
            ("EXCLUDE USING gist (a WITH =) WHERE ((b <> ' WHERE ('::text))", " WHERE ((b <> ' WHERE ('::text))"),
        ] {
            assert_eq!(&definition[after_index(definition)..], tail);
        }
    }
}
