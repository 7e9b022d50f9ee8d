//! `view-bypasses-rls`: a view reads tenant tables with rights that no policy binds.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::reach::Views;
use crate::tenancy::reach::is_invoker;
use crate::tenancy::reach::tenant_relations;
use crate::tenancy::roles::Owners;
use crate::tenancy::roles::listed;

/// The first version with views that are run with the rights of whoever asks.
const INVOKER_VIEWS: u32 = 150_000;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let (views, tenant) = (Views::new(scene), tenant_relations(scene));
    let (mut owners, readers) = (Owners::new(scene), views.readers());
    let mut findings = Vec::new();
    for (view, at, names) in views.of_kind(ObjectKind::View).filter(|(view, _, _)| !is_invoker(view)) {
        let Some(roles) = readers.get(&at) else { continue };
        let named = names.iter().filter(|n| tenant.contains_key(n)).map(|n| scene.catalog.at(*n));
        // The policies of a parent do not count for a partition that is named itself.
        let bare = |table: &Object| table.text("partition_of").is_some() && !table.flag("row_security");
        let open: Vec<&Object> = named.filter(|table| bare(table) || owners.bypasses(view, table)).collect();
        if !open.is_empty() {
            findings.push(finding(scene, view, roles, &open));
        }
    }
    findings
}

fn finding(scene: &Scene, view: &Object, roles: &[&str], tables: &[&Object]) -> RuleFinding {
    let (name, qualified) = (view.id.dotted(), view.id.qualified());
    let tables = listed(&crate::tenancy::roles::names(tables));
    let help = if scene.catalog.server_version >= INVOKER_VIEWS {
        format!("run it with the rights of whoever asks: ALTER VIEW {qualified} SET (security_invoker = true)")
    } else {
        format!(
            "give it an owner that row-level security binds and that owns no table in it, or REVOKE SELECT ON {qualified} \
             from {}: before version 15 views cannot run with the rights of whoever asks",
            listed(roles)
        )
    };
    let said = Said {
        message: format!(
            "view {name} reads {tables} with the rights of {}, which no policy binds: through it {} sees every tenant's rows",
            Owners::named(view),
            listed(roles)
        ),
        help,
    };
    let declared = scene.declared(&view.id).is_some_and(is_invoker);
    let reason = "it changes what every reader of the view sees: a person has to run it";
    let mut finding = RuleFinding::left("view-bypasses-rls", Severity::Error, view.id.clone(), said, reason);
    if declared {
        finding.supersedes.push((view.id.clone(), Some("options")));
    }
    finding
}
