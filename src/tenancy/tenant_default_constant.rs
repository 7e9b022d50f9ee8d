//! `tenant-default-constant`: who forgets the tenant writes into a real one.

use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let columns = scene.tenant_tables().filter_map(|(table, _)| scene.tenant_column(table));
    columns
        .filter_map(|column| Some(finding(scene, column, column.text("default").filter(|d| is_constant(d))?)))
        .collect()
}

/// True for a literal, cast or not; NULL is none, for it is nobody's.
fn is_constant(default: &str) -> bool {
    let text = default.trim_matches(['(', ')']);
    text.starts_with(|c: char| c == '\'' || c == '-' || c.is_ascii_digit()) && !text.contains('(')
}

fn finding(scene: &Scene, column: &Object, default: &str) -> RuleFinding {
    let message = format!(
        "{} is {default} where nobody says otherwise: a row whose tenant was forgotten lands with that tenant, unnoticed",
        column.id.dotted()
    );
    let should = scene.tenancy.context.as_deref().unwrap_or("the session's tenant");
    let reason = "a default is only added, never replaced: rows to come would get another value than they get now";
    let drop = format!("ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT", column.id.relation(), quote(&column.id.name));
    RuleFinding::new("tenant-default-constant", Severity::Error, &column.id, message, reason)
        .help(format!("let the default be {should}, or none: {drop}"))
        .covers("default")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_literal() {
        for constant in ["'0000'::uuid", "1", "'-1'::integer", "(-1)", "'tenant'::text"] {
            assert!(is_constant(constant), "{constant}");
        }
        for other in ["get_current_tenant_id()", "NULL::uuid", "(current_setting('app.t'::text))::uuid", "CURRENT_USER"]
        {
            assert!(!is_constant(other), "{other}");
        }
    }
}
