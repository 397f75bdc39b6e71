//! From cells to figures: ratios within a round first, then the median of them.

use crate::drive::{Look, Shape};
use crate::results::{AppendCell, Grown, LookCell, Results};

/// A median with the smallest and the largest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Half of the rounds were at most this.
    pub median: f64,
    /// The smallest.
    pub least: f64,
    /// The largest.
    pub most: f64,
}

impl Spread {
    /// Of some figures, if there are any.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().filter(|figure| figure.is_finite()).collect();
        figures.sort_by(f64::total_cmp);
        let (least, most) = (*figures.first()?, *figures.last()?);
        let half = figures.len() / 2;
        let median = if figures.len().is_multiple_of(2) {
            f64::midpoint(figures[half - 1], figures[half])
        } else {
            figures[half]
        };
        Some(Self { median, least, most })
    }
}

/// Appends a second of a cell.
pub fn rate(cell: &AppendCell) -> f64 {
    cell.done.appends as f64 / cell.done.seconds
}

/// What is told of appending.
#[derive(Clone, Copy)]
pub enum OfAppends {
    /// Events a second.
    Events,
    /// Appends a second, as a part of bare appends to a growing file.
    ToGrowing,
    /// The same to a file of full length.
    ToInPlace,
    /// The median time to the acknowledgement, milliseconds.
    Half,
    /// The time within which 99 of 100 are acknowledged, milliseconds.
    Most,
}

/// Of one contender with one shape.
pub fn appends(results: &Results, peer: &str, shape: Shape, what: OfAppends) -> Option<Spread> {
    let cells = results.appends.iter().filter(|cell| cell.peer == peer && cell.shape == shape);
    Spread::of(cells.map(|cell| match what {
        OfAppends::Events => rate(cell) * shape.events as f64,
        OfAppends::ToGrowing => rate(cell) / cell.bare.growing,
        OfAppends::ToInPlace => rate(cell) / cell.bare.in_place,
        OfAppends::Half => cell.done.p50 / 1e3,
        OfAppends::Most => cell.done.p99 / 1e3,
    }))
}

/// How much faster scribe appended than another one in the same round, each measured by the disk as it was
/// beside its own cell.
pub fn lead_in_appends(results: &Results, peer: &str, shape: Shape) -> Option<Spread> {
    let of = |who: &str, round: u32| {
        let mut cells = results.appends.iter();
        let cell = cells.find(|cell| cell.peer == who && cell.shape == shape && cell.round == round)?;
        Some(rate(cell) / cell.bare.growing)
    };
    Spread::of((0..results.about.rounds).filter_map(|round| Some(of("scribe", round)? / of(peer, round)?)))
}

/// What a way of reading is measured by, events a second.
fn limit(cell: &LookCell) -> f64 {
    match cell.look {
        Look::Raw => cell.bare.scan,
        _ => cell.bare.parse,
    }
}

/// Events a second of one contender reading, as a part of what the bare loop does.
///
/// A look at one kind counts the events of the record, for those it has to find its own among.
pub fn looks(results: &Results, peer: &str, look: Look) -> Option<Spread> {
    let cells = results.looks.iter().filter(|cell| cell.peer == peer && cell.look == look);
    Spread::of(cells.map(|cell| cell.events as f64 / cell.seconds / limit(cell)))
}

/// The same in events a second.
pub fn looks_a_second(results: &Results, peer: &str, look: Look) -> Option<Spread> {
    let cells = results.looks.iter().filter(|cell| cell.peer == peer && cell.look == look);
    Spread::of(cells.map(|cell| cell.events as f64 / cell.seconds))
}

/// Milliseconds to load an incident: half of them, and the slowest of a hundred.
pub fn incident(results: &Results, peer: &str) -> Option<(Spread, Spread)> {
    let cells = || results.looks.iter().filter(|cell| cell.peer == peer && cell.look == Look::Incident);
    Some((
        Spread::of(cells().map(|cell| cell.seconds * 1e3))?,
        Spread::of(cells().map(|cell| cell.slowest * 1e3))?,
    ))
}

/// How much faster scribe read than another one in the same round.
pub fn lead_in_looks(results: &Results, peer: &str, look: Look) -> Option<Spread> {
    let of = |who: &str, round: u32| {
        let mut cells = results.looks.iter();
        let cell = cells.find(|cell| cell.peer == who && cell.look == look && cell.round == round)?;
        Some(cell.events as f64 / cell.seconds / limit(cell))
    };
    Spread::of((0..results.about.rounds).filter_map(|round| Some(of("scribe", round)? / of(peer, round)?)))
}

/// Something at one size.
pub fn grown(results: &Results, peer: &str, record: u64, what: Grown) -> Option<Spread> {
    let cells = results.growth.iter();
    let cells = cells.filter(|cell| cell.peer == peer && cell.record == record && cell.what == what);
    Spread::of(cells.map(|cell| cell.value))
}

/// The same as a part of the bare figure of the same round.
pub fn grown_to_bare(results: &Results, peer: &str, record: u64, what: Grown) -> Option<Spread> {
    let cells = results.growth.iter();
    let cells = cells.filter(|cell| cell.peer == peer && cell.record == record && cell.what == what);
    Spread::of(cells.filter_map(|cell| Some(cell.value / cell.bare?)))
}

/// The sizes that were measured.
pub fn sizes(results: &Results) -> Vec<u64> {
    let mut sizes: Vec<u64> = results.growth.iter().map(|cell| cell.record).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_lies_between_the_least_and_the_most() {
        assert_eq!(Spread::of([3.0, 1.0, 2.0]), Some(Spread { median: 2.0, least: 1.0, most: 3.0 }));
        assert_eq!(Spread::of([4.0, 1.0]), Some(Spread { median: 2.5, least: 1.0, most: 4.0 }));
        assert_eq!(Spread::of([f64::NAN]), None);
    }
}
