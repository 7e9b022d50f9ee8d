//! What reads rows or acts on them.

use super::super::model::*;
use super::super::render::ROLES;
use super::Builder;

impl Builder<'_> {
    /// The columns of something to select from, each as an expression.
    pub fn outputs(&self, relation: Id) -> Vec<Expr> {
        match &self.model.get(relation).what {
            What::View(view) => (0..view.columns.len()).map(|n| Expr::Output(relation, n)).collect(),
            _ => self.model.columns(relation).into_iter().map(Expr::Column).collect(),
        }
    }

    pub fn view(&mut self, materialized: bool) -> Option<()> {
        let relations = self.model.ids(|what| match what {
            What::Table(_) => true,
            // What is not filled yet cannot be read.
            What::View(view) => !view.materialized || view.populated,
            _ => false,
        });
        let from = self.random.one(&relations)?;
        let other = self.random.one(&relations).filter(|id| *id != from && self.random.chance(40));
        let join = other.and_then(|other| {
            let on = self.join(from, other)?;
            Some((other, on))
        });
        let mut from_outputs = self.outputs(from);
        if let Some((other, _)) = &join {
            from_outputs.extend(self.outputs(*other));
        }
        let chosen = self.random.some(&from_outputs, 4);
        let mut columns: Vec<(String, Expr)> = chosen.into_iter().map(|expr| (self.name(), expr)).collect();
        let counts = self
            .model
            .ids(|what| matches!(what, What::Function(f) if matches!(f.form, Form::Count { atomic: false, .. })));
        if self.random.chance(15)
            && let Some(count) = self.random.one(&counts)
            // A function that reads the view itself, by its text, could never end.
            && !self.model.needs(count).iter().any(|id| matches!(self.model.get(*id).what, What::View(_)))
        {
            let name = self.name();
            columns.push((name, Expr::Call(count, Vec::new())));
        }
        if columns.is_empty() {
            return None;
        }
        let table = matches!(self.model.get(from).what, What::Table(_));
        let filter = if table && self.random.chance(40) { self.true_of(from) } else { None };
        let schema = self.schema();
        let (invoker, populated) = (!materialized && self.random.chance(20), self.random.chance(85));
        self.named(What::View(View { schema, materialized, from, join, columns, filter, invoker, populated }))
    }

    pub fn join(&mut self, left: Id, right: Id) -> Option<Expr> {
        let both = [left, right].map(|id| match &self.model.get(id).what {
            What::Table(_) => self.columns_of(id, &[Family::Number]),
            _ => Vec::new(),
        });
        let left = self.random.one(&both[0])?;
        let right = self.random.one(&both[1])?;
        Some(Expr::Infix(Box::new(Expr::Column(left)), "=", Box::new(Expr::Column(right))))
    }

    pub fn function(&mut self) -> Option<()> {
        let schema = self.schema();
        let number = self.number();
        let form = match self.random.below(10) {
            0 | 1 => {
                let takes = if self.random.chance(70) { Type::Base("text") } else { self.value_type() };
                Form::Test { takes, number, atomic: self.random.chance(40) }
            }
            2 => Form::Fold { upper: self.random.chance(50) },
            3 => {
                let constant =
                    self.model.ids(|what| matches!(what, What::Function(f) if matches!(f.form, Form::Constant { .. })));
                Form::Constant { number, calls: self.random.one(&constant) }
            }
            4 | 5 => Form::Count { of: self.any_table(|_| true)?, atomic: self.random.chance(40) },
            6 => Form::OfRow { of: self.any_table(|_| true)?, number },
            7 => Form::Rows { of: self.any_table(|_| true)?, limit: number },
            8 => Form::EventTrigger { number },
            _ => Form::Trigger { number },
        };
        let r = &mut *self.random;
        let inlined = matches!(form, Form::Test { .. } | Form::Fold { .. });
        let function = Function {
            schema,
            form,
            definer: r.chance(15),
            strict: !inlined && r.chance(10),
            cost: r.chance(10).then(|| r.between(2, 50)),
            parallel_safe: r.chance(20),
            path: r.chance(20),
            closed: r.chance(15),
        };
        self.named(What::Function(function))
    }

    pub fn trigger(&mut self) -> Option<()> {
        let functions =
            self.model.ids(|what| matches!(what, What::Function(f) if matches!(f.form, Form::Trigger { .. })));
        if functions.is_empty() {
            let (schema, number) = (self.schema(), self.number());
            let function = Function {
                schema,
                form: Form::Trigger { number },
                definer: false,
                strict: false,
                cost: None,
                parallel_safe: false,
                path: false,
                closed: false,
            };
            self.named(What::Function(function))?;
            return self.trigger();
        }
        let function = *self.random.pick(&functions);
        let on = self.any(|what| match what {
            What::Table(table) => !matches!(table.place, Place::Part { .. }),
            What::View(view) => !view.materialized,
            _ => false,
        })?;
        let argument = self.random.chance(25).then(|| "it's; an \"argument\"\\".to_owned());
        if matches!(self.model.get(on).what, What::View(_)) {
            let (timing, events) = ("INSTEAD OF", "INSERT");
            let trigger =
                Trigger { on, function, timing, events, of: Vec::new(), row: true, when: None, argument, state: "" };
            return self.named(What::Trigger(trigger));
        }
        let row = self.random.chance(70);
        let events = self.random.word(&["INSERT", "UPDATE", "INSERT OR UPDATE", "UPDATE"]);
        let own = self.model.columns(on);
        let of = if events == "UPDATE" && self.random.chance(50) { self.random.some(&own, 2) } else { Vec::new() };
        let when = if row && self.random.chance(30) { self.true_of(on) } else { None };
        let timing = self.random.word(&["BEFORE", "AFTER"]);
        let state = self.random.word(&["", "", "", "DISABLE", "ENABLE ALWAYS", "ENABLE REPLICA"]);
        self.named(What::Trigger(Trigger { on, function, timing, events, of, row, when, argument, state }))
    }

    pub fn policy(&mut self) -> Option<()> {
        let on = self.any_table(|_| true)?;
        let using = self.true_of(on);
        let other = self.any_table(|_| true)?;
        let columns = self.model.columns(other);
        let using = match self.random.one(&columns) {
            Some(column) if self.random.chance(25) => Some(Expr::Exists(other, column)),
            _ => using,
        };
        let check = if self.random.chance(40) { self.true_of(on) } else { None };
        let command = self.random.word(&["ALL", "ALL", "UPDATE", "SELECT", "DELETE", "INSERT"]);
        let (using, check) = match command {
            "SELECT" | "DELETE" => (using?, None),
            "INSERT" => (self.true_of(on)?, None),
            _ => (using?, check),
        };
        let (using, check) = if command == "INSERT" { (None, Some(using)) } else { (Some(using), check) };
        let (restrictive, role) = (self.random.chance(30), self.random.below(ROLES.len() + 1));
        self.named(What::Policy(Policy { on, command, restrictive, role, using, check }))
    }

    pub fn rule(&mut self) -> Option<()> {
        let on = self.any_table(|t| matches!(t.place, Place::Alone))?;
        let event = self.random.word(&["DELETE", "UPDATE", "INSERT"]);
        let action = self.random.word(&["ALSO NOTIFY \"Loud\"", "INSTEAD NOTHING", "ALSO NOTIFY quiet"]);
        let disabled = self.random.chance(20);
        self.named(What::Rule { on, event, action, disabled })
    }
}
