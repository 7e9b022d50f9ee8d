//! Defaults of columns, and whether they suit the rows that exist.

use super::super::Context;
use super::not_null;
use crate::model::ident::split_qualified;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;

/// True for a column whose default is right for rows that exist as well.
pub fn gives_all_rows_one_value(object: &Object) -> bool {
    object.id.kind == ObjectKind::Column && object.text("default").is_some_and(|default| !may_be_volatile(default))
}

/// True unless every function that the expression calls is one of the
/// server's that gives rows which exist the value that they should have. A
/// volatile one writes every row anew; one of the user's, or one that asks the
/// session, would stamp them with what the migration's own session says.
pub fn may_be_volatile(expression: &str) -> bool {
    let text = without_literals(expression);
    let bytes = text.as_bytes();
    for (open, _) in text.match_indices('(') {
        let head = text[..open].trim_end();
        let start = head
            .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '"')))
            .map_or(0, |i| i + head[i..].chars().next().map_or(1, char::len_utf8));
        let call = &head[start..];
        let of_type = start > 0 && bytes[start - 1] == b':';
        if !(call.is_empty() || of_type || CALM.contains(&call)) {
            return true;
        }
    }
    ["CURRENT_USER", "SESSION_USER", "CURRENT_ROLE", "USER"]
        .iter()
        .any(|word| text.split_whitespace().any(|w| w == *word))
}

/// The expression with every string literal emptied.
fn without_literals(expression: &str) -> String {
    let text = expression.split('\'').step_by(2).collect::<Vec<_>>().join("''");
    // Nothing is called by a parenthesis in a name.
    let names = text.split('"').enumerate();
    let plain = names.map(|(n, part)| if n % 2 == 1 { part.replace(['(', ' '], "_") } else { part.to_owned() });
    plain.collect::<Vec<_>>().join("\"")
}

/// Functions of the server that are not volatile, and words that stand before
/// a parenthesis without calling anything.
const CALM: &[&str] = &[
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "timezone",
    "date_trunc",
    "to_timestamp",
    "make_date",
    "make_interval",
    "lower",
    "upper",
    "md5",
    "to_char",
    "to_tsvector",
    "jsonb_build_object",
    "jsonb_build_array",
    "json_build_object",
    "json_build_array",
    "array_fill",
    "concat",
    "length",
    "abs",
    "round",
    "trunc",
    "floor",
    "ceil",
    "EXTRACT",
    "date_part",
    "AND",
    "OR",
    "NOT",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "IN",
    "COALESCE",
    "NULLIF",
    "GREATEST",
    "LEAST",
    "ROW",
    "varying",
    "character",
    "numeric",
    "bit",
    "timestamp",
    "time",
    "interval",
    "CURRENT_TIMESTAMP",
    "CURRENT_TIME",
    "LOCALTIMESTAMP",
    "LOCALTIME",
];

/// The domain of a column, or the one that it is made of, where that denies NULL.
pub fn domain_without_null<'a>(column: &Object, ctx: &Context<'a>) -> Option<&'a Object> {
    let domain = |name: &str| {
        let (schema, name) = split_qualified(name)?;
        ctx.expected.get(&ObjectId::new(ObjectKind::Domain, &schema, "", &name))
    };
    let first = domain(column.text("type")?);
    std::iter::successors(first, |outer| domain(outer.text("type")?)).find(|domain| domain.flag("not_null"))
}

/// True where rows that exist need a value that neither the column nor its domain gives.
pub fn must_be_given(column: &Object, ctx: &Context) -> bool {
    if column.text("identity").is_some() && super::has_children(column, ctx) {
        return not_null::may_meet_rows(column, ctx);
    }
    let given = ["default", "identity", "generated"].iter().any(|name| column.text(name).is_some());
    let denies = || domain_without_null(column, ctx).is_some_and(|domain| domain.text("default").is_none());
    !given && (column.flag("not_null") || denies())
}

/// A domain that checks its values makes the server write every row anew.
pub fn rewrites_for_domain(object: &Object, ctx: &Context) -> bool {
    let Some(of_type) = object.text("type") else { return false };
    ctx.expected
        .of_kind(ObjectKind::Domain)
        .iter()
        .any(|d| d.id.qualified() == of_type && (d.text("checks").is_some() || d.flag("not_null")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_defaults_that_must_not_stamp_rows() {
        for calm in ["now()", "'{}'::jsonb", "'(f('::text", "(1 + 2)", "'x'::character varying(20)"] {
            assert!(!may_be_volatile(calm), "{calm}");
        }
        for other in [
            "gen_random_uuid()",
            "nextval('s'::regclass)",
            "public.tenant()",
            "current_setting('app.tenant'::text, true)",
            "(random() * (10)::double precision)",
            "CURRENT_USER",
        ] {
            assert!(may_be_volatile(other), "{other}");
        }
    }
}
