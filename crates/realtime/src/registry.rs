//! Which apps the hub serves, by number, id and key, and how many connections each has; exchanged
//! while sockets are open. Decides who may come in; knows nothing of sockets and of where apps come from.

use crate::App;
use crate::app::OnNotice;
use arc_swap::{ArcSwap, Guard};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use wire::{Refusal, Refused};

/// The apps of now. Reading is a pointer load; an exchange replaces the whole at once, so nobody
/// sees half of it.
pub(crate) struct Registry {
    known: ArcSwap<Known>,
    /// Held during an exchange.
    exchanging: Mutex<()>,
}

/// An app's number is its position, and stays its own for as long as the process lives: everything
/// a connection joined is kept under it.
#[derive(Default)]
struct Known {
    places: Vec<Place>,
    by_id: HashMap<String, u16>,
    by_key: HashMap<String, u16>,
}

#[derive(Clone)]
struct Place {
    app: Arc<App>,
    /// False: it was taken out and is here for its last connections.
    is_listed: bool,
    connections: Arc<AtomicUsize>,
    tally: Arc<Tally>,
}

/// What an app has done since the start.
#[derive(Default)]
pub(crate) struct Tally {
    published: AtomicU64,
    client_events: AtomicU64,
}

impl Tally {
    pub(crate) fn published(&self) -> u64 {
        self.published.load(Relaxed)
    }

    pub(crate) fn client_events(&self) -> u64 {
        self.client_events.load(Relaxed)
    }
}

impl Place {
    /// Why nobody may come in or stay, if so.
    fn closed(&self) -> Option<Refusal> {
        match (self.is_listed, self.app.enabled) {
            (false, _) => Some(Refusal::UnknownAppKey),
            (true, false) => Some(Refusal::AppDisabled),
            (true, true) => None,
        }
    }
}

/// An app as it is at this moment. Not to be kept over a wait.
pub(crate) struct AppNow {
    known: Guard<Arc<Known>>,
    at: usize,
}

impl Deref for AppNow {
    type Target = App;

    fn deref(&self) -> &App {
        &self.known.places[self.at].app
    }
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

impl Registry {
    /// Fails if two apps share an id or a key.
    pub(crate) fn new(apps: Vec<App>) -> io::Result<Registry> {
        let registry = Registry { known: ArcSwap::default(), exchanging: Mutex::default() };
        registry.exchange(apps)?;
        Ok(registry)
    }

    /// Serves these apps from now on; what had the same id keeps its number. Answers the numbers of
    /// those whose connections must go.
    pub(crate) fn exchange(&self, apps: Vec<App>) -> io::Result<Vec<u16>> {
        let _alone = self.exchanging.lock();
        let before = self.known.load_full();
        let mut places = before.places.clone();
        places.iter_mut().for_each(|place| place.is_listed = false);
        let mut numbers: HashMap<String, u16> =
            places.iter().map(|place| place.app.id.clone()).zip(0..).collect();
        let (mut by_id, mut by_key) = (HashMap::new(), HashMap::new());
        for app in apps {
            let next = u16::try_from(places.len()).map_err(|_| invalid("more than 65,535 apps"))?;
            let number = *numbers.entry(app.id.clone()).or_insert(next);
            let is_new = by_id.insert(app.id.clone(), number).is_none()
                & by_key.insert(app.key.clone(), number).is_none();
            if !is_new {
                return Err(invalid("two apps have the same id or the same key"));
            }
            let app = Arc::new(app);
            match places.get_mut(usize::from(number)) {
                Some(place) => (place.app, place.is_listed) = (app, true),
                None => {
                    let (connections, tally) = (Arc::default(), Arc::default());
                    places.push(Place { app, is_listed: true, connections, tally });
                }
            }
        }
        let closed = (0..).zip(&places).filter(|(_, place)| place.closed().is_some());
        let closed = closed.map(|(number, _)| number).collect();
        self.known.store(Arc::new(Known { places, by_id, by_key }));
        Ok(closed)
    }

    /// The app of this number.
    pub(crate) fn app(&self, app: u16) -> AppNow {
        AppNow { known: self.known.load(), at: usize::from(app) }
    }

    pub(crate) fn number_by_id(&self, id: &str) -> Option<u16> {
        self.known.load().by_id.get(id).copied()
    }

    pub(crate) fn number_by_key(&self, key: &str) -> Option<u16> {
        self.known.load().by_key.get(key).copied()
    }

    /// The app of this number, to keep.
    pub(crate) fn shared(&self, app: u16) -> Arc<App> {
        self.known.load().places[usize::from(app)].app.clone()
    }

    /// Apps that are served or disabled, by number.
    pub(crate) fn all(&self) -> Vec<Arc<App>> {
        let known = self.known.load();
        known.places.iter().filter(|place| place.is_listed).map(|place| place.app.clone()).collect()
    }

    /// Every app's hook by number; one that was taken out keeps its own until its channels are empty.
    pub(crate) fn hooks(&self) -> Vec<Option<OnNotice>> {
        self.known.load().places.iter().map(|place| place.app.on_notice.clone()).collect()
    }

    /// Which apps tell subscribers how many they are, by number.
    pub(crate) fn counted(&self) -> Vec<bool> {
        self.known.load().places.iter().map(|place| place.app.subscription_count).collect()
    }

    /// Why the connections of this app may not stay, if so.
    pub(crate) fn closed(&self, app: u16) -> Option<Refusal> {
        self.known.load().places[usize::from(app)].closed()
    }

    /// Counts one more connection of this app, if it is served and has room for it.
    pub(crate) fn enter(&self, app: u16) -> Result<(), Refused> {
        let known = self.known.load();
        let place = &known.places[usize::from(app)];
        if let Some(refusal) = place.closed() {
            return Err(refusal.into());
        }
        let most = place.app.max_connections.unwrap_or(usize::MAX);
        let more = |count: usize| (count < most).then_some(count + 1);
        let entered = place.connections.fetch_update(Relaxed, Relaxed, more);
        entered.map(drop).map_err(|count| {
            Refusal::OverCapacity.because(format!("The app's limit is {most} connections, it has {count}."))
        })
    }

    /// A connection of this app is gone.
    pub(crate) fn leave(&self, app: u16) {
        self.known.load().places[usize::from(app)].connections.fetch_sub(1, Relaxed);
    }

    /// Connections of this app.
    pub(crate) fn connections(&self, app: u16) -> usize {
        self.known.load().places[usize::from(app)].connections.load(Relaxed)
    }

    /// The server published an event of this app.
    pub(crate) fn published(&self, app: u16) {
        self.known.load().places[usize::from(app)].tally.published.fetch_add(1, Relaxed);
    }

    /// A client's event was accepted.
    pub(crate) fn client_event(&self, app: u16) {
        self.known.load().places[usize::from(app)].tally.client_events.fetch_add(1, Relaxed);
    }

    /// What all apps have published since the start, their clients too.
    pub(crate) fn all_published(&self) -> u64 {
        let known = self.known.load();
        known.places.iter().map(|place| place.tally.published() + place.tally.client_events()).sum()
    }

    /// What this app has done.
    pub(crate) fn tally(&self, app: u16) -> Arc<Tally> {
        self.known.load().places[usize::from(app)].tally.clone()
    }

    /// Numbers and ids of the apps that are served or disabled.
    pub(crate) fn numbered(&self) -> Vec<(u16, String)> {
        let known = self.known.load();
        let listed = (0..).zip(&known.places).filter(|(_, place)| place.is_listed);
        listed.map(|(number, place)| (number, place.app.id.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn app(id: &str) -> App {
        App::new(id, format!("{id}-key"), "s")
    }

    #[test]
    fn an_app_keeps_its_number_whatever_comes_and_goes_around_it() {
        let registry = Registry::new(vec![app("a"), app("b")]).unwrap();
        registry.enter(1).unwrap();
        assert_eq!(registry.exchange(vec![app("c"), app("b")]).unwrap(), [0]);
        let numbers = ["a", "b", "c"].map(|id| registry.number_by_id(id));
        assert_eq!(numbers, [None, Some(1), Some(2)]);
        assert_eq!((registry.number_by_key("a-key"), registry.number_by_key("c-key")), (None, Some(2)));
        assert_eq!((registry.closed(0), registry.closed(1)), (Some(Refusal::UnknownAppKey), None));
        assert_eq!(registry.connections(1), 1, "an exchange forgets no connection");
        assert!(registry.exchange(vec![app("a"), app("b"), app("c")]).unwrap().is_empty());
        assert_eq!(registry.number_by_id("a"), Some(0), "and gets it back when it comes again");
    }

    #[test]
    fn a_change_that_contradicts_itself_changes_nothing() {
        let registry = Registry::new(vec![app("a")]).unwrap();
        let stolen_key = App::new("b", "a-key", "s");
        for apps in [vec![app("b"), app("b")], vec![app("a"), stolen_key]] {
            assert!(registry.exchange(apps).is_err());
            assert_eq!((registry.number_by_id("a"), registry.number_by_id("b")), (Some(0), None));
            assert_eq!(registry.closed(0), None);
        }
    }

    #[test]
    fn a_full_app_says_its_limit_and_a_disabled_one_takes_nobody() {
        let small = |most| App { max_connections: Some(most), ..app("a") };
        let registry = Registry::new(vec![small(1)]).unwrap();
        registry.enter(0).unwrap();
        let full = registry.enter(0).unwrap_err();
        assert_eq!(full.to_string(), "Over capacity. The app's limit is 1 connections, it has 1.");
        registry.exchange(vec![small(2)]).unwrap();
        registry.enter(0).unwrap();
        registry.leave(0);
        assert_eq!(registry.exchange(vec![App { enabled: false, ..small(2) }]).unwrap(), [0]);
        assert_eq!(registry.enter(0).unwrap_err().refusal, Refusal::AppDisabled);
        assert_eq!(registry.connections(0), 1);
    }
}
