//! Text search configurations: a parser, and which dictionaries are asked for
//! each type of token.

use std::sync::Arc;

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use super::text_search_dictionary::guard;
use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_ts_config",
    attributes: &[
        Attribute::exact("parser"),
        Attribute::exact("mappings"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "searches in its words fail",
        unexpected: "nobody declared it",
        changed: "searches find other words than declared",
    },
    create,
    alter,
    drop: |object| format!("DROP TEXT SEARCH CONFIGURATION IF EXISTS {};", object.id.qualified()),
    target,
    rework,
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("TEXT SEARCH CONFIGURATION {}", object.id.qualified())
}

/// `ALTER … ADD MAPPING FOR token WITH dictionaries;`
fn add(object: &Object, mapping: &str) -> String {
    let (token, dictionaries) = mapping.split_once(": ").unwrap_or((mapping, ""));
    format!("ALTER {} ADD MAPPING FOR {} WITH {dictionaries};", target(object), quote(token))
}

fn create(object: &Object, ctx: &Context) -> Repair {
    let mut rest = format!("{} (PARSER = {});", target(object), object.text("parser").unwrap_or_default());
    for mapping in object.list("mappings") {
        rest.push('\n');
        rest.push_str(&add(object, mapping));
    }
    let rest = rest.trim_end_matches(';');
    let step = Additive::create(ctx.early_phase(&object.id), rest).unless(&guard("pg_ts_config", "cfg", object));
    Repair::step(step.undo((KIND.drop)(object))).described(&target(object), object)
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected))
        .unwrap_or_else(|| Repair::left(change.attribute, "what is indexed already was found with the present one"))
}

/// Mapping by mapping; another parser makes another configuration.
fn rework(change: Change, _: &Context) -> Rework {
    if change.attribute != "mappings" {
        return Rework::replace();
    }
    let (wanted, there) = (change.expected.list("mappings"), change.actual.list("mappings"));
    let gone = there.iter().filter(|mapping| !wanted.contains(mapping)).map(|mapping: &Arc<str>| {
        let token = mapping.split(": ").next().unwrap_or_default();
        format!("ALTER {} DROP MAPPING FOR {};", target(change.expected), quote(token))
    });
    let new = wanted.iter().filter(|mapping| !there.contains(mapping)).map(|mapping| add(change.expected, mapping));
    // What it asks may be a dictionary of this plan.
    Rework::InPlace(gone.chain(new).map(|sql| Step::new(sql, Phase::Define)).collect())
}
