//! How bad a link is, and where the backbone is cut.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::random::Random;

/// What a link does to what it carries. The default is a good link: 1 ms, nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Packets of 1,000 that are lost.
    pub loss_permille: u32,
    /// Packets of 1,000 that arrive twice.
    pub duplicate_permille: u32,
    /// Packets of 1,000 that are held back by up to [`late`](Self::late), so that later ones
    /// overtake them.
    pub reorder_permille: u32,
    /// How long every packet takes.
    pub delay: Duration,
    /// How much longer it may take, at random; the order is kept.
    pub jitter: Duration,
    /// How long a packet is held back at most.
    pub late: Duration,
}

impl Default for Condition {
    fn default() -> Self {
        Self {
            loss_permille: 0,
            duplicate_permille: 0,
            reorder_permille: 0,
            delay: Duration::from_millis(1),
            jitter: Duration::ZERO,
            late: Duration::from_millis(50),
        }
    }
}

impl Condition {
    /// A good LAN: 100 µs, nothing else.
    pub const LAN: Self = Self {
        loss_permille: 0,
        duplicate_permille: 0,
        reorder_permille: 0,
        delay: Duration::from_micros(100),
        jitter: Duration::ZERO,
        late: Duration::ZERO,
    };

    /// A link that loses so many packets of 1,000, and is good else.
    #[must_use]
    pub fn lossy(loss_permille: u32) -> Self {
        Self { loss_permille, ..Self::default() }
    }

    /// Copies of the next packet that arrive, each with its delay and whether it keeps its place
    /// in the order.
    pub(super) fn arrivals(&self, random: &mut Random) -> Arrivals {
        let copies = 1 + usize::from(random.chance(self.duplicate_permille, 1_000));
        let mut arrivals = [None, None];
        for place in arrivals.iter_mut().take(copies) {
            if random.chance(self.loss_permille, 1_000) {
                continue;
            }
            let delay = self.delay + random.duration_up_to(self.jitter);
            let overtaken = random.chance(self.reorder_permille, 1_000);
            *place = Some(if overtaken {
                (delay + random.duration_up_to(self.late), false)
            } else {
                (delay, true)
            });
        }
        arrivals
    }
}

/// Up to two copies: how long each takes, and whether it keeps its place in the order.
pub(super) type Arrivals = [Option<(Duration, bool)>; 2];

/// Cuts of the backbone: nothing passes from any of the first agents to any of the second.
#[derive(Debug, Default)]
pub(super) struct Cuts(Vec<(BTreeSet<usize>, BTreeSet<usize>)>);

impl Cuts {
    pub(super) fn cut(&mut self, from: BTreeSet<usize>, to: BTreeSet<usize>) {
        self.0.push((from, to));
    }

    pub(super) fn heal(&mut self) {
        self.0.clear();
    }

    /// Nothing passes from one agent to the other.
    pub(super) fn between(&self, from: usize, to: usize) -> bool {
        self.0.iter().any(|(a, b)| a.contains(&from) && b.contains(&to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_loses_and_doubles_as_many_packets_as_it_is_told_to() {
        let condition =
            Condition { loss_permille: 300, duplicate_permille: 200, ..Condition::default() };
        let mut random = Random::seeded(5);
        let copies = |_| condition.arrivals(&mut random).iter().flatten().count();
        let counts: Vec<usize> = (0..100_000).map(copies).collect();
        let share = |wanted| counts.iter().filter(|&&count| count == wanted).count() / 1_000;
        // Lost: one copy in 0.8 * 0.3, both in 0.2 * 0.09. Doubled: 0.2 * 0.49.
        assert!((24..=27).contains(&share(0)), "{} % lost", share(0));
        assert!((9..=10).contains(&share(2)), "{} % doubled", share(2));
    }

    #[test]
    fn a_cut_has_a_direction() {
        let mut cuts = Cuts::default();
        cuts.cut([1, 2].into(), [3].into());
        assert!(cuts.between(1, 3) && cuts.between(2, 3));
        assert!(!cuts.between(3, 1) && !cuts.between(1, 2));
        cuts.heal();
        assert!(!cuts.between(1, 3));
    }
}
