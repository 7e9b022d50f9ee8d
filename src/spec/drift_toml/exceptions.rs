//! `[[ignore]]` and `[[allow]]`: what is not compared, and what is accepted.

use crate::model::failure::Failure;
use crate::model::kind::ObjectKind;
use crate::spec::Allow;
use crate::spec::IgnoreRule;
use crate::spec::section::Section;

pub(super) fn ignore(section: &Section) -> Result<IgnoreRule, Failure> {
    section.known(&["object", "kind", "why"])?;
    Ok(IgnoreRule {
        object: section.required("object", "name what to ignore: object = \"public.legacy_*\"")?,
        kind: section.word("kind", "kind of object", ObjectKind::ALL, ObjectKind::word)?,
        why: section.required("why", "say why: whoever reads the report has to trust what it leaves out")?,
    })
}

pub(super) fn allow(section: &Section) -> Result<Allow, Failure> {
    section.known(&["rule", "on", "why", "until"])?;
    Ok(Allow {
        rule: section.required("rule", "name the finding code that is allowed: rule = \"rls-disabled\"")?,
        on: section.required("on", "name the object: on = \"public.tools\"")?,
        why: section.required("why", "say why: an exception that nobody can explain cannot be reviewed")?,
        until: section.date("until")?,
        at: section.source.location(&section.span),
    })
}
