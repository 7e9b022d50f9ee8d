//! Foreign servers. Who is who on them is said by user mappings.

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
    catalog: "pg_foreign_server",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("wrapper"),
        Attribute::exact("type"),
        Attribute::exact("version"),
        Attribute::exact("options"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "no foreign table can be on it",
        unexpected: "rows can come from and go to a place that nobody declared",
        changed: "rows come from and go to another place than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP SERVER IF EXISTS {};", quote(&object.id.name)),
    target,
    rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("SERVER {}", quote(&object.id.name))
}

fn create(object: &Object, _: &Context) -> Repair {
    let text =
        |name: &str, word: &str| object.text(name).map(|t| format!(" {word} {}", literal(t))).unwrap_or_default();
    let (options, left) = foreign_options(object);
    let rest = format!(
        "SERVER IF NOT EXISTS {}{}{} FOREIGN DATA WRAPPER {}{options}",
        quote(&object.id.name),
        text("type", "TYPE"),
        text("version", "VERSION"),
        quote(object.text("wrapper").unwrap_or_default()),
    );
    let step = Additive::create(Phase::Define, &rest).undo((KIND.drop)(object));
    Repair { steps: vec![step], left }.described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected)).unwrap_or_else(|| {
        Repair::left(change.attribute, "every table on the server would read and write elsewhere; run ALTER SERVER")
    })
}

/// Options and version in place; no statement changes its type or its wrapper.
fn rework(change: Change, _: &Context) -> Rework {
    let server = target(change.expected);
    match change.attribute {
        "options" => foreign::rework_options(&change, &server),
        "version" => {
            let version = change.expected.text("version").map_or("NULL".to_owned(), literal);
            Rework::step(Step::new(format!("ALTER {server} VERSION {version};"), Phase::Define))
        }
        _ => Rework::replace(),
    }
}
