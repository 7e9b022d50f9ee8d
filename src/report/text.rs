//! Text on a terminal or a page: widths, wrapping, numbers, and names that
//! must not do anything but be shown.

use similar::ChangeTag;
use similar::TextDiff;
use unicode_width::UnicodeWidthStr;

use crate::model::ident::acts;

/// The same text on one line, with whatever could move a cursor, reorder
/// letters or command a forge written out: a name comes from the database, not from us.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            // Forges that read along obey `::error::` at the beginning of a line, and `##[error]` anywhere.
            ':' if text[at..].starts_with("::") && shown.chars().next_back().is_none_or(char::is_whitespace) => {
                shown.extend(c.escape_unicode());
            }
            '[' if shown.ends_with("##") || shown.ends_with("##vso") => shown.extend(c.escape_unicode()),
            c if acts(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// One line of a definition: tabs stay as spaces.
pub fn visible_line(line: &str) -> String {
    visible(&line.trim_end_matches(['\r', '\n']).replace('\t', "    "))
}

/// One line of at most `max` columns.
pub fn short(text: &str, max: usize) -> String {
    let line = visible(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    if line.width() <= max {
        return line;
    }
    let mut cut = String::new();
    for c in line.chars() {
        if cut.width() + 2 > max {
            break;
        }
        cut.push(c);
    }
    format!("{}…", cut.trim_end())
}

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text with spaces up to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width())))
}

/// Breaks a text at its spaces; a word that is too long stays whole. The first
/// line starts with `first`, the others with as many spaces as `hang` says.
pub fn wrap(first: &str, hang: usize, text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split(' ') {
        if !empty && line.width() + 1 + word.width() > columns {
            lines.push(line.trim_end().to_owned());
            line = " ".repeat(hang);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// Joins phrases with ` · `, and breaks lines between phrases where it can.
pub fn flow(indent: usize, phrases: &[String], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for phrase in phrases {
        match lines.last_mut() {
            Some(line) if line.width() + 3 + phrase.width() <= columns => {
                line.push_str(" · ");
                line.push_str(phrase);
            }
            Some(_) | None => lines.extend(wrap(&" ".repeat(indent), indent + 2, phrase, columns)),
        }
    }
    lines
}

/// `1 table`, `2,000 tables`.
pub fn tables(n: u64) -> String {
    if n == 1 { "1 table".to_owned() } else { format!("{} tables", number(n)) }
}

/// `1 error`, `24 errors`, `2 foreign keys`, `3 policies`.
pub fn count(n: u64, noun: &str) -> String {
    format!("{} {}", number(n), if n == 1 { noun.to_owned() } else { plural(noun) })
}

/// The regular plural of an English noun.
pub fn plural(noun: &str) -> String {
    let vowel_before = |stem: &str| stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    match noun.strip_suffix('y') {
        Some(stem) if !vowel_before(stem) => format!("{stem}ies"),
        Some(_) | None if noun.ends_with(['s', 'x']) || noun.ends_with("ch") => format!("{noun}es"),
        Some(_) | None => format!("{noun}s"),
    }
}

/// A number with a comma between thousands.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `0 bytes`, `48 kB`, `1.2 GB`: thousands of thousands, as disks are sold.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if n < 1_000 {
        return count(n, "byte");
    }
    let mut value = n as f64 / 1_000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    if value < 9.95 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// `under a second`, `12 s`, `5 min`, `2 h`: an estimate has no more digits than that.
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds.div_ceil(1_000);
    match seconds {
        0 => "none".to_owned(),
        1 => "under a second".to_owned(),
        2..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// The first `max` items, and how many there are beyond them.
pub fn list_cut(items: &[String], max: usize) -> String {
    if items.len() <= max + 1 {
        return list(items);
    }
    format!("{} and {} more", items[..max].join(", "), number((items.len() - max) as u64))
}

/// A line of a text diff, with its sign: `-` expected, `+` actual, ` ` both,
/// `@` where lines were left out.
pub fn diff(expected: &str, actual: &str) -> Vec<(char, String)> {
    let (expected, actual) = (terminated(expected), terminated(actual));
    let diff = TextDiff::from_lines(expected.as_str(), actual.as_str());
    let mut lines = Vec::new();
    for (i, group) in diff.grouped_ops(3).iter().enumerate() {
        if i > 0 {
            lines.push(('@', "…".to_owned()));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push((sign, visible_line(change.value())));
        }
    }
    lines
}

/// The text with exactly one line break at its end, so that a missing one is no difference.
fn terminated(text: &str) -> String {
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_and_do_nothing() {
        assert_eq!(visible("a\u{1b}[31mb\r\n\u{202e}c"), "a\\u{1b}[31mb\\u{d}\\n\\u{202e}c");
        assert_eq!(visible("naïve 表"), "naïve 表");
    }

    #[test]
    fn a_short_text_is_one_line_of_at_most_so_many_columns() {
        assert_eq!(short("select  1\n  from t", 40), "select 1 from t");
        assert_eq!(short("表表表表", 5), "表表…");
        assert!(width(&short(&"x".repeat(99), 20)) <= 20);
    }

    #[test]
    fn wraps_at_spaces_with_a_hanging_indent() {
        assert_eq!(wrap("> ", 4, "one two three", 9), ["> one two", "    three"]);
        assert_eq!(wrap("> ", 4, "a-word-that-is-long x", 9), ["> a-word-that-is-long", "    x"]);
        assert_eq!(flow(2, &["ab".into(), "cd".into(), "ef gh".into()], 10), ["  ab · cd", "  ef gh"]);
    }

    #[test]
    fn counts_read_like_english() {
        let said: Vec<String> =
            ["error", "index", "policy", "primary key", "check"].iter().map(|noun| count(2, noun)).collect();
        assert_eq!(said, ["2 errors", "2 indexes", "2 policies", "2 primary keys", "2 checks"]);
        assert_eq!(count(1, "policy"), "1 policy");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(number(123), "123");
        let items: Vec<String> = ["a", "b", "c", "d"].map(String::from).into();
        assert_eq!(list_cut(&items, 3), "a, b, c and d");
        assert_eq!(list_cut(&items, 2), "a, b and 2 more");
    }

    #[test]
    fn amounts_have_as_many_digits_as_a_person_reads() {
        let said = [0, 1, 999, 1_000, 49_152, 999_499, 999_600, 1_234_567_890].map(bytes);
        assert_eq!(said, ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "49 kB", "999 kB", "1.0 MB", "1.2 GB"]);
        let said = [0, 1, 1_001, 119_000, 119_001, 7_200_000].map(duration);
        assert_eq!(said, ["none", "under a second", "2 s", "119 s", "2 min", "2 h"]);
    }

    #[test]
    fn a_diff_keeps_three_lines_of_context() {
        let expected: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let actual = expected.replace("\n10\n", "\nten\n").trim_end().to_owned();
        let lines: Vec<String> =
            diff(&expected, &actual).into_iter().map(|(sign, line)| format!("{sign}{line}")).collect();
        assert_eq!(lines, [" 7", " 8", " 9", "-10", "+ten", " 11", " 12", " 13"]);
        assert!(diff("a\n", "a").is_empty());
    }
}
