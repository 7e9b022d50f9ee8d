//! Subscriptions: which rows come into the database by logical replication.
//! None is ever switched on: from then on it copies rows, and holds back those
//! of its publisher. A password in its connection is neither read nor written.

use super::Change;
use super::Context;
use super::Harm;
use super::Kind;
use super::Left;
use super::PLAIN;
use super::Repair;
use super::Rework;
use super::Severities;
use super::alter_common;
use super::quoted;
use crate::model::finding::Severity;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Attribute;
use crate::model::object::Object;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::model::step::Step;

pub static KIND: Kind = Kind {
    catalog: "pg_subscription",
    attributes: &[
        // Both are for superusers: where they are hidden, nothing is said about them.
        Attribute::declared("connection").severity(Severity::Error),
        Attribute::declared("options").severity(Severity::Error),
        Attribute::exact("publications"),
        // A running one cannot be without a slot: it is stopped first.
        Attribute::exact("enabled"),
        Attribute::exact("slot_name"),
        Attribute::declared("owner"),
        Attribute::exact("comment").severity(Severity::Note),
    ],
    severity: Severities { missing: Severity::Error, unexpected: Severity::Warning },
    harm: Harm {
        missing: "no rows come from its publisher",
        unexpected: "rows come from a place that nobody declared",
        changed: "other rows come than declared, or from elsewhere",
    },
    create,
    alter,
    drop,
    target,
    rework,
    elsewhere: true,
    loses: |object| {
        object.text("slot_name").map(|_| "how far it has followed its publisher, whose slot has to be dropped there")
    },
    rename: Some(|object, name| format!("ALTER {} RENAME TO {};", target(object), quote(name))),
    ..PLAIN
};

fn target(object: &Object) -> String {
    format!("SUBSCRIPTION {}", quote(&object.id.name))
}

/// Without its slot: the publisher is not asked, so that it can be done in a
/// transaction and where the publisher is gone.
fn drop(object: &Object) -> String {
    let name = target(object);
    let slot = object.text("slot_name").map(|_| format!("ALTER {name} SET (slot_name = NONE);\n")).unwrap_or_default();
    format!("ALTER {name} DISABLE;\n{slot}DROP {name};")
}

/// The connection as the server takes it, or the name of what is missing in it.
fn connection(object: &Object) -> Result<String, String> {
    let (mut uri, mut words) = (None, Vec::new());
    for word in object.list("connection") {
        match word.split_once('=') {
            Some(("uri", value)) => uri = Some(value),
            Some((name, value)) => words.push((name, value)),
            None => return Err(word.to_string()),
        }
    }
    let Some(uri) = uri else {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,@".contains(c);
        let one = |(name, value): &(&str, &str)| match !value.is_empty() && value.chars().all(plain) {
            true => format!("{name}={value}"),
            false => format!("{name}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'")),
        };
        return Ok(words.iter().map(one).collect::<Vec<_>>().join(" "));
    };
    let words: Vec<String> = words.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Ok(if words.is_empty() { uri.to_owned() } else { format!("{uri}?{}", words.join("&")) })
}

fn slot(object: &Object) -> String {
    format!("slot_name = {}", object.text("slot_name").map_or("NONE".to_owned(), literal))
}

/// The options that are not the server's own, as SQL writes them.
fn options(object: &Object) -> Vec<String> {
    let pairs = object.list("options").iter().filter_map(|option| option.split_once('='));
    pairs.map(|(name, value)| format!("{name} = {value}")).collect()
}

const SECRET: &str = "its connection holds a secret, which was not read: run it by hand with";

fn create(object: &Object, _: &Context) -> Repair {
    let name = target(object);
    let publications = quoted(object.list("publications"));
    let with = [vec!["connect = false".to_owned(), slot(object)], options(object)].concat().join(", ");
    let connection = match connection(object) {
        Ok(connection) if !connection.is_empty() => connection,
        Ok(_) => return Repair::left("", "its connection was not read: only a superuser may"),
        Err(secret) => {
            let sql = format!("CREATE {name} CONNECTION '… {secret}=…' PUBLICATION {publications} WITH ({with})");
            return Repair::left("", format!("{SECRET} {sql}"));
        }
    };
    let rest = format!("{name} CONNECTION {} PUBLICATION {publications} WITH ({with})", literal(&connection));
    let guard = format!(
        "SELECT FROM pg_catalog.pg_subscription AS s JOIN pg_catalog.pg_database AS b ON b.oid = s.subdbid \
         WHERE b.datname = pg_catalog.current_database() AND s.subname = {}",
        literal(&object.id.name)
    );
    let step = Additive::create(Phase::Describe, &rest).unless(&guard).undo(drop(object));
    let left = object.flag("enabled").then(|| Left { attribute: "enabled", reason: start(object) });
    Repair { steps: vec![step], left: left.into_iter().collect() }.described(&name, object)
}

fn start(object: &Object) -> String {
    let name = target(object);
    format!(
        "it begins to copy rows at once: when its publisher has the slot, run ALTER {name} ENABLE and ALTER {name} REFRESH PUBLICATION"
    )
}

fn alter(change: Change, _: &Context) -> Repair {
    alter_common(&change, &target(change.expected))
        .unwrap_or_else(|| Repair::left(change.attribute, "other rows would come, or none; run ALTER SUBSCRIPTION"))
}

/// In place, and without asking the publisher.
fn rework(change: Change, ctx: &Context) -> Rework {
    let (expected, name) = (change.expected, target(change.expected));
    let sql = match change.attribute {
        "enabled" if expected.flag("enabled") => return Rework::Impossible(start(expected)),
        "enabled" => format!("ALTER {name} DISABLE;"),
        "publications" => {
            let publications = quoted(expected.list("publications"));
            format!("ALTER {name} SET PUBLICATION {publications} WITH (refresh = false);")
        }
        "connection" => match connection(expected) {
            Ok(connection) => format!("ALTER {name} CONNECTION {};", literal(&connection)),
            Err(_) => return Rework::Impossible(format!("{SECRET} ALTER {name} CONNECTION")),
        },
        "slot_name" => format!("ALTER {name} SET ({});", slot(expected)),
        _ => return rework_options(&change, ctx.actual.server_version),
    };
    Rework::step(Step::new(sql, Phase::Describe))
}

/// What the publisher has to be asked about cannot be set without it.
const ASKED: &[&str] = &["failover", "two_phase"];

/// What an option is where it is not listed.
fn default(option: &str, server_version: u32) -> &'static str {
    match option {
        "streaming" if server_version >= 180_000 => "parallel",
        "origin" => "any",
        "password_required" => "true",
        "streaming" | "synchronous_commit" => "off",
        _ => "false",
    }
}

fn rework_options(change: &Change, server_version: u32) -> Rework {
    let (expected, actual) = (change.expected, change.actual);
    let name = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
    let (wanted, there) = (expected.list("options"), actual.list("options"));
    let new = wanted.iter().filter(|option| !there.contains(option));
    let mut set: Vec<(String, String)> =
        new.map(|option| (name(option), option.split('=').nth(1).unwrap_or_default().to_owned())).collect();
    for gone in there.iter().map(|option| name(option)).filter(|gone| !wanted.iter().any(|o| name(o) == *gone)) {
        let value = default(&gone, server_version).to_owned();
        set.push((gone, value));
    }
    if let Some((option, _)) = set.iter().find(|(option, _)| ASKED.contains(&option.as_str())) {
        return Rework::Impossible(format!(
            "its publisher has to be asked: run ALTER {} SET ({option})",
            target(expected)
        ));
    }
    let set: Vec<String> = set.iter().map(|(option, value)| format!("{option} = {value}")).collect();
    Rework::step(Step::new(format!("ALTER {} SET ({});", target(expected), set.join(", ")), Phase::Describe))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;
    use crate::model::kind::ObjectKind;
    use crate::model::object::ObjectId;
    use crate::model::object::Value;

    fn connected(words: &[&str]) -> Result<String, String> {
        let id = ObjectId::new(ObjectKind::Subscription, "", "", "s");
        let attribute = kinds::attribute(id.kind, "connection").expect("the kind has it");
        let words: Vec<std::sync::Arc<str>> = words.iter().map(|word| (*word).into()).collect();
        connection(&Object::new(id, vec![(attribute, Value::List(words.into()))]))
    }

    #[test]
    fn a_connection_is_put_together_again_and_never_without_its_secret() {
        assert_eq!(
            connected(&["dbname=a b", "host=it's", "port=5"]).as_deref(),
            Ok("dbname='a b' host='it\\'s' port=5")
        );
        let uri = ["uri=postgresql://me@h:5/db", "connect_timeout=3", "sslmode=require"];
        assert_eq!(connected(&uri).as_deref(), Ok("postgresql://me@h:5/db?connect_timeout=3&sslmode=require"));
        assert_eq!(connected(&["dbname=a", "password"]), Err("password".to_owned()));
    }
}
