//! Operators. Two that are each other's commutator or negator name one another:
//! whichever comes first leaves a shell that the other one fills.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use crate::model::catalog::Catalog;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_operator",
    attributes: &[
        Attribute::exact("function"),
        Attribute::informational("left"),
        Attribute::informational("right"),
        Attribute::exact("commutator").severity(Severity::Warning),
        Attribute::exact("negator").severity(Severity::Warning),
        Attribute::exact("restrict").severity(Severity::Note),
        Attribute::exact("join").severity(Severity::Note),
        Attribute::exact("hashes").severity(Severity::Warning),
        Attribute::exact("merges").severity(Severity::Warning),
        Attribute::informational("signature"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "statements that use it fail",
        unexpected: "nobody declared it",
        changed: "it does not compute, or is not planned for, what was declared",
    },
    create,
    alter,
    drop: |object| format!("DROP OPERATOR IF EXISTS {};", signature(object)),
    target,
    rework,
    ..PLAIN
};

fn signature(object: &Object) -> &str {
    object.text("signature").unwrap_or_default()
}

fn target(object: &Object) -> String {
    format!("OPERATOR {}", signature(object))
}

/// Attribute and word, in the order of the manual.
const OPTIONS: &[(&str, &str)] = &[
    ("function", "FUNCTION"),
    ("left", "LEFTARG"),
    ("right", "RIGHTARG"),
    ("commutator", "COMMUTATOR"),
    ("negator", "NEGATOR"),
    ("restrict", "RESTRICT"),
    ("join", "JOIN"),
];

fn create(object: &Object, ctx: &Context) -> Repair {
    let option = |(attribute, word): &(&str, &str)| object.text(attribute).map(|value| format!("{word} = {value}"));
    let mut options: Vec<String> = OPTIONS.iter().filter_map(option).collect();
    options.extend(object.flag("hashes").then(|| "HASHES".to_owned()));
    options.extend(object.flag("merges").then(|| "MERGES".to_owned()));
    let (name, _) = bare(object);
    let rest = format!("OPERATOR {}.{name} (\n  {}\n)", quote(&object.id.schema), options.join(",\n  "));
    // A shell has no function yet, and this statement fills it.
    let guard = format!(
        "SELECT FROM pg_catalog.pg_operator WHERE oid = pg_catalog.to_regoperator({}) AND oprcode <> 0",
        literal(&signature(object).replacen(" (", "(", 1))
    );
    let step = Additive::create(ctx.define_phase(&object.id), &rest).unless(&guard).undo((KIND.drop)(object));
    Repair::step(step).described(&target(object), object)
}

/// The symbol, and the operands between its parentheses.
fn bare(object: &Object) -> (&str, &str) {
    object.id.name.split_once('(').unwrap_or((&object.id.name, ")"))
}

/// True where a catalog has an operator that another names: `OPERATOR(public.=)`.
fn has(catalog: &Catalog, other: &str) -> bool {
    let named = |object: &Object| format!("OPERATOR({}.{})", quote(&object.id.schema), bare(object).0) == other;
    catalog.of_kind(ObjectKind::Operator).iter().any(named)
}

/// True where the server brings the change about by itself: when the operator
/// that it is about is made, or dropped.
fn follows(change: &Change, ctx: &Context) -> bool {
    match (change.expected.text(change.attribute), change.actual.text(change.attribute)) {
        (Some(wanted), None) => has(ctx.expected, wanted) && !has(ctx.actual, wanted),
        (None, Some(there)) => has(ctx.actual, there) && !has(ctx.expected, there),
        (Some(_), Some(_)) | (None, None) => false,
    }
}

fn alter(change: Change, ctx: &Context) -> Repair {
    if let Some(repair) = alter_common(&change, &target(change.expected)) {
        return repair;
    }
    match change.attribute {
        "commutator" | "negator" if follows(&change, ctx) && change.expected.text(change.attribute).is_some() => {
            Repair::default()
        }
        "function" => Repair::left("function", "statements that use it would give other values at once"),
        attribute => Repair::left(attribute, "statements that use it would be planned otherwise at once"),
    }
}

/// What the planner estimates by is changed in place; since version 17 so is what was not said before.
fn rework(change: Change, ctx: &Context) -> Rework {
    let (expected, attribute) = (change.expected, change.attribute);
    let set = |what: &str| Rework::step(Step::new(format!("ALTER {} SET ({what});", target(expected)), Phase::Define));
    let grows = ctx.actual.server_version >= 170_000 && change.actual.attributes.get(attribute).is_none();
    match attribute {
        "restrict" => set(&format!("RESTRICT = {}", expected.text("restrict").unwrap_or("NONE"))),
        "join" => set(&format!("JOIN = {}", expected.text("join").unwrap_or("NONE"))),
        "commutator" | "negator" if follows(&change, ctx) => Rework::InPlace(Vec::new()),
        "commutator" | "negator" if grows => {
            set(&format!("{} = {}", attribute.to_uppercase(), expected.text(attribute).unwrap_or_default()))
        }
        "hashes" | "merges" if grows => set(&attribute.to_uppercase()),
        _ => Rework::replace(),
    }
}
