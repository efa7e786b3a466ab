//! Sign-ins and watchlists against a naive model: whatever signs in, doubles and drops on whatever
//! shard, everybody hears of each change of whom they watch exactly once.

#![allow(clippy::unwrap_used)]
use super::*;
use std::collections::BTreeSet;
use testkit::dice::Dice;

const SHARDS: usize = 3;
const KEYS: u64 = 4;
const USERS: u64 = 5;

/// One shard with what each of its connections is and believes.
struct Side {
    lanes: Arc<[Lane]>,
    table: ShardUsers,
    people: BTreeMap<Key, Person>,
}

struct Person {
    id: String,
    watches: BTreeSet<String>,
    believed: BTreeSet<String>,
}

fn sides() -> (Arc<Users>, Vec<Side>) {
    let lanes: Arc<[Lane]> = (0..SHARDS).map(|_| Lane::default()).collect();
    let users = Arc::new(Users::new(lanes.clone(), Arc::default(), Arc::default()));
    let side = |shard| Side {
        lanes: lanes.clone(),
        table: ShardUsers::new(shard, users.clone()),
        people: BTreeMap::new(),
    };
    (users.clone(), (0..SHARDS).map(side).collect())
}

impl Side {
    fn sign_in(&mut self, key: Key, id: String, watches: BTreeSet<String>) {
        if self.people.contains_key(&key) {
            return;
        }
        let list = watches.iter().map(|id| id.as_str().into()).collect();
        let user = SignedIn { id: id.as_str().into(), session: None, info: None, watches: list, app: 0 };
        let online = self.table.enter(Who { key, app: 0, serial: key }, user);
        let believed: BTreeSet<String> = online.iter().map(ToString::to_string).collect();
        assert_eq!(believed.contains(&id), watches.contains(&id), "whoever watches themselves is there");
        self.people.insert(key, Person { id, watches, believed });
    }

    fn drop_connection(&mut self, key: Key) {
        self.table.leave(key);
        self.people.remove(&key);
    }

    /// Takes what waits to everybody it is for.
    fn deliver(&mut self) {
        let changed = self.lanes[self.table.shard].take_changed_users().unwrap_or_default();
        for (key, frame) in self.table.news(changed) {
            let text = String::from_utf8_lossy(&frame).into_owned();
            let frame: Value = serde_json::from_str(&text[text.find('{').unwrap()..]).unwrap();
            let person = self.people.get_mut(&key).expect("nobody who is gone is told");
            for event in frame["data"]["events"].as_array().unwrap() {
                for id in event["user_ids"].as_array().unwrap() {
                    let id = id.as_str().unwrap().to_owned();
                    assert!(person.watches.contains(&id), "told of somebody not watched");
                    let is_new = match event["name"].as_str().unwrap() {
                        "online" => person.believed.insert(id),
                        _ => person.believed.remove(&id),
                    };
                    assert!(is_new, "told twice: {event}");
                }
            }
        }
    }

    fn act(&mut self, dice: &mut Dice) {
        let key = dice.below(KEYS) as Key;
        match dice.below(8) {
            0..4 => {
                let mut user = || format!("user{}", dice.below(USERS));
                let (id, watches) = (user(), (0..3).map(|_| user()).collect());
                self.sign_in(key, id, watches);
            }
            4 | 5 => self.drop_connection(key),
            _ => self.deliver(),
        }
    }
}

fn check_beliefs(users: &Users, sides: &mut [Side]) {
    sides.iter_mut().for_each(Side::deliver);
    let online: BTreeSet<String> =
        sides.iter().flat_map(|side| side.people.values().map(|p| p.id.clone())).collect();
    for id in (0..USERS).map(|n| format!("user{n}")) {
        assert_eq!(users.is_online(&(0, id.as_str().into())), online.contains(&id));
    }
    for person in sides.iter().flat_map(|side| side.people.values()) {
        assert_eq!(person.believed, &person.watches & &online);
    }
}

#[test]
fn ten_thousand_seeded_runs_tell_watchers_of_each_change_exactly_once() {
    for seed in 1..=10_000 {
        let (users, mut sides) = sides();
        let mut dice = Dice::new(seed);
        for _ in 0..60 {
            let at = dice.below(SHARDS as u64) as usize;
            sides[at].act(&mut dice);
            if dice.below(16) == 0 {
                check_beliefs(&users, &mut sides);
            }
        }
        check_beliefs(&users, &mut sides);
        for side in &mut sides {
            (0..KEYS as Key).for_each(|key| side.drop_connection(key));
            assert!(side.table.watched.is_empty() && side.table.signed_in.is_empty(), "seed {seed}");
        }
        assert!(users.stripes.iter().all(|stripe| stripe.lock().is_empty()), "seed {seed}");
    }
}

#[test]
fn shards_on_threads_of_their_own_agree_in_the_end() {
    let (users, mut sides) = sides();
    for round in 1..=20_u64 {
        std::thread::scope(|scope| {
            for side in &mut sides {
                let mut dice = Dice::new(round * 64 + side.table.shard as u64);
                scope.spawn(move || (0..2_000).for_each(|_| side.act(&mut dice)));
            }
        });
        check_beliefs(&users, &mut sides);
    }
}

#[test]
fn what_waits_does_not_grow_with_what_happens() {
    let (_, mut sides) = sides();
    sides[0].sign_in(0, "ana".into(), ["ben".to_owned()].into());
    for _ in 0..1_000 {
        sides[1].sign_in(0, "ben".into(), BTreeSet::new());
        sides[1].drop_connection(0);
    }
    let changed = sides[0].lanes[0].take_changed_users().unwrap();
    assert_eq!(changed.len(), 1);
    assert!(sides[0].table.news(changed).is_empty(), "what undid itself is not told");
}

#[test]
fn apps_do_not_hear_of_each_other() {
    let (_, mut sides) = sides();
    sides[0].sign_in(0, "ana".into(), ["ben".to_owned()].into());
    let ben = SignedIn { id: "ben".into(), session: None, info: None, watches: [].into(), app: 1 };
    sides[1].table.enter(Who { key: 0, app: 1, serial: 0 }, ben);
    assert!(sides[0].lanes[0].take_changed_users().is_none());
}
