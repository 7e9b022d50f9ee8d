//! Changes to a model, each of which leaves it valid: what is dropped, added,
//! altered, given another name or another place.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::build;
use super::build::Builder;
use super::model::*;
use super::random::Random;

/// One change, as what it does to the items.
#[derive(Debug, Clone)]
pub struct Mutation {
    pub word: String,
    items: BTreeMap<Id, Effect>,
}

#[derive(Debug, Clone)]
enum Effect {
    Gone,
    New(Item),
    Other(Item),
}

impl Mutation {
    fn between(word: String, before: &Model, after: &Model) -> Option<Mutation> {
        let ids: BTreeSet<Id> = before.items.keys().chain(after.items.keys()).copied().collect();
        let effect = |id: Id| match (before.items.get(&id), after.items.get(&id)) {
            (Some(then), Some(now)) if then == now => None,
            (None, None) => None,
            (Some(_), Some(now)) => Some((id, Effect::Other(now.clone()))),
            (None, Some(now)) => Some((id, Effect::New(now.clone()))),
            (Some(_), None) => Some((id, Effect::Gone)),
        };
        let items: BTreeMap<Id, Effect> = ids.into_iter().filter_map(effect).collect();
        (!items.is_empty()).then_some(Mutation { word, items })
    }

    /// Does the same to another model, as far as that has what it is about.
    pub fn apply(&self, model: &mut Model) {
        for (id, effect) in &self.items {
            match effect {
                Effect::Gone => _ = model.items.remove(id),
                Effect::New(item) => _ = model.items.insert(*id, item.clone()),
                Effect::Other(item) => {
                    if let Some(there) = model.items.get_mut(id) {
                        *there = item.clone();
                    }
                }
            }
        }
        model.prune();
    }
}

/// Some changes, one after the other.
pub fn mutations(model: &Model, taken: &[String], random: &mut Random, modern: bool) -> Vec<Mutation> {
    let mut now = model.clone();
    let mut taken = taken.to_vec();
    let mut found = Vec::new();
    let wanted = random.between(1, 5);
    for _ in 0..wanted * 6 {
        if found.len() == wanted {
            break;
        }
        let mut builder = Builder { model: now.clone(), random, taken: taken.clone(), modern };
        let Some(word) = one(&mut builder) else { continue };
        let Builder { model: then, taken: names, .. } = builder;
        found.extend(Mutation::between(word, &now, &then));
        (now, taken) = (then, names);
    }
    found
}

fn one(builder: &mut Builder) -> Option<String> {
    match builder.random.below(100) {
        0..20 => drop(builder),
        20..40 => {
            let what = builder.random.word(build::ORDER);
            builder.make(what)?;
            Some(format!("add {what}"))
        }
        40..80 => alter(builder),
        80..93 => rename(builder),
        _ => reorder(builder),
    }
}

impl Builder<'_> {
    /// One that can be: the rare ones not too rarely.
    fn chosen(&mut self, accept: impl Fn(&What) -> bool) -> Option<Id> {
        let rare = self.random.chance(30);
        self.any(|what| accept(what) && (!rare || matches!(what, What::Small(_))))
    }
}

fn drop(builder: &mut Builder) -> Option<String> {
    let id = builder.chosen(|what| !matches!(what, What::Public | What::Schema))?;
    let item = builder.model.get(id).clone();
    // Without all of its parts, a table that is split by hash takes no row.
    if let What::Table(Table { place: Place::Part { bound: Bound::Hash(..), .. }, .. }) = item.what {
        return None;
    }
    builder.model.remove(id);
    Some(format!("drop {id} {:?}", item.name))
}

fn rename(builder: &mut Builder) -> Option<String> {
    let ids = builder.model.ids(|what| match what {
        What::Public | What::Grant { .. } | What::DefaultPrivilege { .. } => false,
        What::Small(small) => small.is_freely_named(),
        _ => true,
    });
    let id = builder.random.one(&ids)?;
    let name = builder.name();
    let item = builder.model.items.get_mut(&id)?;
    let word = format!("rename {id} {:?} to {name:?}", item.name);
    item.name = name;
    Some(word)
}

fn reorder(builder: &mut Builder) -> Option<String> {
    let columns = builder.model.ids(|what| matches!(what, What::Column(_)));
    let id = builder.random.one(&columns)?;
    let place = builder.random.below(60) as i64 - 5;
    let What::Column(column) = &mut builder.model.items.get_mut(&id)?.what else { return None };
    column.place = place;
    Some(format!("reorder {id}"))
}

/// Another type that takes all values of this one.
fn wider(kind: &Type) -> Option<Type> {
    Some(Type::Base(match kind {
        Type::Base("smallint") => "integer",
        Type::Base("integer") => "bigint",
        Type::Base("bigint") => "smallint",
        Type::Base("numeric") => "numeric(12,2)",
        Type::Base("numeric(12,2)") => "numeric",
        Type::Base("text") => "character varying(40)",
        Type::Base("character varying(40)") => "character varying",
        Type::Base("character varying") => "text",
        Type::Base("timestamp with time zone") => "timestamp(3) without time zone",
        _ => return None,
    }))
}

fn alter(builder: &mut Builder) -> Option<String> {
    let id = builder.chosen(|what| !matches!(what, What::Public))?;
    let mut item = builder.model.get(id).clone();
    let describable = item.what.is_describable();
    if describable && builder.random.chance(12) {
        item.comment = match item.comment {
            Some(_) => None,
            None => Some(format!("told {}", builder.number())),
        };
    } else {
        altered(builder, id, &mut item.what)?;
    }
    let word = format!("alter {id} {:?}", item.name);
    builder.model.items.insert(id, item);
    Some(word)
}

/// Changes something about an item that its object shows.
fn altered(builder: &mut Builder, id: Id, what: &mut What) -> Option<()> {
    match what {
        What::Public | What::Schema | What::Range { .. } | What::Key(_) | What::Aggregate { .. } => return None,
        What::Enum { labels, .. } => {
            let label = builder.name();
            match builder.random.below(3) {
                0 => labels.push(label),
                1 => labels.insert(1, label),
                // The rows have the first.
                _ if labels.len() > 2 => _ = labels.pop(),
                _ => labels.insert(0, label),
            }
        }
        What::Domain { base, not_null, default, checks, .. } => match builder.random.below(4) {
            0 => *not_null = !*not_null,
            1 => {
                let other = builder.default(base).filter(|expr| matches!(expr, Expr::Plain(_)))?;
                *default = if default.is_some() { None } else { Some(other) };
            }
            2 if !checks.is_empty() => _ = checks.pop(),
            _ => {
                let family = builder.model.family(base);
                let test = builder.truth(Expr::Plain("VALUE".to_owned()), family);
                checks.push((builder.name(), test));
            }
        },
        What::Composite { fields, .. } => {
            let kind = builder.value_type();
            // Not of itself.
            if let Type::Made(other) = &kind
                && (*other == id || builder.model.needs(*other).contains(&id))
            {
                return None;
            }
            match builder.random.below(3) {
                0 => {
                    let field = builder.random.below(fields.len());
                    fields[field].1 = wider(&fields[field].1)?;
                }
                _ => fields.push((builder.name(), kind)),
            }
        }
        What::Sequence { increment, cycle, kind, owner, .. } => match builder.random.below(4) {
            0 => *cycle = !*cycle,
            1 => *kind = if *kind == "bigint" { "integer" } else { "bigint" },
            2 if owner.is_some() => *owner = None,
            _ => *increment += 1,
        },
        What::Function(function) => function_altered(builder, function)?,
        What::Procedure { number, .. } => *number += 1,
        What::Table(table) => match builder.random.below(5) {
            0 => table.row_security = !table.row_security,
            1 => table.forced = !table.forced,
            2 if !matches!(table.place, Place::Divided { .. }) => {
                table.fillfactor = if table.fillfactor.is_some() { None } else { Some(77) };
            }
            3 if matches!(table.place, Place::Alone) => table.full_identity = !table.full_identity,
            4 => match &mut table.place {
                Place::Part { bound: Bound::Range(_, to), .. } if *to >= 100 => *to += 3,
                Place::Part { bound: Bound::List(values), .. } => values.push(500 + id as i64),
                _ => return None,
            },
            _ => return None,
        },
        What::Column(column) => column_altered(builder, id, column)?,
        What::ForeignKey(key) => match builder.random.below(4) {
            0 => key.on_delete = if key.on_delete.is_empty() { " ON DELETE CASCADE" } else { "" },
            1 => key.deferred = !key.deferred,
            2 => key.on_update = if key.on_update.is_empty() { " ON UPDATE RESTRICT" } else { "" },
            _ if key.not_valid => key.not_valid = false,
            _ if builder.modern => key.enforced = !key.enforced,
            _ => return None,
        },
        What::Check { table, test, not_valid, enforced, .. } => match builder.random.chance(20) {
            true if builder.modern => *enforced = !*enforced,
            true => *not_valid = !*not_valid,
            false => *test = builder.true_of(*table).filter(|other| other != test)?,
        },
        What::Exclusion { table, filter, deferrable, .. } => match builder.random.chance(50) {
            true => *deferrable = !*deferrable,
            false => *filter = builder.true_of(*table).filter(|other| Some(other) != filter.as_ref()),
        },
        What::Index(index) => {
            index_altered(builder, index)?;
            if builder.model.is_taken_over(index, Some(id)) {
                return None;
            }
        }
        What::Statistics { kinds, .. } => {
            *kinds = if *kinds == "dependencies" { "ndistinct" } else { "dependencies" };
        }
        What::View(view) => view_altered(builder, id, view)?,
        What::Trigger(trigger) => {
            let instead = trigger.timing == "INSTEAD OF";
            match builder.random.below(4) {
                0 if !instead => trigger.timing = if trigger.timing == "AFTER" { "BEFORE" } else { "AFTER" },
                1 if !instead => trigger.state = if trigger.state.is_empty() { "DISABLE" } else { "" },
                2 if trigger.when.is_some() => trigger.when = None,
                _ => trigger.argument = if trigger.argument.is_some() { None } else { Some("other".to_owned()) },
            }
        }
        What::Rule { disabled, action, .. } => match builder.random.chance(40) {
            true => *disabled = !*disabled,
            false => *action = if action.contains("NOTHING") { "ALSO NOTIFY other" } else { "INSTEAD NOTHING" },
        },
        What::Policy(policy) => match builder.random.below(3) {
            0 => policy.restrictive = !policy.restrictive,
            1 => policy.role = (policy.role + 1) % 4,
            _ if policy.using.is_some() => policy.using = Some(builder.true_of(policy.on)?),
            _ => policy.check = Some(builder.true_of(policy.on)?),
        },
        What::Grant { option, privileges, .. } => match (builder.random.chance(50), privileges.len()) {
            (true, _) | (false, ..2) => *option = !*option,
            (false, _) => _ = privileges.pop(),
        },
        What::Publication { publish, .. } => {
            *publish = if *publish == "insert" { "insert, truncate" } else { "insert" };
        }
        What::EventTrigger { disabled, .. } => *disabled = !*disabled,
        What::Wrapper { option } | What::Server { option, .. } | What::ForeignTable { option, .. } => {
            *option = match option {
                Some(value) if builder.random.chance(50) => Some(format!("{value} more")),
                Some(_) => None,
                None => Some("new, \"one\"".to_owned()),
            };
        }
        What::Small(small) => builder.small_altered(small)?,
        What::DefaultPrivilege { privilege, .. } => {
            *privilege = if *privilege == "SELECT" { "DELETE, SELECT" } else { "SELECT" };
        }
    }
    Some(())
}

fn function_altered(builder: &mut Builder, function: &mut Function) -> Option<()> {
    match builder.random.below(6) {
        0 => function.definer = !function.definer,
        1 => function.parallel_safe = !function.parallel_safe,
        2 => function.cost = if function.cost.is_some() { None } else { Some(builder.random.between(2, 50)) },
        3 => function.path = !function.path,
        4 => function.closed = !function.closed,
        _ => match &mut function.form {
            Form::Test { number, .. } | Form::Constant { number, .. } | Form::OfRow { number, .. } => *number += 1,
            Form::Trigger { number } | Form::EventTrigger { number } => *number += 1,
            Form::Rows { limit, .. } => *limit += 1,
            // Both forms fold alike what is stored, so no generated value goes stale.
            Form::Fold { .. } => return None,
            Form::Count { atomic, .. } => *atomic = !*atomic,
        },
    }
    Some(())
}

fn column_altered(builder: &mut Builder, id: Id, column: &mut Column) -> Option<()> {
    let model = &builder.model;
    let used_by_key = |what: &What| match what {
        What::Key(key) => key.columns.contains(&id) || key.include.contains(&id),
        What::ForeignKey(key) => key.columns.contains(&id),
        What::Table(Table { place: Place::Divided { column, .. }, .. }) => *column == id,
        // The server itself refuses to change what these are about.
        What::Publication { filter: Some(filter), .. } => {
            let mut ids = Vec::new();
            of_expr(filter, &mut ids);
            ids.contains(&id)
        }
        _ => false,
    };
    let tied = !model.ids(used_by_key).is_empty();
    let classed = |what: &What| matches!(what, What::Index(index) if index.keys.iter().any(|k| (!k.class.is_empty() || k.made.is_some()) && k.expr == Expr::Column(id)));
    match builder.random.below(6) {
        0 | 1 if !tied && model.ids(classed).is_empty() && !matches!(column.generated, Generated::Identity { .. }) => {
            column.kind = wider(&column.kind)?;
        }
        2 if column.generated == Generated::No => {
            let other = builder.default(&column.kind)?;
            // A sequence that this column owns, and the like, would go in circles.
            let mut ids = Vec::new();
            of_expr(&other, &mut ids);
            if ids.iter().any(|used| builder.model.needs(*used).contains(&column.table)) {
                return None;
            }
            column.default = if column.default.is_some() && builder.random.chance(50) { None } else { Some(other) };
        }
        3 if !tied && column.generated == Generated::No => column.not_null = !column.not_null,
        4 if matches!(column.kind, Type::Base("text")) => column.external = !column.external,
        5 => match &mut column.generated {
            Generated::Identity { always, start } => match builder.random.chance(50) {
                true => *always = !*always,
                false => *start += 1,
            },
            Generated::Stored(Expr::Infix(_, operator, _)) | Generated::Virtual(Expr::Infix(_, operator, _)) => {
                *operator = if *operator == "+" { "-" } else { "+" }
            }
            Generated::Stored(_) => column.generated = Generated::No,
            Generated::Virtual(_) => return None,
            Generated::No => return None,
        },
        _ => return None,
    }
    Some(())
}

fn index_altered(builder: &mut Builder, index: &mut Index) -> Option<()> {
    if !matches!(builder.model.get(index.on).what, What::Table(_)) {
        index.fillfactor = if index.fillfactor.is_some() { None } else { Some(60) };
        return Some(());
    }
    match builder.random.below(4) {
        0 => {
            let other = builder.true_of(index.on);
            index.predicate = if index.predicate.is_some() { None } else { other };
        }
        1 if index.method == "btree" => {
            let key = index.keys.first_mut()?;
            key.order = if key.order.is_empty() { " DESC" } else { "" };
        }
        2 if index.method == "btree" => {
            index.fillfactor = if index.fillfactor.is_some() { None } else { Some(60) };
        }
        3 if index.keys.len() > 1 => _ = index.keys.pop(),
        _ => return None,
    }
    Some(())
}

fn view_altered(builder: &mut Builder, id: Id, view: &mut View) -> Option<()> {
    match builder.random.below(4) {
        0 if !view.materialized => view.invoker = !view.invoker,
        1 if matches!(builder.model.get(view.from).what, What::Table(_)) => {
            view.filter = if view.filter.is_some() { None } else { builder.true_of(view.from) };
        }
        2 => {
            // One more column, at the end or before the others: who uses those by number goes along.
            let outputs = builder.outputs(view.from);
            let expr = builder.random.one(&outputs)?;
            let used = !builder.model.ids(|what| refers(what).contains(&id)).is_empty();
            let name = builder.name();
            let at = if used { view.columns.len() } else { 0 };
            view.columns.insert(at, (name, expr));
        }
        3 => {
            let name = builder.name();
            let n = builder.random.below(view.columns.len());
            view.columns[n].0 = name;
        }
        _ => return None,
    }
    Some(())
}
