//! The page of a finding code: a rule's own, or one made from what a kind of
//! object says about itself. Never about one finding, only about its code.

use crate::kinds;
use crate::kinds::Kind;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Compare;
use crate::probes;
use crate::spec;
use crate::tenancy;

/// What a difference can be; the second part of a finding code.
const WORDS: [&str; 4] = ["missing", "unexpected", "changed", "renamed"];

/// The pages that somebody wrote, in the order in which a report tells them:
/// those of the rules, then those about `drift.toml` itself.
fn written() -> impl Iterator<Item = (&'static str, &'static str)> {
    tenancy::RULES.iter().map(|rule| (rule.code, rule.page)).chain(spec::PAGES.iter().copied())
}

/// The page of a code, as Markdown with four headings; `None` for a code that
/// drift does not have.
pub fn page(code: &str) -> Option<String> {
    if let Some((_, page)) = written().find(|(known, _)| *known == code) {
        return Some(page.to_owned());
    }
    if let Some(probe) = probes::PROBES.iter().find(|probe| probe.code == code) {
        return Some(probe.page.to_owned());
    }
    let (word, difference) = code.rsplit_once('-')?;
    let kind = ObjectKind::from_word(word)?;
    let sections = match difference {
        "missing" => missing(kind),
        "unexpected" => unexpected(kind),
        "changed" => changed(kind),
        "renamed" => renamed(kind),
        _ => return None,
    };
    let headings = ["What it checks", "Why it matters", "How to fix", "Fix safety"];
    let sections: Vec<String> =
        headings.iter().zip(sections).map(|(heading, text)| format!("\n## {heading}\n{}\n", filled(&text))).collect();
    Some(format!("# {code}\n{}", sections.concat()))
}

/// The text in lines of at most 100 characters, as the rules' pages have them.
fn filled(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= 100 {
            line.extend([" ", word]);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

/// Every code that a finding can have: rules first, then probes, then kind by kind.
pub fn codes() -> Vec<String> {
    let rules = written().map(|(code, _)| code.to_owned());
    let kinds = ObjectKind::ALL.iter().flat_map(|kind| WORDS.iter().map(move |word| format!("{kind}-{word}")));
    let probes = probes::PROBES.iter().map(|probe| probe.code.to_owned());
    rules.chain(probes).chain(kinds).collect()
}

/// What a code is about, in one sentence: the first of its page.
pub fn summary(code: &str) -> Option<String> {
    let page = page(code)?;
    let text: Vec<&str> = page
        .lines()
        .skip_while(|line| *line != "## What it checks")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect();
    let text = text.join(" ");
    let end = text.find(". ").map_or(text.len(), |at| at + 1);
    Some(text[..end].to_owned())
}

/// The list of all codes, each with its sentence, for a terminal.
pub fn list() -> String {
    let codes = codes();
    let widest = codes.iter().map(String::len).max().unwrap_or_default();
    let line = |code: &String| format!("{code:widest$}  {}\n", summary(code).unwrap_or_default());
    codes.iter().map(line).collect()
}

/// `docs/rules.md`: what every written page checks, in one table, then the codes
/// of plain differences.
pub fn index() -> String {
    let mut text = String::from(
        "# Findings\n\nGenerated from the pages that `drift explain CODE` prints; a test keeps it true.\n\n\
         ## Rules\n\n| code | what it checks |\n|:--|:--|\n",
    );
    for (code, _) in written() {
        let sentence = summary(code).unwrap_or_default().replace('|', "\\|");
        text.push_str(&format!("| `{code}` | {sentence} |\n"));
    }
    text.push_str("\n## Differences\n\nOf every kind of object there are four codes: ");
    text.push_str(&WORDS.map(|word| format!("`<kind>-{word}`")).join(", "));
    text.push_str(". The kinds are ");
    text.push_str(&ObjectKind::ALL.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", "));
    text.push_str(".\n");
    text
}

/// The known codes that a person most probably meant, best first.
pub fn nearest(code: &str) -> Vec<String> {
    let code = code.to_lowercase();
    let mut scored: Vec<(f64, String)> = codes()
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&code, &known).max(contained(&code, &known)), known))
        .filter(|(score, _)| *score > 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(3).map(|(_, known)| known).collect()
}

/// How far a code is part of another one: `index` of `tenant-index-missing`.
fn contained(code: &str, known: &str) -> f64 {
    if code.len() >= 3 && known.contains(code) { 0.9 } else { 0.0 }
}

/// The four sections of a page.
type Sections = [String; 4];

fn missing(kind: ObjectKind) -> Sections {
    let Kind { severity, harm, .. } = kinds::of(kind);
    [
        format!("Every {} that the expected schema declares exists. {}", noun(kind), level(severity.missing)),
        format!("When one is missing: {}.", harm.missing),
        "`drift fix --additive` writes a migration that creates it as declared, after what it needs and with what hangs on it. \
         If it is no longer wanted, remove it from the expected SQL."
            .to_owned(),
        "The repair only adds. Each statement of the patch says which lock it takes and whom it blocks, and the patch is \
         proved on a clone before it is written. What cannot be added beside rows that exist is listed with the reason, not done."
            .to_owned(),
    ]
}

fn unexpected(kind: ObjectKind) -> Sections {
    let Kind { severity, harm, .. } = kinds::of(kind);
    [
        format!("Every {} in a managed schema is declared or ignored. {}", noun(kind), level(severity.unexpected)),
        format!("When one is not declared: {}.", harm.unexpected),
        "Declare it in the expected SQL if it is wanted; list it under `[[ignore]]` of `drift.toml`, with the reason, if it is \
         somebody else's. Otherwise drop it once nothing uses it; `drift fix --full` plans that, for all that is not declared."
            .to_owned(),
        "There is no additive repair: an additive patch never drops anything.".to_owned(),
    ]
}

fn changed(kind: ObjectKind) -> Sections {
    let Kind { attributes, harm, .. } = kinds::of(kind);
    let of = |wanted: &[Compare]| -> String {
        let compared = attributes.iter().filter(|attribute| wanted.contains(&attribute.compare));
        let named = compared.map(|attribute| format!("`{}` ({})", attribute.name, attribute.severity.word()));
        named.collect::<Vec<_>>().join(", ")
    };
    let (always, stated) = (of(&[Compare::Exact, Compare::Printed]), of(&[Compare::Declared, Compare::Stated]));
    let mut checks = format!("Every {} that exists on both sides is as declared.", noun(kind));
    if !always.is_empty() {
        checks.push_str(&format!(" Compared are: {always}."));
    }
    let anywhere = of(&[Compare::StatedAnywhere]);
    if !anywhere.is_empty() {
        checks.push_str(&format!(" Compared where the expected side states it of any object: {anywhere}."));
    }
    if !stated.is_empty() {
        checks.push_str(&format!(" Compared where the expected side states them: {stated}."));
    }
    checks.push_str(
        " Text that PostgreSQL prints in another way after a dump or an upgrade is not a difference: \
         both sides are printed by one server before they count.",
    );
    [
        checks,
        format!("When one differs: {}.", harm.changed),
        "See which attribute differs and decide which side is right. If it is the declaration, `drift fix --additive` changes \
         what can be changed without losing or rewriting anything, and lists the rest with the reason. If it is the database, \
         change the expected SQL."
            .to_owned(),
        "An additive patch never narrows, replaces or rewrites: what would need that is left for `drift fix --full`, whose \
         plan says what it locks and what it would lose."
            .to_owned(),
    ]
}

fn renamed(kind: ObjectKind) -> Sections {
    let Kind { severity, harm, .. } = kinds::of(kind);
    [
        format!(
            "Of each {} that is missing, whether one that is not declared has the same shape and a similar name: \
             probably it is the same under a new name. {}",
            noun(kind),
            level(severity.missing)
        ),
        format!("Under its declared name it is missing: {}.", harm.missing),
        "If it is the same thing, say so under [renames] in drift.toml, by the line that `drift check` shows, and \
         `drift fix --full` renames it, with all that it holds; or change the name in the expected SQL. If the two have nothing to \
         do with each other, declare or ignore the one that is not declared; the other is then simply missing."
            .to_owned(),
        "There is no additive repair. Creating the declared one beside the other would give two where one was meant; renaming \
         breaks whoever uses the present name. A person has to choose."
            .to_owned(),
    ]
}

fn noun(kind: ObjectKind) -> String {
    format!("object of kind `{kind}`")
}

fn level(severity: Severity) -> String {
    format!("A finding is of level {}.", severity.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_with_four_headings() {
        for code in codes() {
            let page = page(&code).expect(&code);
            let headings: Vec<&str> = page.lines().filter(|line| line.starts_with('#')).collect();
            let title = format!("# {code}");
            let expected = [&title, "## What it checks", "## Why it matters", "## How to fix", "## Fix safety"];
            assert_eq!(headings, expected);
            assert!(!page.contains("..") && !page.contains("  "), "{page}");
            assert!(page.lines().all(|line| line.chars().count() <= 100), "{page}");
        }
    }

    #[test]
    fn every_code_says_in_one_sentence_what_it_is_about() {
        for code in codes() {
            let sentence = summary(&code).expect(&code);
            assert!(sentence.ends_with('.') && sentence.len() > 20, "{code}: {sentence}");
        }
        assert_eq!(list().lines().count(), codes().len());
    }

    #[test]
    fn an_unknown_code_has_no_page_but_neighbours() {
        assert_eq!(page("table-mising"), None);
        assert_eq!(page("-missing"), None);
        assert_eq!(nearest("table-mising")[0], "table-missing");
        assert_eq!(nearest("tenant-column-mising")[0], "tenant-column-missing");
        assert!(nearest("xyzzy").is_empty());
    }
}
