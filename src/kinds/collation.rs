//! Collations that somebody made. Never the version of what sorts behind one:
//! that is the server's.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::alter_common;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;

pub static KIND: Kind = Kind {
    catalog: "pg_collation",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("provider"),
        Attribute::exact("locale"),
        Attribute::exact("lc_collate"),
        Attribute::exact("lc_ctype"),
        Attribute::exact("nondeterministic"),
        Attribute::exact("rules"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "columns that sort by it cannot exist",
        unexpected: "nobody declared it",
        changed: "text is sorted or compared otherwise than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP COLLATION IF EXISTS {};", object.id.qualified()),
    target,
    rename: Some(|object, name| {
        format!("ALTER COLLATION {} RENAME TO {};", object.id.qualified(), crate::model::ident::quote(name))
    }),
    rework: |change, ctx| super::carry::set_aside(&change.actual.id, ctx),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("COLLATION {}", object.id.qualified())
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let mut options = vec![format!("provider = {}", object.text("provider").unwrap_or_default())];
    let texts = ["locale", "lc_collate", "lc_ctype", "rules"];
    options.extend(texts.iter().filter_map(|name| Some(format!("{name} = {}", literal(object.text(name)?)))));
    if object.flag("nondeterministic") {
        options.push("deterministic = false".to_owned());
    }
    let rest = format!("COLLATION IF NOT EXISTS {} ({})", object.id.qualified(), options.join(", "));
    let step = Additive::create(ctx.early_phase(&object.id), &rest).undo((KIND.drop)(object));
    Repair::step(step).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected)).unwrap_or_else(|| {
        Repair::left(change.attribute, "whatever is sorted by it, indexes too, would have to be built anew")
    })
}
