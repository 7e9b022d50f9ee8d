//! Values for rows to come, and what is true of the rows there are.

use super::super::model::*;
use super::Builder;

impl Builder<'_> {
    /// A value computed from a column, of its family.
    pub fn derived(&mut self, from: Id, family: Family) -> Expr {
        let column = Expr::Column(from);
        if family == Family::Number {
            let number = Expr::Plain(self.random.between(2, 9).to_string());
            return Expr::Infix(Box::new(column), self.random.word(&["+", "-"]), Box::new(number));
        }
        // By its cast to text, a varchar's value is as good as a text's.
        let fold = self.model.ids(|what| matches!(what, What::Function(f) if matches!(f.form, Form::Fold { .. })));
        match self.random.one(&fold) {
            Some(function) => Expr::Call(function, vec![column]),
            None => Expr::Built(self.random.word(&["upper", "lower", "btrim"]), vec![column]),
        }
    }

    /// A default that every row may have, where there is one for the type.
    pub fn default(&mut self, kind: &Type) -> Option<Expr> {
        if let Type::Made(id) = kind
            && let What::Enum { labels, .. } = &self.model.get(*id).what
        {
            let n = self.random.below(labels.len());
            return Some(Expr::Label(*id, n));
        }
        let plain = |text: &str| Some(Expr::Plain(text.to_owned()));
        let number = self.random.between(1, 90);
        match self.model.family(kind) {
            Family::Number => {
                let sequence = self.model.ids(|what| matches!(what, What::Sequence { .. }));
                let constant =
                    self.model.ids(|what| matches!(what, What::Function(f) if matches!(f.form, Form::Constant { .. })));
                match self.random.below(4) {
                    0 => self.random.one(&sequence).map(Expr::Next),
                    1 => self.random.one(&constant).map(|id| Expr::Call(id, Vec::new())),
                    _ => plain(&number.to_string()),
                }
            }
            Family::Text => plain(&format!("'d{number} it''s \"so\"'")),
            Family::Flag => plain(self.random.word(&["true", "false"])),
            Family::Uuid => plain("gen_random_uuid()"),
            Family::Date => plain(self.random.word(&["CURRENT_DATE", "'2020-01-31'::date"])),
            Family::Other => match self.model.base(kind) {
                Type::Base("timestamp with time zone") => plain("now()"),
                Type::Base("jsonb") => plain("'{\"a\": [1, \"b;\"]}'::jsonb"),
                Type::Base("interval") => plain("'1 day 02:00:00'::interval"),
                _ => None,
            },
        }
    }

    /// Something that is true of every row there is, or of NULL.
    pub fn truth(&mut self, subject: Expr, family: Family) -> Expr {
        let number = self.random.between(100, 900) as i64;
        let plain = |text: String| Expr::Plain(text);
        let subject_of = Box::new(subject.clone());
        match family {
            Family::Number => match self.random.below(3) {
                0 => Expr::Infix(subject_of, ">", Box::new(plain(format!("(-{number})")))),
                1 => Expr::Between(subject_of, -number, number * 1000),
                _ => Expr::Infix(subject_of, "<>", Box::new(plain(format!("{}", number * 7777)))),
            },
            Family::Text => match self.random.below(4) {
                0 => {
                    let length = Box::new(Expr::Built("length", vec![subject]));
                    Expr::Infix(length, "<", Box::new(plain(number.to_string())))
                }
                1 => {
                    let list = ["'v1'", "'v2'", "'v3'", "NULL"].map(|v| plain(v.to_owned()));
                    let listed = Expr::In(Box::new(subject.clone()), list.to_vec());
                    let long = Expr::Infix(subject_of, "<>", Box::new(plain(format!("'never {number}'"))));
                    Expr::Infix(Box::new(listed), "OR", Box::new(long))
                }
                2 => {
                    let tests = self.model.ids(|what| {
                        matches!(what, What::Function(f)
                            if matches!(&f.form, Form::Test { takes: Type::Base("text"), .. }))
                    });
                    match self.random.one(&tests) {
                        Some(test) => Expr::Call(test, vec![subject]),
                        None => {
                            Expr::Infix(subject_of, "IS DISTINCT FROM", Box::new(plain(format!("'never {number}'"))))
                        }
                    }
                }
                _ => Expr::Infix(subject_of, "!~", Box::new(plain(format!("'^no{number};$'")))),
            },
            Family::Date => Expr::Infix(subject_of, ">", Box::new(plain(format!("'1{number}-01-01'::date")))),
            Family::Flag | Family::Uuid | Family::Other => {
                let nothing = Expr::Infix(subject_of.clone(), "IS", Box::new(plain("NULL".to_owned())));
                let something = Expr::Infix(subject_of, "IS NOT", Box::new(plain(format!("NULL OR {number} > 1"))));
                Expr::Infix(Box::new(nothing), "OR", Box::new(something))
            }
        }
    }

    /// A column of a table and something true of it.
    pub fn true_of(&mut self, table: Id) -> Option<Expr> {
        let columns = self.columns_of(table, &[Family::Number, Family::Text, Family::Date]);
        let column = self.random.one(&columns)?;
        let family = self.model.family(&self.model.column(column).kind);
        Some(self.truth(Expr::Column(column), family))
    }
}
