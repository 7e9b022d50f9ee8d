//! What rests on columns: keys, checks, indexes, statistics.

use super::super::model::*;
use super::super::small::Small;
use super::Builder;

impl Builder<'_> {
    pub fn key(&mut self) -> Option<()> {
        let table = self.any_table(|t| !matches!(t.place, Place::Part { .. }))?;
        let mut columns = self.columns_of(table, &[Family::Number, Family::Text, Family::Uuid, Family::Date]);
        columns.retain(
            |id| !matches!(self.model.base(&self.model.column(*id).kind), Type::Base(t) if t.starts_with("numeric")),
        );
        let mut chosen = self.random.some(&columns, 3);
        if let Place::Divided { column, .. } = self.model.table(table).place
            && !chosen.contains(&column)
        {
            chosen.push(column);
        }
        if chosen.is_empty() {
            return None;
        }
        let has_primary = !self.model.ids(|w| matches!(w, What::Key(k) if k.primary && k.table == table)).is_empty();
        // In a child, a column of the parent gets its NOT NULL by itself.
        let own = !matches!(self.model.table(table).place, Place::Child { .. });
        let has_children = !self.model.descendants(table).is_empty();
        let divided = matches!(self.model.table(table).place, Place::Divided { .. });
        let primary = own && (divided || !has_children) && !has_primary && self.random.chance(60);
        let is_virtual = |id: &Id| matches!(self.model.column(*id).generated, Generated::Virtual(_));
        let rest = self.model.columns(table).into_iter().filter(|id| !chosen.contains(id) && !is_virtual(id));
        let rest: Vec<Id> = rest.collect();
        let include = if self.random.chance(10) { self.random.some(&rest, 2) } else { Vec::new() };
        let key = Key {
            table,
            primary,
            columns: chosen,
            include,
            nulls_equal: !primary && self.random.chance(10),
            deferrable: self.random.chance(10),
        };
        self.named(What::Key(key))
    }

    pub fn foreign_key(&mut self) -> Option<()> {
        let keys = self.model.ids(|what| matches!(what, What::Key(key) if !key.deferrable && !key.nulls_equal));
        let target = self.random.one(&keys)?;
        let What::Key(key) = &self.model.get(target).what else { return None };
        let wanted: Vec<Type> = key.columns.iter().map(|id| self.model.column(*id).kind.clone()).collect();
        let table = self.any_table(|t| matches!(t.place, Place::Alone | Place::Divided { .. }))?;
        if self.model.table(table).unlogged
            != self
                .model
                .table(match &self.model.get(target).what {
                    What::Key(k) => k.table,
                    _ => return None,
                })
                .unlogged
        {
            return None;
        }
        let divided = matches!(self.model.table(table).place, Place::Divided { .. });
        let mut columns = Vec::new();
        for kind in &wanted {
            let mut candidates = self.model.own_columns(table);
            candidates.retain(|id| {
                let column = self.model.column(*id);
                column.kind == *kind
                    && column.generated == Generated::No
                    && !columns.contains(id)
                    && column.default.is_none()
            });
            let column = match self.random.one(&candidates) {
                Some(column) if self.random.chance(80) => column,
                _ => {
                    let place = self.model.own_columns(table).len() as i64 * 10;
                    let column = Column {
                        table,
                        place,
                        kind: kind.clone(),
                        not_null: false,
                        default: None,
                        generated: Generated::No,
                        collation: None,
                        external: false,
                    };
                    let name = self.name();
                    self.model.add(name, What::Column(column))
                }
            };
            columns.push(column);
        }
        let many = columns.len() > 1;
        let nullable = columns.iter().all(|id| !self.model.column(*id).not_null);
        let r = &mut *self.random;
        let on_delete = match r.below(6) {
            0 => " ON DELETE CASCADE",
            1 if nullable => " ON DELETE SET NULL",
            2 => " ON DELETE RESTRICT",
            _ => "",
        };
        let key = ForeignKey {
            table,
            columns,
            key: target,
            on_delete,
            on_update: if r.chance(20) { " ON UPDATE CASCADE" } else { "" },
            full: many && r.chance(20),
            deferred: r.chance(20),
            not_valid: !divided && r.chance(8),
            enforced: !(self.modern && r.chance(10)),
        };
        self.named(What::ForeignKey(key))
    }

    pub fn check(&mut self) -> Option<()> {
        let table = self.any_table(|t| !matches!(t.place, Place::Part { .. }))?;
        let test = self.true_of(table)?;
        let divided = matches!(self.model.table(table).place, Place::Divided { .. });
        let no_inherit = !divided && self.random.chance(10);
        let not_valid = self.random.chance(8);
        let enforced = !(self.modern && self.random.chance(10));
        self.named(What::Check { table, test, no_inherit, not_valid, enforced })
    }

    pub fn exclusion(&mut self) -> Option<()> {
        let table = self.any_table(|t| t.place == Place::Alone)?;
        let mut ranges = self.model.own_columns(table);
        ranges.retain(|id| self.model.column(*id).kind == Type::Base("int4range"));
        let column = match self.random.one(&ranges) {
            Some(column) => column,
            None => self.column_of(table, Type::Base("int4range")),
        };
        let filter = if self.random.chance(40) { self.true_of(table) } else { None };
        let deferrable = self.random.chance(20);
        self.named(What::Exclusion { table, column, filter, deferrable })
    }

    pub fn index_key(&mut self, column: Id) -> IndexKey {
        let family = self.model.family(&self.model.column(column).kind);
        let expr = match family {
            Family::Number | Family::Text if self.random.chance(30) => self.derived(column, family),
            _ => Expr::Column(column),
        };
        let class = match &expr {
            Expr::Column(_) if family == Family::Text && self.random.chance(20) => " text_pattern_ops",
            _ => "",
        };
        let order = self.random.word(&["", "", " DESC", " NULLS FIRST", " DESC NULLS LAST"]);
        IndexKey { expr, order, class, made: None }
    }

    pub fn index(&mut self) -> Option<()> {
        let matviews = self.model.ids(|what| matches!(what, What::View(view) if view.materialized));
        if self.random.chance(15)
            && let Some(on) = self.random.one(&matviews)
        {
            let key = IndexKey { expr: Expr::Output(on, 0), order: "", class: "", made: None };
            let index = Index {
                on,
                method: "btree",
                keys: vec![key],
                include: Vec::new(),
                unique: false,
                predicate: None,
                fillfactor: None,
            };
            return self.named(What::Index(index));
        }
        let on = self.any_table(|_| true)?;
        let method = self.random.word(&["btree", "btree", "btree", "btree", "hash", "brin"]);
        let columns = self.columns_of(on, &[Family::Number, Family::Text, Family::Uuid, Family::Date]);
        let chosen = self.random.some(&columns, if method == "hash" { 1 } else { 3 });
        if chosen.is_empty() {
            return None;
        }
        let mut keys: Vec<IndexKey> = chosen.iter().map(|column| self.index_key(*column)).collect();
        if method != "btree" {
            keys.iter_mut().for_each(|key| (key.order, key.class) = ("", ""));
        }
        if method == "hash"
            && let [IndexKey { expr: Expr::Column(column), made, .. }] = &mut keys[..]
            && self.model.column(*column).kind == Type::Base("integer")
        {
            *made = self.any(|what| matches!(what, What::Small(Small::Class { .. })));
        }
        let is_virtual = |id: &Id| matches!(self.model.column(*id).generated, Generated::Virtual(_));
        let rest = self.model.columns(on).into_iter().filter(|id| !chosen.contains(id) && !is_virtual(id));
        let rest: Vec<Id> = rest.collect();
        let include = if method == "btree" && self.random.chance(15) { self.random.some(&rest, 2) } else { Vec::new() };
        let plain = keys.iter().all(|key| matches!(key.expr, Expr::Column(_)));
        let whole = matches!(self.model.table(on).place, Place::Alone | Place::Child { .. });
        let unique = method == "btree" && plain && whole && self.random.chance(20);
        let predicate = if self.random.chance(20) { self.true_of(on) } else { None };
        let fillfactor = (method == "btree" && self.random.chance(10)).then(|| self.random.between(50, 95));
        let index = Index { on, method, keys, include, unique, predicate, fillfactor };
        if self.model.is_taken_over(&index, None) {
            return None;
        }
        self.named(What::Index(index))
    }

    pub fn statistics(&mut self) -> Option<()> {
        let table = self.any_table(|_| true)?;
        let columns = self.columns_of(table, &[Family::Number, Family::Text]);
        let columns = self.random.some(&columns, 3);
        if columns.len() < 2 {
            return None;
        }
        let schema = self.schema();
        let kinds = self.random.word(&["dependencies", "ndistinct", "ndistinct, dependencies, mcv"]);
        self.named(What::Statistics { table, schema, columns, kinds })
    }
}
