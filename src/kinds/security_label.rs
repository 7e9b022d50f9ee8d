//! Security labels: what a label provider (masking, mandatory access control)
//! is told of an object. One object for each provider and labelled thing.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    // Whatever has one is another catalog's row: labels have no number of their own.
    catalog: "",
    attributes: &[
        Attribute::exact("label").severity(Severity::Warning),
        Attribute::informational("provider"),
        Attribute::informational("object_type"),
        Attribute::informational("target"),
        Attribute::informational("column_name"),
    ],
    severity: Severities { missing: Severity::Warning, unexpected: Severity::Warning },
    harm: Harm {
        missing: "its provider does not treat the object as declared",
        unexpected: "its provider treats the object as nobody declared",
        changed: "its provider treats the object otherwise than declared",
    },
    create: |object, _| {
        Repair::step(Additive::label(&labelled(object, object.text("label"))).undo((KIND.drop)(object)))
    },
    alter,
    drop: |object| format!("SECURITY LABEL {};", labelled(object, None)),
    rework,
    rides: true,
    ..PLAIN
};

/// What comes after `SECURITY LABEL`. No text: the label is taken away.
fn labelled(object: &Object, label: Option<&str>) -> String {
    let text = |name| object.text(name).unwrap_or_default();
    let label = label.map_or_else(|| "NULL".to_owned(), literal);
    format!("FOR {} ON {} {} IS {label}", quote(text("provider")), text("object_type").to_uppercase(), text("target"))
}

fn rework(change: Change, _: &Context) -> Rework {
    let step = Additive::label(&labelled(change.expected, change.expected.text("label")));
    Rework::step(Step::clone(step.as_step()))
}

fn alter(change: Change, _: &Context) -> Repair {
    let sql = labelled(change.expected, change.expected.text("label"));
    Repair::left(change.attribute, format!("its provider would treat it otherwise at once; run SECURITY LABEL {sql}"))
}
