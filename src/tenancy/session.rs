//! How a session says whose it is: the settings that the context expression
//! reads, and what of a routine's text writes them. Text only; nothing is run.

use std::collections::BTreeSet;

use crate::model::ident::split_routine;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::spec::Enter;
use crate::tenancy::Scene;

/// Settings under which gateways pass the claims of a token.
const CLAIMS: &str = "request.jwt.";

/// The settings that decide which tenant a session is.
pub struct Keys(BTreeSet<String>);

impl Keys {
    /// Those that `enter` and `context` name, and that the functions in
    /// `context` read.
    pub fn of(scene: &Scene) -> Keys {
        let mut keys = BTreeSet::new();
        if let Some(Enter::Setting(name)) = &scene.tenancy.enter {
            keys.insert(name.to_lowercase());
        }
        let context = scene.tenancy.context.as_deref().unwrap_or_default();
        keys.extend(read_in(context));
        for function in scene.catalog.of_kind(ObjectKind::Function) {
            if calls(context, bare_name(function)) {
                keys.extend(read_in(function.text("body").unwrap_or_default()));
            }
        }
        Keys(keys)
    }

    /// True for a setting that the context reads, or that carries claims.
    pub fn contains(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.0.contains(&name) || name.starts_with(CLAIMS)
    }

    /// Those that any session may set as it likes: not the claims, which a
    /// gateway sets from a token that it has checked.
    pub fn free(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str).filter(|key| !key.starts_with(CLAIMS))
    }
}

/// True where the text calls a function of this name.
pub fn calls(text: &str, name: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let after = text[at + name.len()..].trim_start_matches('"').trim_start();
            !text[..at].ends_with(inside) && after.starts_with('(')
        })
}

/// The settings that `current_setting('…'` reads in a text.
fn read_in(text: &str) -> BTreeSet<String> {
    arguments(&without_comments(text), "current_setting")
        .into_iter()
        .filter_map(|argument| literal_of(&argument))
        .collect()
}

/// What of the context a routine sets.
#[derive(Debug, PartialEq, Eq)]
pub enum Sets {
    /// A setting that decides whose tenant a session is.
    Key(String),
    /// Whatever its caller names.
    Anything,
}

/// What a routine sets that decides whose tenant a session is: in its body, or
/// for its own duration.
pub fn setter(scene: &Scene, routine: &Object, keys: &Keys) -> Option<Sets> {
    let own = routine.list("settings").iter().filter_map(|setting| setting.split_once('='));
    let own = own.map(|(name, _)| name).find(|name| keys.contains(name));
    // A function of the context reads it, whatever else its text looks like.
    let reads = scene.tenancy.context.as_deref().is_some_and(|context| calls(context, bare_name(routine)));
    own.map(|name| Sets::Key(name.to_owned()))
        .or_else(|| sets(routine.text("body").unwrap_or_default(), keys))
        .filter(|_| !reads)
}

/// The name of a routine without its arguments.
pub fn bare_name(routine: &Object) -> &str {
    split_routine(&routine.id.name).0
}

fn sets(body: &str, keys: &Keys) -> Option<Sets> {
    let text = without_comments(body);
    for argument in arguments(&text, "set_config") {
        match literal_of(&argument) {
            Some(name) if keys.contains(&name) => return Some(Sets::Key(name)),
            Some(_) => {}
            None => return Some(Sets::Anything),
        }
    }
    set_statements(&text).into_iter().find(|name| keys.contains(name)).map(Sets::Key)
}

/// The first argument of every call of a function, as written.
fn arguments(text: &str, function: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in lower.match_indices(function) {
        let rest = lower[at + function.len()..].trim_start();
        if lower[..at].ends_with(inside) || !rest.starts_with('(') {
            continue;
        }
        let rest = rest[1..].trim_start();
        let end = match rest.strip_prefix('\'') {
            Some(literal) => literal.find('\'').map_or(rest.len(), |end| end + 2),
            None => rest.find([',', ')']).unwrap_or(rest.len()),
        };
        found.push(rest[..end].trim().to_owned());
    }
    found
}

/// The text of a string literal.
fn literal_of(argument: &str) -> Option<String> {
    argument.strip_prefix('\'')?.strip_suffix('\'').map(str::to_owned)
}

/// The names after `SET`, `SET LOCAL` and `SET SESSION`, inside of literals too:
/// such a statement is often put together as text.
fn set_statements(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let words: Vec<&str> = lower.split(|c: char| !part(c)).filter(|word| !word.is_empty()).collect();
    let mut names = Vec::new();
    for (at, _) in words.iter().enumerate().filter(|(_, word)| **word == "set") {
        let mut next = words[at + 1..].iter().filter(|word| !matches!(**word, "local" | "session"));
        names.extend(next.next().map(|word| word.trim_matches('.').to_owned()));
    }
    names
}

/// The text less its comments. Literals are kept as they are, except that a
/// comment inside of one would be lost: good enough to look for names.
fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['-', '/']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        rest = if from.starts_with("--") {
            from.find('\n').map_or("", |end| &from[end..])
        } else if from.starts_with("/*") {
            from.find("*/").map_or("", |end| &from[end + 2..])
        } else {
            out.push_str(&from[..1]);
            &from[1..]
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_body_sets_and_not_what_it_reads() {
        let keys = Keys(["app.tenant".to_owned()].into());
        let named = |name: &str| Some(Sets::Key(name.to_owned()));
        for (body, expected) in [
            ("SELECT set_config('app.tenant', $1::text, true)", named("app.tenant")),
            ("PERFORM pg_catalog.SET_CONFIG ( 'request.jwt.claims', c, true)", named("request.jwt.claims")),
            ("SELECT set_config(name, value, false)", Some(Sets::Anything)),
            ("BEGIN SET LOCAL app.tenant = 'x'; END", named("app.tenant")),
            ("EXECUTE format('SET LOCAL app.tenant = %L', t)", named("app.tenant")),
            ("SELECT set_config('statement_timeout', '5s', true)", None),
            ("SELECT current_setting('app.tenant', true)", None),
            ("UPDATE t SET tenant = 1 -- set app.tenant\n", None),
            ("/* set_config(x, y) */ SELECT my_set_config(1)", None),
        ] {
            assert_eq!(sets(body, &keys), expected, "{body}");
        }
    }

    #[test]
    fn a_call_is_a_whole_name_before_a_parenthesis() {
        assert!(calls("(select app.tenant())", "tenant"));
        assert!(!calls("(select app.tenant_id())", "tenant"));
        assert!(!calls("(select my_tenant())", "tenant"));
        assert!(!calls("tenant = 1", "tenant"));
    }
}
