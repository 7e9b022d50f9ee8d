//! Makes a failure small: what is taken away, and it still fails in the same
//! way, had nothing to do with it.

use std::time::Duration;
use std::time::Instant;

use super::Case;
use super::check::Failure;
use super::check::Place;

/// The smallest case found that fails in the same check.
pub async fn shrink(place: &Place, case: Case, failure: Failure, most: Duration) -> (Case, Failure) {
    let (mut case, mut failure) = (case, failure);
    let until = Instant::now() + most;
    loop {
        let before = (case.base.items.len(), case.mutations.len());
        for n in (0..case.mutations.len()).rev() {
            let mut less = case.clone();
            less.mutations.remove(n);
            try_it(place, &mut case, less, &mut failure, until).await;
        }
        let mut size = case.base.items.len().div_ceil(2);
        loop {
            let ids: Vec<_> = case.base.items.keys().rev().copied().collect();
            for some in ids.chunks(size.max(1)) {
                let mut less = case.clone();
                some.iter().for_each(|id| _ = less.base.items.remove(id));
                less.base.prune();
                if less.base.items.len() < case.base.items.len() {
                    try_it(place, &mut case, less, &mut failure, until).await;
                }
            }
            if size <= 1 {
                break;
            }
            size /= 2;
        }
        if before == (case.base.items.len(), case.mutations.len()) || Instant::now() >= until {
            return (case, failure);
        }
    }
}

async fn try_it(place: &Place, case: &mut Case, less: Case, failure: &mut Failure, until: Instant) {
    if Instant::now() >= until {
        return;
    }
    if let Err(said) = less.check(place).await
        && said.kind() == failure.kind()
    {
        (*case, *failure) = (less, said);
    }
}
