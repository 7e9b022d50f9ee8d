//! The way back from a plan that was applied: what is recorded of the catalog
//! before it, the catalog as it was put together again, and what holds the
//! drops of the way back to the promise that they lose nothing. Names no kind.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::kinds;
use crate::kinds::Unused;
use crate::model::catalog::Catalog;
use crate::model::catalog::Dependency;
use crate::model::catalog::DuplicateObject;
use crate::model::ident::literal;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Hazard;
use crate::model::step::dollar_quote;
use crate::plan::fingerprint::part;
use crate::plan::full::FullPlan;

/// Of a catalog, what a plan touches, and what that needs.
pub fn touched(catalog: &Catalog, touches: &BTreeSet<String>) -> Catalog {
    let is_touched = |object: &Object| touches.contains(&part(&object.id));
    let needed = catalog.dependencies().iter().filter(|edge| is_touched(catalog.at(edge.from))).map(|edge| edge.to);
    let needed: BTreeSet<&ObjectId> = needed.map(|at| &catalog.at(at).id).collect();
    let mut kept = catalog.clone().retain(|object| is_touched(object) || needed.contains(&object.id));
    (kept.roles, kept.rows, kept.coverage) = Default::default();
    kept
}

/// The catalog before a plan: what it touched as it was [`touched`] then, and
/// all else as it is now.
///
/// # Errors
/// Something is there twice: it has moved from one part to another.
pub fn before(now: &Catalog, then: &Catalog, touches: &BTreeSet<String>) -> Result<Catalog, DuplicateObject> {
    let is_touched = |object: &Object| touches.contains(&part(&object.id));
    let sources = [(now, false), (then, true)];
    let mut objects = Vec::new();
    let mut places: BTreeMap<ObjectId, u32> = BTreeMap::new();
    for (catalog, wanted) in sources {
        for object in catalog.objects().iter().filter(|object| is_touched(object) == wanted) {
            places.insert(object.id.clone(), objects.len() as u32);
            objects.push(object.clone());
        }
    }
    let mut edges = Vec::new();
    for (catalog, wanted) in sources {
        for edge in catalog.dependencies().iter().filter(|edge| is_touched(catalog.at(edge.from)) == wanted) {
            let place = |at: u32| places.get(&catalog.at(at).id).copied();
            if let (Some(from), Some(to)) = (place(edge.from), place(edge.to)) {
                edges.push(Dependency { from, to, owned: edge.owned });
            }
        }
    }
    let mut put_together = Catalog::new(now.server_version, objects, edges)?;
    (put_together.live, put_together.roles) = (now.live, now.roles.clone());
    Ok(put_together)
}

/// What to ask before something is dropped that might hold something; `None` where nobody can tell.
/// `given` is the literal that the plan itself wrote into it: that is nobody's.
pub fn question(actual: &Catalog, id: &ObjectId, given: Option<&str>) -> Option<Unused> {
    (kinds::of(id.kind).unused)(actual.get(id)?, actual, given)
}

/// Has the answers asked again in the transactions of the drops, where nobody can write in between.
pub fn guard(plan: &mut FullPlan, actual: &Catalog, unused: &[(ObjectId, Unused)]) {
    for (id, question) in unused {
        let Some(object) = actual.get(id) else { continue };
        let drop = (kinds::of(id.kind).drop)(object);
        for group in &mut plan.groups {
            for step in group.steps.iter_mut().filter(|step| step.sql == drop) {
                step.sql = format!("{}{}", held(id, question), step.sql);
                step.hazards.retain(|hazard| *hazard != Hazard::DataLoss);
                step.hazards.push(Hazard::FullScan);
                group.title = ADDED.to_owned();
            }
        }
    }
}

/// The title of drops that lose nothing, as far as they do not.
const ADDED: &str = "What the plan had added";

fn held(id: &ObjectId, question: &Unused) -> String {
    let lock = match &question.relation {
        Some(relation) => format!("LOCK TABLE {relation} IN SHARE ROW EXCLUSIVE MODE;\n"),
        None => String::new(),
    };
    let body = format!(
        "BEGIN\n  IF NOT ({}) THEN\n    RAISE EXCEPTION USING MESSAGE = {};\n  END IF;\nEND",
        question.sql,
        literal(&format!("{id} holds something by now, which would be lost"))
    );
    format!("{lock}DO {};\n", dollar_quote(&body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;
    use crate::model::kind::ObjectKind;
    use crate::model::object::Value;
    use crate::plan::fingerprint::Fingerprint;

    fn column(table: &str, of_type: &str) -> Object {
        let attribute = kinds::attribute(ObjectKind::Column, "type").expect("declared");
        let id = ObjectId::new(ObjectKind::Column, "public", table, "x");
        Object::new(id, vec![(attribute, Value::Text(of_type.into()))])
    }

    fn catalog(objects: Vec<Object>, edges: &[(u32, u32)]) -> Catalog {
        let edges = edges.iter().map(|(from, to)| Dependency { from: *from, to: *to, owned: false }).collect();
        Catalog::new(150_000, objects, edges).expect("each occurs once")
    }

    #[test]
    fn what_was_there_is_put_together_again() {
        let was = catalog(vec![column("a", "int"), column("b", "text"), column("c", "text")], &[(0, 1), (2, 1)]);
        let touches = BTreeSet::from(["public.a".to_owned(), "public.d".to_owned()]);
        let recorded = touched(&was, &touches);
        assert_eq!(recorded.objects().len(), 2, "what is touched, and what that needs");
        let now = catalog(
            vec![column("a", "bigint"), column("b", "text"), column("c", "text"), column("d", "int")],
            &[(2, 1), (3, 0)],
        );
        let again = before(&now, &recorded, &touches).unwrap();
        assert_eq!(Fingerprint::of(&again), Fingerprint::of(&was));
        assert_eq!(again.dependencies(), was.dependencies());
    }
}
