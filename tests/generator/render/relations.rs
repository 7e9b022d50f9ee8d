//! Tables, views and what belongs to them as SQL.

use drift::model::ident::quote;

use super::super::model::*;
use super::Names;
use super::object;
use super::pieces::Pieces;
use super::pieces::validity;

impl Names<'_> {
    pub fn column(&self, id: Id) -> String {
        let column = self.model.column(id);
        let mut sql = format!("{} {}", self.quoted(id), self.kind(&column.kind));
        sql += &match column.collation {
            None => String::new(),
            Some(Collation::Posix) => " COLLATE \"POSIX\"".to_owned(),
            Some(Collation::Made(collation)) => format!(" COLLATE {}", self.path(collation)),
        };
        sql += &column.default.as_ref().map(|e| format!(" DEFAULT {}", self.bare(e))).unwrap_or_default();
        match &column.generated {
            Generated::No => {}
            Generated::Identity { always, start } => {
                let when = if *always { "ALWAYS" } else { "BY DEFAULT" };
                sql += &format!(" GENERATED {when} AS IDENTITY (START WITH {start})");
            }
            Generated::Virtual(expr) => sql += &format!(" GENERATED ALWAYS AS ({}) VIRTUAL", self.bare(expr)),
            Generated::Stored(expr) => sql += &format!(" GENERATED ALWAYS AS ({}) STORED", self.bare(expr)),
        }
        sql + if self.must_be_given(id) { " NOT NULL" } else { "" }
    }

    pub fn table(&self, id: Id, table: &Table, pieces: &mut Pieces) {
        let mut clauses: Vec<String> = self.model.own_columns(id).iter().map(|column| self.column(*column)).collect();
        if table.gap && !matches!(table.place, Place::Part { .. }) {
            clauses.insert(0, "\"was here\" integer".to_owned());
        }
        let options = table.fillfactor.map(|n| format!(" WITH (fillfactor = {n})")).unwrap_or_default();
        let unlogged = if table.unlogged { "UNLOGGED " } else { "" };
        let path = self.path(id);
        let list = clauses.join(",\n  ");
        let tail = match &table.place {
            Place::Alone => format!(" ({list}){options}"),
            Place::Divided { by, column } => {
                let by = match by {
                    Split::Range => "RANGE",
                    Split::List => "LIST",
                    Split::Hash => "HASH",
                };
                format!(" ({list}) PARTITION BY {by} ({})", self.quoted(*column))
            }
            Place::Part { of, bound } => {
                let bound = match bound {
                    Bound::Range(from, to) => format!("FOR VALUES FROM ({from}) TO ({to})"),
                    Bound::List(values) => {
                        let values: Vec<String> = values.iter().map(i64::to_string).collect();
                        format!("FOR VALUES IN ({})", values.join(", "))
                    }
                    Bound::Hash(modulus, rest) => format!("FOR VALUES WITH (MODULUS {modulus}, REMAINDER {rest})"),
                    Bound::Default => "DEFAULT".to_owned(),
                };
                format!(" PARTITION OF {} {bound}{options}", self.path(*of))
            }
            Place::Child { of } => format!(" ({list}) INHERITS ({}){options}", self.path(*of)),
        };
        pieces.create.push(format!("CREATE {unlogged}TABLE {path}{tail}"));
        if table.gap && !matches!(table.place, Place::Part { .. }) {
            pieces.create.push(format!("ALTER TABLE {path} DROP COLUMN \"was here\""));
        }
        for column in self.model.own_columns(id) {
            if self.model.column(column).external {
                let name = self.quoted(column);
                pieces.create.push(format!("ALTER TABLE {path} ALTER COLUMN {name} SET STORAGE EXTERNAL"));
            }
        }
        for (flag, what) in [
            (table.row_security, "ENABLE ROW LEVEL SECURITY"),
            (table.forced, "FORCE ROW LEVEL SECURITY"),
            (table.full_identity, "REPLICA IDENTITY FULL"),
        ] {
            if flag {
                pieces.later.push(format!("ALTER TABLE {path} {what}"));
            }
        }
        let text = format!("{unlogged}{}{}", tail.replace(&format!("({list})"), ""), pieces.later.concat());
        pieces.facts.push((self.target(id).1, text));
        let own = self.model.own_columns(id);
        for column in self.model.columns(id) {
            let object = object("column", self.schema(id), self.name(id), self.name(column));
            let external = if self.model.column(column).external { " external" } else { "" };
            let inherited = if own.contains(&column) { "" } else { " inherited" };
            pieces.facts.push((object, format!("{}{external}{inherited}", self.column(column))));
        }
    }

    pub fn key(&self, id: Id, key: &Key) -> String {
        let include =
            if key.include.is_empty() { String::new() } else { format!(" INCLUDE ({})", self.list(&key.include)) };
        let word = match (key.primary, key.nulls_equal) {
            (true, _) => "PRIMARY KEY",
            (false, true) => "UNIQUE NULLS NOT DISTINCT",
            (false, false) => "UNIQUE",
        };
        format!(
            "ALTER TABLE {} ADD CONSTRAINT {} {word} ({}){include}{}",
            self.path(key.table),
            self.quoted(id),
            self.list(&key.columns),
            if key.deferrable { " DEFERRABLE" } else { "" }
        )
    }

    pub fn foreign_key(&self, id: Id, key: &ForeignKey) -> String {
        let What::Key(target) = &self.model.get(key.key).what else { panic!("{} is no key", key.key) };
        format!(
            "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}){}{}{}{}{}",
            self.path(key.table),
            self.quoted(id),
            self.list(&key.columns),
            self.path(target.table),
            self.list(&target.columns),
            if key.full { " MATCH FULL" } else { "" },
            key.on_update,
            key.on_delete,
            if key.deferred { " DEFERRABLE INITIALLY DEFERRED" } else { "" },
            validity(key.not_valid, key.enforced),
        )
    }

    pub fn index(&self, id: Id, index: &Index) -> String {
        let keys: Vec<String> = index
            .keys
            .iter()
            .map(|key| {
                let expr = self.bare(&key.expr);
                let expr = match &key.expr {
                    Expr::Column(_) | Expr::Output(..) => expr,
                    _ => format!("({expr})"),
                };
                let class = key.made.map_or_else(|| key.class.to_owned(), |made| format!(" {}", self.path(made)));
                format!("{expr}{class}{}", key.order)
            })
            .collect();
        let include =
            if index.include.is_empty() { String::new() } else { format!(" INCLUDE ({})", self.list(&index.include)) };
        format!(
            "CREATE {}INDEX {} ON {} USING {} ({}){include}{}{}",
            if index.unique { "UNIQUE " } else { "" },
            self.quoted(id),
            self.path(index.on),
            index.method,
            keys.join(", "),
            index.fillfactor.map(|n| format!(" WITH (fillfactor = {n})")).unwrap_or_default(),
            index.predicate.as_ref().map(|e| format!(" WHERE {}", self.bare(e))).unwrap_or_default(),
        )
    }

    pub fn view(&self, id: Id, view: &View, pieces: &mut Pieces) {
        let from = |relation: Id| {
            let inherits = |of: Id| {
                matches!(self.model.get(of).what, What::Table(_)) && self.model.descendants(relation).contains(&of)
            };
            relation == view.from || inherits(view.from)
        };
        let alias = |relation: Id| if from(relation) { "a.".to_owned() } else { "\"B b\".".to_owned() };
        let columns: Vec<String> =
            view.columns.iter().map(|(name, e)| format!("{} AS {}", self.expr(e, &alias), quote(name))).collect();
        let join = view.join.as_ref().map(|(relation, on)| {
            format!(" LEFT JOIN {} AS \"B b\" ON {}", self.path(*relation), self.expr(on, &alias))
        });
        let filter = view.filter.as_ref().map(|e| format!(" WHERE {}", self.expr(e, &alias)));
        let (kind, options) = match view.materialized {
            true => ("MATERIALIZED VIEW", ""),
            false if view.invoker => ("VIEW", " WITH (security_invoker = true)"),
            false => ("VIEW", ""),
        };
        pieces.create.push(format!(
            "CREATE {kind} {}{options} AS SELECT {} FROM {} AS a{}{}",
            self.path(id),
            columns.join(", "),
            self.path(view.from),
            join.unwrap_or_default(),
            filter.unwrap_or_default(),
        ));
        // Whether it holds anything yet is no part of a schema.
        pieces.facts.push((self.target(id).1, pieces.create.concat()));
        if view.materialized && !view.populated {
            pieces.create[0] += " WITH NO DATA";
        }
    }
}
