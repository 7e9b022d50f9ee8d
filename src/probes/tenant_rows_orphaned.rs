//! `tenant-rows-orphaned`: rows of a tenant that does not exist. A foreign key
//! that counts as validated proves nothing: its triggers may have been off.

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
    let Some((registry, key)) = scene.registry() else { return Vec::new() };
    let (column, tenants, id) = (quote(&scene.tenancy.column), registry.id.qualified(), quote(key));
    let absent = |of: &str| format!("NOT EXISTS (SELECT FROM {tenants} AS t WHERE t.{id} = {of})");
    let mut questions = Vec::new();
    for (table, _) in scene.tenant_tables() {
        let relation = table.id.qualified();
        let big = match scene.has_tenant_index(&table.id) {
            // Each tenant is looked up once in the index, however many rows it has.
            true => Big::Condition(format!(
                "r.{column} IN (\n    WITH RECURSIVE seen AS (\n      \
                 (SELECT f.{column} AS tenant FROM {relation} AS f WHERE f.{column} IS NOT NULL ORDER BY f.{column} LIMIT 1)\n      \
                 UNION ALL\n      \
                 SELECT (SELECT n.{column} FROM {relation} AS n WHERE n.{column} > s.tenant ORDER BY n.{column} LIMIT 1)\n      \
                 FROM seen AS s WHERE s.tenant IS NOT NULL)\n    \
                 SELECT s.tenant FROM seen AS s WHERE s.tenant IS NOT NULL AND {})",
                absent("s.tenant")
            )),
            false => Big::Sample,
        };
        let condition = format!("r.{column} IS NOT NULL AND {}", absent(&format!("r.{column}")));
        questions.push(Question {
            code: "tenant-rows-orphaned",
            severity: Severity::Error,
            object: ObjectId::new(ObjectKind::Column, &table.id.schema, &table.id.name, &scene.tenancy.column),
            table: table.id.clone(),
            key: key_of(scene.actual, &table.id),
            find: Find::Rows { from: String::new(), condition, big },
            message: format!(
                "{} has {{rows}} of a tenant that is not in {}: nobody can be that tenant now, and whoever gets its id gets the rows",
                table.id.dotted(),
                registry.id.dotted()
            ),
            help: "insert the tenant (`drift fix --additive --create-tenant` puts it into a patch), or correct the rows"
                .to_owned(),
            no_repair: "only a person knows whether the tenant is missing or the rows are wrong".to_owned(),
        });
    }
    questions
}
