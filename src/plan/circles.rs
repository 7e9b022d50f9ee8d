//! What waits for itself, and an order in which things stay together. Both
//! know nothing of what they sort.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::plan::order::least_in_cycle;

/// Sets of positions that wait for each other: the strongly connected parts
/// with more than one member, without recursion, each sorted.
pub fn circles(count: usize, edges: &BTreeSet<(usize, usize)>) -> Vec<Vec<usize>> {
    let (mut followers, mut leaders) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for (before, after) in edges {
        followers[*before].push(*after);
        leaders[*after].push(*before);
    }
    let mut seen = vec![false; count];
    let mut finished = Vec::with_capacity(count);
    for start in 0..count {
        let mut path = vec![(start, 0)];
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        while let Some((at, next)) = path.last_mut() {
            match followers[*at].get(*next) {
                Some(follower) => {
                    *next += 1;
                    if !std::mem::replace(&mut seen[*follower], true) {
                        path.push((*follower, 0));
                    }
                }
                None => {
                    finished.push(*at);
                    path.pop();
                }
            }
        }
    }
    let mut circles = Vec::new();
    for start in finished.into_iter().rev() {
        let mut part = Vec::new();
        let mut queue = vec![start];
        while let Some(at) = queue.pop() {
            if std::mem::replace(&mut seen[at], false) {
                part.push(at);
                queue.extend(&leaders[at]);
            }
        }
        if part.len() > 1 {
            part.sort_unstable();
            circles.push(part);
        }
    }
    circles.sort_unstable();
    circles
}

/// Positions of `keys` in an order that respects the edges (before, after), in
/// which those of one place stay together as far as that goes and otherwise
/// follow the keys. When a place is left, `leave` says where goes what waits there.
pub fn sort_by_place<P: Ord + Clone, K: Ord>(
    places: Vec<P>,
    keys: &[K],
    edges: &BTreeSet<(usize, usize)>,
    leave: impl Fn(usize) -> P,
) -> Vec<(P, usize)> {
    let mut sorting = Sorting::new(places, keys, edges);
    let mut order: Vec<(P, usize)> = Vec::with_capacity(keys.len());
    while let Some(next) = sorting.next(order.last().map(|(place, _)| place), &leave) {
        order.push((sorting.places[next].clone(), next));
        sorting.done(next);
    }
    order
}

struct Sorting<'a, P, K> {
    places: Vec<P>,
    keys: &'a [K],
    waits: Vec<usize>,
    followers: Vec<Vec<usize>>,
    leaders: Vec<Vec<usize>>,
    ready: BTreeMap<P, BTreeSet<(&'a K, usize)>>,
    waiting: BTreeSet<(&'a K, usize)>,
}

impl<'a, P: Ord + Clone, K: Ord> Sorting<'a, P, K> {
    fn new(places: Vec<P>, keys: &'a [K], edges: &BTreeSet<(usize, usize)>) -> Self {
        let nothing = || vec![Vec::new(); keys.len()];
        let (ready, waiting) = (BTreeMap::new(), BTreeSet::new());
        let waits = vec![0; keys.len()];
        let mut this = Sorting { places, keys, waits, followers: nothing(), leaders: nothing(), ready, waiting };
        for (before, after) in edges {
            this.waits[*after] += 1;
            this.followers[*before].push(*after);
            this.leaders[*after].push(*before);
        }
        for (n, key) in keys.iter().enumerate() {
            match this.waits[n] {
                0 => this.make_ready(n),
                _ => _ = this.waiting.insert((key, n)),
            }
        }
        this
    }

    fn make_ready(&mut self, n: usize) {
        self.ready.entry(self.places[n].clone()).or_default().insert((&self.keys[n], n));
    }

    /// The next one, still at `here` where there is one.
    fn next(&mut self, here: Option<&P>, leave: &impl Fn(usize) -> P) -> Option<usize> {
        let first = |(_, n): &(&K, usize)| *n;
        if let Some(next) = here.and_then(|here| self.ready.get(here)?.first()) {
            return Some(first(next));
        }
        if let Some(here) = here {
            for (_, n) in &self.waiting {
                if self.places[*n] == *here {
                    self.places[*n] = leave(*n);
                }
            }
        }
        let next = self.ready.values().find_map(|place| place.first().map(first));
        next.or_else(|| least_in_cycle(self.keys, &self.waiting, &self.leaders).map(|least| first(&least)))
    }

    fn done(&mut self, n: usize) {
        let this = (&self.keys[n], n);
        self.waiting.remove(&this);
        if let Some(place) = self.ready.get_mut(&self.places[n]) {
            place.remove(&this);
            if place.is_empty() {
                self.ready.remove(&self.places[n]);
            }
        }
        for follower in std::mem::take(&mut self.followers[n]) {
            let key = (&self.keys[follower], follower);
            if self.waiting.contains(&key) {
                self.waits[follower] -= 1;
                if self.waits[follower] == 0 {
                    self.waiting.remove(&key);
                    self.make_ready(follower);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_itself_is_found_and_nothing_else() {
        let edges = BTreeSet::from([(0, 1), (1, 2), (2, 1), (2, 3), (4, 5), (5, 6), (6, 4)]);
        assert_eq!(circles(7, &edges), [vec![1, 2], vec![4, 5, 6]]);
        assert!(circles(3, &BTreeSet::from([(0, 1), (0, 2), (1, 2)])).is_empty());
    }

    #[test]
    fn a_place_is_left_only_where_nothing_there_can_go_on() {
        // Two in place a, of which the second waits for b; what waits goes to c.
        let order = |leave: &'static str| {
            let sorted = sort_by_place(vec!["b", "a", "a", "a"], &[0, 1, 2, 3], &BTreeSet::from([(0, 3)]), |_| leave);
            sorted.into_iter().map(|(place, n)| format!("{place}{n}")).collect::<Vec<_>>()
        };
        assert_eq!(order("a"), ["a1", "a2", "b0", "a3"]);
        assert_eq!(order("c"), ["a1", "a2", "b0", "c3"]);
    }

    #[test]
    fn a_circle_is_broken_before_its_smallest_member() {
        let edges = BTreeSet::from([(1, 0), (0, 1), (1, 2)]);
        let sorted = sort_by_place(vec!["a", "a", "a"], &[2, 1, 0], &edges, |_| "a");
        assert_eq!(sorted.into_iter().map(|(_, n)| n).collect::<Vec<_>>(), [1, 2, 0]);
    }
}
