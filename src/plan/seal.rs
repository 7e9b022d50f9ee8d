//! The end of a plan's file, in comments: which database the plan was made
//! for, what it promises, and what its own statements are. So `drift apply`
//! runs what `drift fix` wrote, where it was meant to, and nothing else.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::model::failure::failure;
use crate::model::ident::acts;
use crate::model::object::ObjectId;
use crate::plan::fingerprint::Fingerprint;
use crate::plan::fingerprint::hex;
use crate::plan::render::Facts;
use crate::plan::render::Patch;

/// The line before the seal: its format, and the digest of everything.
pub const MARK: &str = "-- drift-plan 1 ";

/// How each line of the seal begins.
pub const LINE: &str = "-- | ";

/// The width of a line of the seal.
const WIDTH: usize = 95;

/// What `drift fix` was asked to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    Additive,
    Full,
}

impl Way {
    pub const fn word(self) -> &'static str {
        match self {
            Way::Additive => "additive",
            Way::Full => "full",
        }
    }
}

/// What a plan leads to, and how both sides were read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    /// The directory of the declared SQL.
    pub spec: String,
    /// Another source that the plan leads to, in place of the declared SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The schemas that were asked for; empty: those of the spec.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<String>,
    /// True where guards are part of what is declared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guard: bool,
}

/// A plan's place among those that were written together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub number: usize,
    pub of: usize,
    /// The digest of the part that comes before; `None` for the first.
    pub after: Option<String>,
}

/// What a plan leaves as it is: the whole object, or one attribute of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LeftOver {
    pub object: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub attribute: String,
}

impl LeftOver {
    /// A difference by name: of the whole object where no attribute is named.
    pub fn new(id: &ObjectId, attribute: Option<&str>) -> Self {
        LeftOver { object: id.to_string(), attribute: attribute.unwrap_or_default().to_owned() }
    }

    /// True where it says nothing about `other` that this does not say.
    pub fn covers(&self, other: &LeftOver) -> bool {
        self.object == other.object && (self.attribute.is_empty() || self.attribute == other.attribute)
    }
}

impl std::fmt::Display for LeftOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.attribute.as_str() {
            "" => f.write_str(&self.object),
            attribute => write!(f, "{} ({})", self.object, attribute.replace('_', " ")),
        }
    }
}

/// A statement of the plan by its place in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Its first line, from 1, and how many it has.
    pub at: usize,
    pub lines: usize,
    /// The start of its hash, to say which one was edited.
    pub sum: String,
    /// What it does to others; `None` for settings and transaction control.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Facts>,
}

/// What the plan is, beside its statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    pub way: Way,
    /// False where it was made for SQL or for no database that people use.
    pub live: bool,
    pub goal: Goal,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What it loses, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<String>,
    /// The literals that rows were given, by column: what holds nothing else holds nothing of anybody's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filled: BTreeMap<String, String>,
    /// What still differs when it has run.
    pub left: BTreeSet<LeftOver>,
    /// What it changes, as a fingerprint names it.
    pub touches: BTreeSet<String>,
    pub made_for: Fingerprint,
    pub titles: Vec<(usize, String)>,
    pub statements: Vec<Sealed>,
}

impl Seal {
    /// Takes over what a patch says about itself.
    pub fn about(mut self, patch: &Patch) -> Seal {
        let one = |statement: &crate::plan::render::Statement| Sealed {
            at: statement.line,
            lines: statement.sql.matches('\n').count() + 1,
            sum: sum(&statement.sql),
            step: statement.facts.clone(),
        };
        self.titles = patch.titles.clone();
        self.statements = patch.statements.iter().map(one).collect();
        self
    }
}

/// A plan's text under its seal, and the digest that names the plan.
pub fn seal(patch: &Patch, seal: Seal) -> (String, String) {
    let seal = seal.about(patch);
    let json = serde_json::to_string(&seal).expect("a seal holds nothing but text and numbers");
    // Whoever reads the plan sees every letter in its place.
    let json: String = json.chars().map(|c| if acts(c) { format!("\\u{:04x}", c as u32) } else { c.into() }).collect();
    let head = format!(
        "{}\n-- For `drift apply <this file>`: it runs the plan as it was written, on the database that it was made for,\n\
         -- and says what has moved or was edited. Plain psql reads over it.\n",
        patch.text
    );
    let digest = digest(&head, &json);
    let mut text = format!("{head}{MARK}{digest}\n");
    let mut rest = json.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(line_end(rest));
        text.push_str(&format!("{LINE}{line}\n"));
        rest = more;
    }
    (text, digest)
}

/// Where a line of the seal ends: editors take blanks away from the end of one.
fn line_end(text: &str) -> usize {
    let mut end = 0;
    for (n, c) in text.char_indices() {
        if n >= WIDTH && end > 0 && !text[..n].ends_with(char::is_whitespace) && !c.is_whitespace() {
            return n;
        }
        end = n + c.len_utf8();
    }
    end
}

/// What names a whole plan: its statements and comments, and what its seal says.
pub fn digest(head: &str, json: &str) -> String {
    let mut hash = Sha256::new();
    hash.update((head.len() as u64).to_le_bytes());
    hash.update(head);
    hash.update(json);
    hex(&hash.finalize())
}

fn sum(sql: &str) -> String {
    hex(&Sha256::digest(sql))[..8].to_owned()
}

/// A file's text without its seal: what a person reads.
pub fn unsealed(text: &str) -> &str {
    let Some(mark) = text.rfind(&format!("\n{MARK}")) else { return text };
    let end = text[..mark].rfind("\n\n-- For `drift apply").map_or(mark, |at| at);
    &text[..end + 1]
}

/// A sealed text that is as it was written.
#[derive(Debug)]
pub struct Opened {
    pub digest: String,
    pub seal: Seal,
    /// The text with the line ends that it was written with.
    pub text: String,
}

const NEW_PLAN: &str = "make a new plan with `drift fix`, and change what is declared where the plan should be another";

/// Opens a sealed file. `name` is for messages.
///
/// # Errors
/// `drift fix` has not written it, or not as it is now: where it was edited.
pub fn open(text: &str, name: &str) -> Result<Opened> {
    match try_open(text, name) {
        // A checkout may have given it other line ends.
        Err(error) if text.contains("\r\n") => try_open(&text.replace("\r\n", "\n"), name).map_err(|_| error),
        outcome => outcome,
    }
}

fn try_open(text: &str, name: &str) -> Result<Opened> {
    let starts: Vec<usize> =
        text.match_indices(MARK).map(|(at, _)| at).filter(|at| *at == 0 || text[..*at].ends_with('\n')).collect();
    let Some(mark) = starts.last() else {
        return Err(failure(
            format!("{name} is no plan that `drift fix` wrote, or its last lines are missing"),
            "apply runs nothing else: write a plan with `drift fix --additive` or `--full`, or run SQL of your own with psql",
        ));
    };
    let (head, end) = text.split_at(*mark);
    let mut lines = end.lines();
    let written = lines.next().unwrap_or_default()[MARK.len()..].trim().to_owned();
    let broken = || failure(format!("{name}: its last lines, which say what the plan is for, were changed"), NEW_PLAN);
    let json: String = lines.map(|line| line.strip_prefix(LINE)).collect::<Option<_>>().ok_or_else(broken)?;
    let is = digest(head, &json);
    let seal: Seal = match serde_json::from_str(&json) {
        Ok(seal) => seal,
        Err(_) if is == written => {
            let help = "use the drift that wrote it, or make a new plan with this one";
            return Err(failure(format!("{name} was written by another version of drift"), help));
        }
        Err(_) => return Err(broken()),
    };
    if is == written {
        return Ok(Opened { digest: written, seal, text: text.to_owned() });
    }
    if starts.len() > 1 {
        let help = "let `drift fix` write each part to a file of its own: --output DIR or FILE.sql";
        return Err(failure(format!("{name} holds {} plans in one", starts.len()), help));
    }
    Err(edited(head, &seal, name))
}

/// Which statement is not the one that was written.
fn edited(text: &str, seal: &Seal, name: &str) -> anyhow::Error {
    let found = seal.statements.iter().find(|sealed| statement(text, sealed).is_none_or(|sql| sum(&sql) != sealed.sum));
    let what = match found {
        Some(sealed) => format!("{name}:{}: the plan was edited here: this is not what drift wrote", sealed.at),
        None => format!("{name}: the plan was edited: its statements are as drift wrote them, but not all of its text"),
    };
    failure(what, NEW_PLAN)
}

/// The text of a statement; `None` where the file has no such lines.
pub fn statement(text: &str, sealed: &Sealed) -> Option<String> {
    let lines: Vec<&str> = text.split('\n').skip(sealed.at.checked_sub(1)?).take(sealed.lines).collect();
    (lines.len() == sealed.lines).then(|| lines.join("\n"))
}
