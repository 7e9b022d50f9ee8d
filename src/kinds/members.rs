//! What is in an operator family: operators and functions, each with its number
//! and the two types it is between. No kind of its own.

use std::sync::Arc;

use crate::model::ident::literal;
use crate::model::object::Object;

/// `OPERATOR 1 (integer, bigint) public.<`, taken apart.
pub struct Member<'a> {
    word: &'a str,
    number: &'a str,
    types: &'a str,
    /// An operator, with what it orders by, or a function.
    what: &'a str,
}

pub fn parse(text: &str) -> Option<Member<'_>> {
    let (word, rest) = text.split_once(' ')?;
    let (number, rest) = rest.split_once(" (")?;
    let (types, what) = rest.split_once(") ")?;
    Some(Member { word, number, types, what })
}

impl Member<'_> {
    /// As a class or a family is given it.
    pub fn declaration(&self) -> String {
        let Member { word, number, types, what } = self;
        match (*word, what.split_once(" FOR ORDER BY ")) {
            ("FUNCTION", _) => format!("{word} {number} ({types}) {what}"),
            (_, Some((operator, family))) => format!("{word} {number} {operator} ({types}) FOR ORDER BY {family}"),
            (_, None) => format!("{word} {number} {what} ({types})"),
        }
    }

    /// As it is taken out of a family.
    pub fn place(&self) -> String {
        format!("{} {} ({})", self.word, self.number, self.types)
    }

    /// True for a function that a class of a B-tree or hash can do without.
    pub fn is_optional(&self) -> bool {
        self.word == "FUNCTION" && self.number != "1"
    }

    /// True where both cannot be in one family: a place is taken once, and so is an operator.
    pub fn is_in_the_way_of(&self, other: &Member) -> bool {
        let same_operator = self.word == "OPERATOR" && (self.types, self.what) == (other.types, other.what);
        self.place() == other.place() || same_operator
    }

    /// A query that finds whatever has this place in the family.
    pub fn guard(&self, family: &Object) -> String {
        let (catalog, prefix, number) = match self.word {
            "FUNCTION" => ("pg_amproc", "amproc", "amprocnum"),
            _ => ("pg_amop", "amop", "amopstrategy"),
        };
        let (left, right) = self.types.split_once(", ").unwrap_or((self.types, self.types));
        format!(
            "SELECT FROM pg_catalog.{catalog} WHERE {prefix}family = ({}) AND {number} = {} \
             AND {prefix}lefttype = {}::pg_catalog.regtype AND {prefix}righttype = {}::pg_catalog.regtype",
            guard("pg_opfamily", "opf", "f.oid", family),
            self.number,
            literal(left),
            literal(right)
        )
    }
}

/// The parsed members of a list.
pub fn all<'a>(list: &'a [Arc<str>]) -> impl Iterator<Item = Member<'a>> {
    list.iter().filter_map(|text| parse(text))
}

/// The name without the method, which the identity has behind it.
pub fn bare_name(object: &Object) -> &str {
    let method = object.text("method").unwrap_or_default();
    object.id.name.strip_suffix(&format!(" ({method})")).unwrap_or(&object.id.name)
}

/// A query of `what` that finds a class or family by its name and method.
pub fn guard(catalog: &str, prefix: &str, what: &str, object: &Object) -> String {
    format!(
        "SELECT {what} FROM pg_catalog.{catalog} AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.{prefix}namespace \
         JOIN pg_catalog.pg_am AS m ON m.oid = f.{prefix}method \
         WHERE n.nspname = {} AND f.{prefix}name = {} AND m.amname = {}",
        literal(&object.id.schema),
        literal(bare_name(object)),
        literal(object.text("method").unwrap_or_default())
    )
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_member_is_written_as_postgres_takes_it() {
        let of = |text: &str| {
            let member = parse(text).expect("a member");
            (member.declaration(), member.place())
        };
        assert_eq!(
            of("OPERATOR 1 (character varying, s.t[]) s.<~"),
            (
                "OPERATOR 1 s.<~ (character varying, s.t[])".to_owned(),
                "OPERATOR 1 (character varying, s.t[])".to_owned()
            )
        );
        assert_eq!(
            of("OPERATOR 15 (point, point) s.<-> FOR ORDER BY pg_catalog.float_ops").0,
            "OPERATOR 15 s.<-> (point, point) FOR ORDER BY pg_catalog.float_ops"
        );
        assert_eq!(
            of("FUNCTION 2 (integer, bigint) s.f(internal,integer)").0,
            "FUNCTION 2 (integer, bigint) s.f(internal,integer)"
        );
    }
}
