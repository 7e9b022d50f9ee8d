//! Extensions. Their own objects are never listed: the extension stands for them.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::Unused;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_extension",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[
        Attribute::exact("installed_in").severity(Severity::Warning),
        // A server brings its own default version.
        Attribute::informational("version"),
        Attribute::informational("relocatable"),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Note },
    harm: Harm {
        missing: "its types and functions do not exist",
        unexpected: "nobody declared that the schema needs it",
        changed: "its objects are not where the declared schema looks for them",
    },
    create,
    alter,
    drop: |object| format!("DROP EXTENSION IF EXISTS {};", quote(&object.id.name)),
    target: |object| format!("EXTENSION {}", quote(&object.id.name)),
    rework,
    loses: |_| Some("what its own tables hold"),
    unused: |object, _, _| {
        let sql = format!(
            "NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS c ON c.oid = d.objid \
             WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e' \
               AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass \
               AND d.refobjid = (SELECT e.oid FROM pg_catalog.pg_extension AS e WHERE e.extname = {}) \
               AND c.relkind IN ('r', 'p', 'm', 'S', 'f'))",
            literal(&object.id.name)
        );
        Some(Unused { relation: None, sql })
    },
    ..PLAIN
};

fn create(object: &Object, _: &Context) -> Repair {
    let schema = match object.text("installed_in") {
        None | Some("pg_catalog") => String::new(),
        Some(schema) => format!(" WITH SCHEMA {}", quote(schema)),
    };
    let rest = format!("EXTENSION IF NOT EXISTS {}{schema}", quote(&object.id.name));
    Repair::step(Additive::create(Phase::Prepare, &rest).undo((KIND.drop)(object)))
}

fn alter(change: Change, _: &Context) -> Repair {
    let name = quote(&change.expected.id.name);
    let schema = quote(change.expected.text("installed_in").unwrap_or_default());
    Repair::left(
        change.attribute,
        format!(
            "moving an extension breaks whatever names its objects with their schema; \
             if nothing does, run ALTER EXTENSION {name} SET SCHEMA {schema}"
        ),
    )
}

/// Moved with all its objects where it lets itself be moved.
fn rework(change: Change, _: &Context) -> Rework {
    let (expected, schema) = (change.expected, change.expected.text("installed_in"));
    match schema.filter(|_| change.actual.flag("relocatable")) {
        Some(schema) => {
            let sql = format!("ALTER EXTENSION {} SET SCHEMA {};", quote(&expected.id.name), quote(schema));
            Rework::step(Step::new(sql, Phase::Prepare))
        }
        None => Rework::replace(),
    }
}
