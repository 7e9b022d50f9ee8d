//! User mappings: as whom a role reaches a foreign server. Passwords are neither
//! read nor written: a person sets them.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Severities;
use super::foreign;
use super::foreign_options;
use super::policy;
use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;

pub static KIND: Kind = Kind {
    catalog: "pg_user_mapping",
    attributes: &[
        // Hidden from whom they do not concern: then nothing is said about them.
        Attribute::declared("options").severity(Severity::Error),
        Attribute::informational("role"),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "the role cannot reach the server",
        unexpected: "the role reaches the server in a way that nobody declared",
        changed: "the role reaches the server as somebody else than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP USER MAPPING IF EXISTS {};", on_server(object)),
    target,
    rework: |change, _| foreign::rework_options(&change, &target(change.expected)),
    loses: |object| {
        let known = |option: &std::sync::Arc<str>| option.contains('=');
        (!object.list("options").iter().all(known)).then_some("its secrets, which are not read")
    },
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("USER MAPPING {}", on_server(object))
}

fn on_server(object: &Object) -> String {
    format!("FOR {} SERVER {}", policy::role(&object.id.name), quote(&object.id.parent))
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let role = &object.id.name;
    if !ctx.has_role(role) {
        return Repair::left("", format!("the role {role} does not exist; create it first"));
    }
    let (options, left) = foreign_options(object);
    let rest = format!("USER MAPPING IF NOT EXISTS {}{options}", on_server(object));
    Repair { steps: vec![Additive::create(Phase::Define, &rest).undo((KIND.drop)(object))], left }
}

fn alter(change: Change, _: &Context) -> Repair {
    Repair::left(change.attribute, "the role would reach the server as somebody else; run ALTER USER MAPPING")
}
