//! `share-rows-contradict`: rows that say both that they are shared and that
//! they are not.

use crate::model::finding::Severity;
use crate::probes::Scene;
use crate::probes::key_of;
use crate::probes::question::Big;
use crate::probes::question::Find;
use crate::probes::question::Question;
use crate::spec::TableClass;

pub(super) fn ask(scene: &Scene) -> Vec<Question> {
    let shareable = &scene.tenancy.shareable;
    let Some(check) = &shareable.check else { return Vec::new() };
    let mut questions = Vec::new();
    for (table, class) in scene.tenant_tables() {
        let complete = shareable.columns.iter().all(|column| scene.column(&table.id, &column.name).is_some());
        if class != TableClass::Shareable || !complete {
            continue;
        }
        questions.push(Question {
            code: "share-rows-contradict",
            severity: Severity::Error,
            object: table.id.clone(),
            table: table.id.clone(),
            key: key_of(scene.actual, &table.id),
            // As a check constraint has it: what is unknown passes.
            find: Find::Rows { from: String::new(), condition: format!("NOT ({check})"), big: Big::Sample },
            message: format!(
                "{} has {{rows}} whose sharing columns contradict each other: who may read them depends on which column is asked",
                table.id.dotted()
            ),
            help: "correct the rows to what their owner meant, closed where nobody knows".to_owned(),
            no_repair: "only the owner knows whether the row was meant to be shared".to_owned(),
        });
    }
    questions
}
