//! Presence against a naive model: whatever joins, doubles, leaves and drops on whatever shard,
//! everybody hears of each user exactly once, and nobody of what happened before they came.

#![allow(clippy::unwrap_used)]
use super::*;
use crate::counts::Counts;
use crate::membership::{Key, Membership, Principal, Who};
use crate::users::Users;
use std::collections::BTreeSet;
use testkit::dice::Dice;

const CHANNEL: &str = "presence-x";
const SHARDS: usize = 3;
const KEYS: u32 = 4;
const USERS: u64 = 4;

/// One shard with what each of its connections believes.
struct Side {
    shard: usize,
    lanes: Arc<[Lane]>,
    table: Membership,
    believed: BTreeMap<Key, BTreeSet<String>>,
    users: BTreeMap<Key, String>,
}

fn entry(info: &str) -> Entry<'_> {
    Entry { info, most_members: wire::limit::PRESENCE_MEMBERS }
}

fn who(key: Key) -> Who {
    Who { key, app: 0, serial: key }
}

fn sides(shards: usize) -> (Arc<Rosters>, Vec<Side>) {
    let occupancy = Arc::new(Occupancy::new());
    let lanes: Arc<[Lane]> = (0..shards).map(|_| Lane::default()).collect();
    let notices = Arc::new(Notices::default());
    let rosters = Arc::new(Rosters::new(occupancy.clone(), lanes.clone(), notices.clone()));
    let counts = Arc::new(Counts::new(occupancy.clone(), lanes.clone(), Vec::new()));
    let users = Arc::new(Users::new(lanes.clone(), notices.clone(), Arc::default()));
    let side = |shard| Side {
        shard,
        lanes: lanes.clone(),
        table: Membership::new(
            shard,
            occupancy.clone(),
            rosters.clone(),
            users.clone(),
            notices.clone(),
            counts.clone(),
        ),
        believed: BTreeMap::new(),
        users: BTreeMap::new(),
    };
    (rosters.clone(), (0..shards).map(side).collect())
}

fn data(json: &str) -> serde_json::Value {
    serde_json::from_str(json).unwrap()
}

impl Side {
    fn join(&mut self, key: Key, user: &str) {
        if self.users.contains_key(&key) {
            return;
        }
        let principal = Principal::new(user);
        let roster = self.table.join_presence(who(key), CHANNEL, principal, entry("{}")).unwrap();
        let ids = data(&roster)["presence"]["ids"].as_array().unwrap().clone();
        let ids: BTreeSet<String> = ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        assert!(ids.contains(user), "the roster includes oneself");
        self.believed.insert(key, ids);
        self.users.insert(key, user.into());
    }

    fn leave(&mut self, key: Key, drops: bool) {
        if self.users.remove(&key).is_some() {
            if drops {
                self.table.leave_all(key);
            } else {
                assert!(self.table.leave(who(key), CHANNEL));
            }
            self.believed.remove(&key);
        }
    }

    /// Takes what waits in the lane to everybody it is for.
    fn deliver(&mut self) {
        for publish in self.lanes[self.shard].take().unwrap_or_default() {
            let text = String::from_utf8_lossy(&publish.frame).into_owned();
            let frame = data(&text[text.find('{').unwrap()..]);
            let user = data(frame["data"].as_str().unwrap())["user_id"].as_str().unwrap().to_owned();
            let added = frame["event"] == "pusher_internal:member_added";
            for (key, believed) in &mut self.believed {
                if self.table.hears(*key, 0, &publish.channel, publish.version) {
                    let new = if added { believed.insert(user.clone()) } else { believed.remove(&user) };
                    assert!(new, "{user} heard twice, added: {added}");
                    assert_ne!(self.users[key], user, "nobody hears of themselves");
                }
            }
        }
    }

    fn act(&mut self, dice: &mut Dice) {
        let key = dice.below(u64::from(KEYS)) as Key;
        match dice.below(8) {
            0..4 => self.join(key, &format!("user{}", dice.below(USERS))),
            4 => self.leave(key, false),
            5 => self.leave(key, true),
            _ => self.deliver(),
        }
    }
}

fn check_beliefs(rosters: &Rosters, sides: &mut [Side]) {
    sides.iter_mut().for_each(Side::deliver);
    let present: BTreeSet<String> = sides.iter().flat_map(|side| side.users.values().cloned()).collect();
    assert_eq!(rosters.users(0, CHANNEL), present.iter().cloned().collect::<Vec<_>>());
    assert_eq!(rosters.count(0, CHANNEL), present.len());
    for believed in sides.iter().flat_map(|side| side.believed.values()) {
        assert_eq!(*believed, present);
    }
}

#[test]
fn ten_thousand_seeded_runs_tell_everybody_of_each_user_exactly_once() {
    for seed in 1..=10_000 {
        let (rosters, mut sides) = sides(SHARDS);
        let mut dice = Dice::new(seed);
        for _ in 0..60 {
            let at = dice.below(SHARDS as u64) as usize;
            sides[at].act(&mut dice);
            if dice.below(16) == 0 {
                check_beliefs(&rosters, &mut sides);
            }
        }
        check_beliefs(&rosters, &mut sides);
        for side in &mut sides {
            (0..KEYS).for_each(|key| side.leave(key, true));
        }
        assert!(rosters.stripes.iter().all(|stripe| stripe.lock().rosters.is_empty()), "seed {seed}");
    }
}

#[test]
fn shards_on_threads_of_their_own_agree_in_the_end() {
    let (rosters, mut sides) = sides(4);
    for round in 1..=20_u64 {
        std::thread::scope(|scope| {
            for side in &mut sides {
                let mut dice = Dice::new(round * 64 + side.shard as u64);
                scope.spawn(move || (0..2_000).for_each(|_| side.act(&mut dice)));
            }
        });
        check_beliefs(&rosters, &mut sides);
    }
}

#[test]
fn the_first_user_info_stays_while_the_user_does() {
    let (_, mut sides) = sides(1);
    let table = &mut sides[0].table;
    let mut join =
        |key, info: &str| table.join_presence(who(key), CHANNEL, Principal::new("7"), entry(info)).unwrap();
    join(0, r#"{"name":"Ben"}"#);
    assert_eq!(
        join(1, r#"{"name":"Benjamin"}"#),
        r#"{"presence":{"ids":["7"],"hash":{"7":{"name":"Ben"}},"count":1}}"#
    );
}

#[test]
fn contract_1_10_a_hundred_members_and_no_more_but_their_second_tabs() {
    let (_, mut sides) = sides(1);
    let table = &mut sides[0].table;
    let mut join = |key: Key, user: u32| {
        table.join_presence(who(key), CHANNEL, Principal::new(user.to_string()), entry("{}"))
    };
    for user in 0..100 {
        join(user, user).unwrap();
    }
    let refused = join(100, 100).unwrap_err();
    assert_eq!(refused, Refusal::PresenceFull.because("The limit is 100 members, it has 100."));
    join(101, 5).unwrap();
}
