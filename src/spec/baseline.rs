//! A baseline: the findings that somebody has recorded, as a file that people read
//! and edit. Never decides anything about a finding; that is done where findings are.

use std::collections::BTreeSet;
use std::fmt;

use crate::model::failure::Failure;
use crate::model::finding::Finding;
use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Location;
use crate::spec::Date;
use crate::spec::section;
use crate::spec::section::Section;
use crate::spec::section::Source;

/// One finding that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub code: String,
    /// The object as reports name it, with its kind: `column public.workflows.tags`.
    pub on: String,
    pub level: Severity,
    /// The attributes that differed; of others nobody knew.
    pub attributes: Vec<String>,
    /// The name of the finding that stays the same from run to run.
    pub id: String,
    pub why: String,
    pub owner: Option<String>,
    /// The last day on which it does not count.
    pub until: Option<Date>,
    /// Where the file says so.
    pub at: Location,
}

const LEVELS: &[Severity] = &[Severity::Error, Severity::Warning, Severity::Note];

/// The heading of an entry.
const HEADING: &str = "[[finding]]";

impl Entry {
    /// An entry for a finding of today.
    pub fn of(finding: &Finding, id: &str, why: &str, owner: Option<&str>, until: Option<Date>) -> Entry {
        let mut attributes: Vec<String> = finding.attributes.iter().map(|drift| drift.attribute.clone()).collect();
        attributes.sort();
        Entry {
            code: finding.code.clone(),
            on: on(finding),
            level: finding.severity,
            attributes,
            id: id.to_owned(),
            why: why.to_owned(),
            owner: owner.map(str::to_owned),
            until,
            at: Location { file: String::new(), line: 0 },
        }
    }

    /// True where the entry speaks of this finding, and it has not become worse or another since.
    pub fn covers(&self, finding: &Finding, id: &str) -> bool {
        self.names(finding, id)
            && finding.severity >= self.level
            && finding.attributes.iter().all(|drift| self.attributes.contains(&drift.attribute))
    }

    /// True where the entry speaks of this finding.
    pub fn names(&self, finding: &Finding, id: &str) -> bool {
        self.id == id && self.code == finding.code && self.on == on(finding)
    }

    /// The name of the object without its kind.
    fn object(&self) -> &str {
        let kinds = ObjectKind::ALL.iter().map(|kind| kind.prose());
        let longest =
            kinds.filter_map(|kind| self.on.strip_prefix(&kind)?.strip_prefix(' ')).min_by_key(|rest| rest.len());
        longest.unwrap_or(&self.on)
    }

    /// True when its day is over.
    pub fn expired(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.code, self.object())
    }
}

fn on(finding: &Finding) -> String {
    format!("{} {}", finding.object.kind.replace('-', " "), finding.object.dotted())
}

/// Parses the text of a baseline; `file` is its name in errors.
///
/// # Errors
/// What is wrong with it, with file, line and key.
pub fn parse(file: &str, text: &str) -> Result<Vec<Entry>, Failure> {
    let source = Source { file, text };
    let document = section::document(&source)?;
    let root = Section::new(&source, String::new(), document.span(), document.get_ref());
    root.known(&["finding"])?;
    let entries: Vec<Entry> = root.list("finding")?.iter().map(entry).collect::<Result<_, _>>()?;
    let mut seen = BTreeSet::new();
    match entries.iter().find(|entry| !seen.insert(&entry.id)) {
        Some(twice) => Err(Failure {
            message: format!("{}: {twice} is listed twice", twice.at),
            help: "remove one of the two".to_owned(),
        }),
        None => Ok(entries),
    }
}

fn entry(section: &Section) -> Result<Entry, Failure> {
    section.known(&["code", "on", "level", "attributes", "id", "why", "owner", "until"])?;
    let help = "entries are written by `drift baseline`; only why, owner and until are for people";
    let level = section.word("level", "level", LEVELS, Severity::word)?;
    Ok(Entry {
        code: section.required("code", help)?,
        on: section.required("on", help)?,
        level: level.ok_or_else(|| section.failure("level", "[[finding]] lacks `level`", help))?,
        attributes: section.strings("attributes")?.unwrap_or_default(),
        id: section.required("id", help)?,
        why: section.required("why", "say why it does not count: whoever reads the file has to trust it")?,
        owner: section.string("owner")?,
        until: section.date("until")?,
        at: section.source.location(&section.span),
    })
}

/// The text of a baseline, sorted by object.
pub fn render(entries: &[Entry]) -> String {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| (entry.object(), &entry.code, &entry.id));
    let mut text = String::from(
        "# Findings that are known: `drift check --baseline` counts only others. Written by `drift baseline`;\n\
         # why, owner and until (the last day) are for people to fill in. `--update` takes out what is gone.\n",
    );
    for entry in sorted {
        text.push_str(&format!("\n{HEADING}\n"));
        let mut line = |key: &str, value: String| text.push_str(&format!("{key:<5} = {value}\n"));
        line("code", string(&entry.code));
        line("on", string(&entry.on));
        line("level", string(entry.level.word()));
        if !entry.attributes.is_empty() {
            let attributes: Vec<String> = entry.attributes.iter().map(|name| string(name)).collect();
            line("attributes", format!("[{}]", attributes.join(", ")));
        }
        line("id", string(&entry.id));
        line("why", string(&entry.why));
        entry.owner.iter().for_each(|owner| line("owner", string(owner)));
        entry.until.iter().for_each(|until| line("until", until.to_string()));
    }
    text
}

/// A string of TOML on one line, whatever is in it.
fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{200b}'..='\u{200f}') => {
                out.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The text without some entries; whatever else people wrote stays as it is. A
/// comment right above an entry goes with it.
///
/// # Errors
/// An entry does not stand under a heading of its own, or cannot be told from what is around it.
pub fn without(text: &str, gone: &[&Entry]) -> Result<String, Failure> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_heading = |line: &str| line.trim_start().starts_with(HEADING);
    let all = parse("the baseline", text)?;
    let mut drop = BTreeSet::new();
    for entry in gone {
        let at = entry.at.line as usize - 1;
        if !lines.get(at).is_some_and(|line| is_heading(line)) {
            return Err(Failure {
                message: format!("{}: the entry does not begin with {HEADING} on a line of its own", entry.at),
                help: format!("write it under {HEADING}, as `drift baseline` does"),
            });
        }
        let above = (0..at).rev().take_while(|n| lines[*n].trim_start().starts_with('#')).last().unwrap_or(at);
        // What looks like a heading in a text of several lines is none.
        let headings = all.iter().map(|other| other.at.line as usize - 1);
        let next = headings.filter(|other| *other > at).min().unwrap_or(lines.len());
        let end = (at + 1..next).rev().find(|n| {
            let line = lines[*n].trim();
            !line.is_empty() && !line.starts_with('#')
        });
        drop.extend(above..=end.unwrap_or(at));
        // One empty line between entries is enough.
        drop.extend(
            lines.get(end.unwrap_or(at) + 1).filter(|line| line.trim().is_empty()).map(|_| end.unwrap_or(at) + 1),
        );
    }
    let kept = lines.iter().enumerate().filter(|(n, _)| !drop.contains(n)).map(|(_, line)| *line);
    let left = kept.collect::<String>().trim_end().to_owned() + "\n";
    // Nobody wants a file that cannot be read any more, whatever stands in its texts.
    let ids = |entries: &[Entry]| entries.iter().map(|entry| entry.id.clone()).collect::<BTreeSet<_>>();
    let goes = |entry: &Entry| gone.iter().any(|other| other.id == entry.id);
    let stays: BTreeSet<String> = all.iter().filter(|entry| !goes(entry)).map(|entry| entry.id.clone()).collect();
    match (parse("the baseline", &left), gone.first()) {
        (Ok(entries), _) if ids(&entries) == stays => Ok(left),
        (_, None) => Ok(left),
        (_, Some(entry)) => Err(Failure {
            message: format!("{}: the entry cannot be taken out without touching what is around it", entry.at),
            help: "take it out by hand, or write its texts on one line each".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(on: &str, id: &str) -> Entry {
        Entry {
            code: "column-changed".into(),
            on: on.into(),
            level: Severity::Note,
            attributes: vec!["comment".into()],
            id: id.into(),
            why: "a \"reason\"\nwith \\ and 表 \u{202e}".into(),
            owner: Some("team]]".into()),
            until: Some(Date { year: 2027, month: 3, day: 31 }),
            at: Location { file: String::new(), line: 0 },
        }
    }

    #[test]
    fn what_is_written_is_read_back_sorted() {
        let text = render(&[entry("column public.b.x", "2"), entry("table public.a", "1")]);
        let mut read = parse("b.toml", &text).unwrap();
        assert_eq!(read.iter().map(|entry| entry.at.line).collect::<Vec<_>>(), [4, 14]);
        read.iter_mut().for_each(|entry| entry.at = Location { file: String::new(), line: 0 });
        assert_eq!(read, [entry("table public.a", "1"), entry("column public.b.x", "2")]);
    }

    #[test]
    fn an_entry_goes_with_its_comment_and_nothing_else_does() {
        let text = render(&[entry("table public.a", "1"), entry("table public.b", "2"), entry("table public.c", "3")]);
        let text = text.replacen("\n\n[[finding]]", "\n\n# about a\n[[finding]]", 1);
        let text =
            text.replace("id    = \"2\"", "id    = \"2\" # kept").replace("# about a\n", "\n# Mine.\n\n# about a\n");
        let entries = parse("b.toml", &text).unwrap();
        let left = without(&text, &[&entries[0], &entries[2]]).unwrap();
        assert!(left.contains("# Mine.") && left.contains("# kept") && !left.contains("about a"), "{left}");
        let kept = parse("b.toml", &left).unwrap();
        assert_eq!(kept.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["2"]);
    }

    #[test]
    fn what_looks_like_a_heading_in_a_text_is_none() {
        let text = render(&[entry("table public.a", "1"), entry("table public.b", "2")]);
        let why = text.lines().find(|line| line.starts_with("why")).unwrap().to_owned();
        for odd in ["why = '''\n[[finding]]'''", "why = '''\n# b '''"] {
            let text = text.replacen(&why, odd, 1);
            let entries = parse("b.toml", &text).unwrap();
            match without(&text, &[&entries[0]]) {
                Ok(left) => assert_eq!(parse("b.toml", &left).unwrap()[0].id, "2"),
                Err(failure) => assert!(failure.message.contains("b.toml:4"), "{failure:?}"),
            }
        }
    }

    #[test]
    fn what_is_not_understood_has_its_line() {
        for (text, says) in [
            ("[[finding]]\ncode = \"x\"", "b.toml:1: [[finding]] lacks `on`"),
            ("[[finding]]\nlevel = \"bad\"", "b.toml:2: unknown level"),
            ("[[findings]]\n", "b.toml:1: unknown key `findings`"),
        ] {
            assert!(parse("b.toml", text).unwrap_err().message.contains(says), "{text}");
        }
        let twice = render(&[entry("table public.a", "1"), entry("table public.a", "1")]);
        assert!(parse("b.toml", &twice).unwrap_err().message.contains("is listed twice"));
    }
}
