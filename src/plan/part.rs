//! The part of a catalog that a plan can be proved on: what it touches, what
//! depends on that, and what all of it needs. Pure, and knows no plan: it is
//! told what is touched and what SQL says.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::kinds;
use crate::model::catalog::Catalog;
use crate::model::ident::split_qualified;
use crate::model::ident::split_routine;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;

/// What a plan is about.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    /// What it creates, changes or drops, there or not.
    pub objects: BTreeSet<ObjectId>,
    /// What that depends on in the catalog that it leads to.
    pub used: BTreeSet<ObjectId>,
    /// The SQL that it runs: whatever has its name in there is used too.
    pub sql: Vec<String>,
}

impl Touched {
    /// From what a plan changes of a catalog to reach another, and its SQL.
    pub fn new(expected: &Catalog, objects: BTreeSet<ObjectId>, sql: Vec<String>) -> Touched {
        let mut used = BTreeSet::new();
        let mut queue: Vec<u32> = objects.iter().filter_map(|id| expected.position(id)).map(|at| at as u32).collect();
        while let Some(at) = queue.pop() {
            for edge in expected.dependencies_of(at) {
                let id = &expected.at(edge.to).id;
                if !objects.contains(id) && used.insert(id.clone()) {
                    queue.push(edge.to);
                }
            }
        }
        Touched { objects, used, sql }
    }
}

/// The objects that a clone needs: relations with all that hangs on them, what
/// belongs to the whole database, and whatever has a name that a plan gives.
pub fn part(catalog: &Catalog, touched: &Touched) -> BTreeSet<ObjectId> {
    let mut part = Part::new(catalog);
    let names: BTreeSet<(&str, &str)> = touched.objects.iter().filter_map(place).collect();
    for (position, object) in catalog.objects().iter().enumerate() {
        let id = &object.id;
        if touched.objects.contains(id)
            || part.relation_of(id).is_some_and(|at| touched.objects.contains(&catalog.at(at).id))
        {
            part.touch(position as u32);
        }
        let taken = place(id).is_some_and(|place| names.contains(&place));
        if taken || touched.used.contains(id) || part.is_of_database(position as u32) {
            part.need(position as u32);
        }
    }
    // Something is added to it, which is not there yet.
    for id in touched.objects.iter().filter(|id| !id.parent.is_empty()) {
        if let Some(at) = part.named.get(&(&*id.schema, &*id.parent)).copied() {
            part.touch_whole(at);
        }
    }
    for sql in &touched.sql {
        part.read(sql);
    }
    part.close();
    part.needed.into_iter().map(|at| catalog.at(at).id.clone()).collect()
}

/// The name that nothing else of its schema can have: a constraint's index has
/// its constraint's.
fn place(id: &ObjectId) -> Option<(&str, &str)> {
    let index =
        matches!(id.kind, ObjectKind::Index | ObjectKind::PrimaryKey | ObjectKind::Unique | ObjectKind::Exclusion);
    (id.parent.is_empty() && !id.kind.is_said_of_another() || index).then_some((&*id.schema, &*id.name))
}

struct Part<'a> {
    catalog: &'a Catalog,
    /// What others hang on, by schema and name.
    named: BTreeMap<(&'a str, &'a str), u32>,
    children: BTreeMap<u32, Vec<u32>>,
    /// What depends on an object.
    dependents: BTreeMap<u32, Vec<u32>>,
    /// Relations and routines by their bare name, for SQL that names them.
    words: BTreeMap<&'a str, Vec<u32>>,
    /// Those of them that are no words.
    odd: Vec<&'a str>,
    touched: BTreeSet<u32>,
    needed: BTreeSet<u32>,
    queue: Vec<u32>,
}

impl<'a> Part<'a> {
    fn new(catalog: &'a Catalog) -> Part<'a> {
        let mut named = BTreeMap::new();
        let mut words: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (position, object) in catalog.objects().iter().enumerate() {
            let (id, position) = (&object.id, position as u32);
            let relation = kinds::of(id.kind).relation;
            if id.parent.is_empty() && !id.kind.is_said_of_another() {
                let place = named.entry((&*id.schema, &*id.name)).or_insert(position);
                *place = if relation { position } else { *place };
            }
            if relation || object.text("signature").is_some() {
                let bare = if relation { &*id.name } else { split_routine(&id.name).0 };
                words.entry(bare).or_default().push(position);
            }
        }
        let (mut children, mut dependents) = (BTreeMap::<u32, Vec<u32>>::new(), BTreeMap::<u32, Vec<u32>>::new());
        for (position, object) in catalog.objects().iter().enumerate() {
            let id = &object.id;
            let parent = named.get(&(&*id.schema, &*id.parent)).filter(|_| !id.parent.is_empty());
            let whole = object.text("partition_of").and_then(split_qualified);
            let whole = whole.and_then(|(schema, name)| named.get(&(&*schema, &*name)).copied());
            for parent in parent.copied().into_iter().chain(whole) {
                children.entry(parent).or_default().push(position as u32);
            }
        }
        for edge in catalog.dependencies() {
            dependents.entry(edge.to).or_default().push(edge.from);
        }
        let odd = words.keys().copied().filter(|name| !name.chars().all(is_word)).collect();
        let (touched, needed, queue) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        Part { catalog, named, children, dependents, words, odd, touched, needed, queue }
    }

    fn relation_of(&self, id: &ObjectId) -> Option<u32> {
        self.named.get(&(&*id.schema, &*id.parent)).copied().filter(|_| !id.parent.is_empty())
    }

    /// What acts on everything, or is nobody's part; not what names relations one by one.
    fn is_of_database(&self, at: u32) -> bool {
        let id = &self.catalog.at(at).id;
        let names_relations = || {
            let targets = self.catalog.dependencies_of(at).iter().map(|edge| &self.catalog.at(edge.to).id);
            targets.into_iter().any(|target| kinds::of(target.kind).relation || !target.parent.is_empty())
        };
        let loose = id.schema.is_empty() && id.parent.is_empty() && !names_relations();
        let late = matches!(id.kind, ObjectKind::DefaultPrivilege | ObjectKind::EventTrigger);
        loose || late || id.kind.is_said_of_another() && (id.schema.is_empty() || id.parent.is_empty())
    }

    /// It changes: whatever depends on it is looked at too.
    fn touch(&mut self, at: u32) {
        let mut queue = vec![at];
        while let Some(at) = queue.pop() {
            if self.touched.insert(at) {
                self.need(at);
                queue.extend(self.dependents.get(&at).into_iter().flatten());
            }
        }
    }

    fn touch_whole(&mut self, at: u32) {
        self.touch(at);
        for child in self.children.get(&at).cloned().unwrap_or_default() {
            self.touch(child);
        }
    }

    fn need(&mut self, at: u32) {
        if self.needed.insert(at) {
            self.queue.push(at);
        }
    }

    /// Whatever is needed comes with what it needs, and with all that hangs on it.
    fn close(&mut self) {
        while let Some(at) = self.queue.pop() {
            let object = self.catalog.at(at);
            let needs = self.catalog.dependencies_of(at).iter().map(|edge| edge.to);
            let hangs = self.children.get(&at).into_iter().flatten().copied();
            let next: Vec<u32> = needs.chain(hangs).chain(self.relation_of(&object.id)).collect();
            next.into_iter().for_each(|at| self.need(at));
            if let Some(schema) = object.id.namespace().and_then(|id| self.catalog.position(&id)) {
                self.need(schema as u32);
            }
            if let Some(body) = body(object) {
                self.read(body);
            }
        }
    }

    /// The server keeps no record of what the text of a routine names.
    fn read(&mut self, sql: &str) {
        let words: BTreeSet<&str> = sql.split(|c| !is_word(c)).collect();
        // Names that are not quoted may be written in capitals.
        let folded = words.iter().flat_map(|word| [(*word).to_owned(), word.to_lowercase()]);
        let odd = self.odd.iter().filter(|name| sql.contains(**name) || sql.contains(&name.replace('"', "\"\"")));
        let names = folded.chain(odd.map(|name| (*name).to_owned()));
        let named: Vec<u32> = names.filter_map(|name| self.words.get(&*name)).flatten().copied().collect();
        named.into_iter().for_each(|at| self.need(at));
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

fn body(object: &Object) -> Option<&str> {
    object.text("signature").and_then(|_| object.text("body").or_else(|| object.text("definition")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::Dependency;
    use crate::model::object::Value;

    fn id(kind: ObjectKind, parent: &str, name: &str) -> ObjectId {
        ObjectId::new(kind, "public", parent, name)
    }

    fn column(table: &str) -> ObjectId {
        id(ObjectKind::Column, table, "x")
    }

    /// Tables a to e with a column each. b refers to a; a view reads c and is read by
    /// a view; a function's text names d; p is a partition of e.
    fn catalog() -> Catalog {
        let mut objects: Vec<Object> = Vec::new();
        for table in ["a", "b", "c", "d", "e", "p"] {
            objects.push(Object::new(id(ObjectKind::Table, "", table), vec![]));
            objects.push(Object::new(column(table), vec![]));
        }
        let text = |kind, name: &str, text: &str| (kinds::attribute(kind, name).unwrap(), Value::Text(text.into()));
        objects[10].attributes =
            Object::new(objects[10].id.clone(), vec![text(ObjectKind::Table, "partition_of", "public.e")]).attributes;
        objects.push(Object::new(id(ObjectKind::ForeignKey, "b", "b_a"), vec![])); // 12
        objects.push(Object::new(id(ObjectKind::View, "", "v"), vec![])); // 13
        objects.push(Object::new(id(ObjectKind::View, "", "over_v"), vec![])); // 14
        let body = |body: &str| {
            vec![text(ObjectKind::Function, "signature", "public.f()"), text(ObjectKind::Function, "body", body)]
        };
        objects.push(Object::new(id(ObjectKind::Function, "", "f()"), body("select x from D where public.g() > 1"))); // 15
        objects.push(Object::new(id(ObjectKind::Function, "", "g()"), body("select 1"))); // 16
        objects.push(Object::new(id(ObjectKind::Trigger, "a", "t"), vec![])); // 17
        objects.push(Object::new(id(ObjectKind::Grant, "a", "app"), vec![])); // 18
        let edges = [(12, 1), (12, 3), (13, 5), (14, 13), (17, 15), (11, 8)];
        let edges = edges.map(|(from, to)| Dependency { from, to, owned: false });
        Catalog::new(150_000, objects, edges.to_vec()).unwrap()
    }

    fn names(touched: &[ObjectId], sql: &str) -> Vec<String> {
        let catalog = catalog();
        let touched = Touched::new(&catalog, touched.iter().cloned().collect(), vec![sql.to_owned()]);
        part(&catalog, &touched).iter().map(|id| id.to_string().replace("public.", "")).collect()
    }

    #[test]
    fn what_depends_on_it_comes_along_and_what_that_needs_too() {
        let views = names(&[id(ObjectKind::Column, "c", "new")], "");
        assert_eq!(views, ["table c", "column c.x", "view over_v", "view v"]);
        // The view alone: what it reads is needed, and not what else reads that.
        assert_eq!(
            names(&[id(ObjectKind::View, "", "over_v")], ""),
            ["table c", "column c.x", "view over_v", "view v"]
        );
    }

    #[test]
    fn a_table_comes_with_what_refers_to_it_and_what_its_triggers_may_name() {
        let all = names(&[column("a")], "");
        let wanted = BTreeSet::from([
            "table a",
            "table b",
            "table d",
            "column a.x",
            "column b.x",
            "column d.x",
            "foreign key b.b_a",
            "function f()",
            "function g()",
            "grant a.app",
            "trigger a.t",
        ]);
        assert_eq!(all.iter().map(String::as_str).collect::<BTreeSet<_>>(), wanted);
    }

    #[test]
    fn partitions_come_with_their_table_and_the_other_way_round() {
        let both = ["table e", "table p", "column e.x", "column p.x"];
        assert_eq!(names(&[id(ObjectKind::Index, "e", "i")], ""), both);
        assert_eq!(names(&[id(ObjectKind::Index, "p", "i")], ""), both);
        assert_eq!(names(&[], "UPDATE public.e SET x = 1"), both);
        assert_eq!(names(&[], "SELECT 1"), [""; 0]);
    }

    #[test]
    fn whatever_has_a_name_that_is_given_is_there_to_be_in_the_way() {
        assert_eq!(
            names(&[id(ObjectKind::Index, "d", "v")], ""),
            ["table c", "table d", "column c.x", "column d.x", "view v"]
        );
    }
}
