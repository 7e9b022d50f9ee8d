//! `tenant-in-jsonb`: a tenant that is read out of a document.

use std::sync::Arc;

use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::keys::base_type;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (table, _) in scene.tenant_tables() {
        let columns = scene.children(ObjectKind::Column, table).iter();
        for column in columns.filter(|column| matches!(&*base_type(column), "json" | "jsonb")) {
            findings.extend(reader(scene, table, column).map(|reader| finding(scene, column, reader)));
        }
    }
    findings
}

/// The policy or index that takes the tenant out of the document.
fn reader<'a>(scene: &Scene<'a>, table: &Object, column: &Object) -> Option<&'a Object> {
    let names = |text: &str| reads_tenant(text, &column.id.name, &scene.tenancy.column);
    let policies = scene.children(ObjectKind::Policy, table).iter();
    let of_policy = |policy: &&Object| ["using", "check"].iter().any(|side| policy.text(side).is_some_and(names));
    let of_index = |index: &&Object| index.list("keys").iter().any(|key: &Arc<str>| names(key));
    policies.into_iter().find(of_policy).or_else(|| scene.children(ObjectKind::Index, table).iter().find(of_index))
}

/// True where an expression, as the server prints it, takes the tenant's key out
/// of the column: `(metadata ->> 'tenant_id'::text)`. The session's claims are a
/// document too, and no column.
fn reads_tenant(expression: &str, column: &str, tenant: &str) -> bool {
    let column = quote(column);
    let mut rest = expression;
    while let Some(at) = rest.find(&column) {
        let (before, after) = (&rest[..at], &rest[at + column.len()..]);
        let apart = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if apart && key_of(after).is_some_and(|key| means_tenant(key, tenant)) {
            return true;
        }
        rest = after;
    }
    false
}

/// The key in ` ->> 'key'::text`, ` -> 'key'`, ` #>> '{key}'::text[]` or `['key']`.
fn key_of(after: &str) -> Option<&str> {
    let operators = [" ->> '", " -> '", " #>> '{", " #> '{", "['"];
    let rest = operators.iter().find_map(|operator| after.strip_prefix(operator))?;
    rest.split(['\'', '}']).next()
}

/// `tenantId`, `tenant_id` and `tenant` are one name.
fn means_tenant(key: &str, tenant: &str) -> bool {
    let plain = |text: &str| text.replace(['_', '-'], "").to_lowercase();
    let (key, tenant) = (plain(key.rsplit(',').next().unwrap_or(key)), plain(tenant));
    key == tenant || Some(key.as_str()) == tenant.strip_suffix("id").filter(|stem| !stem.is_empty())
}

fn finding(scene: &Scene, column: &Object, reader: &Object) -> RuleFinding {
    let (name, tenant) = (column.id.dotted(), &scene.tenancy.column);
    let message = format!(
        "the {} {} takes the tenant out of {name}: no key refers to it, and whoever writes the document chooses the tenant",
        reader.id.kind.prose(),
        reader.id.name
    );
    let reason = "the rows have to be given a tenant column first, and then another policy";
    RuleFinding::new("tenant-in-jsonb", Severity::Warning, &column.id, message, reason).help(format!(
        "declare {tenant} as a column, fill it from {}, and let policies and indexes ask that",
        column.id.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_the_column_counts_and_a_claim_does_not() {
        let reads = |expression| reads_tenant(expression, "metadata", "tenant_id");
        assert!(reads("(((metadata ->> 'tenant_id'::text))::uuid = x)"));
        assert!(reads("((metadata -> 'tenantId'::text) = '1'::jsonb)"));
        assert!(reads("((metadata #>> '{owner,tenant}'::text[]) = 'x'::text)"));
        assert!(!reads("((metadata ->> 'tenant_name'::text) = 'x'::text)"));
        assert!(!reads("((user_metadata ->> 'tenant_id'::text) = 'x'::text)"));
        assert!(!reads("(((current_setting('request.jwt.claims'::text))::jsonb ->> 'tenant_id'::text) = 'x'::text)"));
    }
}
