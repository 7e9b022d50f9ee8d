//! Foreign-data wrappers that no extension brings.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use super::foreign;
use super::foreign_options;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_foreign_data_wrapper",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("handler"),
        Attribute::exact("validator"),
        Attribute::exact("options"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Note },
    harm: Harm {
        missing: "no foreign server can use it",
        unexpected: "nobody declared that the database reaches out",
        changed: "what its servers are reached with is not as declared",
    },
    create,
    alter,
    drop: |object| format!("DROP FOREIGN DATA WRAPPER IF EXISTS {};", quote(&object.id.name)),
    target,
    rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("FOREIGN DATA WRAPPER {}", quote(&object.id.name))
}

fn create(object: &Object, _: &Context) -> Repair {
    let function = |name: &str, word: &str| object.text(name).map(|f| format!(" {word} {f}")).unwrap_or_default();
    let (options, left) = foreign_options(object);
    let rest =
        format!("{}{}{}{options}", target(object), function("handler", "HANDLER"), function("validator", "VALIDATOR"));
    let guard = format!("SELECT FROM pg_catalog.pg_foreign_data_wrapper WHERE fdwname = {}", literal(&object.id.name));
    let step = Additive::create(Phase::Define, &rest).unless(&guard).undo((KIND.drop)(object));
    Repair { steps: vec![step], left }.described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected)).unwrap_or_else(|| {
        Repair::left(
            change.attribute,
            "every server of the wrapper would be reached in another way; run ALTER FOREIGN DATA WRAPPER",
        )
    })
}

/// All of it in place: what hangs on the wrapper stays.
fn rework(change: Change, _: &Context) -> Rework {
    let wrapper = target(change.expected);
    let word = match change.attribute {
        "options" => return foreign::rework_options(&change, &wrapper),
        attribute => attribute.to_uppercase(),
    };
    let function = match change.expected.text(change.attribute) {
        Some(function) => format!("{word} {function}"),
        None => format!("NO {word}"),
    };
    Rework::step(Step::new(format!("ALTER {wrapper} {function};"), Phase::Define))
}
