//! What `[renames]` asks for, held against both catalogs: which lines are still
//! to be followed, and the statements that do it. Says names; moves nothing.

use std::collections::BTreeSet;

use crate::diff::Renames;
use crate::kinds;
use crate::model::catalog::Catalog;
use crate::model::difference::Declared;
use crate::model::failure::Failure;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Location;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Hazard;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::model::step::Step;
use crate::plan::stage::Group;
use crate::plan::stage::Stage;
use crate::plan::stage::Wrap;
use crate::spec::Spec;
use crate::spec::drift_toml::renames::Place;
use crate::spec::drift_toml::renames::Rename;
use crate::spec::drift_toml::renames::bare;
use crate::spec::drift_toml::renames::is_routine;
use crate::spec::section::nearest;

/// One thing that gets another name.
#[derive(Debug, Clone, PartialEq)]
pub struct Renaming {
    /// As it is there.
    pub old: ObjectId,
    /// As it is once all is renamed, what it is in included.
    pub new: ObjectId,
    /// The value of an enum that is meant, where it is not the object itself: from, to.
    pub value: Option<(String, String)>,
    /// The line that says so; `None` for what is named after something that a line is about.
    pub at: Option<Location>,
    place: Place,
}

impl Renaming {
    /// Its new name, alone.
    pub fn to(&self) -> &str {
        match &self.value {
            Some((_, to)) => to,
            None => bare(self.new.kind, &self.new.name),
        }
    }

    /// `table public.orders to invoices`
    pub fn describe(&self) -> String {
        match &self.value {
            Some((from, _)) => format!("value {from} of {} to {}", self.old, self.to()),
            None => format!("{} to {}", self.old, self.to()),
        }
    }
}

/// What became of the lines of `[renames]`.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// What is to be done, in the order in which it can be.
    pub pending: Vec<Renaming>,
    /// Lines that cannot be followed, though nothing is wrong with them by themselves.
    pub conflicts: Vec<Failure>,
    /// Lines about which nothing is to be done, for a reason that somebody should know.
    pub notes: Vec<String>,
}

impl Resolved {
    /// What the differ has to know: by declared name, what is there.
    pub fn declared(&self) -> Renames {
        let one = |renaming: &Renaming| {
            let at = renaming.at.clone()?;
            let declared = Declared { old: renaming.old.clone(), value: renaming.value.clone(), at };
            Some((renaming.new.clone(), declared))
        };
        // A line about a type as a whole says more than one about a value of it.
        let (values, whole): (Vec<_>, Vec<_>) = self.pending.iter().partition(|renaming| renaming.value.is_some());
        values.into_iter().chain(whole).filter_map(one).collect()
    }

    /// The statements, in one transaction: no name is missing in between.
    pub fn group(&self, actual: &Catalog) -> Option<Group<Step>> {
        let steps: Vec<Step> = self.pending.iter().filter_map(|renaming| step(renaming, actual)).collect();
        (!steps.is_empty()).then(|| Group {
            title: "Other names, in one transaction".to_owned(),
            stage: Stage::Adjust,
            wrap: Wrap::Together,
            own_path: false,
            steps,
        })
    }
}

/// Looks up what each line is about. Lines that were followed before say nothing.
///
/// # Errors
/// A line that leads to a name which the declared SQL does not have, or that may mean several things.
pub fn resolve(spec: &Spec, expected: &Catalog, actual: &Catalog) -> Result<Resolved, Failure> {
    let default = spec.schemas.first().map_or("public", String::as_str);
    let mut resolver = Resolver { lines: &spec.renames, default, expected, actual, resolved: Resolved::default() };
    // From the outside in: what something is in has to be known by its new name too.
    let depth = |place: Place| match place {
        Place::Database => 0,
        Place::Schema => 1,
        Place::Relation | Place::Beside | Place::Values => 2,
    };
    for level in 0..=2 {
        for line in spec.renames.iter().filter(|line| depth(line.what.place) == level) {
            resolver.line(line)?;
        }
    }
    resolver.follow();
    let mut resolved = resolver.resolved;
    // And renamed from the inside out, each by the name of what it is in.
    resolved.pending.sort_by_key(|renaming| {
        let routine = is_routine(renaming.old.kind);
        (
            match renaming.place {
                Place::Values => 0,
                Place::Schema if routine => 1,
                Place::Relation | Place::Beside => 2,
                Place::Schema => 3,
                Place::Database => 4,
            },
            renaming.at.is_none(),
        )
    });
    Ok(resolved)
}

struct Resolver<'a> {
    lines: &'a [Rename],
    default: &'a str,
    expected: &'a Catalog,
    actual: &'a Catalog,
    resolved: Resolved,
}

impl<'a> Resolver<'a> {
    fn line(&mut self, line: &Rename) -> Result<(), Failure> {
        let old = self.find(line, &line.from);
        // A routine keeps its arguments; those of other types are other routines.
        let named: &str = old.first().map_or(&line.from, |object| &object.id.name);
        let arguments = named.strip_prefix(bare(line.what.kinds[0], named)).unwrap_or_default().trim();
        let new = self.find(line, &format!("{}{arguments}", line.to));
        if let [one, _, ..] = old[..] {
            let names: Vec<String> = old.iter().map(|object| object.id.dotted()).collect();
            return Err(fail(
                line,
                format!("{} may be any of {}", line.present(), names.join(", ")),
                match is_routine(one.id.kind) {
                    true => "give its arguments too, as one of these",
                    false => "say where it is, as one of these",
                },
            ));
        }
        match line.what.place {
            Place::Values => self.value(line),
            Place::Database | Place::Schema | Place::Relation | Place::Beside => match (old.first(), new.first()) {
                (Some(old), None) => self.pend(line, old),
                (Some(old), Some(_)) => {
                    // Declared again under the old name, it is another thing by now.
                    if self.expected.get(&self.after(&old.id)).is_none() {
                        self.conflict(line, &format!("{} is there beside {}", line.to, old.id));
                    }
                    Ok(())
                }
                (None, Some(_)) => Ok(()),
                (None, None) => {
                    self.nothing(line);
                    Ok(())
                }
            },
        }
    }

    fn value(&mut self, line: &Rename) -> Result<(), Failure> {
        let Some(of) = self.holder(line) else {
            self.nothing(line);
            return Ok(());
        };
        let has = |object: Option<&Object>, label: &str| {
            object.is_some_and(|o| o.list("labels").iter().any(|l| **l == *label))
        };
        let new = self.after(&of.id);
        let declared = self.expected.get(&new);
        match (has(Some(of), &line.from), has(Some(of), &line.to)) {
            (true, false) if has(declared, &line.to) => {
                let value = Some((line.from.clone(), line.to.clone()));
                self.push(line, of.id.clone(), new, value);
            }
            (true, false) => {
                let labels = declared.map(|object| object.list("labels")).unwrap_or_default();
                return Err(self.not_declared(line, labels.iter().map(|label| &**label)));
            }
            (true, true) if !has(declared, &line.from) => {
                self.conflict(line, &format!("{} has the value {} beside it", of.id, line.to));
            }
            (true, true) | (false, true) => {}
            (false, false) => self.nothing(line),
        }
        Ok(())
    }

    /// It is there under the old name and not under the new one.
    fn pend(&mut self, line: &Rename, old: &Object) -> Result<(), Failure> {
        let after = self.after(&old.id);
        let beside: Vec<&ObjectId> = self
            .expected
            .of_kind(old.id.kind)
            .iter()
            .map(|object| &object.id)
            .filter(|id| (&id.schema, &id.parent) == (&after.schema, &after.parent))
            .collect();
        let named = |id: &&&ObjectId| bare(id.kind, &id.name) == line.to;
        let arguments = old.id.name.strip_prefix(bare(old.id.kind, &old.id.name)).unwrap_or_default();
        let exact = ObjectId { name: format!("{}{arguments}", line.to).into(), ..after.clone() };
        let new = match beside.iter().find(|id| ***id == exact).or_else(|| beside.iter().find(named)) {
            Some(id) => (*id).clone(),
            None => return Err(self.not_declared(line, beside.iter().map(|id| bare(id.kind, &id.name)))),
        };
        self.push(line, old.id.clone(), new, None);
        Ok(())
    }

    fn push(&mut self, line: &Rename, old: ObjectId, new: ObjectId, value: Option<(String, String)>) {
        let (at, place) = (Some(line.at.clone()), line.what.place);
        self.resolved.pending.push(Renaming { old, new, value, at, place });
    }

    fn nothing(&mut self, line: &Rename) {
        let note = format!("{}: there is neither {} nor {}: nothing is renamed", line.at, line.present(), line.to);
        self.resolved.notes.push(note);
    }

    fn conflict(&mut self, line: &Rename, what: &str) {
        let help = "find out which of the two holds what is needed, bring it together by hand, and drop the other";
        self.resolved.conflicts.push(fail(
            line,
            format!("{} cannot be renamed to {}: {what}", line.present(), line.to),
            help,
        ));
    }

    fn not_declared<'n>(&self, line: &Rename, declared: impl Iterator<Item = &'n str>) -> Failure {
        let near = nearest(&line.to, declared.filter(|name| *name != line.from));
        let help = match near {
            Some(near) => format!("did you mean {near:?}? Declare it under its new name, or remove the line"),
            None => "declare it under its new name, or remove the line".to_owned(),
        };
        let message = format!("{} is renamed to {}, which the declared SQL does not have", line.present(), line.to);
        fail(line, message, &help)
    }

    /// What is there of the kinds and in the place that a line is about, by name.
    fn find(&self, line: &Rename, name: &str) -> Vec<&'a Object> {
        let (schema, holder) = match (line.what.place, &line.inside[..]) {
            (Place::Database, _) => (String::new(), None),
            (Place::Relation | Place::Values | Place::Beside, [schema, holder]) => (schema.clone(), Some(holder)),
            (Place::Relation | Place::Values, [holder]) => (self.default.to_owned(), Some(holder)),
            (Place::Beside, [one]) if !self.has_schema(one) => (self.default.to_owned(), Some(one)),
            (_, [schema, ..]) => (schema.clone(), None),
            (_, []) => (self.default.to_owned(), None),
        };
        let schema = if schema.is_empty() {
            schema
        } else {
            self.present(&schema, |at| self.has_schema(at), |l| l.place_is(Place::Database))
        };
        let parent = holder.map(|holder| {
            let there = |name: &str| {
                self.actual
                    .objects()
                    .iter()
                    .any(|o| *o.id.schema == *schema && o.id.parent.is_empty() && *o.id.name == *name)
            };
            self.present(holder, there, |l| l.place_is(Place::Schema))
        });
        let squeezed = |text: &str| text.replace(' ', "");
        let is_it = |object: &&Object| {
            let id = &object.id;
            let same = *id.name == *name
                || is_routine(id.kind)
                    && match name.ends_with(')') {
                        true => squeezed(&id.name) == squeezed(name),
                        false => bare(id.kind, &id.name) == name,
                    };
            same && *id.schema == *schema && parent.as_ref().is_none_or(|parent| *id.parent == **parent)
        };
        line.what.kinds.iter().flat_map(|kind| self.actual.of_kind(*kind)).filter(is_it).collect()
    }

    /// The enum type that a value is of.
    fn holder(&self, line: &Rename) -> Option<&'a Object> {
        let (inside, name) = match &line.inside[..] {
            [schema, name] => (vec![schema.clone()], name),
            [name, ..] => (Vec::new(), name),
            [] => return None,
        };
        let at = |name: &str| {
            let of = Rename { inside: inside.clone(), ..line.clone() };
            // By its name in its schema, as if the line were about the type.
            let schema = of.inside.first().map_or(self.default, String::as_str);
            let schema = self.present(schema, |at| self.has_schema(at), |l| l.place_is(Place::Database));
            self.actual.get(&ObjectId::new(ObjectKind::Enum, &schema, "", name))
        };
        let name = self.present(name, |name| at(name).is_some(), |l| l.place_is(Place::Schema));
        at(&name)
    }

    fn has_schema(&self, name: &str) -> bool {
        self.actual.objects().iter().any(|object| *object.id.schema == *name)
            || self.actual.get(&ObjectId::new(ObjectKind::Schema, "", "", name)).is_some()
    }

    /// The name under which something is there that a line may name by its old or by its new name.
    fn present(&self, name: &str, there: impl Fn(&str) -> bool, about: impl Fn(&Rename) -> bool) -> String {
        if there(name) {
            return name.to_owned();
        }
        let mut other = self.lines.iter().filter(|line| about(line)).filter_map(|line| match () {
            () if line.from == name => Some(&line.to),
            () if line.to == name => Some(&line.from),
            () => None,
        });
        other.find(|other| there(other)).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// The identity of something whose own name stays, once what it is in is renamed.
    fn after(&self, id: &ObjectId) -> ObjectId {
        let mut after = id.clone();
        let whole = self.resolved.pending.iter().filter(|renaming| renaming.value.is_none());
        for renaming in whole {
            match renaming.place {
                Place::Database if *renaming.old.name == *id.schema => after.schema = renaming.new.name.clone(),
                Place::Schema
                    if renaming.old.schema == id.schema && !id.parent.is_empty() && renaming.old.name == id.parent =>
                {
                    after.parent = renaming.new.name.clone();
                }
                Place::Schema if renaming.old == *id => after.name = renaming.new.name.clone(),
                Place::Database | Place::Schema | Place::Relation | Place::Beside | Place::Values => {}
            }
        }
        after
    }

    /// What PostgreSQL names after a table and its columns follows them, where
    /// the declared SQL has it under the name that it would have had.
    fn follow(&mut self) {
        let mut followers = Vec::new();
        for object in self.actual.objects() {
            let id = &object.id;
            let said = self.resolved.pending.iter().any(|renaming| renaming.old == *id);
            let (Some(relation), Some(_), false) = (self.named_after(object), kinds::of(id.kind).rename, said) else {
                continue;
            };
            if id.kind == ObjectKind::Column {
                continue;
            }
            let after = self.after(id);
            if self.expected.get(&after).is_some() {
                continue;
            }
            let names = self.derived(&id.name, &relation);
            let ids = names.into_iter().map(|name| ObjectId { name: name.into(), ..after.clone() });
            let there = |new: &ObjectId| self.actual.get(&ObjectId { name: new.name.clone(), ..id.clone() }).is_some();
            if let Some(new) = ids.into_iter().find(|new| self.expected.get(new).is_some() && !there(new)) {
                let place = if id.parent.is_empty() { Place::Schema } else { Place::Relation };
                followers.push(Renaming { old: id.clone(), new, value: None, at: None, place });
            }
        }
        self.resolved.pending.extend(followers);
    }

    /// The relation, as it is there, that something hangs on or is owned by.
    fn named_after(&self, object: &Object) -> Option<ObjectId> {
        let id = &object.id;
        let holder = |schema: &str, name: &str| {
            let kinds = ObjectKind::ALL.iter().filter(|kind| kinds::of(**kind).relation);
            kinds.map(|kind| ObjectId::new(*kind, schema, "", name)).find(|id| self.actual.get(id).is_some())
        };
        if !id.parent.is_empty() {
            return holder(&id.schema, &id.parent);
        }
        let at = self.actual.position(id)? as u32;
        let edges = self.actual.dependencies_of(at).iter().filter(|edge| edge.owned);
        let owner = edges.map(|edge| &self.actual.at(edge.to).id).find(|owner| !owner.parent.is_empty())?;
        holder(&owner.schema, &owner.parent)
    }

    /// What a name may have become by what was renamed of a relation; without the name itself.
    fn derived(&self, name: &str, relation: &ObjectId) -> BTreeSet<String> {
        let mut names = BTreeSet::from([name.to_owned()]);
        for renaming in self.resolved.pending.iter().filter(|renaming| renaming.value.is_none()) {
            let column = renaming.old.kind == ObjectKind::Column
                && (&renaming.old.schema, &renaming.old.parent) == (&relation.schema, &relation.name);
            if renaming.old == *relation || column {
                let more = names.iter().map(|name| replaced(name, &renaming.old.name, &renaming.new.name));
                names.extend(more.collect::<Vec<_>>());
            }
        }
        names.remove(name);
        names
    }
}

impl Rename {
    fn place_is(&self, place: Place) -> bool {
        self.what.place == place
    }
}

fn fail(line: &Rename, message: String, help: &str) -> Failure {
    Failure { message: format!("{}: {message}", line.at), help: help.to_owned() }
}

/// A name with every whole word in it replaced: words are apart by `_`.
fn replaced(name: &str, old: &str, new: &str) -> String {
    let mut text = String::new();
    let mut rest = name;
    while let Some(at) = rest.find(old) {
        let (before, after) = (&rest[..at], &rest[at + old.len()..]);
        let starts =
            before.is_empty() && text.is_empty() || before.ends_with('_') || before.is_empty() && text.ends_with('_');
        let whole = starts && (after.is_empty() || after.starts_with('_'));
        text.push_str(before);
        text.push_str(if whole { new } else { old });
        rest = after;
    }
    text + rest
}

fn step(renaming: &Renaming, actual: &Catalog) -> Option<Step> {
    let object = actual.get(&renaming.old)?;
    let id = &object.id;
    let sql = match &renaming.value {
        Some((from, to)) => format!("ALTER TYPE {} RENAME VALUE {} TO {};", id.qualified(), literal(from), literal(to)),
        None => (kinds::of(id.kind).rename?)(object, &renaming.new.name),
    };
    let mut step = Step::new(sql, Phase::Define);
    let relation = |kind: &ObjectKind| kinds::of(*kind).relation;
    step = match renaming.place {
        Place::Relation | Place::Beside if id.kind == ObjectKind::Index => {
            step.lock(Lock::ShareUpdateExclusive, &format!("{}.{}", quote(&id.schema), quote(&id.name)))
        }
        Place::Relation => step.lock(Lock::AccessExclusive, &id.relation()),
        Place::Schema if relation(&id.kind) || id.kind == ObjectKind::Sequence => {
            step.lock(Lock::AccessExclusive, &id.qualified())
        }
        Place::Database | Place::Schema | Place::Beside | Place::Values => step,
    };
    // What nobody's SQL names breaks nobody's SQL.
    let silent = matches!(
        id.kind,
        ObjectKind::Index
            | ObjectKind::ForeignKey
            | ObjectKind::Check
            | ObjectKind::Policy
            | ObjectKind::Trigger
            | ObjectKind::Rule
            | ObjectKind::Statistics
    );
    step = if silent { step } else { step.hazard(Hazard::OldName) };
    if renaming.at.is_some() {
        step.answers.push(format!("{}-renamed {}", renaming.new.kind.word(), renaming.new.dotted()));
    }
    Some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_of_a_name_follow() {
        assert_eq!(replaced("orders_pkey", "orders", "invoices"), "invoices_pkey");
        assert_eq!(replaced("fk_orders_orders_id", "orders", "x"), "fk_x_x_id");
        assert_eq!(replaced("reorders_idx", "orders", "x"), "reorders_idx");
        assert_eq!(replaced("orders2_idx", "orders", "x"), "orders2_idx");
    }

    #[test]
    fn every_kind_of_a_line_can_be_renamed() {
        for what in crate::spec::drift_toml::renames::WHAT {
            for kind in what.kinds {
                assert!(kinds::of(*kind).rename.is_some(), "{} of {}", kind, what.word);
            }
        }
    }
}
