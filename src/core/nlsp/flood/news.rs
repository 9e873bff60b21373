//! What waits to be told to all neighbours of a line, in the order in which it came up: a new
//! pseudonode goes before the router that links to it [nlsp §9.2].

use std::collections::BTreeMap;

use crate::Time;
use crate::wire::NodeAddress;
use crate::wire::nlsp::LspId;

/// A link-state packet to be told; what it says then is looked up when its turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) id: LspId,
    /// This neighbour has it: it told us.
    pub(super) except: Option<NodeAddress>,
    /// It goes out however lately that was done.
    pub(super) again: bool,
}

/// When it goes out, and which came up first.
type Place = (Time, u64);

/// What waits; once each.
#[derive(Debug, Default)]
pub(super) struct News {
    waiting: BTreeMap<Place, Item>,
    places: BTreeMap<LspId, Place>,
    came: u64,
}

impl Item {
    pub(super) const fn new(id: LspId) -> Self {
        Self { id, except: None, again: false }
    }
}

impl News {
    /// It is to be told at `at`, or when it was to be told anyhow, if that is earlier.
    pub(super) fn tell(&mut self, at: Time, item: Item) {
        self.came += 1;
        let mut place = (at, self.came);
        if let Some(old) = self.places.get(&item.id) {
            self.waiting.remove(old);
            place = place.min(*old);
        }
        self.places.insert(item.id, place);
        self.waiting.insert(place, item);
    }

    /// It need not be told any more.
    pub(super) fn cancel(&mut self, id: LspId) {
        if let Some(place) = self.places.remove(&id) {
            self.waiting.remove(&place);
        }
    }

    /// The next to be told at `now`.
    pub(super) fn pop(&mut self, now: Time) -> Option<Item> {
        if self.next()? > now {
            return None;
        }
        let (_, item) = self.waiting.pop_first()?;
        self.places.remove(&item.id);
        Some(item)
    }

    /// When the next is to be told.
    pub(super) fn next(&self) -> Option<Time> {
        self.waiting.first_key_value().map(|(&(at, _), _)| at)
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.places.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> LspId {
        LspId::from_bytes([n; 8])
    }

    #[test]
    fn news_go_out_in_the_order_in_which_they_came_up_once_each() {
        let (mut news, now) = (News::default(), Time::from_secs(3));
        [9, 1, 5, 9].into_iter().for_each(|n| news.tell(now, Item::new(id(n))));
        news.tell(Time::from_secs(4), Item::new(id(0)));
        news.cancel(id(1));
        let told: Vec<LspId> = std::iter::from_fn(|| news.pop(now)).map(|item| item.id).collect();
        assert_eq!(told, [id(9), id(5)]);
        assert_eq!(news.next(), Some(Time::from_secs(4)));
    }

    #[test]
    fn a_newer_version_keeps_the_earlier_time_but_not_the_exception_of_the_older() {
        let mut news = News::default();
        let told = Item { except: Some(NodeAddress([1; 6])), ..Item::new(id(1)) };
        news.tell(Time::from_secs(3), told);
        news.tell(Time::from_secs(5), Item::new(id(1)));
        assert_eq!(news.pop(Time::from_secs(3)), Some(Item::new(id(1))));
        assert_eq!(news.next(), None);
    }
}
