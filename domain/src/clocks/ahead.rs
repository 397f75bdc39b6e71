//! How far one clock is ahead of another, as far as that was seen.

use chrono::TimeDelta;

/// How far this machine's clock is ahead of another; negative where it is behind. A clock that is asked over a network
/// answers at a moment between the question and the answer, so there are two bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ahead {
    /// At least so far; nothing where only the other bound was seen.
    pub at_least: Option<TimeDelta>,
    /// At most so far.
    pub at_most: TimeDelta,
}

impl Ahead {
    /// The likeliest; nothing where only one bound was seen.
    pub fn likely(&self) -> Option<TimeDelta> {
        self.at_least.map(|at_least| at_least + (self.at_most - at_least) / 2)
    }

    /// How far it is off for certain, if that is more than this: ahead, or behind as a negative length.
    pub fn beyond(&self, tolerance: TimeDelta) -> Option<TimeDelta> {
        if self.at_most < -tolerance {
            return Some(self.at_most);
        }
        self.at_least.filter(|at_least| *at_least > tolerance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_certain_is_beyond() {
        let ahead = |at_least: Option<i64>, at_most: i64| {
            let ahead =
                Ahead { at_least: at_least.map(TimeDelta::seconds), at_most: TimeDelta::seconds(at_most) };
            ahead.beyond(TimeDelta::seconds(120)).map(|beyond| beyond.num_seconds())
        };
        assert_eq!(ahead(Some(-2), 1), None);
        assert_eq!(ahead(Some(119), 300), None, "a slow answer is no wrong clock");
        assert_eq!(ahead(Some(-300), -120), None);
        assert_eq!(ahead(Some(121), 122), Some(121));
        assert_eq!(ahead(Some(-7_202), -7_200), Some(-7_200));
        assert_eq!(ahead(None, -121), Some(-121));
        assert_eq!(ahead(None, 1_000_000), None, "nobody knows how old the other reading is");
    }

    #[test]
    fn the_likeliest_lies_in_the_middle() {
        let ahead = Ahead { at_least: Some(TimeDelta::seconds(-3)), at_most: TimeDelta::seconds(1) };
        assert_eq!(ahead.likely(), Some(TimeDelta::seconds(-1)));
        assert_eq!(Ahead { at_least: None, ..ahead }.likely(), None);
    }
}
