//! A model as SQL, piece by piece, each with the objects that it makes. The
//! text of an object's pieces is what the object is: where it is the same on
//! two sides nothing differs, and where it is not, something does.

mod names;
mod pieces;
mod programs;
mod relations;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use drift::model::ident::literal;
use drift::model::kind::ObjectKind;
use drift::model::object::ObjectId;

use super::model::*;
pub use names::Names;

/// The roles that grants and policies name; the tests make them.
pub const ROLES: &[&str] = &["gen_reader", "gen \"odd\" role", "Gen_Writer"];

/// What an object is, as text.
pub type Facts = BTreeMap<ObjectId, String>;

#[derive(Default)]
pub struct Script {
    /// Up to the tables; rows can be put in afterwards.
    pub structure: Vec<String>,
    /// What refers to tables.
    pub rest: Vec<String>,
    /// What acts on all that is made after it.
    pub last: Vec<String>,
    pub facts: Facts,
}

pub fn render(model: &Model) -> Script {
    written(model, false)
}

/// As the facts of [`render`], where an expression also says of what type its
/// columns are: a server casts some, and prints that.
pub fn typed(model: &Model) -> Facts {
    written(model, true).facts
}

fn written(model: &Model, typed: bool) -> Script {
    let names = Names { model, typed };
    let mut writer = Writer { names, script: Script::default(), done: BTreeSet::new() };
    let tables = model.ids(|what| matches!(what, What::Table(_)));
    for id in tables {
        writer.write(id, true);
    }
    for id in model.items.keys() {
        let structural = matches!(model.get(*id).what, What::Column(_));
        if !structural {
            writer.write(*id, false);
        }
    }
    for id in model.items.keys() {
        writer.describe(*id);
    }
    writer.script
}

struct Writer<'a> {
    names: Names<'a>,
    script: Script,
    done: BTreeSet<Id>,
}

/// A key of [`Facts`]; `None` where no kind of that word is compared.
pub fn object(word: &str, schema: &str, parent: &str, name: &str) -> ObjectId {
    let kind = ObjectKind::from_word(word).unwrap_or_else(|| panic!("there is no kind {word}"));
    ObjectId::new(kind, schema, parent, name)
}

impl Writer<'_> {
    /// Writes an item after all that it needs.
    fn write(&mut self, id: Id, early: bool) {
        if !self.done.insert(id) {
            return;
        }
        let item = self.names.model.get(id);
        let mut needs = refers(&item.what);
        if let What::Table(_) = &item.what {
            for column in self.names.model.own_columns(id) {
                needs.extend(refers(&self.names.model.get(column).what));
            }
        }
        for other in needs {
            let what = &self.names.model.get(other).what;
            // Columns come with their table; an owner is named afterwards.
            let later = matches!((&item.what, what), (What::Sequence { .. }, What::Column(_)));
            if !later && !matches!(what, What::Column(_)) && other != id {
                self.write(other, early);
            }
        }
        let pieces = self.names.pieces(id);
        for (object, text) in pieces.facts {
            self.script.facts.entry(object).or_default().push_str(&text);
        }
        let into = if early { &mut self.script.structure } else { &mut self.script.rest };
        into.extend(pieces.create);
        self.script.rest.extend(pieces.later);
        self.script.last.extend(pieces.last);
    }

    fn describe(&mut self, id: Id) {
        let Some(text) = &self.names.model.get(id).comment else { return };
        let (target, object) = self.names.target(id);
        let event_trigger = matches!(self.names.model.get(id).what, What::EventTrigger { .. });
        let into = if event_trigger { &mut self.script.last } else { &mut self.script.rest };
        into.push(format!("COMMENT ON {target} IS {}", literal(text)));
        self.script.facts.entry(object).or_default().push_str(&format!("\ncomment {text}"));
    }
}
