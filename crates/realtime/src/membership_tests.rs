//! Property tests of the shard's table: whatever joins and leaves, it says what a plain
//! set of pairs says, and nothing is left behind.

#![allow(clippy::unwrap_used)]
use super::*;
use crate::lane::Lane;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn who(key: Key) -> Who {
    Who { key, app: 0, serial: key }
}

fn table() -> Membership {
    let occupancy = Arc::new(Occupancy::new());
    let notices = Arc::new(Notices::default());
    let lanes: Arc<[Lane]> = Arc::new([Lane::default()]);
    let rosters = Rosters::new(occupancy.clone(), lanes.clone(), notices.clone());
    let users = Arc::new(Users::new(lanes.clone(), notices.clone(), Arc::default()));
    let counts = Counts::new(occupancy.clone(), lanes, Vec::new());
    Membership::new(0, occupancy, Arc::new(rosters), users, notices, Arc::new(counts))
}

fn user(id: &str) -> Option<Arc<Principal>> {
    Some(Arc::new(Principal::new(id)))
}

#[derive(Clone, Debug)]
enum Act {
    Join(Key, u8),
    Leave(Key, u8),
    Gone(Key),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..5_u32, 0..60_u8).prop_map(|(k, c)| Act::Join(k, c)),
        3 => (0..5_u32, 0..60_u8).prop_map(|(k, c)| Act::Leave(k, c)),
        1 => (0..5_u32).prop_map(Act::Gone),
    ]
}

proptest! {
    #[test]
    fn the_table_is_a_set_of_pairs(acts in prop::collection::vec(act(), 0..400)) {
        let (mut table, mut pairs) = (table(), BTreeSet::new());
        for act in acts {
            match act {
                Act::Join(key, c) => {
                    let fresh = table.join(who(key), &format!("c{c}"), None).is_ok();
                    prop_assert_eq!(fresh, pairs.insert((c, key)));
                }
                Act::Leave(key, c) => {
                    prop_assert_eq!(table.leave(who(key), &format!("c{c}")), pairs.remove(&(c, key)));
                }
                Act::Gone(key) => {
                    table.leave_all(key);
                    pairs.retain(|(_, k)| *k != key);
                }
            }
        }
        for c in 0..60 {
            let name: Arc<str> = format!("c{c}").into();
            let members: BTreeSet<_> = table.members(0, &name).map(|key| (c, key)).collect();
            prop_assert_eq!(members, pairs.iter().filter(|(d, _)| *d == c).copied().collect());
            prop_assert_eq!(table.occupancy.subscriptions(0, &name) as usize, table.members(0, &name).len());
            for key in 0..5 {
                prop_assert_eq!(table.joined(who(key), &name).is_some(), pairs.contains(&(c, key)));
            }
        }
        (0..5).for_each(|key| table.leave_all(key));
        prop_assert!(table.channels.is_empty() && table.names.is_empty());
        prop_assert_eq!(table.occupancy.channels(), 0);
    }
}

#[test]
fn ruling_5_a_revocation_finds_the_users_sockets_of_its_app_only() {
    let mut table = table();
    table.join(who(0), "private-a", user("ben")).unwrap();
    table.join(who(1), "private-a", user("carol")).unwrap();
    table.join(Who { key: 2, app: 1, serial: 2 }, "private-a", user("ben")).unwrap();
    assert_eq!(table.revoke(0, &Revocation::User("ben".into()), 3, 0), [0]);
}

#[test]
fn ruling_5_losing_a_channel_leaves_the_others() {
    let mut table = table();
    for name in ["private-a", "private-b"] {
        table.join(who(0), name, user("ben")).unwrap();
        table.join(who(1), name, user("carol")).unwrap();
    }
    let lost = Revocation::Channel { user: "ben".into(), channel: "private-a".into() };
    assert_eq!(table.revoke(0, &lost, 2, 0), [0]);
    assert!(table.joined(who(0), "private-a").is_none());
    assert!(table.joined(who(0), "private-b").is_some());
    assert!(table.joined(who(1), "private-a").is_some());
}

#[test]
fn a_signature_older_than_the_revocation_opens_nothing_on_that_socket() {
    let mut table = table();
    table.revoke(0, &Revocation::User("ben".into()), 5, 100);
    let before = Who { key: 0, app: 0, serial: 4 };
    let after = Who { key: 1, app: 0, serial: 5 };
    assert_eq!(table.join(before, "private-a", user("ben")), Err(Refusal::Revoked));
    assert_eq!(table.join(before, "private-a", user("carol")), Ok(()));
    assert_eq!(table.join(after, "private-a", user("ben")), Ok(()));
    table.forget_revocations(100 + REVOKED_FOR_S);
    assert_eq!(table.join(before, "private-b", user("ben")), Ok(()));
}
