//! The read predicate of shareable tables, asked on behalf of a given tenant
//! instead of the one that the session has entered.

use crate::spec::Tenancy;

/// `[shareable] read` with the tenant context replaced by `tenant`, an SQL
/// expression; `None` where the spec declares no predicate.
pub fn shown_to(tenancy: &Tenancy, tenant: &str) -> Option<String> {
    let read = tenancy.shareable.read.as_deref()?;
    let Some(context) = tenancy.context.as_deref() else { return Some(read.to_owned()) };
    let whole = replace(read, context, tenant);
    Some(match bare(context) {
        Some(bare) => replace(&whole, bare, tenant),
        None => whole,
    })
}

/// The expression inside of `(select …)`.
fn bare(context: &str) -> Option<&str> {
    let inner = context.trim().strip_prefix('(')?.strip_suffix(')')?.trim();
    let word = inner.get(..6)?;
    word.eq_ignore_ascii_case("select").then(|| inner[6..].trim())
}

/// Replaces every occurrence, whatever its case and white space.
fn replace(text: &str, pattern: &str, with: &str) -> String {
    let squeezed = |text: &str| -> Vec<(usize, char)> {
        text.char_indices()
            .filter(|(_, c)| !c.is_whitespace())
            .flat_map(|(at, c)| c.to_lowercase().map(move |lower| (at, lower)))
            .collect()
    };
    let (within, wanted) = (squeezed(text), squeezed(pattern));
    let (mut result, mut from, mut at) = (String::new(), 0, 0);
    while !wanted.is_empty() && at + wanted.len() <= within.len() {
        let here = &within[at..at + wanted.len()];
        if here.iter().map(|(_, c)| c).eq(wanted.iter().map(|(_, c)| c)) {
            let last = here[here.len() - 1].0;
            let end = last + text[last..].chars().next().map_or(1, char::len_utf8);
            result.push_str(&text[from..here[0].0]);
            result.push_str(with);
            from = end;
            at += wanted.len();
        } else {
            at += 1;
        }
    }
    result.push_str(&text[from..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_is_replaced_however_it_is_written() {
        let context = "(select public.tenant())";
        assert_eq!(replace("a = ( SELECT\n public.tenant() )", context, "x"), "a = x");
        assert_eq!(replace("is_shared", context, "x"), "is_shared");
        assert_eq!(bare(context), Some("public.tenant()"));
        assert_eq!(bare("public.tenant()"), None);
        assert_eq!(replace("é = F() or f() = ü", "f()", "x"), "é = x or x = ü");
    }
}
