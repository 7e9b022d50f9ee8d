//! The additive plan: from differences to steps that can only add, what they
//! leave and why. Each missing object and each changed attribute goes through
//! its kind; what spans objects (the tenant of existing rows, when row-level
//! security may be enabled, which roles must exist) is decided here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;

use crate::kinds;
use crate::kinds::Change;
use crate::kinds::Context;
use crate::kinds::Left;
use crate::kinds::Repair;
use crate::model::catalog::Catalog;
use crate::model::difference::Difference;
use crate::model::fill;
use crate::model::finding::Finding;
use crate::model::finding::Fix;
use crate::model::finding::ObjectRef;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Phase;
use crate::plan::backfill::Backfill;

use crate::plan::order::Graph;
use crate::plan::order::Unit;
use crate::plan::required;
use crate::plan::stage;
use crate::plan::stage::Group;
use crate::plan::stage::Stage;
use crate::plan::stage::Wrap;
use crate::plan::tenant;
use crate::plan::tenant::TenantInfo;
use crate::spec::Tenancy;

/// What the user decided.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--backfill`: by `[schema.]table[.column]`, a literal or an expression.
    pub backfill: BTreeMap<String, String>,
    /// `[backfill]` of `drift.toml`: the same, but allowed to match nothing.
    pub standing_backfill: BTreeMap<String, String>,
    /// `--create-tenant`: the registry's columns and their values.
    pub create_tenant: Vec<(String, String)>,
    pub tenant: Option<TenantInfo>,
    /// What the spec says about tenants: who is a member, what is shared.
    pub tenancy: Option<Tenancy>,
    /// What was found by itself, by `schema.table.column`; as `backfill`.
    pub derived: BTreeMap<String, String>,
    /// What the rows refuse: a key, or a column's NOT NULL, with the reason.
    pub unready: Vec<(ObjectId, Left)>,
    /// Rows in a batch; 0: as many as is usual.
    pub batch_rows: u64,
    /// Write the phases apart, so that an application can be deployed between.
    pub phases: bool,
    /// Nobody uses the database meanwhile.
    pub offline: bool,
}

/// A patch, not yet text.
#[derive(Debug, Clone, Default)]
pub struct AdditivePlan {
    pub groups: Vec<Group>,
    /// What stays different, and why.
    pub left: Vec<(ObjectId, Left)>,
    /// Literals that a column must hold before the patch runs: the tenants
    /// that rows are given to. A clone without rows needs them too. Without
    /// literals: a column that must hold something, whatever it is.
    pub assumed: BTreeMap<ObjectId, Vec<String>>,
    /// The literals that rows are given, by column.
    pub filled: BTreeMap<ObjectId, String>,
    pub warnings: Vec<String>,
    /// True where an application is deployed between the parts of the patch.
    pub phased: bool,
}

impl AdditivePlan {
    /// All steps in order.
    pub fn steps(&self) -> impl Iterator<Item = &Additive> {
        self.groups.iter().flat_map(|group| &group.steps)
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

/// Plans the repair of `actual`. `findings` are what was reported about the
/// differences: steps answer them by code, and a finding without a difference
/// (a rule that the declared SQL does not satisfy either) is left.
pub fn additive(
    expected: &Catalog,
    actual: &Catalog,
    differences: &[Difference],
    findings: &[Finding],
    options: &Options,
) -> Result<AdditivePlan> {
    let plan = draft(expected, actual, differences, findings, options, options.phases)?;
    let batches = |step: &Additive| step.as_step().phase == Phase::Backfill && !step.as_step().transactional;
    if !plan.phased && plan.steps().any(batches) {
        // Batches take time, and an application goes on meanwhile.
        return draft(expected, actual, differences, findings, options, true);
    }
    Ok(plan)
}

fn draft(
    expected: &Catalog,
    actual: &Catalog,
    differences: &[Difference],
    findings: &[Finding],
    options: &Options,
    phased: bool,
) -> Result<AdditivePlan> {
    let backfill = Backfill::new(expected, actual, options, phased)?;
    let context = Context { expected, actual, fill: &|column| backfill.fill(column), offline: options.offline };
    let codes = Codes(findings);
    let mut draft = Draft { phased, ..Draft::default() };
    for difference in differences {
        draft.answer(difference, &context, &codes);
    }
    draft.leave_rules(differences, findings);
    backfill.refuse_unused()?;
    draft.leave_unready(&options.unready);
    draft.take_back();
    if let Some(tenant) = &options.tenant {
        draft.withhold_row_security(&context, tenant);
    }
    draft.leave_primary_keys(expected);
    draft.leave_dependents(&context);
    draft.finish(&context, &backfill, options)
}

/// A piece of the plan: what one object, or one changed attribute, needs.
struct Piece {
    id: ObjectId,
    /// Empty for a missing object.
    attribute: &'static str,
    steps: Vec<Additive>,
}

#[derive(Default)]
struct Draft {
    pieces: Vec<Piece>,
    left: Vec<(ObjectId, Left)>,
    warnings: Vec<String>,
    phased: bool,
    /// What is there under another name, as a part of something, and so not made.
    absent: BTreeSet<ObjectId>,
}

impl Draft {
    fn answer(&mut self, difference: &Difference, context: &Context, codes: &Codes) {
        match difference {
            Difference::Missing { expected, includes } => {
                let answer = codes.of(difference, "");
                let included = includes.iter().filter_map(|id| context.expected.get(id));
                for object in std::iter::once(expected).chain(included) {
                    let repair = kinds::create(object, context);
                    self.take(&object.id, "", repair, &answer);
                }
            }
            Difference::Changed { expected, actual, changes } => {
                for change in changes {
                    let attribute = change.attribute.name;
                    let repair = (kinds::of(expected.id.kind).alter)(Change { expected, actual, attribute }, context);
                    self.take(&expected.id, attribute, repair, &codes.of(difference, attribute));
                }
            }
            Difference::Unexpected { actual, .. } if fill::is_ours(&actual.id) => {
                let reason = "a backfill that is not finished brought it: part 3 of its patch takes it back";
                self.leave(&actual.id, "", reason);
            }
            Difference::Unexpected { actual, .. } => {
                self.leave(&actual.id, "", "an additive repair removes nothing: drop it by hand, or declare it");
            }
            Difference::Renamed { expected, includes, declared: Some(declared), .. } => {
                self.leave(&expected.id, "", &declared.not_additive());
                self.absent.extend(includes.iter().cloned());
            }
            Difference::Renamed { expected, actual, includes, declared: None } => {
                let reason = format!(
                    "{} has the same shape: rename it by hand, or declare both; creating another would leave the rows behind",
                    actual.id
                );
                self.leave(&expected.id, "", &reason);
                self.absent.extend(includes.iter().cloned());
            }
        }
    }

    fn take(&mut self, id: &ObjectId, attribute: &'static str, repair: Repair, answer: &str) {
        self.left.extend(repair.left.into_iter().map(|left| (id.clone(), left)));
        if !repair.steps.is_empty() {
            let steps = repair.steps.into_iter().map(|step| step.answers(answer.to_owned())).collect();
            self.pieces.push(Piece { id: id.clone(), attribute, steps });
        }
    }

    fn leave(&mut self, id: &ObjectId, attribute: &'static str, reason: &str) {
        self.left.push((id.clone(), Left { attribute, reason: reason.to_owned() }));
    }

    /// What this patch takes back is not left.
    fn take_back(&mut self) {
        let dropped = |id: &ObjectId| {
            let name = quote(id.name.split('(').next().unwrap_or_default());
            let mut steps = self.pieces.iter().flat_map(|piece| &piece.steps);
            steps.any(|step| step.as_step().sql.contains(&format!("DROP TRIGGER IF EXISTS {name} ")))
        };
        let gone: BTreeSet<ObjectId> =
            self.left.iter().map(|(id, _)| id).filter(|id| fill::is_ours(id) && dropped(id)).cloned().collect();
        self.left.retain(|(id, _)| !gone.contains(id));
    }

    /// What the rows refuse is not offered as if it would work.
    fn leave_unready(&mut self, unready: &[(ObjectId, Left)]) {
        for (id, left) in unready {
            let whole = left.attribute.is_empty();
            let mut taken = false;
            for piece in self.pieces.iter_mut().filter(|piece| piece.id == *id) {
                let before = piece.steps.len();
                piece.steps.retain(|step| !whole && step.as_step().phase != Phase::Validate);
                taken |= piece.steps.len() < before;
            }
            self.pieces.retain(|piece| !piece.steps.is_empty());
            if taken {
                self.left.push((id.clone(), left.clone()));
            }
        }
    }

    /// Findings of rules about which the two catalogs do not differ.
    fn leave_rules(&mut self, differences: &[Difference], findings: &[Finding]) {
        for finding in findings {
            let Some(id) = id_of(&finding.object) else { continue };
            let differs = differences.iter().any(|difference| concerns(difference, &id));
            if let (false, Fix::None { reason } | Fix::Partial { reason }) = (differs, &finding.fix) {
                self.leave(&id, "", &format!("{}: {reason}", finding.code));
            }
        }
    }

    /// Rows without a tenant disappear for everybody once row-level security
    /// is enabled, and without it a new grant shows them to everybody: both
    /// wait until the rows have a tenant.
    fn withhold_row_security(&mut self, context: &Context, tenant: &TenantInfo) {
        let unfilled: BTreeSet<(String, String)> = self
            .left
            .iter()
            .filter(|(id, _)| id.kind == ObjectKind::Column && *id.name == *tenant.column)
            .filter(|(id, _)| context.may_hold_rows(&id.schema, &id.parent))
            .map(|(id, _)| (id.schema.to_string(), id.parent.to_string()))
            .collect();
        for (schema, table) in unfilled {
            let key = (schema.as_str(), table.as_str());
            let reason = format!(
                "it would hide the rows of {schema}.{table} that have no tenant yet: \
                 write the next patch with --backfill '{table}=<tenant id or SQL expression>'"
            );
            let security = |p: &Piece| p.id.group() == key && SECURITY.contains(&p.attribute);
            let enables = self.pieces.iter().any(security);
            for piece in self.pieces.extract_if(.., |p| security(p)).collect::<Vec<_>>() {
                self.leave(&piece.id, piece.attribute, &reason);
            }
            let reason = "it waits for row-level security: without it the grant would show every tenant's rows";
            let grant = |p: &Piece| p.id.group() == key && p.id.kind == ObjectKind::Grant;
            for piece in self.pieces.extract_if(.., |p| enables && grant(p)).collect::<Vec<_>>() {
                self.leave(&piece.id, piece.attribute, reason);
            }
        }
    }

    /// A primary key of columns that may stay without a value waits for them.
    fn leave_primary_keys(&mut self, expected: &Catalog) {
        let open = |piece: &Piece| {
            let key = expected.get(&piece.id).filter(|key| key.id.kind == ObjectKind::PrimaryKey)?;
            let empty = |(id, left): &&(ObjectId, Left)| {
                let of_key = id.kind == ObjectKind::Column && id.group() == key.id.group();
                of_key && left.attribute == "not_null" && key.list("columns").contains(&id.name)
            };
            self.left.iter().find(empty).map(|(id, _)| (key.id.clone(), id.clone()))
        };
        let waiting: Vec<(ObjectId, ObjectId)> = self.pieces.iter().filter_map(open).collect();
        for (key, column) in waiting {
            self.pieces.retain(|piece| piece.id != key);
            self.leave(&key, "", &format!("it waits until every row has a value in {column}"));
        }
    }

    /// What needs an object that the patch does not create cannot be created.
    fn leave_dependents(&mut self, context: &Context) {
        let left = self.left.iter().filter(|(id, left)| left.attribute.is_empty() && context.actual.get(id).is_none());
        let mut absent: BTreeSet<ObjectId> = left.map(|(id, _)| id).chain(&self.absent).cloned().collect();
        while let Some((id, on)) = self.blocked(context.expected, &absent) {
            let pieces = self.pieces.extract_if(.., |piece| piece.id == id).collect::<Vec<_>>();
            for piece in pieces {
                self.leave(&id, piece.attribute, &format!("it needs {on}, which this patch does not create"));
            }
            absent.insert(id);
        }
    }

    /// The first planned object that needs an absent one.
    fn blocked(&self, expected: &Catalog, absent: &BTreeSet<ObjectId>) -> Option<(ObjectId, ObjectId)> {
        let planned: BTreeSet<&ObjectId> = self.pieces.iter().map(|piece| &piece.id).collect();
        let gone = |id: &ObjectId| absent.get(id).cloned().or_else(|| relations_named(id).find(|r| absent.contains(r)));
        let planner = |id: &ObjectId| {
            planned.get(id).map(|id| (*id).clone()).or_else(|| relations_named(id).find(|r| planned.contains(r)))
        };
        let hanging = planned.iter().find_map(|id| Some(((*id).clone(), gone(id).filter(|on| on != *id)?)));
        let depending = || {
            expected.dependencies().iter().find_map(|d| {
                let on = gone(&expected.at(d.to).id)?;
                planner(&expected.at(d.from).id).filter(|id| *id != on).map(|id| (id, on))
            })
        };
        hanging.or_else(depending)
    }

    fn finish(mut self, context: &Context, backfill: &Backfill, options: &Options) -> Result<AdditivePlan> {
        let mut units = self.units();
        let mut head = required::roles(context.expected, context.actual, &units, &mut self.warnings);
        let rows = match &options.tenant {
            Some(tenant) => tenant::rows(tenant, context, &backfill.constants(), &options.create_tenant)?,
            None => tenant::Rows::default(),
        };
        head.extend(rows.head);
        self.warnings.extend(rows.warnings);
        let tenant_row = rows.unit.map(|unit| {
            units.push(unit);
            units.len() - 1
        });
        let mut graph = Graph::new(context.expected, &units);
        if let Some(row) = tenant_row {
            for (position, unit) in units.iter().enumerate() {
                if rows.after.contains(&unit.id) {
                    graph.follow(&units, position, row);
                }
                if rows.before.contains(&unit.id) {
                    graph.follow(&units, row, position);
                }
            }
        }
        for (child, parent) in backfill.parents() {
            let unit = |id: &ObjectId| units.iter().position(|unit| unit.id == *id);
            if let (Some(child), Some(parent)) = (unit(&child), unit(&parent)) {
                graph.follow_in(&units, Phase::Backfill, parent, child);
            }
        }
        let stage = |unit: &Unit, phase: Phase| {
            if tenant::is_row(&unit.id) { Stage::Tenant } else { Stage::of(phase, !exists(context.actual, &unit.id)) }
        };
        let mut groups = stage::group(context.expected, &units, &graph, &stage);
        if !head.is_empty() {
            let title = "What has to be there before anything is changed".to_owned();
            groups.insert(0, Group { title, stage: Stage::Adjust, wrap: Wrap::Each, own_path: false, steps: head });
        }
        self.left.sort_by(|a, b| (&a.0, a.1.attribute).cmp(&(&b.0, b.1.attribute)));
        self.left.dedup();
        let mut assumed = rows.assumed;
        for column in backfill.names_of_parents() {
            assumed.entry(column).or_default();
        }
        Ok(AdditivePlan {
            groups,
            left: self.left,
            assumed,
            filled: backfill.constants(),
            warnings: self.warnings,
            phased: self.phased,
        })
    }

    /// One unit for each object; an index that is built concurrently is
    /// preceded by a look for the remains of an earlier attempt.
    fn units(&mut self) -> Vec<Unit> {
        let mut units: BTreeMap<ObjectId, Vec<Additive>> = BTreeMap::new();
        for piece in std::mem::take(&mut self.pieces) {
            let unit = units.entry(piece.id.clone()).or_default();
            for step in piece.steps {
                if !step.as_step().transactional && step.as_step().phase == Phase::Index {
                    let own = || (piece.id.schema.to_string(), piece.id.name.to_string());
                    let (schema, name) = step.as_step().builds.clone().unwrap_or_else(own);
                    unit.push(required::no_invalid_index(&schema, &name).answers(step.as_step().answers.join(", ")));
                }
                unit.push(step);
            }
        }
        units.into_iter().map(|(id, steps)| Unit { id, steps }).collect()
    }
}

/// The attributes of a table that decide whether its policies are in force.
const SECURITY: &[&str] = &["row_security", "force_row_security"];

/// True where what a unit is about, or hangs on, is there already.
fn exists(actual: &Catalog, id: &ObjectId) -> bool {
    if id.parent.is_empty() {
        return actual.get(id).is_some();
    }
    ObjectKind::ALL.iter().any(|kind| actual.get(&ObjectId::new(*kind, &id.schema, "", &id.parent)).is_some())
}

/// The relations that an object may hang on, by name.
fn relations_named(id: &ObjectId) -> impl Iterator<Item = ObjectId> + '_ {
    let kinds = ObjectKind::ALL.iter().filter(|kind| kinds::of(**kind).relation && !id.parent.is_empty());
    kinds.map(|kind| ObjectId::new(*kind, &id.schema, "", &id.parent))
}

/// The codes under which findings were reported.
struct Codes<'a>(&'a [Finding]);

impl Codes<'_> {
    /// `code object` of the finding that a difference was reported as.
    fn of(&self, difference: &Difference, attribute: &str) -> String {
        let id = difference.id();
        let object = ObjectRef::from(id);
        let code = format!("{}-{}", id.kind.word(), difference.word());
        let about = |f: &&Finding| f.object == object;
        let names = |f: &&Finding| f.attributes.iter().any(|drift| drift.attribute == attribute);
        let own = |f: &&Finding| f.code == code;
        let found = if attribute.is_empty() {
            self.0.iter().find(|f| about(f) && own(f))
        } else {
            self.0.iter().find(|f| about(f) && names(f))
        };
        let found = found
            .or_else(|| self.0.iter().find(|f| about(f) && !own(f)))
            .or_else(|| self.0.iter().find(|f| f.includes.contains(&object)));
        match found {
            Some(finding) => format!("{} {}", finding.code, finding.object.dotted()),
            None => format!("{code} {}", id.dotted()),
        }
    }
}

/// The identity that a finding names.
fn id_of(object: &ObjectRef) -> Option<ObjectId> {
    let kind = ObjectKind::from_word(&object.kind)?;
    Some(ObjectId::new(kind, &object.schema, &object.parent, &object.name))
}

/// True where a difference is about an object or takes it along.
fn concerns(difference: &Difference, id: &ObjectId) -> bool {
    let includes: &[ObjectId] = match difference {
        Difference::Missing { includes, .. }
        | Difference::Unexpected { includes, .. }
        | Difference::Renamed { includes, .. } => includes,
        Difference::Changed { .. } => &[],
    };
    difference.id() == id || includes.contains(id)
}

/// The columns of a table that must be given a value.
pub(super) fn must_be_given(column: &Object) -> bool {
    column.flag("not_null") && ["default", "identity", "generated"].iter().all(|a| column.attributes.get(a).is_none())
}
