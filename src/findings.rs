//! Turns differences and broken tenancy rules into findings: one fact, one
//! finding. Whether a repair exists is asked of the kind itself, so a report
//! cannot promise what `fix` would not do.

use std::collections::BTreeSet;

use crate::kinds;
use crate::kinds::Change;
use crate::kinds::Left;
use crate::kinds::Repair;
use crate::model::catalog::Catalog;
use crate::model::difference::AttributeChange;
use crate::model::difference::Difference;
use crate::model::finding::AttributeDrift;
use crate::model::finding::Finding;
use crate::model::finding::Fix;
use crate::model::finding::ObjectRef;
use crate::model::finding::Severity;
use crate::model::finding::Side;
use crate::model::kind::ObjectKind;
use crate::model::object::Attributes;
use crate::model::object::Compare;
use crate::model::object::Location;
use crate::model::object::ObjectId;
use crate::model::object::Value;
use crate::spec::drift_toml::renames;
use crate::tenancy::RuleFinding;

/// All findings. A rule that supersedes a difference (the missing tenant
/// column) takes its place, and what was folded into it. `at_home` is what the
/// rules say of the declared SQL by itself: the same fact on both sides is one.
pub fn findings(
    context: &kinds::Context,
    differences: &[Difference],
    rules: &[RuleFinding],
    at_home: &[RuleFinding],
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = differences
        .iter()
        .filter_map(|difference| without_superseded(difference, rules))
        .map(|difference| from_difference(context, &difference))
        .collect();
    let by_fact = |rules: &[RuleFinding]| -> BTreeSet<(&'static str, ObjectId)> {
        rules.iter().map(|rule| (rule.code, rule.object.clone())).collect()
    };
    let (there, here) = (by_fact(rules), by_fact(at_home));
    findings.extend(rules.iter().map(|rule| {
        let side = if here.contains(&(rule.code, rule.object.clone())) { Side::Both } else { Side::Database };
        from_rule(context, differences, rule, side)
    }));
    let only_here = at_home.iter().filter(|rule| !there.contains(&(rule.code, rule.object.clone())));
    findings.extend(only_here.map(|rule| from_rule(context, &[], rule, Side::Declared)));
    findings
}

/// Where a fault of the declared SQL is: at the object, or at the table that lacks it.
fn declared_at(context: &kinds::Context, id: &ObjectId, side: Side) -> Option<Location> {
    place(context.expected, id)
        .or_else(|| side.is_declared().then(|| near(context.expected, &ObjectRef::from(id))).flatten())
}

fn place(expected: &Catalog, id: &ObjectId) -> Option<Location> {
    expected.get(id).and_then(|object| object.declared_at.as_deref().cloned())
}

/// Where the table that an object hangs on is declared.
pub fn near(expected: &Catalog, object: &ObjectRef) -> Option<Location> {
    let (schema, relation) = object.group();
    place(expected, &ObjectId::new(ObjectKind::Table, schema, "", relation))
}

/// The difference less what a rule says in its stead; `None`: all of it.
fn without_superseded(difference: &Difference, rules: &[RuleFinding]) -> Option<Difference> {
    let superseded: Vec<Option<&str>> = rules
        .iter()
        .flat_map(|rule| &rule.supersedes)
        .filter(|(id, _)| id == difference.id())
        .map(|(_, attribute)| *attribute)
        .collect();
    if superseded.contains(&None) {
        return None;
    }
    match difference {
        Difference::Changed { expected, actual, changes } => {
            let changes: Vec<AttributeChange> =
                changes.iter().filter(|c| !superseded.contains(&Some(c.attribute.name))).cloned().collect();
            let (expected, actual) = (expected.clone(), actual.clone());
            (!changes.is_empty()).then_some(Difference::Changed { expected, actual, changes })
        }
        Difference::Missing { .. } | Difference::Unexpected { .. } | Difference::Renamed { .. } => {
            Some(difference.clone())
        }
    }
}

fn from_difference(context: &kinds::Context, difference: &Difference) -> Finding {
    let id = difference.id();
    let kind = kinds::of(id.kind);
    let (severity, harm) = match difference {
        Difference::Missing { .. } => (kind.severity.missing, kind.harm.missing),
        Difference::Renamed { .. } => (kind.severity.missing, "the shape is the same under another name"),
        Difference::Unexpected { .. } => (kind.severity.unexpected, kind.harm.unexpected),
        // It is what was declared, in a place that was not.
        Difference::Changed { changes, .. }
            if changes.iter().all(|c| c.attribute.compare == Compare::StatedAnywhere) =>
        {
            (worst(changes), "it fills, and waits for, another disk than was meant for it")
        }
        Difference::Changed { changes, .. } => (worst(changes), kind.harm.changed),
    };
    let fix = fix(context, difference);
    let mut finding = Finding {
        code: format!("{}-{}", id.kind, difference.word()),
        severity,
        side: Side::Database,
        object: ObjectRef::from(id),
        message: message(difference, harm),
        help: help(difference, &fix),
        expected: None,
        actual: None,
        attributes: Vec::new(),
        includes: Vec::new(),
        declared_at: None,
        near: None,
        migration: None,
        fix,
    };
    match difference {
        Difference::Missing { expected, includes } => {
            finding.expected = summary(&expected.attributes);
            finding.includes = references(includes);
            finding.declared_at = expected.declared_at.as_deref().cloned();
        }
        Difference::Unexpected { actual, includes } => {
            finding.actual = summary(&actual.attributes);
            finding.includes = references(includes);
        }
        Difference::Renamed { expected, actual, includes, declared } => {
            let value = declared.as_ref().and_then(|declared| declared.value.clone());
            let (from, to) = value.unwrap_or_else(|| (actual.id.dotted(), expected.id.dotted()));
            finding.expected = Some(to);
            finding.actual = Some(from);
            finding.includes = references(includes);
            finding.declared_at = expected.declared_at.as_deref().cloned();
        }
        Difference::Changed { expected, changes, .. } => {
            finding.attributes = changes.iter().map(AttributeDrift::from).collect();
            finding.declared_at = expected.declared_at.as_deref().cloned();
        }
    }
    finding.near = finding.declared_at.is_none().then(|| near(context.expected, &finding.object)).flatten();
    finding
}

/// A rule's finding, with what the differences it supersedes know.
fn from_rule(context: &kinds::Context, differences: &[Difference], rule: &RuleFinding, side: Side) -> Finding {
    let superseded = || differences.iter().filter(|d| rule.supersedes.iter().any(|(id, _)| id == d.id()));
    let declared = context.expected.get(&rule.object);
    let mut finding = Finding {
        code: rule.code.to_owned(),
        severity: rule.severity,
        side,
        object: ObjectRef::from(&rule.object),
        message: rule.message.clone(),
        help: rule.help.clone(),
        expected: declared
            .filter(|_| superseded().any(|d| *d.id() == rule.object))
            .and_then(|o| summary(&o.attributes)),
        actual: None,
        attributes: Vec::new(),
        includes: Vec::new(),
        declared_at: declared_at(context, &rule.object, side),
        near: None,
        migration: None,
        fix: match side {
            Side::Declared => {
                Fix::None { reason: "the declared SQL has to change; the database has no such fault".into() }
            }
            Side::Both | Side::Database => rule.fix.clone(),
        },
    };
    for difference in superseded() {
        match difference {
            Difference::Missing { expected, includes } => {
                // A missing object beside the rule's own comes with it.
                finding.includes.extend((expected.id != rule.object).then(|| ObjectRef::from(&expected.id)));
                finding.includes.extend(references(includes));
                finding.fix = fix(context, difference);
            }
            Difference::Changed { changes, .. } => {
                let named = |c: &&AttributeChange| {
                    rule.supersedes.iter().any(|(id, a)| id == difference.id() && *a == Some(c.attribute.name))
                };
                finding.attributes.extend(changes.iter().filter(named).map(AttributeDrift::from));
                finding.expected = None;
            }
            Difference::Renamed { .. } => {
                finding.fix = fix(context, difference);
                finding.help = help(difference, &finding.fix);
            }
            Difference::Unexpected { .. } => {}
        }
    }
    finding.near = finding.declared_at.is_none().then(|| near(context.expected, &finding.object)).flatten();
    finding
}

/// What `drift fix --additive` would make of a difference.
pub fn fix(context: &kinds::Context, difference: &Difference) -> Fix {
    match difference {
        Difference::Missing { expected, includes } => {
            let mut repairs = vec![kinds::create(expected, context)];
            for id in includes {
                if let Some(object) = context.expected.get(id) {
                    repairs.push(kinds::create(object, context));
                }
            }
            of_repairs(repairs)
        }
        Difference::Changed { expected, actual, changes } => of_repairs(
            changes
                .iter()
                .map(|change| {
                    let attribute = change.attribute.name;
                    (kinds::of(expected.id.kind).alter)(Change { expected, actual, attribute }, context)
                })
                .collect(),
        ),
        Difference::Unexpected { actual, .. } => Fix::None {
            reason: format!(
                "an additive repair never drops; if nobody needs it: {}",
                (kinds::of(actual.id.kind).drop)(actual)
            ),
        },
        Difference::Renamed { declared: Some(declared), .. } => Fix::None { reason: declared.not_additive() },
        Difference::Renamed { expected, actual, declared: None, .. } => {
            Fix::None { reason: format!("rename {} to {}, or declare the name it has", actual.id, expected.id.name) }
        }
    }
}

fn of_repairs(repairs: Vec<Repair>) -> Fix {
    let done = repairs.iter().any(|r| !r.steps.is_empty());
    let mut reasons: Vec<String> = Vec::new();
    for Left { reason, .. } in repairs.into_iter().flat_map(|r| r.left) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let reason = reasons.join("; ");
    match (reasons.is_empty(), done) {
        (true, _) => Fix::Additive,
        (false, true) => Fix::Partial { reason },
        (false, false) => Fix::None { reason },
    }
}

fn message(difference: &Difference, harm: &str) -> String {
    let id = difference.id();
    match difference {
        Difference::Missing { .. } => format!("{id} is missing: {harm}"),
        Difference::Unexpected { .. } => format!("{id} is not declared: {harm}"),
        Difference::Renamed { declared: Some(declared), .. } => match &declared.value {
            Some((from, to)) => format!("{id} has not got its value {to} yet: it is still called {from}"),
            None => format!("{id} is still called {}", declared.old.dotted()),
        },
        Difference::Renamed { actual, declared: None, .. } => {
            format!("{id} is missing, and {} is probably the same thing under another name", actual.id.dotted())
        }
        Difference::Changed { changes, .. } => {
            let names: Vec<String> = changes.iter().map(|c| c.attribute.name.replace('_', " ")).collect();
            format!("{id} differs in {}: {harm}", names.join(", "))
        }
    }
}

fn help(difference: &Difference, fix: &Fix) -> String {
    match (difference, fix) {
        (Difference::Unexpected { .. }, _) => "declare it in the spec, or drop it".to_owned(),
        (Difference::Renamed { declared: Some(_), .. }, _) => "run `drift fix --full`".to_owned(),
        (Difference::Renamed { expected, actual, declared: None, .. }, _) => {
            match renames::line(&actual.id, &expected.id) {
                Some(line) => format!(
                    "if it is the same, write `{line}` under [renames] in drift.toml, and `drift fix --full` renames it; \
                 if not, declare the name it has"
                ),
                None => "rename it, or declare the name it has".to_owned(),
            }
        }
        (Difference::Missing { .. } | Difference::Changed { .. }, Fix::Additive) => {
            "run `drift fix --additive`".to_owned()
        }
        (Difference::Missing { .. } | Difference::Changed { .. }, Fix::Partial { .. }) => {
            "run `drift fix --additive` for the first part; `--backfill` or `drift fix --full` does the rest".to_owned()
        }
        (Difference::Missing { .. } | Difference::Changed { .. }, Fix::None { reason })
            if reason.contains("--backfill") =>
        {
            "run `drift fix --additive` with the `--backfill` that it names".to_owned()
        }
        (Difference::Missing { .. } | Difference::Changed { .. }, Fix::None { .. }) => {
            "decide which side is right: `drift fix --full` changes the database, or change the declared SQL".to_owned()
        }
    }
}

fn worst(changes: &[AttributeChange]) -> Severity {
    changes.iter().map(|c| c.attribute.severity).min().unwrap_or(Severity::Note)
}

fn references(ids: &[ObjectId]) -> Vec<ObjectRef> {
    ids.iter().map(ObjectRef::from).collect()
}

/// The compared attributes in one line, cut to a readable length.
fn summary(attributes: &Attributes) -> Option<String> {
    let parts: Vec<String> = attributes
        .iter()
        .filter(|(a, _)| matches!(a.compare, Compare::Exact | Compare::Printed) && a.severity == Severity::Error)
        .map(|(a, value)| match value {
            Value::Text(text) if text.is_empty() || **text == *a.name => String::new(),
            Value::Bool(true) => a.name.replace('_', " "),
            Value::Bool(false) => format!("not {}", a.name.replace('_', " ")),
            Value::Int(_) | Value::Text(_) | Value::List(_) => format!("{} {value}", a.name.replace('_', " ")),
        })
        .filter(|part| !part.is_empty())
        .collect();
    let line = parts.join(", ").split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(160).collect();
    match (line.is_empty(), cut.len() < line.len()) {
        (true, _) => None,
        (false, true) => Some(format!("{cut} …")),
        (false, false) => Some(line),
    }
}
