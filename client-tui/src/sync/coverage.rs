//! Which numbers of a conversation are here. What is not covered is a hole, and a hole is never
//! shown as if it were nothing.

use std::ops::RangeInclusive;

/// A set of numbers as sorted ranges that neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    ranges: Vec<RangeInclusive<u64>>,
}

impl Coverage {
    /// Adds `from..=to`; an empty range adds nothing.
    pub fn add(&mut self, from: u64, to: u64) {
        if from > to {
            return;
        }
        let first = self.ranges.partition_point(|range| range.end().saturating_add(1) < from);
        let past = self.ranges.partition_point(|range| *range.start() <= to.saturating_add(1));
        let start = self
            .ranges
            .get(first..past)
            .and_then(<[_]>::first)
            .map_or(from, |range| from.min(*range.start()));
        let end = self
            .ranges
            .get(first..past)
            .and_then(<[_]>::last)
            .map_or(to, |range| to.max(*range.end()));
        self.ranges.splice(first..past, [start..=end]);
    }

    /// Takes one number out.
    pub fn remove(&mut self, number: u64) {
        let Some(at) = self.ranges.iter().position(|range| range.contains(&number)) else { return };
        let (start, end) = self.ranges[at].clone().into_inner();
        let before = (start < number).then(|| start..=number - 1);
        let after = (number < end).then(|| number + 1..=end);
        self.ranges.splice(at..=at, before.into_iter().chain(after));
    }

    /// Takes out what is not in `kept`.
    pub fn keep_only(&mut self, kept: &Self) {
        let common = |range: &RangeInclusive<u64>, other: &RangeInclusive<u64>| {
            let (start, end) = (range.start().max(other.start()), range.end().min(other.end()));
            (start <= end).then_some(*start..=*end)
        };
        let ranges = self.ranges.iter();
        let left =
            ranges.flat_map(|range| kept.ranges.iter().filter_map(move |it| common(range, it)));
        self.ranges = left.collect();
    }

    /// The ranges, in order.
    pub fn ranges(&self) -> impl Iterator<Item = RangeInclusive<u64>> {
        self.ranges.iter().cloned()
    }

    /// Whether every number of `from..=to` is here; an empty range always is.
    pub fn contains(&self, from: u64, to: u64) -> bool {
        from > to || self.range_of(to).is_some_and(|range| *range.start() <= from)
    }

    /// The start of the unbroken run that ends at `end`; `None` when `end` is not here.
    pub fn run_start(&self, end: u64) -> Option<u64> {
        self.range_of(end).map(|range| *range.start())
    }

    /// The unbroken run that contains `number`; `None` when it is not here.
    pub fn run(&self, number: u64) -> Option<RangeInclusive<u64>> {
        self.range_of(number).cloned()
    }

    fn range_of(&self, number: u64) -> Option<&RangeInclusive<u64>> {
        self.ranges.iter().rev().find(|range| range.contains(&number))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_that_touch_become_one() {
        let mut coverage = Coverage::default();
        coverage.add(5, 6);
        coverage.add(1, 2);
        coverage.add(9, 9);
        assert_eq!(coverage.run_start(6), Some(5));
        coverage.add(3, 4);
        assert_eq!(coverage.run_start(6), Some(1));
        assert!(coverage.contains(1, 6));
        assert!(!coverage.contains(1, 7));
        assert!(coverage.contains(8, 7));
        assert_eq!(coverage.run_start(8), None);
    }

    proptest! {
        #[test]
        fn says_what_a_plain_set_says(added in prop::collection::vec((1u64..60, 0u64..12), 0..20), kept in prop::collection::vec((1u64..60, 0u64..40), 1..4), removed in prop::collection::vec(1u64..70, 0..20), from in 1u64..70, length in 0u64..10) {
            let mut coverage = Coverage::default();
            let mut set = BTreeSet::new();
            for (start, more) in added {
                coverage.add(start, start + more);
                set.extend(start..=start + more);
            }
            let mut near = Coverage::default();
            for (start, more) in &kept {
                near.add(*start, start + more);
            }
            coverage.keep_only(&near);
            set.retain(|number| kept.iter().any(|(start, more)| (*start..=start + more).contains(number)));
            for number in removed {
                coverage.remove(number);
                set.remove(&number);
            }
            prop_assert_eq!(coverage.ranges().flatten().collect::<BTreeSet<_>>(), set.clone());
            let to = from + length;
            prop_assert_eq!(coverage.contains(from, to), (from..=to).all(|n| set.contains(&n)));
            let run_start = set.contains(&to).then(|| (1..=to).rev().take_while(|n| set.contains(n)).last().unwrap_or(to));
            prop_assert_eq!(coverage.run_start(to), run_start);
        }
    }
}
