//! `[[ignore]]` and `[[allow]]`: what is not compared, and what is accepted.

use crate::model::failure::Failure;
use crate::model::kind::ObjectKind;
use crate::spec::Allow;
use crate::spec::IgnoreRule;
use crate::spec::Which;
use crate::spec::section::Section;

/// What one `[[ignore]]` says: objects that are left out or, with a code, findings.
pub(super) enum Ignored {
    Objects(IgnoreRule),
    Findings(Allow),
}

pub(super) fn ignore(section: &Section) -> Result<Ignored, Failure> {
    section.known(&["code", "object", "kind", "schema", "owner", "why", "until"])?;
    let which = which(section, "object")?;
    let why = section.required("why", "say why: whoever reads the report has to trust what it leaves out")?;
    let at = section.source.location(&section.span);
    match section.string("code")? {
        Some(rule) => Ok(Ignored::Findings(Allow { rule, which, why, until: section.date("until")?, at })),
        None if section.get("until").is_some() => Err(section.failure(
            "until",
            "`until` of [[ignore]] needs a `code`: objects are left out for good",
            "name the finding code that is accepted until then, or remove the key",
        )),
        None => Ok(Ignored::Objects(IgnoreRule { which, why, at })),
    }
}

pub(super) fn allow(section: &Section) -> Result<Allow, Failure> {
    section.known(&["rule", "on", "kind", "schema", "owner", "why", "until"])?;
    Ok(Allow {
        rule: section.required("rule", "name the finding code that is allowed: rule = \"rls-disabled\"")?,
        which: which(section, "on")?,
        why: section.required("why", "say why: an exception that nobody can explain cannot be reviewed")?,
        until: section.date("until")?,
        at: section.source.location(&section.span),
    })
}

/// The objects that an entry is about: it has to say something of them.
fn which(section: &Section, name: &str) -> Result<Which, Failure> {
    let which = Which {
        object: section.string(name)?,
        kind: section.word("kind", "kind of object", ObjectKind::ALL, ObjectKind::word)?,
        schema: section.string("schema")?,
        owner: section.string("owner")?,
        owned: Default::default(),
    };
    match which.object.is_none() && which.kind.is_none() && which.schema.is_none() && which.owner.is_none() {
        true => Err(section.failure(
            name,
            format!("[{}] lacks `{name}`", section.path),
            format!("name the objects: {name} = \"public.legacy_*\", or `schema`, `owner` or `kind`"),
        )),
        false => Ok(which),
    }
}
