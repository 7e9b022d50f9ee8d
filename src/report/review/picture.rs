//! Where the tables of a drawing are, and the arrows between them. A layout
//! library places them in columns, from what is referred to on the left to
//! what refers to it on the right; what no arrow reaches stands below in rows.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use layout::adt::dag::NodeHandle;
use layout::core::base::Orientation;
use layout::core::format::ClipHandle;
use layout::core::format::RenderBackend;
use layout::core::geometry::Point;
use layout::core::geometry::Position;
use layout::core::style::StyleAttr;
use layout::std_shapes::shapes::Arrow;
use layout::std_shapes::shapes::Element;
use layout::std_shapes::shapes::ShapeKind;
use layout::topo::layout::VisualGraph;

use crate::model::report::TableState;
use crate::report::review::facts::Reference;
use crate::report::review::facts::Review;
use crate::report::review::facts::TableFacts;
use crate::report::text;

/// So many tables are drawn; a reader finds nothing among more.
const TABLES: usize = 40;

/// A table that more of the drawn ones refer to has no arrows: they would hide all others.
const ARROWS: usize = 14;

/// Columns of letters that a name may take.
const NAME: usize = 30;

/// Sizes in the units of the drawing; at full width a unit is a pixel.
const LETTER: f64 = 7.6;
const SMALL_LETTER: f64 = 7.0;
const PADDING: f64 = 12.0;
pub const HEIGHT: f64 = 46.0;
const NARROWEST: f64 = 150.0;
const BETWEEN_COLUMNS: f64 = 70.0;
const BETWEEN_ROWS: f64 = 16.0;
const EDGE: f64 = 10.0;

/// A drawing, in units of its own.
pub struct Picture<'a> {
    pub width: f64,
    pub height: f64,
    pub boxes: Vec<TableBox<'a>>,
    pub arrows: Vec<ArrowPath>,
    /// What was left out, and how that was chosen.
    pub left_out: Vec<String>,
}

/// A table and its place.
pub struct TableBox<'a> {
    pub table: &'a TableFacts,
    /// Of the upper left corner.
    pub x: f64,
    pub y: f64,
    pub width: f64,
    /// The name as it is shown.
    pub name: String,
    pub below: String,
    /// It refers to itself.
    pub to_itself: bool,
}

/// An arrow from a table to one that it refers to.
pub struct ArrowPath {
    /// The path of an SVG, from what is referred to.
    pub path: String,
    pub state: TableState,
    /// True where the path begins at what refers.
    pub reversed: bool,
    pub title: String,
}

type Name<'a> = (&'a str, &'a str);

/// The drawing of a review; `None` where there is no table.
pub fn draw(review: &Review) -> Option<Picture<'_>> {
    let (tables, mut left_out) = chosen(review);
    if tables.is_empty() {
        return None;
    }
    let drawn: BTreeSet<Name> = tables.iter().map(|table| name(table)).collect();
    let inside = |reference: &&Reference| drawn.contains(&key(&reference.from)) && drawn.contains(&key(&reference.to));
    let to_itself: BTreeSet<Name> = review.references.iter().filter(|r| r.from == r.to).map(|r| key(&r.from)).collect();
    let mut arrows: BTreeMap<(Name, Name), Vec<&Reference>> = BTreeMap::new();
    for reference in review.references.iter().filter(inside).filter(|r| r.from != r.to) {
        arrows.entry((key(&reference.from), key(&reference.to))).or_default().push(reference);
    }
    left_out.extend(without_hubs(&mut arrows, tables.len()));
    left_out.extend(beyond(review, &drawn));
    let mut boxes: Vec<TableBox> =
        tables.into_iter().map(|table| table_box(table, to_itself.contains(&name(table)))).collect();
    let widest = boxes.iter().map(|one| one.width).fold(NARROWEST, f64::max);
    boxes.iter_mut().for_each(|one| one.width = widest);
    Some(placed(boxes, &arrows, left_out))
}

fn name(table: &TableFacts) -> Name<'_> {
    (&table.schema, &table.table)
}

fn key(name: &(String, String)) -> Name<'_> {
    (&name.0, &name.1)
}

/// The tables to draw: what does not match first, then what most keys have to do with.
fn chosen(review: &Review) -> (Vec<&TableFacts>, Vec<String>) {
    let mut keys: BTreeMap<Name, usize> = BTreeMap::new();
    for reference in &review.references {
        *keys.entry(key(&reference.from)).or_default() += 1;
        *keys.entry(key(&reference.to)).or_default() += 1;
    }
    let mut tables: Vec<&TableFacts> = review.tables.iter().collect();
    let all = tables.len();
    if all <= TABLES {
        return (tables, Vec::new());
    }
    tables.sort_by_key(|table| {
        let matches = table.state == TableState::Matches;
        let keys = keys.get(&name(table)).copied().unwrap_or(0);
        (matches, std::cmp::Reverse((if matches { 0 } else { table.findings }, keys)), name(table))
    });
    let left = tables.split_off(TABLES);
    let others = match left.iter().filter(|table| table.state != TableState::Matches).count() as u64 {
        0 => "all others are as declared".to_owned(),
        1 => "one of the others is not as declared".to_owned(),
        n => format!("{} of the others are not as declared", text::number(n)),
    };
    let said = format!(
        "{TABLES} of {} tables are drawn: first those that are not as declared, with most findings, then those that most \
         foreign keys have to do with; {others}.",
        text::number(all as u64),
    );
    tables.sort_by_key(|table| name(table));
    (tables, vec![said])
}

/// Takes the arrows away that would hide all others, and says so.
fn without_hubs(arrows: &mut BTreeMap<(Name, Name), Vec<&Reference>>, tables: usize) -> Vec<String> {
    let mut into: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (_, (schema, table)) in arrows.keys() {
        *into.entry(((*schema).to_owned(), (*table).to_owned())).or_default() += 1;
    }
    let hubs: Vec<_> = into.into_iter().filter(|(_, n)| *n > ARROWS && *n * 3 > tables).collect();
    arrows.retain(|(_, to), _| !hubs.iter().any(|(hub, _)| key(hub) == *to));
    let said = |((schema, table), n): &((String, String), usize)| {
        format!(
            "The {n} arrows to {} are left out: they would hide all others.",
            text::visible(&format!("{schema}.{table}"))
        )
    };
    hubs.iter().map(said).collect()
}

/// What is referred to and is not among the tables of the review.
fn beyond(review: &Review, drawn: &BTreeSet<Name>) -> Option<String> {
    let all: BTreeSet<Name> = review.tables.iter().map(name).collect();
    let outside = |reference: &&Reference| drawn.contains(&key(&reference.from)) && !all.contains(&key(&reference.to));
    let names: BTreeSet<String> = review
        .references
        .iter()
        .filter(outside)
        .map(|reference| text::visible(&format!("{}.{}", reference.to.0, reference.to.1)))
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    (!names.is_empty()).then(|| {
        format!("Not drawn, because it is not in the schemas under comparison: {}.", text::list_cut(&names, 4))
    })
}

fn table_box(table: &TableFacts, to_itself: bool) -> TableBox<'_> {
    let name = text::short(&if table.schema == "public" { table.table.clone() } else { table.dotted() }, NAME);
    let class = table.class.map(|class| format!("{} {}", class.sign(), class.words()));
    let rows = table.rows.map(|rows| text::count(rows, "row"));
    let below = class.into_iter().chain(rows).collect::<Vec<_>>().join(" · ");
    // The sign of the state stands to the right of the name.
    let letters = (text::width(&name) as f64 + 4.0) * LETTER;
    let small = text::width(&below) as f64 * SMALL_LETTER;
    let width = (letters.max(small) + 2.0 * PADDING).round();
    TableBox { table, x: 0.0, y: 0.0, width, name, below, to_itself }
}

/// Keeps the paths of the arrows, in the order in which they are drawn, and draws nothing.
#[derive(Default)]
struct Paths(Vec<Drawn>);

/// An arrow as the library draws it.
struct Drawn {
    points: Vec<(Point, Point)>,
    /// True where its head is at the beginning.
    reversed: bool,
    /// Which arrow it is.
    number: String,
}

impl RenderBackend for Paths {
    fn draw_rect(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>, _: Option<ClipHandle>) {}
    fn draw_line(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}
    fn draw_circle(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}
    fn draw_text(&mut self, _: Point, _: &str, _: &StyleAttr) {}
    fn draw_arrow(
        &mut self,
        path: &[(Point, Point)],
        _: bool,
        head: (bool, bool),
        _: &StyleAttr,
        properties: Option<String>,
        _: &str,
    ) {
        let (points, number) = (path.to_vec(), properties.unwrap_or_default());
        self.0.push(Drawn { points, reversed: head.0, number });
    }
    fn create_clip(&mut self, _: Point, _: Point, _: usize) -> ClipHandle {
        0
    }
}

/// Places boxes and arrows.
fn placed<'a>(
    boxes: Vec<TableBox<'a>>,
    arrows: &BTreeMap<(Name, Name), Vec<&Reference>>,
    left_out: Vec<String>,
) -> Picture<'a> {
    let tied: BTreeSet<Name> = arrows.keys().flat_map(|(from, to)| [*from, *to]).collect();
    let (mut tied, mut alone): (Vec<TableBox>, Vec<TableBox>) =
        boxes.into_iter().partition(|one| tied.contains(&name(one.table)));
    // The library lets an arrow over a column pass below it: what such an arrow comes from is best at the bottom too.
    tied.sort_by_key(|one| arrows.keys().any(|(_, to)| *to == name(one.table)));
    let (paths, width, height) = if tied.is_empty() { (Vec::new(), 0.0, 0.0) } else { laid_out(&mut tied, arrows) };
    let width = width.max(700.0);
    let height = in_rows(&mut alone, width, height);
    tied.extend(alone);
    Picture { width: width.ceil(), height: height.ceil(), boxes: tied, arrows: paths, left_out }
}

/// Boxes that no arrow reaches, in rows below what is there already.
fn in_rows(boxes: &mut [TableBox], width: f64, top: f64) -> f64 {
    let (mut x, mut y) = (EDGE, if top > 0.0 { top + BETWEEN_ROWS } else { EDGE });
    for one in boxes.iter_mut() {
        if x > EDGE && x + one.width + EDGE > width {
            (x, y) = (EDGE, y + HEIGHT + BETWEEN_ROWS);
        }
        (one.x, one.y) = (x, y);
        x += one.width + BETWEEN_ROWS;
    }
    if boxes.is_empty() { top } else { y + HEIGHT + EDGE }
}

/// Lets the library place what arrows tie together; the paths, and the size of it all.
fn laid_out(boxes: &mut [TableBox], arrows: &BTreeMap<(Name, Name), Vec<&Reference>>) -> (Vec<ArrowPath>, f64, f64) {
    let look = StyleAttr::simple();
    let mut graph = VisualGraph::new(Orientation::LeftToRight);
    let mut handles: BTreeMap<Name, NodeHandle> = BTreeMap::new();
    for one in boxes.iter() {
        let size = Point::new(one.width, HEIGHT);
        let mut element = Element::create(ShapeKind::new_box(""), look.clone(), Orientation::LeftToRight, size);
        let halo = Point::new(BETWEEN_COLUMNS, BETWEEN_ROWS);
        element.pos = Position::new(Point::zero(), size, Point::zero(), halo);
        handles.insert(name(one.table), graph.add_node(element));
    }
    let keys: Vec<_> = arrows.iter().collect();
    for (number, ((from, to), _)) in keys.iter().enumerate() {
        let arrow = Arrow::simple_with_properties("", number.to_string());
        graph.add_edge(arrow, handles[to], handles[from]);
    }
    let mut paths = Paths::default();
    graph.do_it(false, false, false, &mut paths);
    let (mut left, mut top, mut right, mut bottom) = (f64::MAX, f64::MAX, f64::MIN, f64::MIN);
    for one in boxes.iter_mut() {
        let (from, to) = graph.pos(handles[&name(one.table)]).bbox(false);
        (one.x, one.y) = (from.x, from.y);
        (left, top) = (left.min(from.x), top.min(from.y));
        (right, bottom) = (right.max(to.x), bottom.max(to.y));
    }
    for (control, point) in paths.0.iter().flat_map(|drawn| &drawn.points) {
        for Point { x, y } in [control, point] {
            (left, top, right, bottom) = (left.min(*x), top.min(*y), right.max(*x), bottom.max(*y));
        }
    }
    let shift = Point::new(EDGE - left, EDGE - top);
    for one in boxes.iter_mut() {
        (one.x, one.y) = (one.x + shift.x, one.y + shift.y);
    }
    let paths = paths.0.into_iter().filter_map(|drawn| {
        let (_, references) = keys.get(drawn.number.parse::<usize>().ok()?)?;
        Some(arrow_path(&drawn, shift, references))
    });
    (paths.collect(), right - left + 2.0 * EDGE, bottom - top + 2.0 * EDGE)
}

fn arrow_path(drawn: &Drawn, shift: Point, references: &[&Reference]) -> ArrowPath {
    let at = |point: Point| format!("{:.1} {:.1}", point.x + shift.x, point.y + shift.y);
    // The first pair leaves its point, all others arrive at theirs.
    let mut path = match drawn.points.as_slice() {
        [first, second, ..] => format!("M{} C{}, {}, {}", at(first.0), at(first.1), at(second.0), at(second.1)),
        _ => String::new(),
    };
    for (control, point) in drawn.points.iter().skip(2) {
        path.push_str(&format!(" S{}, {}", at(*control), at(*point)));
    }
    let said = |reference: &&Reference| {
        let (from, to) = (&reference.from, &reference.to);
        text::visible(&format!("{}.{} ({}) refers to {}.{}", from.0, from.1, reference.columns.join(", "), to.0, to.1))
    };
    ArrowPath {
        path,
        reversed: drawn.reversed,
        state: references.iter().map(|reference| reference.state).min().unwrap_or(TableState::Matches),
        title: references.iter().map(said).collect::<Vec<_>>().join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::review::facts::Class;

    fn table(number: usize, state: TableState) -> TableFacts {
        TableFacts {
            schema: "public".to_owned(),
            table: format!("t{number:03}"),
            state,
            class: Some(Class::Owned),
            rows: Some(number as u64),
            bytes: None,
            findings: 0,
        }
    }

    fn reference(from: usize, to: usize) -> Reference {
        let name = |number: usize| ("public".to_owned(), format!("t{number:03}"));
        let columns = vec!["id".to_owned()];
        Reference { name: "key".to_owned(), from: name(from), to: name(to), columns, state: TableState::Matches }
    }

    /// Names of tables with their left and upper edge and their width.
    type Boxes = Vec<(String, [i64; 3])>;

    /// A picture of tables and keys, its arrows counted; whatever else a review says is in no picture.
    fn of(tables: Vec<TableFacts>, references: Vec<Reference>) -> (Boxes, usize, Vec<String>, [f64; 2]) {
        let review = crate::report::review::facts::tests::of_tables(tables, references);
        let picture = draw(&review).expect("there are tables");
        let place = |one: &TableBox| (one.name.clone(), [one.x, one.y, one.width].map(|n| n.round() as i64));
        let boxes = picture.boxes.iter().map(place).collect();
        (boxes, picture.arrows.len(), picture.left_out, [picture.width, picture.height])
    }

    /// A number that looks random and is the same each time.
    fn next(seed: &mut u64) -> usize {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as usize
    }

    #[test]
    fn no_two_tables_share_a_place_whatever_the_keys() {
        let mut seed = 7;
        for round in 0..60 {
            let n = 2 + next(&mut seed) % (TABLES - 1);
            let keys = next(&mut seed) % (if round % 10 == 0 { 6 * n } else { 2 * n });
            let tables: Vec<_> = (0..n).map(|number| table(number, TableState::Matches)).collect();
            let references: Vec<_> = (0..keys).map(|_| reference(next(&mut seed) % n, next(&mut seed) % n)).collect();
            let (boxes, _, _, [width, height]) = of(tables.clone(), references.clone());
            assert_eq!(boxes.len(), n);
            for (i, (name, [x, y, w])) in boxes.iter().enumerate() {
                assert!(*x >= 0 && *y >= 0, "{round}: {name} is outside");
                assert!((x + w) as f64 <= width && *y as f64 + HEIGHT <= height, "{round}: {name} is outside");
                for (other, [ox, oy, ow]) in &boxes[..i] {
                    let apart = x + w <= *ox || ox + ow <= *x || (y - oy).abs() as f64 >= HEIGHT;
                    assert!(apart, "{round}: {name} and {other} overlap");
                }
            }
            assert_eq!(of(tables, references).0, boxes, "{round}: it is another picture each time");
        }
    }

    #[test]
    fn of_a_big_schema_what_is_not_as_declared_is_drawn_first() {
        let state = |n| if n % 10 == 9 { TableState::Missing } else { TableState::Matches };
        let tables: Vec<_> = (0..120).map(|n| table(n, state(n))).collect();
        let references: Vec<_> = (1..120).map(|n| reference(n, 0)).collect();
        let (boxes, arrows, left_out, _) = of(tables, references);
        assert_eq!(boxes.len(), TABLES);
        let drawn = |n: usize| boxes.iter().any(|(name, _)| *name == format!("t{n:03}"));
        assert!((0..120).filter(|n| n % 10 == 9).all(drawn), "a missing table is left out");
        assert!(drawn(0), "most keys point at it");
        assert_eq!(arrows, 0);
        assert!(left_out[0].starts_with("40 of 120 tables are drawn"), "{left_out:?}");
        assert!(left_out[1].starts_with("The 39 arrows to public.t000 are left out"), "{left_out:?}");
    }
}
