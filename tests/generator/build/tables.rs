//! Tables of all sorts and their columns.

use super::super::model::*;
use super::super::small::Small;
use super::Builder;

impl Builder<'_> {
    pub fn table(&mut self) -> Option<Id> {
        let schema = self.schema();
        let name = self.name();
        let r = &mut *self.random;
        let table = Table {
            schema,
            place: Place::Alone,
            unlogged: r.chance(5),
            row_security: r.chance(30),
            forced: r.chance(15),
            fillfactor: r.chance(15).then(|| r.between(50, 99)),
            full_identity: r.chance(10),
            gap: r.chance(20),
        };
        let id = self.model.add(name, What::Table(table));
        for n in 0..self.random.between(2, 6) {
            match n {
                // Something that keys can be made of.
                0 => _ = self.column_of(id, Type::Base("integer")),
                1 => _ = self.column_of(id, Type::Base("text")),
                _ => _ = self.column(id),
            }
        }
        Some(id)
    }

    pub fn column(&mut self, table: Id) -> Id {
        let kind = self.value_type();
        self.column_of(table, kind)
    }

    pub fn column_of(&mut self, table: Id, kind: Type) -> Id {
        let family = self.model.family(&kind);
        let others = self.columns_of(table, &[Family::Number, Family::Text]);
        let plain = matches!(kind, Type::Base(_));
        let mut generated = Generated::No;
        let whole = matches!(kind, Type::Base("integer" | "bigint" | "smallint"));
        if whole && self.random.chance(10) {
            generated = Generated::Identity { always: self.random.chance(50), start: self.random.between(1, 9) as i64 };
        } else if plain
            && matches!(family, Family::Number | Family::Text)
            && self.random.chance(8)
            && self.model.descendants(table).is_empty()
        {
            let same: Vec<Id> =
                others.into_iter().filter(|id| self.model.family(&self.model.column(*id).kind) == family).collect();
            if let Some(from) = self.random.one(&same)
                && self.model.column(from).generated == Generated::No
            {
                // What is virtual uses nothing of the user's own.
                let plain = matches!(self.model.column(from).kind, Type::Base(_));
                generated = match family {
                    Family::Number if plain && self.modern => Generated::Virtual(Expr::Infix(
                        Box::new(Expr::Column(from)),
                        "+",
                        Box::new(Expr::Plain("1".to_owned())),
                    )),
                    _ => Generated::Stored(self.derived(from, family)),
                };
            }
        }
        let free = generated == Generated::No;
        let default = if free && self.random.chance(40) { self.default(&kind) } else { None };
        let identity = matches!(generated, Generated::Identity { .. });
        let not_null = identity || default.is_some() && self.random.chance(50);
        let place = self.model.own_columns(table).len() as i64 * 10;
        let collated = plain && family == Family::Text && self.random.chance(20);
        let collation = collated.then(|| self.collation());
        let column = Column {
            table,
            place,
            not_null,
            default,
            generated,
            collation,
            external: plain && family == Family::Text && self.random.chance(8),
            kind,
        };
        let name = self.name();
        self.model.add(name, What::Column(column))
    }

    fn collation(&mut self) -> Collation {
        match self.any(|what| matches!(what, What::Small(Small::Collation { .. }))) {
            Some(made) if self.random.chance(60) => Collation::Made(made),
            Some(_) | None => Collation::Posix,
        }
    }

    pub fn partitioned(&mut self) -> Option<()> {
        let id = self.table()?;
        let column = self.model.own_columns(id)[0];
        let by = *self.random.pick(&[Split::Range, Split::List, Split::Hash]);
        let mut plain = self.model.column(column).clone();
        (plain.generated, plain.kind, plain.not_null) = (Generated::No, Type::Base("integer"), true);
        plain.default = None;
        self.model.items.get_mut(&column)?.what = What::Column(plain);
        // What a partitioned table cannot have, or has no use for.
        let table = Table {
            place: Place::Divided { by, column },
            unlogged: false,
            fillfactor: None,
            full_identity: false,
            ..self.model.table(id).clone()
        };
        for column in self.model.own_columns(id) {
            let mut plain = self.model.column(column).clone();
            if plain.generated != Generated::No {
                (plain.generated, plain.not_null) = (Generated::No, false);
            }
            self.model.items.get_mut(&column)?.what = What::Column(plain);
        }
        self.model.items.get_mut(&id)?.what = What::Table(table);
        let bounds = match by {
            Split::Range => vec![Bound::Range(-10, 2), Bound::Range(2, 100), Bound::Default],
            Split::List => vec![Bound::List(vec![1, 2]), Bound::List(vec![3, 4]), Bound::Default],
            Split::Hash => vec![Bound::Hash(2, 0), Bound::Hash(2, 1)],
        };
        let optional = by != Split::Hash && self.random.chance(50);
        let count = bounds.len() - usize::from(optional);
        bounds.into_iter().take(count).for_each(|bound| self.add_part(id, bound));
        Some(())
    }

    pub fn add_part(&mut self, of: Id, bound: Bound) {
        let (schema, name) = (self.schema(), self.name());
        let r = &mut *self.random;
        let table = Table {
            schema,
            place: Place::Part { of, bound },
            unlogged: false,
            row_security: r.chance(10),
            forced: false,
            fillfactor: None,
            full_identity: false,
            gap: false,
        };
        self.model.add(name, What::Table(table));
    }

    /// One more partition, beside those that there are.
    pub fn part(&mut self) -> Option<()> {
        let of = self.any_table(|t| matches!(t.place, Place::Divided { by: Split::Range | Split::List, .. }))?;
        let Place::Divided { by, .. } = self.model.table(of).place else { return None };
        let from = 1000 + 10 * self.taken.len() as i64;
        let bound = if by == Split::Range { Bound::Range(from, from + 10) } else { Bound::List(vec![from]) };
        self.add_part(of, bound);
        Some(())
    }

    pub fn child(&mut self) -> Option<()> {
        let of = self.any_table(|t| t.place == Place::Alone)?;
        let identity = |id: &Id| matches!(self.model.column(*id).generated, Generated::Identity { .. });
        if self.model.columns(of).iter().any(identity) || self.model.table(of).unlogged {
            return None;
        }
        let (schema, name) = (self.schema(), self.name());
        let table = Table {
            schema,
            place: Place::Child { of },
            unlogged: false,
            row_security: false,
            forced: false,
            fillfactor: None,
            full_identity: false,
            gap: false,
        };
        let id = self.model.add(name, What::Table(table));
        for _ in 0..self.random.between(0, 2) {
            self.column(id);
        }
        Some(())
    }
}
