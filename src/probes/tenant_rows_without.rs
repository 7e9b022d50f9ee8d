//! `tenant-rows-without`: rows that belong to nobody.

use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::probes::Scene;
use crate::probes::key_of;
use crate::probes::question::Big;
use crate::probes::question::Find;
use crate::probes::question::Question;

pub(super) fn ask(scene: &Scene) -> Vec<Question> {
    let column = &*scene.tenancy.column;
    let mut questions = Vec::new();
    for (table, _) in scene.tenant_tables() {
        let not_null = scene.column(&table.id, column).is_some_and(|c| c.flag("not_null"));
        // From 18 on a NOT NULL may be there that no row was asked about.
        if not_null && scene.actual.server_version < 180000 {
            continue;
        }
        let big = if scene.has_tenant_index(&table.id) { Big::Index } else { Big::Sample };
        questions.push(Question {
            code: "tenant-rows-without",
            severity: Severity::Error,
            object: ObjectId::new(ObjectKind::Column, &table.id.schema, &table.id.name, column),
            table: table.id.clone(),
            key: key_of(scene.actual, &table.id),
            find: Find::Rows { from: String::new(), condition: format!("r.{} IS NULL", quote(column)), big },
            message: format!(
                "{} has {{rows}} without a tenant: nothing says whose they are, and row-level security hides them from everybody",
                table.id.dotted()
            ),
            help: format!("say whose they are: `drift fix --additive --backfill '{}=<tenant id or SQL>'`", table.id.name),
            no_repair: "somebody has to say whose the rows are: --backfill, or [backfill] of drift.toml".to_owned(),
        });
    }
    questions
}
