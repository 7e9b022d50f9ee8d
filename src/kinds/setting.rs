//! Settings that sessions of the database begin with: `ALTER DATABASE … SET`
//! and `ALTER ROLE … IN DATABASE … SET`.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use crate::model::finding::Severity;
use crate::model::ident::listed_names;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;

pub static KIND: Kind = Kind {
    // A row holds all settings of a role: they have no rows of their own.
    catalog: "",
    relation: false,
    inline: false,
    standard: None,
    attributes: &[Attribute::exact("value"), Attribute::informational("parameter"), Attribute::informational("role")],
    severity: Severities { missing: Severity::Warning, unexpected: Severity::Warning },
    harm: Harm {
        missing: "sessions begin with the server's value",
        unexpected: "sessions begin with a value that nobody declared",
        changed: "sessions begin with another value than declared",
    },
    create,
    alter,
    drop: |object| {
        let parameter = quoted_parameter(object);
        Additive::setting(object.text("role"), &format!("RESET {parameter}")).as_step().sql.clone()
    },
    rework,
    ..PLAIN
};

/// Settings whose value is a list of names, each quoted by itself.
const LISTS: &[&str] = &[
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// `app.tenant` is two identifiers with a dot between them.
fn quoted_parameter(object: &Object) -> String {
    object.text("parameter").unwrap_or_default().split('.').map(quote).collect::<Vec<_>>().join(".")
}

/// The value as `SET` takes it.
fn assigned(parameter: &str, value: &str) -> String {
    if !LISTS.contains(&parameter) {
        return literal(value);
    }
    let names: Vec<String> = listed_names(value).iter().map(|name| quote_always(name)).collect();
    if names.is_empty() { literal("") } else { names.join(", ") }
}

/// A name that is to be taken as it is, whatever it looks like.
fn quote_always(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let parameter = object.text("parameter").unwrap_or_default();
    let Some(value) = object.text("value") else {
        return Repair::left(
            "",
            format!("the value of {parameter} is taken for a secret and was not read: set it by hand"),
        );
    };
    let role = object.text("role");
    if let Some(role) = role.filter(|role| !ctx.has_role(role)) {
        return Repair::left("", format!("the role {role} does not exist; create it first"));
    }
    Repair::step(set(object, value).undo((KIND.drop)(object)))
}

fn set(object: &Object, value: &str) -> Additive {
    let value = assigned(object.text("parameter").unwrap_or_default(), value);
    Additive::setting(object.text("role"), &format!("SET {} TO {value}", quoted_parameter(object)))
}

/// Sessions that exist keep what they began with.
fn rework(change: Change, _: &Context) -> Rework {
    match change.expected.text("value") {
        Some(value) => Rework::step(set(change.expected, value).into_step()),
        None => Rework::Impossible("its value is taken for a secret and was not read: set it by hand".to_owned()),
    }
}

fn alter(change: Change, _: &Context) -> Repair {
    Repair::left(
        change.attribute,
        "sessions to come would behave otherwise; run ALTER DATABASE … SET when whoever connects is ready",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_quoted_name_by_name_and_a_value_as_a_whole() {
        for (parameter, value, expected) in [
            ("search_path", "\"$user\", public", "\"$user\", \"public\""),
            ("search_path", "\"\"", "\"\""),
            ("search_path", "a;drop/**/table/**/x, \"B \"\"c\"\"\"", "\"a;drop/**/table/**/x\", \"B \"\"c\"\"\""),
            ("statement_timeout", "5s", "'5s'"),
            ("app.x", "it's, \"so\"", "'it''s, \"so\"'"),
        ] {
            assert_eq!(assigned(parameter, value), expected);
        }
    }
}
