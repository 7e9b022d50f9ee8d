//! Columns of tables. On a table that may hold rows nothing is added that
//! writes every row anew, and no NOT NULL without a value for those rows.

mod default;
mod not_null;
pub mod rework;

use super::Change;
use super::Context;
use super::Fill;
use super::Harm;
use super::Kind;
use super::Left;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::Standard;
use super::alter_common;
use super::composite_type;
use super::options;
use crate::model::catalog::Catalog;
use crate::model::fill::Place;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::ident::split_qualified;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Lock;
use crate::model::step::Phase;

use default::domain_without_null;
pub use default::gives_all_rows_one_value;
use default::may_be_volatile;
pub use default::must_be_given;
use default::rewrites_for_domain;

pub static KIND: Kind = Kind {
    catalog: "pg_class",
    relation: false,
    inline: true,
    standard: Some(Standard {
        query: include_str!("column.information_schema.sql"),
        attributes: &["type", "not_null", "default", "identity", "generation_expression"],
    }),
    attributes: &[
        Attribute::exact("type").always(),
        // What a domain rests upon in the end.
        Attribute::informational("base_type"),
        Attribute::exact("not_null"),
        Attribute::exact("not_null_not_valid").severity(Severity::Warning),
        // What somebody chose to call it; and its name where that is not as usual, whoever made it.
        Attribute::stated("not_null_name").severity(Severity::Note).since(18),
        Attribute::informational("not_null_constraint"),
        Attribute::exact("not_null_no_inherit").severity(Severity::Warning).since(18),
        Attribute::exact("not_null_comment").severity(Severity::Note).since(18),
        Attribute::printed("default"),
        Attribute::exact("identity"),
        Attribute::exact("identity_options").severity(Severity::Note),
        // What the sequence behind it is called, where that is not as usual.
        Attribute::informational("identity_sequence"),
        Attribute::exact("generated"),
        Attribute::printed("generation_expression"),
        Attribute::exact("collation"),
        Attribute::exact("storage").severity(Severity::Note),
        Attribute::exact("compression").severity(Severity::Note),
        // How many values ANALYZE looks at, where somebody chose.
        Attribute::exact("statistics").severity(Severity::Note),
        // What ANALYZE is told instead of counting.
        Attribute::exact("options").severity(Severity::Note),
        Attribute::exact("inherited").severity(Severity::Note),
        Attribute::exact("foreign_options"),
        Attribute::informational("position"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "every statement that names it fails",
        unexpected: "nobody declared it",
        changed: "it accepts or holds other values than declared",
    },
    create,
    alter,
    drop: |object| format!("ALTER TABLE {} DROP COLUMN IF EXISTS {};", object.id.relation(), quote(&object.id.name)),
    target,
    rework: rework::rework,
    release: rework::release,
    rename: Some(|object, name| {
        format!("ALTER TABLE {} RENAME COLUMN {} TO {};", object.id.relation(), quote(&object.id.name), quote(name))
    }),
    loses: |object| object.text("generated").is_none().then_some("its values"),
    unused: rework::unused,
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("COLUMN {}.{}", object.id.relation(), quote(&object.id.name))
}

/// The type with its collation.
pub fn typed(object: &Object) -> String {
    let collation = object.text("collation").map(|c| format!(" COLLATE {c}")).unwrap_or_default();
    format!("{}{collation}", object.text("type").unwrap_or_default())
}

/// The same; for a foreign table's column its options stand in between.
fn typed_foreign(object: &Object) -> String {
    let options: Vec<String> = object
        .list("foreign_options")
        .iter()
        .filter_map(|option| option.split_once('='))
        .map(|(name, value)| format!("{} {}", quote(name), literal(value)))
        .collect();
    if options.is_empty() {
        return typed(object);
    }
    let collation = object.text("collation").map(|c| format!(" COLLATE {c}")).unwrap_or_default();
    format!("{} OPTIONS ({}){collation}", object.text("type").unwrap_or_default(), options.join(", "))
}

/// Where values come from that nobody gives.
fn source(object: &Object) -> String {
    let named = object.text("identity_sequence").map(|name| format!("SEQUENCE NAME {name}"));
    let options: Vec<&str> = named.as_deref().into_iter().chain(object.text("identity_options")).collect();
    let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" ")) };
    match (object.text("identity"), object.text("generation_expression"), object.text("default")) {
        (Some(identity), _, _) => format!(" GENERATED {} AS IDENTITY{options}", identity.to_uppercase()),
        (None, Some(expression), _) => {
            let kind = object.text("generated").unwrap_or("stored").to_uppercase();
            format!(" GENERATED ALWAYS AS ({expression}) {kind}")
        }
        (None, None, Some(default)) => format!(" DEFAULT {default}"),
        (None, None, None) => String::new(),
    }
}

/// The whole column as `CREATE TABLE` takes it.
pub fn definition(object: &Object, ctx: &Context) -> String {
    format!("{} {}", quote(&object.id.name), after_name(object, ctx))
}

fn after_name(object: &Object, ctx: &Context) -> String {
    // A name of its own the constraint would have kept; else it is that of the parent's, with which it is one.
    let parents = of_parents(object, ctx).into_iter().find(|column| column.flag("not_null")).map(not_null::constraint);
    format!("{}{}{}", typed_foreign(object), source(object), not_null::clause(object, parents.as_deref(), ctx))
}

/// What a partition says about a column that its parent declares. NOT NULL that
/// is the parent's comes by itself, and with its name.
pub fn overrides(object: &Object, ctx: &Context) -> String {
    let default = object.text("default").map(|d| format!(" DEFAULT {d}")).unwrap_or_default();
    let theirs = of_parents(object, ctx).iter().any(|column| column.flag("not_null"));
    let comes = theirs && object.text("not_null_constraint").is_none();
    let not_null = if comes { String::new() } else { not_null::clause(object, None, ctx) };
    format!("{}{default}{not_null}", quote(&object.id.name))
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let relation = object.id.relation();
    if ctx.is_new(&object.id.schema, &object.id.parent) {
        let mut steps = if object.flag("inherited") { own_of_new(object, ctx) } else { Vec::new() };
        steps.extend(storage(object, &relation));
        steps.extend(not_null::afterwards(object, ctx));
        return Repair::steps(steps).described(&target(object), object);
    }
    // A table that is to get another parent must have the columns of that by itself first.
    if object.flag("inherited") && rework::inherits(object, ctx.expected) == rework::inherits(object, ctx.actual) {
        let mut repair = inherited(object, ctx);
        // A parent hands down no more than its type.
        repair.steps.extend(storage(object, &relation));
        return repair.described(&target(object), object);
    }
    if let Some(comes) = composite_type::hands_down(object, ctx) {
        return match comes {
            Ok(()) => with_type(object, ctx).described(&target(object), object),
            Err(reason) => Repair::left("", reason),
        };
    }
    let counts_below = object.text("identity").is_some() && has_children(object, ctx);
    let mut repair = if counts_below {
        add_identity(object, ctx)
    } else if ctx.may_hold_rows(&object.id.schema, &object.id.parent) {
        add_beside_rows(object, ctx)
    } else {
        Repair::step(add(object, &after_name(object, ctx)))
    };
    if !repair.steps.is_empty() {
        repair.steps.extend(storage(object, &relation));
        repair.steps.extend(not_null::afterwards(object, ctx));
        repair = repair.described(&target(object), object);
    }
    repair
}

/// The table that has a column, foreign or not.
pub fn table_of<'a>(column: &Object, catalog: &'a Catalog) -> Option<&'a Object> {
    let of_kind = |kind| catalog.get(&ObjectId::new(kind, &column.id.schema, "", &column.id.parent));
    [ObjectKind::Table, ObjectKind::ForeignTable].into_iter().find_map(of_kind)
}

/// The same column of each parent of its table.
fn of_parents<'a>(object: &Object, ctx: &'a Context) -> Vec<&'a Object> {
    let table = table_of(object, ctx.expected);
    let parents = table.into_iter().flat_map(|table| {
        table.text("partition_of").into_iter().chain(table.list("inherits").iter().map(|name| &**name))
    });
    let column = |(schema, name): (String, String)| {
        ctx.expected.get(&ObjectId::new(ObjectKind::Column, &schema, &name, &object.id.name))
    };
    parents.filter_map(split_qualified).filter_map(column).collect()
}

/// True where a column has the default and NOT NULL of the same column of every parent.
pub fn as_parents(object: &Object, ctx: &Context) -> bool {
    let parents = of_parents(object, ctx);
    let alike = |theirs: &&Object| {
        theirs.text("default") == object.text("default") && theirs.flag("not_null") == object.flag("not_null")
    };
    !parents.is_empty() && parents.iter().all(alike)
}

/// What an inherited column of a new table has otherwise than its parents. To
/// state it in CREATE TABLE would make the column the table's own. A partition
/// says it there: its columns are never its own.
fn own_of_new(object: &Object, ctx: &Context) -> Vec<Additive> {
    let table = table_of(object, ctx.expected);
    if table.is_some_and(|table| table.text("partition_of").is_some()) {
        return Vec::new();
    }
    let (parents, relation) = (of_parents(object, ctx), object.id.relation());
    let mut steps = Vec::new();
    if parents.iter().any(|theirs| theirs.text("default") != object.text("default")) {
        let default = object.text("default").unwrap_or("NULL");
        steps.push(Additive::set_default(&relation, &object.id.name, default).lock(Lock::AccessExclusive, &relation));
    }
    if object.flag("not_null") && !parents.iter().any(|theirs| theirs.flag("not_null")) {
        steps.extend(not_null::set_on_empty(object, ctx).into_iter().map(|step| step.phase(Phase::Expand)));
    }
    steps
}

/// Added to the parent, the column appears here as well, with the parent's
/// default; one of its own comes after.
fn inherited(object: &Object, ctx: &Context) -> Repair {
    let theirs = of_parents(object, ctx).into_iter().next();
    let relation = object.id.relation();
    let own = match (object.text("default"), theirs.and_then(|column| column.text("default"))) {
        (None, None) => return Repair::default(),
        // A parent may get its own afterwards, and alone.
        (Some(own), _) => own,
        (None, _) => {
            let reason = format!(
                "it comes with the default of the parent's column; then run ALTER TABLE ONLY {relation} ALTER COLUMN {} DROP DEFAULT",
                quote(&object.id.name)
            );
            return Repair::left("default", reason);
        }
    };
    Repair::step(Additive::set_default(&relation, &object.id.name, own).lock(Lock::AccessExclusive, &relation))
}

/// Added to the type of its table, the column is there; what is the table's own comes after.
fn with_type(object: &Object, ctx: &Context) -> Repair {
    let relation = object.id.relation();
    let default = object.text("default").map(|default| Additive::set_default(&relation, &object.id.name, default));
    let mut repair =
        Repair::steps(default.map(|step| step.lock(Lock::AccessExclusive, &relation)).into_iter().collect());
    repair.steps.extend(storage(object, &relation));
    match object.flag("not_null") {
        true if ctx.may_hold_rows(&object.id.schema, &object.id.parent) => {
            repair.left.extend(Repair::left("not_null", "rows that exist have no value in it yet").left);
        }
        true => repair.steps.extend(not_null::set_on_empty(object, ctx)),
        false => {}
    }
    repair
}

fn storage(object: &Object, relation: &str) -> Vec<Additive> {
    let set = |s| Additive::set_storage(relation, &object.id.name, s).lock(Lock::AccessExclusive, relation);
    let tune = |sql: String| Additive::tune_column(relation, &object.id.name, &sql);
    let mut steps: Vec<Additive> = object.text("storage").map(set).into_iter().collect();
    let compressed = object.text("compression").map(|method| tune(format!("COMPRESSION {method}")));
    steps.extend(compressed.map(|step| step.lock(Lock::AccessExclusive, relation)));
    let sampled = object.int("statistics").map(|target| tune(format!("STATISTICS {target}")));
    let told = options::list(object, "options").map(|list| tune(format!("({list})")));
    steps.extend(sampled.into_iter().chain(told).map(|step| step.lock(Lock::ShareUpdateExclusive, relation)));
    steps
}

fn add(object: &Object, rest: &str) -> Additive {
    let relation = object.id.relation();
    Additive::add(Phase::Expand, &relation, &format!("COLUMN IF NOT EXISTS {} {rest}", quote(&object.id.name)))
        .lock(Lock::AccessExclusive, &relation)
        .undo((KIND.drop)(object))
}

/// True where other tables inherit from that of a column, in a way that hands no identity down: to
/// partitions it is from 17 on.
fn has_children(column: &Object, ctx: &Context) -> bool {
    let relation = column.id.relation();
    let part = |table: &Object| ctx.actual.server_version < 170_000 && table.text("partition_of") == Some(&relation);
    let child = |table: &Object| part(table) || table.list("inherits").iter().any(|name| **name == *relation);
    ctx.actual.of_kind(ObjectKind::Table).iter().any(child)
}

/// To tables that inherit, the server hands no identity down, and so adds none in one statement. Nor
/// does anything give their rows a value.
fn add_identity(object: &Object, ctx: &Context) -> Repair {
    if not_null::may_meet_rows(object, ctx) {
        return Repair::left(
            "",
            "tables inherit from its table, and nothing numbers the rows of those: add the column without its identity, \
             give every row a value, and then add the identity",
        );
    }
    let mut steps = vec![add(object, &typed(object))];
    steps.extend(not_null::set_on_empty(object, ctx).into_iter().map(|step| step.phase(Phase::Expand)));
    let relation = object.id.relation();
    let identity = Additive::add_identity(&relation, &object.id.name, &source(object));
    steps.push(identity.lock(Lock::AccessExclusive, &relation));
    Repair::steps(steps)
}

/// Adds a column to a table that may hold rows, without writing them anew.
fn add_beside_rows(object: &Object, ctx: &Context) -> Repair {
    if object.text("identity").is_some() || object.text("generated") == Some("stored") {
        return Repair::left("", "adding an identity or a stored generated column rewrites the whole table");
    }
    if object.text("generated").is_some() {
        return Repair::step(add(object, &after_name(object, ctx)));
    }
    if let Some(domain) = domain_without_null(object, ctx) {
        let given = object.text("default").is_some() || domain.text("default").is_some();
        let checked = || format!("{} denies NULL, so adding a column of it writes the whole table anew", domain.id);
        return Repair::left("", if given { checked() } else { needs_backfill(object) });
    }
    let default = object.text("default");
    let checked_domain = rewrites_for_domain(object, ctx);
    let fill = (ctx.fill)(object);
    match (default, fill) {
        (Some(default), None) if !checked_domain && !may_be_volatile(default) => {
            Repair::step(add(object, &after_name(object, ctx)))
        }
        (_, Some(fill)) if fill.constant && object.flag("not_null") && !checked_domain => {
            let (relation, name) = (object.id.relation(), &object.id.name);
            let rest = format!("{}{}", typed(object), not_null::clause(object, None, ctx));
            if fill.window {
                let step = Additive::add_filled_column_for_now(place(object), &rest, &fill.expression, default);
                let settle = Additive::settle_default(place(object), default);
                return Repair::steps(vec![step.undo((KIND.drop)(object)), settle]);
            }
            let step = Additive::add_filled_column(&relation, name, &rest, &fill.expression, default);
            Repair::step(step.lock(Lock::AccessExclusive, &relation).undo((KIND.drop)(object)))
        }
        (default, fill) => add_then_fill(object, default, fill, ctx),
    }
}

/// The column without a value, then its default for rows to come, then values
/// for the rows that exist, then NOT NULL; as far as it goes.
fn add_then_fill(object: &Object, default: Option<&str>, fill: Option<Fill>, ctx: &Context) -> Repair {
    let (relation, name) = (object.id.relation(), &*object.id.name);
    let mut steps = vec![add(object, &typed(object))];
    if let Some(default) = default {
        steps.push(Additive::set_default(&relation, name, default).lock(Lock::AccessExclusive, &relation));
    }
    let mut left = Vec::new();
    match (object.flag("not_null"), fill) {
        (not_null, Some(fill)) => steps.extend(fill_steps(object, &fill, not_null, ctx)),
        (true, None) => left.push(Left { attribute: "not_null", reason: needs_backfill(object) }),
        (false, None) => {}
    }
    Repair { steps, left }
}

/// Values for the rows that exist, then NOT NULL. What an application writes
/// meanwhile gets a value as it is written; whatever slipped through gets one
/// once the check refuses more of it.
fn fill_steps(object: &Object, fill: &Fill, not_null: bool, ctx: &Context) -> Vec<Additive> {
    let (relation, name) = (object.id.relation(), &*object.id.name);
    let pass = || match &fill.batches {
        Some(batches) => Additive::fill_in_batches(place(object), &fill.expression, batches),
        None => Additive::fill(&relation, name, &fill.expression),
    };
    let mut steps = Vec::new();
    // What else there is runs with the rights and on the path of this patch alone: it is no trigger's.
    if fill.window && fill.self_contained {
        steps.push(Additive::fill_new_rows(place(object), &fill.expression));
    }
    steps.push(pass());
    if not_null {
        let mut set = not_null::set(object, ctx);
        if fill.window {
            set.insert(1, pass().phase(Phase::Validate));
        }
        steps.extend(set);
    }
    // An earlier patch may have brought it, and never come to its end.
    let trigger = ObjectId::new(ObjectKind::Trigger, &object.id.schema, &object.id.parent, &place(object).trigger());
    if fill.window && fill.self_contained || ctx.actual.get(&trigger).is_some() {
        steps.push(Additive::stop_filling_new_rows(place(object)));
    }
    steps
}

fn place(object: &Object) -> Place<'_> {
    Place { schema: &object.id.schema, table: &object.id.parent, column: &object.id.name }
}

fn needs_backfill(object: &Object) -> String {
    let table = match &*object.id.schema {
        "public" => object.id.parent.to_string(),
        schema => format!("{schema}.{}", object.id.parent),
    };
    format!(
        "rows that exist need a value for {} first; give one with --backfill '{table}=<uuid or SQL expression>'",
        object.id.name
    )
}

fn alter(change: Change, ctx: &Context) -> Repair {
    let (expected, actual) = (change.expected, change.actual);
    let (relation, name) = (expected.id.relation(), &*expected.id.name);
    if let Some(repair) = alter_common(&change, &target(expected)) {
        return repair;
    }
    match change.attribute {
        "not_null" if expected.flag("not_null") => match (ctx.fill)(expected) {
            Some(fill) => Repair::steps(fill_steps(expected, &fill, true, ctx)),
            None if !not_null::may_meet_rows(expected, ctx) => Repair::steps(not_null::set_on_empty(expected, ctx)),
            None => Repair::left("not_null", needs_backfill(expected)),
        },
        "not_null_not_valid" => match actual.text("not_null_not_valid") {
            Some(constraint) if expected.flag("not_null") => {
                let fill = (ctx.fill)(expected).map(|fill| Additive::fill(&relation, name, &fill.expression));
                Repair::steps(fill.into_iter().chain([not_null::validate(&relation, constraint)]).collect())
            }
            Some(_) | None => {
                Repair::left(change.attribute, "NOT NULL holds for every row, which is more than declared")
            }
        },
        "not_null" => Repair::left("not_null", "the column would accept NULL, which it refuses now"),
        "not_null_comment" => match not_null::comment(actual, expected, ctx) {
            Some(step) => Repair::step(step),
            None => Repair::left(change.attribute, "removing a comment loses its text"),
        },
        // What makes it NOT NULL names it.
        "not_null_name" if !actual.flag("not_null") => Repair::default(),
        "not_null_name" => Repair::left(change.attribute, "code may know the constraint by the name that it has"),
        "not_null_no_inherit" => Repair::left(change.attribute, "children would be held to another rule than now"),
        "default" => match (expected.text("default"), actual.text("default")) {
            (Some(default), None) if actual.text("identity").is_none() && actual.text("generated").is_none() => {
                let step = Additive::set_default(&relation, name, default).lock(Lock::AccessExclusive, &relation);
                let undo = format!("ALTER TABLE {relation} ALTER COLUMN {} DROP DEFAULT;", quote(name));
                Repair::step(step.undo(undo))
            }
            (Some(_) | None, _) => Repair::left("default", "rows to come would get another value than they get now"),
        },
        "type" => Repair::left("type", "changing the type rewrites the table and can lose data"),
        "storage" => match expected.text("storage") {
            Some(storage) if actual.text("storage").is_none() => {
                Repair::step(Additive::set_storage(&relation, name, storage).lock(Lock::AccessExclusive, &relation))
            }
            Some(_) | None => Repair::left("storage", "somebody chose how large values are stored here"),
        },
        "compression" => Repair::left("compression", "values to come would be kept in another way"),
        "statistics" => Repair::left("statistics", "queries may be planned by what ANALYZE learns now"),
        "options" => Repair::left("options", "queries may be planned by what ANALYZE is told now"),
        "collation" => Repair::left(
            "collation",
            "another collation sorts and compares anew and rebuilds every index on the column",
        ),
        "generated" | "generation_expression" => {
            Repair::left(change.attribute, "another expression computes every row anew")
        }
        "identity" | "identity_options" => {
            Repair::left(change.attribute, "other numbers may collide with those given out already")
        }
        "foreign_options" => Repair::left("foreign_options", "the column would be read from elsewhere"),
        attribute => Repair::left(attribute, "it comes from how the parent table was made"),
    }
}
