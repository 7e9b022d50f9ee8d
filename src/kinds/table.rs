//! Tables, plain and partitioned. A new one is born complete: columns, keys,
//! checks and exclusions in one statement.

pub mod rework;

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::Standard;
use super::Unused;
use super::alter_common;
use super::column;
use super::constraint;
use super::marked;
use super::tablespace;
use super::with_options;
use super::withheld;
use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::ident::split_qualified;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;

pub static KIND: Kind = Kind {
    catalog: "pg_class",
    relation: true,
    inline: false,
    standard: Some(Standard { query: include_str!("table.information_schema.sql"), attributes: &[] }),
    attributes: &[
        Attribute::exact("persistence"),
        Attribute::exact("row_security"),
        Attribute::exact("force_row_security"),
        Attribute::printed("partition_key"),
        Attribute::exact("partition_of"),
        Attribute::printed("partition_bound"),
        Attribute::exact("inherits"),
        Attribute::exact("of_type"),
        Attribute::exact("replica_identity").severity(Severity::Warning),
        Attribute::exact("options").severity(Severity::Warning),
        Attribute::exact("access_method").severity(Severity::Warning),
        Attribute::stated_anywhere("tablespace"),
        // The index by which the next CLUSTER sorts its rows.
        Attribute::exact("clustered_on").severity(Severity::Note),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "every statement that uses it fails",
        unexpected: "nobody declared it, so nobody checks who can read its rows",
        changed: "it does not behave as declared",
    },
    create,
    alter,
    drop: |object| format!("DROP TABLE IF EXISTS {};", object.id.qualified()),
    target,
    loses: |_| Some("its rows"),
    unused: |object, _, _| {
        let relation = object.id.qualified();
        Some(Unused { sql: format!("NOT EXISTS (SELECT FROM {relation})"), relation: Some(relation) })
    },
    rework: rework::rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("TABLE {}", object.id.qualified())
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let id = &object.id;
    if !ctx.is_new(&id.schema, &id.name) {
        return Repair::left("", format!("another relation already has the name {}", id.qualified()));
    }
    let unlogged = if object.text("persistence") == Some("unlogged") { "UNLOGGED " } else { "" };
    let mut rest = format!("{unlogged}TABLE IF NOT EXISTS {}{}", id.qualified(), body(object, ctx));
    if let Some(key) = object.text("partition_key") {
        rest += &format!("\nPARTITION BY {key}");
    }
    if let Some(method) = object.text("access_method") {
        rest += &format!("\nUSING {}", quote(method));
    }
    rest += &with_options(object);
    rest += &tablespace::clause(object);
    let name = id.qualified();
    let mut steps = vec![beside_others(Additive::create(Phase::Define, &rest), object, ctx).undo((KIND.drop)(object))];
    steps.extend(withheld(ctx, "tables", &id.schema, &format!("TABLE {name}")));
    steps.extend(identity_columns(object, ctx).filter_map(|column| withheld_sequence(column, ctx)));
    if object.flag("row_security") {
        steps.push(Additive::enable(&name, "ROW LEVEL SECURITY").lock(Lock::AccessExclusive, &name));
    }
    if object.flag("force_row_security") {
        steps.push(Additive::force_row_security(&name).lock(Lock::AccessExclusive, &name));
    }
    steps.extend(replica_identity(object));
    steps.extend(marked::clustered(object));
    Repair::steps(steps).described(&target(object), object)
}

/// A new partition waits for whoever uses the whole, and makes them wait; a new
/// child lets them go on.
fn beside_others(create: Additive, object: &Object, ctx: &Context) -> Additive {
    let position = ctx.expected.position(&object.id).map(|position| position as u32);
    let needed = position.into_iter().flat_map(|from| ctx.expected.dependencies_of(from));
    let there = needed.filter_map(|edge| ctx.actual.get(&ctx.expected.at(edge.to).id)).map(|o| o.id.qualified());
    let parent = |name: &String| {
        object.text("partition_of") == Some(name.as_str()) || object.list("inherits").iter().any(|p| **p == **name)
    };
    match (there.into_iter().find(parent), object.text("partition_of")) {
        (Some(parent), Some(_)) => create.lock(Lock::AccessExclusive, &parent),
        (Some(parent), None) => create.lock(Lock::ShareUpdateExclusive, &parent),
        (None, _) => create,
    }
}

fn identity_columns<'a>(object: &Object, ctx: &'a Context) -> impl Iterator<Item = &'a Object> {
    let columns = ctx.expected.children(ObjectKind::Column, &object.id.schema, &object.id.name);
    columns.iter().filter(|column| column.text("identity").is_some() && !column.flag("inherited"))
}

/// The sequence behind an identity column is born with the table, under a name
/// that the server chooses.
fn withheld_sequence(column: &Object, ctx: &Context) -> Option<Additive> {
    let step = withheld(ctx, "sequences", &column.id.schema, "SEQUENCE %s")?;
    let sql = step.as_step().sql.trim_end_matches(';').to_owned();
    Some(Additive::withhold_sequence(&sql, &column.id.relation(), &column.id.name))
}

/// What stands between the table's name and its storage: the columns and
/// constraints, or whose partition it is.
pub fn body(object: &Object, ctx: &Context) -> String {
    let mut lines = column_lines(object, ctx);
    for kind in [ObjectKind::PrimaryKey, ObjectKind::Unique, ObjectKind::Check, ObjectKind::Exclusion] {
        let children = ctx.expected.children(kind, &object.id.schema, &object.id.name).iter();
        let inline = |c: &&Object| born_valid(c) && !constraint::repeats(c, ctx);
        lines.extend(children.filter(inline).map(constraint::clause));
    }
    let list = if lines.is_empty() { String::new() } else { format!(" (\n  {}\n)", lines.join(",\n  ")) };
    match (object.text("partition_of"), object.text("of_type")) {
        (Some(parent), _) => {
            format!(" PARTITION OF {parent}{list} {}", object.text("partition_bound").unwrap_or("DEFAULT"))
        }
        (None, Some(of_type)) => format!(" OF {of_type}{list}"),
        (None, None) if object.list("inherits").is_empty() && list.is_empty() => " ()".to_owned(),
        (None, None) if object.list("inherits").is_empty() => list,
        (None, None) => {
            let list = if list.is_empty() { " ()".to_owned() } else { list };
            format!("{list} INHERITS ({})", object.list("inherits").join(", "))
        }
    }
}

/// A constraint that is declared as not valid cannot be born with its table.
pub fn born_valid(object: &Object) -> bool {
    object.attributes.get("validated").is_none() || object.flag("validated")
}

fn column_lines(object: &Object, ctx: &Context) -> Vec<String> {
    let id = &object.id;
    let mut columns: Vec<&Object> = ctx.expected.children(ObjectKind::Column, &id.schema, &id.name).iter().collect();
    columns.sort_by_key(|c| c.int("position"));
    if object.text("partition_of").is_some() || object.text("of_type").is_some() {
        // The columns come from elsewhere; only what is special here is said.
        let as_whole = |c: &Object| column::as_parents(c, ctx) && c.text("not_null_constraint").is_none();
        let inherited = |c: &Object| object.text("partition_of").is_some() && as_whole(c);
        let special = |c: &&Object| {
            !inherited(c) && (c.text("default").is_some() || c.flag("not_null")) || loses_default(c, object, ctx)
        };
        let line = |c: &Object| column::overrides(c, ctx) + without_default(c, object, ctx);
        return columns.into_iter().filter(special).map(line).collect();
    }
    let own = columns.into_iter().filter(|c| !c.flag("inherited"));
    own.map(|c| column::definition(c, ctx) + without_default(c, object, ctx)).collect()
}

/// True where the column has no value of its own for rows to come, and would
/// get its parent's.
fn loses_default(column: &Object, table: &Object, ctx: &Context) -> bool {
    let parents = table.text("partition_of").into_iter().chain(table.list("inherits").iter().map(|name| &**name));
    let mut theirs = parents.filter_map(|name| {
        let (schema, name) = split_qualified(name)?;
        ctx.expected.get(&ObjectId::new(ObjectKind::Column, &schema, &name, &column.id.name))
    });
    let none = |c: &Object| ["default", "identity", "generated"].iter().all(|name| c.text(name).is_none());
    none(column) && theirs.any(|c| c.text("default").is_some())
}

fn without_default(column: &Object, table: &Object, ctx: &Context) -> &'static str {
    if loses_default(column, table, ctx) { " DEFAULT NULL" } else { "" }
}

pub fn replica_identity(object: &Object) -> Option<Additive> {
    let identity = object.text("replica_identity")?;
    let sql = match identity.strip_prefix("index ") {
        Some(index) => format!("USING INDEX {}", quote(index)),
        None => identity.to_uppercase(),
    };
    let name = object.id.qualified();
    Some(Additive::replica_identity(&name, &sql).lock(Lock::AccessExclusive, &name))
}

fn alter(change: Change, _: &Context) -> Repair {
    let (expected, name) = (change.expected, change.expected.id.qualified());
    if let Some(repair) = alter_common(&change, &target(expected)) {
        return repair;
    }
    match change.attribute {
        "row_security" if expected.flag("row_security") => Repair::step(
            Additive::enable(&name, "ROW LEVEL SECURITY")
                .lock(Lock::AccessExclusive, &name)
                .hazard(Hazard::HidesRows)
                .undo(format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY;")),
        ),
        "force_row_security" if expected.flag("force_row_security") => Repair::step(
            Additive::force_row_security(&name)
                .lock(Lock::AccessExclusive, &name)
                .hazard(Hazard::HidesRows)
                .undo(format!("ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY;")),
        ),
        "row_security" => Repair::left(
            "row_security",
            "without row-level security every role that may read the table reads every row",
        ),
        "force_row_security" => {
            Repair::left("force_row_security", "the owner would read and write every tenant's rows")
        }
        "replica_identity" => match replica_identity(expected) {
            Some(step) if change.actual.text("replica_identity").is_none() => Repair::step(step),
            Some(_) | None => Repair::left("replica_identity", "subscribers that rely on the present one would fail"),
        },
        "clustered_on" => match marked::clustered(expected) {
            Some(step) if change.actual.text("clustered_on").is_none() => Repair::step(step),
            Some(_) | None => Repair::left("clustered_on", "somebody chose another order for the next CLUSTER"),
        },
        "options" => {
            Repair::left("options", "storage options change how the table is kept; set them with ALTER TABLE … SET")
        }
        "tablespace" => Repair::left("tablespace", tablespace::LEFT),
        "partition_of" | "partition_bound" | "partition_key" | "inherits" => {
            Repair::left(change.attribute, "rows would have to move between tables")
        }
        attribute => Repair::left(attribute, "changing it rewrites the table"),
    }
}
