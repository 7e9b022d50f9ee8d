//! Operator classes: how an index method goes about a type. Indexes are built
//! by it, so whatever changes about one means building them anew.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::alter_common;
use super::members;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::dollar_quote;

pub static KIND: Kind = Kind {
    catalog: "pg_opclass",
    attributes: &[
        Attribute::exact("type"),
        Attribute::exact("default"),
        Attribute::exact("family"),
        Attribute::exact("storage"),
        Attribute::exact("operators"),
        Attribute::exact("functions"),
        Attribute::informational("method"),
        Attribute::informational("signature"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "indexes that name it, or rely on it, cannot exist",
        unexpected: "nobody declared it",
        changed: "indexes order and find values otherwise than declared",
    },
    create,
    alter,
    drop,
    target,
    ..PLAIN
};

fn signature(object: &Object) -> &str {
    object.text("signature").unwrap_or_default()
}

fn target(object: &Object) -> String {
    format!("OPERATOR CLASS {}", signature(object))
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let text = |name: &str| object.text(name).unwrap_or_default();
    let (operators, functions) = (object.list("operators"), object.list("functions"));
    let mut items: Vec<String> =
        members::all(operators).chain(members::all(functions)).map(|member| member.declaration()).collect();
    match object.text("storage") {
        Some(storage) => items.push(format!("STORAGE {storage}")),
        // A class must say something; this is what it is stored as anyway.
        None if items.is_empty() => items.push(format!("STORAGE {}", text("type"))),
        None => {}
    }
    let rest = format!(
        "OPERATOR CLASS {}.{}{} FOR TYPE {} USING {} FAMILY {} AS\n  {}",
        quote(&object.id.schema),
        quote(members::bare_name(object)),
        if object.flag("default") { " DEFAULT" } else { "" },
        text("type"),
        quote(text("method")),
        text("family"),
        items.join(",\n  ")
    );
    let step = Additive::create(ctx.define_phase(&object.id), &rest)
        .unless(&members::guard("pg_opclass", "opc", "", object))
        .undo(drop(object));
    Repair::step(step).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected))
        .unwrap_or_else(|| Repair::left(change.attribute, "every index that relies on it would have to be built anew"))
}

/// The server ties some of the members to the class: they go with it. The others
/// stay in the family, and would stand in the way of the class to come.
fn drop(object: &Object) -> String {
    let class = format!("DROP OPERATOR CLASS IF EXISTS {};", signature(object));
    let (family, method) = (object.text("family").unwrap_or_default(), object.text("method").unwrap_or_default());
    let stays = |member: &members::Member| match method {
        "btree" | "hash" => member.is_optional(),
        "brin" => false,
        _ => true,
    };
    let both = members::all(object.list("operators")).chain(members::all(object.list("functions")));
    let places: Vec<String> = both.filter(stays).map(|member| member.place()).collect();
    if places.is_empty() {
        return class;
    }
    let family = format!("{family} USING {}", quote(method));
    let body = format!(
        "DECLARE member text;\nBEGIN\n  FOREACH member IN ARRAY ARRAY[\n    {}\n  ] LOOP\n    BEGIN\n      \
         EXECUTE {} || member;\n    EXCEPTION WHEN undefined_object THEN NULL;\n    END;\n  END LOOP;\nEND",
        places.iter().map(|place| literal(place)).collect::<Vec<_>>().join(",\n    "),
        literal(&format!("ALTER OPERATOR FAMILY {family} DROP "))
    );
    format!("{class}\nDO {};", dollar_quote(&body))
}
