//! Indexes that back no constraint.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use super::constraint;
use super::marked;
use super::options;
use super::parts;
use super::tablespace;
use super::with_options;
use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_class",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::printed("keys"),
        Attribute::exact("include"),
        Attribute::printed("predicate"),
        Attribute::exact("unique"),
        Attribute::exact("nulls_not_distinct"),
        Attribute::exact("method"),
        Attribute::exact("valid"),
        // Some operator of its classes could tell of rows that a policy hides.
        Attribute::informational("leaky"),
        Attribute::exact("options").severity(Severity::Note),
        Attribute::stated_anywhere("tablespace").severity(Severity::Note),
        // `column target` of each expression of which ANALYZE looks at more or fewer values.
        Attribute::exact("statistics").severity(Severity::Note),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Warning, unexpected: Severity::Note },
    harm: Harm {
        missing: "queries that it serves read whole tables",
        unexpected: "every write pays for it, and nobody declared it",
        changed: "it does not serve or guard what it was declared for",
    },
    create,
    alter,
    drop: |object| format!("DROP INDEX IF EXISTS {}.{};", quote(&object.id.schema), quote(&object.id.name)),
    target,
    rides: true,
    rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("INDEX {}.{}", quote(&object.id.schema), quote(&object.id.name))
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let relation = object.id.relation();
    let rest = definition(object);
    let unique = if object.flag("unique") { "UNIQUE " } else { "" };
    let at_once =
        |phase| Additive::create(phase, &format!("{unique}INDEX IF NOT EXISTS {rest}")).undo((KIND.drop)(object));
    let steps = if ctx.is_new(&object.id.schema, &object.id.parent) {
        let phase = ctx.define_phase(&object.id);
        let mut steps = vec![at_once(phase)];
        steps.extend(marked::statistics(object, phase));
        steps
    } else {
        let mut steps = match (constraint::partitioned(object, ctx) || ctx.offline, parts::leaves(object, ctx)) {
            (true, Some(leaves)) => {
                let mut steps = parts::indexes(object, &leaves);
                steps.push(at_once(Phase::Index).lock(Lock::Share, &relation));
                steps
            }
            (true, None) => vec![at_once(Phase::Index).hazard(Hazard::IndexBuild).lock(Lock::Share, &relation)],
            (false, _) => {
                let build = Additive::create_index_concurrently(object.flag("unique"), &rest);
                vec![build.lock(Lock::ShareUpdateExclusive, &relation).undo((KIND.drop)(object))]
            }
        };
        steps.extend(marked::again(object, ctx));
        steps
    };
    let mut repair = Repair::steps(steps).described(&target(object), object);
    if !object.flag("valid") && !constraint::partitioned(object, ctx) {
        repair.left.extend(Repair::left("valid", "a build failed half-way there; built anew, it is valid").left);
    }
    repair
}

/// What follows `CREATE INDEX`.
fn definition(object: &Object) -> String {
    definition_on(&object.id.name, &object.id.relation(), object)
}

/// The same under another name, on another relation.
pub fn definition_on(name: &str, relation: &str, object: &Object) -> String {
    let mut sql = format!("{} ON {relation}", quote(name));
    if let Some(method) = object.text("method") {
        sql += &format!(" USING {}", quote(method));
    }
    sql += &format!(" ({})", object.list("keys").join(", "));
    if !object.list("include").is_empty() {
        sql += &format!(" INCLUDE ({})", object.list("include").join(", "));
    }
    if object.flag("nulls_not_distinct") {
        sql += " NULLS NOT DISTINCT";
    }
    sql += &with_options(object);
    sql += &tablespace::clause(object);
    if let Some(predicate) = object.text("predicate") {
        sql += &format!(" WHERE {predicate}");
    }
    sql
}

fn alter(change: Change, _: &Context) -> Repair {
    let name = target(change.expected);
    if let Some(repair) = alter_common(&change, &name) {
        return repair;
    }
    match change.attribute {
        "valid" => Repair::left(
            "valid",
            format!("a build failed half-way; run REINDEX INDEX CONCURRENTLY {}", &name["INDEX ".len()..]),
        ),
        "options" => Repair::left("options", "somebody chose how it is kept"),
        "tablespace" => Repair::left("tablespace", tablespace::LEFT),
        "statistics" => Repair::left("statistics", "queries may be planned by what ANALYZE learns now"),
        attribute => Repair::left(
            attribute,
            "queries may depend on the present index; build the declared one under another name, then drop and rename",
        ),
    }
}

/// Another one is built beside it, and takes its place and name at once. What a
/// foreign key rests upon, or is built in one go, is made anew.
fn rework(change: Change, ctx: &Context) -> Rework {
    let (expected, actual) = (change.expected, change.actual);
    let in_place = expected.flag("valid") == actual.flag("valid") && !constraint::partitioned(expected, ctx);
    if change.attribute == "options" && in_place {
        return options::rework(&change, &target(expected), &expected.id.relation());
    }
    if change.attribute == "statistics" && expected.list("keys") == actual.list("keys") {
        return Rework::InPlace(sampled(expected, actual));
    }
    if change.attribute == "valid" && !expected.flag("valid") {
        return Rework::Impossible(
            "what a failed build left is nothing to build: declare it valid, or not at all".to_owned(),
        );
    }
    let partitioned = constraint::partitioned(expected, ctx);
    if ctx.offline || partitioned || constraint::has_dependents(actual, ctx) {
        return match change.attribute {
            "tablespace" => tablespace::rework(&change, &target(expected), &expected.id.relation(), !partitioned, ctx),
            _ => Rework::replace(),
        };
    }
    let (relation, schema) = (expected.id.relation(), quote(&expected.id.schema));
    let beside = constraint::beside(&expected.id.name);
    let name = quote(&expected.id.name);
    let leftover = Step::new(format!("DROP INDEX CONCURRENTLY IF EXISTS {schema}.{};", quote(&beside)), Phase::Index);
    let build =
        Additive::create_index_concurrently(expected.flag("unique"), &definition_on(&beside, &relation, expected))
            .lock(Lock::ShareUpdateExclusive, &relation)
            .into_step();
    let mut swap = format!("DROP INDEX {schema}.{name};\nALTER INDEX {schema}.{} RENAME TO {name};", quote(&beside));
    if let Some(text) = expected.text("comment") {
        swap += &format!("\nCOMMENT ON {} IS {};", target(expected), crate::model::ident::literal(text));
    }
    for step in marked::again(expected, ctx) {
        swap += &format!("\n{}", step.as_step().sql);
    }
    let swap = Step::new(swap, Phase::Index).lock(Lock::AccessExclusive, &relation);
    Rework::InPlace(vec![leftover.alone().lock(Lock::ShareUpdateExclusive, &relation), build, swap])
}

/// How many values ANALYZE looks at: as chosen, or as everywhere.
fn sampled(expected: &Object, actual: &Object) -> Vec<Step> {
    let column = |entry: &str| entry.split(' ').next().unwrap_or(entry).to_owned();
    let wanted: Vec<String> = expected.list("statistics").iter().map(|entry| column(entry)).collect();
    let gone = actual.list("statistics").iter().map(|entry| column(entry)).filter(|column| !wanted.contains(column));
    let index = &target(expected)["INDEX ".len()..];
    let reset = |column: String| Additive::tune_index(index, &column, "-1").lock(Lock::ShareUpdateExclusive, index);
    gone.map(reset).chain(marked::statistics(expected, Phase::Index)).map(Additive::into_step).collect()
}
