//! How a session becomes a tenant's, as statements.

use anyhow::Result;

use crate::model::failure::failure;
use crate::model::ident::literal;
use crate::scratch::compile::Platform;
use crate::spec::Enter;
use crate::spec::Tenancy;

/// How a session becomes a tenant's: what the spec says, else what the context reads.
///
/// # Errors
/// Neither says it.
pub fn enter(tenancy: &Tenancy, platform: Platform) -> Result<Enter> {
    if let Some(enter) = &tenancy.enter {
        return Ok(enter.clone());
    }
    if platform == Platform::Supabase {
        return Ok(Enter::Supabase);
    }
    let context = tenancy.context.as_deref().unwrap_or_default();
    let setting = context.split_once("current_setting('").and_then(|(_, rest)| rest.split_once('\''));
    match setting {
        Some((setting, _)) => Ok(Enter::Setting(setting.to_owned())),
        None => Err(failure(
            "[tenancy] does not say how a session becomes one tenant's",
            "add enter = \"supabase\", \"guc:<setting>\", or SQL that names $tenant or $user",
        )),
    }
}

/// Statements that make a session a tenant's. Values are SQL literals.
/// `other` is what a user may claim of himself in `user_metadata`, and nobody may believe.
pub fn settings(enter: &Enter, role: &str, tenant: &str, user: &str, other: &str) -> Vec<String> {
    let set = |name: &str, value: &str| format!("SELECT set_config({}, {value}, true)", literal(name));
    match enter {
        Enter::Setting(name) => vec![set(name, &format!("{tenant}::text"))],
        Enter::Supabase => {
            let claims = serde_json::json!({
                "sub": bare(user),
                "role": role,
                "app_metadata": { "tenant_id": bare(tenant) },
                "user_metadata": { "tenant_id": bare(other) },
            });
            claims_settings(&claims.to_string(), &bare(user))
        }
        Enter::Sql(sql) => vec![fill(sql, tenant, user)],
    }
}

/// The claims of a JSON web token, in both ways in which gateways pass them.
pub fn claims_settings(claims: &str, sub: &str) -> Vec<String> {
    vec![
        format!("SELECT set_config('request.jwt.claims', {}, true)", literal(claims)),
        format!("SELECT set_config('request.jwt.claim.sub', {}, true)", literal(sub)),
    ]
}

/// The text of a literal.
fn bare(literal: &str) -> String {
    literal.trim_matches('\'').replace("''", "'")
}

/// `$tenant` and `$user` as literals; inside of a string, as its text.
fn fill(sql: &str, tenant: &str, user: &str) -> String {
    let mut out = String::new();
    let mut rest = sql;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = [("$tenant", tenant), ("$user", user)].into_iter().find(|(name, _)| rest.starts_with(name));
        let Some((name, value)) = found else {
            out.push('$');
            rest = &rest[1..];
            continue;
        };
        let in_string = !out.matches('\'').count().is_multiple_of(2);
        out.push_str(&if in_string { bare(value).replace('\'', "''") } else { value.to_owned() });
        rest = &rest[name.len()..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_that_enters_a_tenant_takes_literals() {
        let sql = "select app.enter($tenant, '$user'), '{\"t\":\"$tenant\"}', '$x'";
        assert_eq!(fill(sql, "'a''b'", "'u'"), "select app.enter('a''b', 'u'), '{\"t\":\"a''b\"}', '$x'");
        assert_eq!(fill("set local app.t = $tenant", "7", "'u'"), "set local app.t = 7");
    }
}
