//! Which entry stands in which packet of a node [nlsp §10.1].
//!
//! An entry keeps its fragment for as long as it lives, so that one change touches one packet. A
//! new one goes to the first fragment with room. What finds none is left out until there is some
//! [nlsp §7.7]; only a link makes others go, for a link left out would cut a router off.

use std::collections::BTreeMap;

use super::{Entry, Subject};
use crate::wire::nlsp::{ExternalRoute, LspOption, ROUTES_IN_OPTION};

/// Packets of a node.
const FRAGMENTS: usize = 256;

/// Bytes of a link option.
const LINK_LEN: usize = 27;

/// Bytes of a service option without the name.
const SERVICE_LEN: usize = 17;

/// Bytes of a route; the option around it is shared.
const ROUTE_LEN: usize = 7;

/// Bytes around the routes of one option.
const OPTION_LEN: usize = 2;

/// The entries of a node, by fragment.
#[derive(Debug)]
pub(super) struct Fragments {
    /// Bytes of options that a packet takes.
    capacity: usize,
    /// Bytes of what stands before the entries in fragment 0.
    head: usize,
    fragments: Vec<Fragment>,
    places: BTreeMap<Subject, u8>,
    /// What has no room; what is first here is first to get some.
    left_out: BTreeMap<(usize, Subject), Entry>,
}

#[derive(Debug, Default)]
struct Fragment {
    entries: BTreeMap<Subject, Entry>,
    links: usize,
    routes: usize,
    /// Bytes of the services.
    services: usize,
}

impl Subject {
    /// Bytes of its entry, the option around a route apart.
    fn len(&self) -> usize {
        match self {
            Self::Link(_) => LINK_LEN,
            Self::Route(_) => ROUTE_LEN,
            Self::Service(key) => SERVICE_LEN + key.name.key().len(),
        }
    }

    /// Its place among what has no room: links first, then the shortest, so that nothing behind
    /// the first one fits where the first does not.
    fn turn(self) -> (usize, Self) {
        let len = if matches!(self, Self::Link(_)) { 0 } else { self.len() };
        (len, self)
    }
}

impl Fragment {
    /// Bytes of its options with so many routes.
    const fn len_with(&self, routes: usize) -> usize {
        let options = routes.div_ceil(ROUTES_IN_OPTION);
        self.links * LINK_LEN + self.services + routes * ROUTE_LEN + options * OPTION_LEN
    }

    fn len(&self) -> usize {
        self.len_with(self.routes)
    }

    /// Bytes of its options once it has an entry for `subject` too.
    fn len_after(&self, subject: &Subject) -> usize {
        match subject {
            Subject::Route(_) => self.len_with(self.routes + 1),
            _ => self.len() + subject.len(),
        }
    }

    fn insert(&mut self, subject: Subject, entry: Entry) {
        match subject {
            Subject::Link(_) => self.links += 1,
            Subject::Route(_) => self.routes += 1,
            Subject::Service(_) => self.services += subject.len(),
        }
        self.entries.insert(subject, entry);
    }

    fn remove(&mut self, subject: &Subject) -> Option<Entry> {
        let entry = self.entries.remove(subject)?;
        match subject {
            Subject::Link(_) => self.links = self.links.saturating_sub(1),
            Subject::Route(_) => self.routes = self.routes.saturating_sub(1),
            Subject::Service(_) => self.services = self.services.saturating_sub(subject.len()),
        }
        Some(entry)
    }
}

impl Fragments {
    /// None yet, for packets that take so many bytes of options.
    pub(super) const fn new(capacity: usize) -> Self {
        Self {
            capacity,
            head: 0,
            fragments: Vec::new(),
            places: BTreeMap::new(),
            left_out: BTreeMap::new(),
        }
    }

    /// The entry for `subject` is now this one, or gone. Gives back the fragments that changed.
    pub(super) fn set(&mut self, subject: Subject, entry: Option<Entry>) -> Vec<u8> {
        let mut changed = Vec::new();
        match (self.places.get(&subject).copied(), entry) {
            (Some(number), Some(entry)) => {
                let place = self.fragment_mut(number).and_then(|f| f.entries.get_mut(&subject));
                if let Some(place) = place
                    && *place != entry
                {
                    // As long as the one before: what makes it longer is part of the subject.
                    *place = entry;
                    changed.push(number);
                }
            }
            (Some(number), None) => {
                self.take_out(number, &subject);
                changed.push(number);
                self.fill(number);
            }
            (None, Some(entry)) => {
                self.left_out.remove(&subject.turn());
                self.place(subject, entry, &mut changed);
            }
            (None, None) => {
                self.left_out.remove(&subject.turn());
            }
        }
        changed
    }

    /// Packets take so many bytes of options from now on, and fragment 0 has so many before its
    /// entries. Gives back the fragments that changed.
    pub(super) fn resize(&mut self, capacity: usize, head: usize) -> Vec<u8> {
        self.capacity = capacity;
        self.head = head;
        let mut homeless = Vec::new();
        let mut changed = Vec::new();
        for number in self.numbers() {
            while self.fragment(number).is_some_and(|f| f.len() > self.room(number)) {
                let last = self.fragment(number).and_then(|f| f.entries.last_key_value());
                let Some((&subject, _)) = last else { break };
                homeless.extend(self.take_out(number, &subject).map(|entry| (subject, entry)));
                changed.push(number);
            }
        }
        for (subject, entry) in homeless {
            self.place(subject, entry, &mut changed);
        }
        for number in self.numbers() {
            if self.fill(number) {
                changed.push(number);
            }
        }
        changed
    }

    /// Puts an entry that has no place into the first fragment with room, or leaves it out.
    fn place(&mut self, subject: Subject, entry: Entry, changed: &mut Vec<u8>) {
        let turn = subject.turn();
        // Where the first of those left out finds no room, nothing behind it does.
        let hopeless = self.left_out.keys().next().is_some_and(|first| first.0 <= turn.0);
        let number = if hopeless { None } else { self.with_room(&subject) };
        let number = match subject {
            Subject::Link(_) => number.or_else(|| self.make_room(changed)),
            _ => number,
        };
        match number {
            Some(number) => {
                self.put(number, subject, entry);
                // What made room may have been longer than what got it.
                self.fill(number);
                changed.push(number);
            }
            None => {
                self.left_out.insert(turn, entry);
            }
        }
    }

    /// The first fragment with room for `subject`, perhaps a new one.
    fn with_room(&self, subject: &Subject) -> Option<u8> {
        let fits = |&number: &u8| {
            let len = self.fragment(number).map_or(0, |fragment| fragment.len_after(subject));
            len <= self.room(number)
        };
        let new = (self.fragments.len() < FRAGMENTS).then_some(self.fragments.len());
        self.numbers().find(fits).or_else(|| u8::try_from(new?).ok())
    }

    /// Makes room for a link: routes and services of the first fragment that is not full of links
    /// go elsewhere, or are left out.
    fn make_room(&mut self, changed: &mut Vec<u8>) -> Option<u8> {
        let number = self.numbers().find(|&number| {
            let links = self.fragment(number).map_or(0, |fragment| fragment.links);
            (links + 1) * LINK_LEN <= self.room(number)
        })?;
        while self.fragment(number).is_some_and(|f| f.len() + LINK_LEN > self.room(number)) {
            // Links are first in the order of subjects.
            let (&subject, _) = self.fragment(number)?.entries.last_key_value()?;
            let entry = self.take_out(number, &subject)?;
            match self.with_room(&subject).filter(|&other| other != number) {
                Some(other) => {
                    self.put(other, subject, entry);
                    changed.push(other);
                }
                None => {
                    self.left_out.insert(subject.turn(), entry);
                }
            }
        }
        Some(number)
    }

    /// Gives the room of a fragment to what was left out. True if something came in.
    fn fill(&mut self, number: u8) -> bool {
        let before = self.left_out.len();
        while let Some((&(_, subject), _)) = self.left_out.first_key_value()
            && self.fragment(number).is_some_and(|f| f.len_after(&subject) <= self.room(number))
        {
            let Some((_, entry)) = self.left_out.pop_first() else { break };
            self.put(number, subject, entry);
        }
        self.left_out.len() < before
    }

    fn put(&mut self, number: u8, subject: Subject, entry: Entry) {
        if usize::from(number) >= self.fragments.len() {
            self.fragments.resize_with(usize::from(number) + 1, Fragment::default);
        }
        if let Some(fragment) = self.fragment_mut(number) {
            fragment.insert(subject, entry);
            self.places.insert(subject, number);
        }
    }

    fn take_out(&mut self, number: u8, subject: &Subject) -> Option<Entry> {
        self.places.remove(subject);
        self.fragment_mut(number)?.remove(subject)
    }

    fn fragment(&self, number: u8) -> Option<&Fragment> {
        self.fragments.get(usize::from(number))
    }

    fn fragment_mut(&mut self, number: u8) -> Option<&mut Fragment> {
        self.fragments.get_mut(usize::from(number))
    }

    /// Bytes that entries may take in a fragment.
    const fn room(&self, number: u8) -> usize {
        let head = if number == 0 { self.head } else { 0 };
        self.capacity.saturating_sub(head)
    }

    /// Every number that was ever in use, 0 included.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u8> + use<> {
        let count = self.fragments.len().max(1);
        (0..=u8::MAX).take(count)
    }

    /// Fragment 0 is always in use.
    pub(super) fn is_used(&self, number: u8) -> bool {
        number == 0 || self.fragment(number).is_some_and(|f| !f.entries.is_empty())
    }

    /// Appends the options of a fragment.
    pub(super) fn encode(&self, number: u8, out: &mut Vec<u8>) {
        let Some(fragment) = self.fragment(number) else { return };
        let mut routes: Vec<ExternalRoute> = Vec::with_capacity(fragment.routes);
        let mut services = Vec::new();
        for entry in fragment.entries.values() {
            match entry {
                Entry::Link(link) => LspOption::Link(*link).encode(out),
                Entry::Route(route) => routes.push(*route),
                Entry::Service(service) => LspOption::Service(*service).encode(&mut services),
            }
        }
        ExternalRoute::encode_all(&routes, out);
        out.append(&mut services);
    }

    /// What there are entries for, those without room included.
    pub(super) fn subjects(&self) -> impl Iterator<Item = Subject> {
        self.places.keys().chain(self.left_out.keys().map(|(_, subject)| subject)).copied()
    }

    /// Entries that have no room.
    pub(super) fn left_out(&self) -> usize {
        self.left_out.len()
    }
}
