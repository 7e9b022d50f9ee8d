//! `share-default-open`: rows that are shared because nobody said otherwise.

use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::sharing;
use crate::tenancy::sharing::Declaration;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let columns = sharing::columns(scene).into_iter();
    columns.filter_map(|(column, declaration)| finding(column, &declaration)).collect()
}

/// Without a default nothing is shared: a value has to be given.
fn finding(column: &Object, declaration: &Declaration) -> Option<RuleFinding> {
    let default = sharing::plain_default(column.text("default")?);
    // A flag is closed while it is not set, whatever drift.toml says.
    let closed = match declaration.kind.as_str() {
        "boolean" => "false",
        _ => declaration.default.as_deref()?,
    };
    if default == closed {
        return None;
    }
    let message = format!(
        "{} is {default} where nobody says otherwise, and closed is {closed}: a new row is shown to other tenants from the start",
        column.id.dotted()
    );
    let reason = "a default is only added, never replaced: rows to come would get another value than they get now";
    let finding = RuleFinding::new("share-default-open", Severity::Error, &column.id, message, reason);
    let name = quote(&column.id.name);
    let help = format!("ALTER TABLE {} ALTER COLUMN {name} SET DEFAULT {closed}", column.id.relation());
    Some(finding.help(help).covers("default"))
}
