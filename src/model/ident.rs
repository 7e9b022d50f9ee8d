//! Quoting of identifiers and literals. The only place that knows how.

/// Quotes an identifier where PostgreSQL's `quote_ident` would, and also all
/// keywords that a parser could take for something else.
pub fn quote(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !RESERVED.contains(&name);
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The two names of `schema.name` as [`quote`] or the server writes it; `None`
/// where it is not of that form.
pub fn split_qualified(text: &str) -> Option<(String, String)> {
    let (first, rest) = leading_name(text)?;
    let (second, rest) = leading_name(rest.strip_prefix('.')?)?;
    rest.is_empty().then_some((first, second))
}

/// The three names of `schema.table.column`; see [`split_qualified`].
pub fn split_column(text: &str) -> Option<(String, String, String)> {
    let (schema, rest) = leading_name(text)?;
    let (table, column) = split_qualified(rest.strip_prefix('.')?)?;
    Some((schema, table, column))
}

/// The name at the start of a text, unquoted, and what follows it.
fn leading_name(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find('.').unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, rest)),
        }
    }
}

/// A string literal that is safe whatever `standard_conforming_strings` says.
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// The names in the value of a setting such as `search_path`: apart by commas,
/// quoted or folded to lower case.
pub fn listed_names(value: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut name, mut quoted, mut was_quoted) = (String::new(), false, false);
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                name.push('"');
            }
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            ',' if !quoted => {
                names.push((std::mem::take(&mut name), std::mem::take(&mut was_quoted)));
            }
            c if quoted => name.push(c),
            c if c.is_whitespace() => {}
            c => name.extend(c.to_lowercase()),
        }
    }
    names.push((name, was_quoted));
    names.into_iter().filter(|(name, quoted)| *quoted || !name.is_empty()).map(|(name, _)| name).collect()
}

/// The name of a routine and the types that follow it: `f` and `int, text` of
/// `f(int, text)`. Both may hold any character; of types, only quoted ones do.
pub fn split_routine(identity: &str) -> (&str, &str) {
    let Some(inside) = identity.strip_suffix(')') else { return (identity, "") };
    let mut quoted = false;
    for (at, c) in inside.char_indices().rev() {
        quoted ^= c == '"';
        if c == '(' && !quoted {
            return (&inside[..at], &inside[at + 1..]);
        }
    }
    (identity, "")
}

/// Text that can stand in a `--` comment: one line, nothing that ends it.
pub fn comment_line(text: &str) -> String {
    text.chars().map(|c| if acts(c) { ' ' } else { c }).collect()
}

/// Control characters, invisible ones, those that turn the direction of writing, and two that XML may not hold.
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// A word of a command, quoted where the shell would do something with it.
pub fn shell_word(text: &str) -> String {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Words that `quote_ident` quotes: every keyword that is not "unreserved"
/// (PostgreSQL 18, `src/include/parser/kwlist.h`).
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_routine_has_its_name_up_to_its_types() {
        for (identity, name, types) in [
            ("f()", "f", ""),
            ("f(integer, text)", "f", "integer, text"),
            ("(paren)2(integer)", "(paren)2", "integer"),
            ("odd\"(public.\"a(b\")", "odd\"", "public.\"a(b\""),
            ("table", "table", ""),
        ] {
            assert_eq!(split_routine(identity), (name, types));
        }
    }

    #[test]
    fn quotes_what_a_parser_could_misread() {
        assert_eq!(quote("workflows"), "workflows");
        assert_eq!(quote("order"), "\"order\"");
        assert_eq!(quote("Weird \"one\""), "\"Weird \"\"one\"\"\"");
        assert_eq!(quote(""), "\"\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal(r"a\b'"), r"E'a\\b'''");
        assert_eq!(comment_line("a\n-- drop"), "a -- drop");
        for (schema, name) in [("public", "t"), ("Odd \"one\"", "a.b"), ("x", "order")] {
            let text = format!("{}.{}", quote(schema), quote(name));
            assert_eq!(split_qualified(&text), Some((schema.to_owned(), name.to_owned())), "{text}");
        }
        for text in ["t", "", "a.b.c", "\"open", "."] {
            assert_eq!(split_qualified(text), None, "{text}");
        }
    }
}
