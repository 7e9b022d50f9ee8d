//! Options of relations, columns and indexes: set and taken back in place. No
//! kind of its own.

use super::Change;
use super::Rework;
use crate::model::ident::literal;
use crate::model::object::Object;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;

/// `SET` what is new or other, `RESET` what is gone. `target` as `ALTER` names
/// it: `TABLE public.t`.
pub fn rework(change: &Change, target: &str, relation: &str) -> Rework {
    let name = |option: &str| option.split('=').next().unwrap_or(option).to_owned();
    let (wanted, there) = (change.expected.list(change.attribute), change.actual.list(change.attribute));
    let gone: Vec<String> = there.iter().map(|o| name(o)).filter(|n| !wanted.iter().any(|w| name(w) == *n)).collect();
    let set: Vec<&str> = wanted.iter().filter(|o| !there.contains(o)).map(|o| &**o).collect();
    let strongest = |names: Vec<String>| {
        let locks = names.iter().map(|name| lock(target, name));
        locks.max().unwrap_or(Lock::ShareUpdateExclusive)
    };
    let step = |sql: String, names: Vec<String>| {
        Step::new(format!("ALTER {target} {sql};"), Phase::Expand).lock(strongest(names), relation)
    };
    let mut steps = Vec::new();
    if !gone.is_empty() {
        steps.push(step(format!("RESET ({})", gone.join(", ")), gone));
    }
    if !set.is_empty() {
        let names = set.iter().map(|option| name(option)).collect();
        steps.push(step(format!("SET ({})", written(&set)), names));
    }
    Rework::InPlace(steps)
}

/// The lock that an option takes. Those of a view change what its readers see.
fn lock(target: &str, option: &str) -> Lock {
    const STRONG: &[&str] = &[
        "user_catalog_table",
        "fastupdate",
        "gin_pending_list_limit",
        "buffering",
        "pages_per_range",
        "autosummarize",
    ];
    match target.starts_with("VIEW ") || STRONG.contains(&option) {
        true => Lock::AccessExclusive,
        false => Lock::ShareUpdateExclusive,
    }
}

/// `name = 'value'` of each.
fn written(options: &[&str]) -> String {
    let one = |option: &&str| match option.split_once('=') {
        Some((name, value)) => format!("{name} = {}", literal(value)),
        None => (*option).to_owned(),
    };
    options.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What stands in the parentheses of `WITH` or `SET`; `None` where there is nothing.
pub fn list(object: &Object, attribute: &str) -> Option<String> {
    let options: Vec<&str> = object.list(attribute).iter().map(|option| &**option).collect();
    (!options.is_empty()).then(|| written(&options))
}
