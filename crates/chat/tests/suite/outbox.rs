//! What is told once, in which order it waits, and who may deliver.

use crate::common::{NOW, World, on_both_engines};
use chat::{About, Letter, Posting, Standing, Subject};
use wire::limit;

on_both_engines!(
    a_change_is_told_once_however_many_see_it,
    a_count_is_told_when_it_differs_and_a_passing_thing_again_after_a_while,
    letters_wait_in_order_until_they_arrive_or_are_too_old,
    a_letter_keeps_its_place_while_it_is_put_off,
    a_destination_that_takes_nothing_does_not_fill_the_database,
    what_was_told_is_still_known_after_reopening,
    a_lease_has_one_holder_until_it_ends,
    a_lease_from_before_the_clock_was_put_back_binds_nobody,
    writers_at_the_same_time_give_every_letter_its_own_number,
);

fn subject(about: About, channel: &str) -> Subject {
    Subject { about, app_id: "shop".into(), channel: channel.into(), user_id: String::new() }
}

fn standing(about: About, channel: &str, value: u64) -> Option<Standing> {
    Some(Standing { subject: subject(about, channel), value, again_before_ms: 0 })
}

fn letter(payload: &str) -> Letter {
    Letter { destination: "hook".into(), lane: 3, payload: payload.into(), give_up_ms: NOW + 1_000 }
}

fn posting(standing: Option<Standing>, payload: &str) -> Posting {
    Posting { standing, letters: vec![letter(payload)] }
}

async fn waiting(world: &World) -> Vec<String> {
    let head = world.chat.outbox_head("hook", 3, 100, NOW).await.unwrap();
    head.into_iter().map(|waiting| waiting.payload).collect()
}

async fn a_change_is_told_once_however_many_see_it(world: World) {
    let turn = |value| vec![posting(standing(About::Channel, "news", value), &value.to_string())];
    for value in [1, 1, 0, 0, 1] {
        world.chat.outbox_post(turn(value), NOW).await.unwrap();
    }
    assert_eq!(waiting(&world).await, ["1", "0", "1"]);
    let posted = world.chat.outbox_post(turn(0), NOW).await.unwrap();
    assert_eq!((posted.lanes, posted.refused), (vec![("hook".to_owned(), 3)], 0));
}

async fn a_count_is_told_when_it_differs_and_a_passing_thing_again_after_a_while(world: World) {
    for count in [1, 2, 2, 1] {
        let posting = posting(standing(About::Count, "news", count), &format!("count {count}"));
        world.chat.outbox_post(vec![posting], NOW).await.unwrap();
    }
    for now in [NOW, NOW + 5, NOW + 20] {
        let subject = subject(About::CacheMiss, "news");
        let standing = Standing { subject, value: 1, again_before_ms: now - 10 };
        world
            .chat
            .outbox_post(vec![posting(Some(standing), &format!("miss {}", now - NOW))], now)
            .await
            .unwrap();
    }
    assert_eq!(waiting(&world).await, ["count 1", "count 2", "count 1", "miss 0", "miss 20"]);
    world.chat.told_forget(About::CacheMiss, NOW + 21).await.unwrap();
    assert_eq!(world.chat.told(None, 10).await.unwrap(), [subject(About::Count, "news")]);
}

async fn letters_wait_in_order_until_they_arrive_or_are_too_old(world: World) {
    let mut postings: Vec<Posting> = ["a", "b", "c", "d"].map(|text| posting(None, text)).into();
    postings[2].letters[0].give_up_ms = NOW;
    world.chat.outbox_post(postings, NOW).await.unwrap();
    assert_eq!(waiting(&world).await, ["a", "b", "d"]);
    assert_eq!(world.chat.outbox_waiting().await.unwrap(), [("hook".to_owned(), 4)]);
    let head = world.chat.outbox_head("hook", 3, 1, NOW).await.unwrap();
    world.chat.outbox_done("hook", 3, vec![head[0].number]).await.unwrap();
    world.chat.outbox_done("hook", 3, vec![head[0].number]).await.unwrap();
    assert_eq!(world.chat.outbox_give_up(NOW).await.unwrap(), [("hook".to_owned(), 1)]);
    assert_eq!(waiting(&world).await, ["b", "d"]);
    assert_eq!(world.chat.outbox_waiting().await.unwrap(), [("hook".to_owned(), 2)]);
}

async fn a_letter_keeps_its_place_while_it_is_put_off(mut world: World) {
    world.chat.outbox_post(vec![posting(None, "a"), posting(None, "b")], NOW).await.unwrap();
    let first = world.chat.outbox_head("hook", 3, 1, NOW).await.unwrap().remove(0);
    world.chat.outbox_put_off("hook", 3, first.number, 2, NOW + 500).await.unwrap();
    world.reopen().await;
    let head = world.chat.outbox_head("hook", 3, 9, NOW).await.unwrap();
    let told: Vec<_> = head.iter().map(|w| (w.payload.as_str(), w.attempts, w.due_ms)).collect();
    assert_eq!(told, [("a", 2, NOW + 500), ("b", 0, NOW)]);
}

async fn a_destination_that_takes_nothing_does_not_fill_the_database(world: World) {
    let many = |count: usize| (0..count).map(|n| posting(None, &n.to_string())).collect::<Vec<_>>();
    let posted = world.chat.outbox_post(many(limit::OUTBOX_LETTERS - 1), NOW).await.unwrap();
    assert_eq!(posted.refused, 0);
    let mut more = many(3);
    more[1].letters[0].destination = "other".into();
    let posted = world.chat.outbox_post(more, NOW).await.unwrap();
    assert_eq!((posted.refused, posted.lanes.len()), (1, 2), "another destination is not its neighbour");
}

async fn what_was_told_is_still_known_after_reopening(mut world: World) {
    let member = |user: &str| Subject { user_id: user.into(), ..subject(About::Member, "presence-x") };
    let subjects = [subject(About::Channel, "a"), subject(About::Channel, "b"), member("ana"), member("ben")];
    let tell = |subject: &Subject| Posting {
        standing: Some(Standing { subject: subject.clone(), value: 1, again_before_ms: 0 }),
        letters: Vec::new(),
    };
    world.chat.outbox_post(subjects.iter().map(tell).collect(), NOW).await.unwrap();
    world.reopen().await;
    let first = world.chat.told(None, 3).await.unwrap();
    assert_eq!(first, subjects[..3]);
    assert_eq!(world.chat.told(first.last().cloned(), 3).await.unwrap(), subjects[3..]);
}

async fn a_lease_has_one_holder_until_it_ends(world: World) {
    let lease = async |holder: &str, now_ms: u64| {
        world.chat.lease("outbox", holder, now_ms, now_ms + 10).await.unwrap()
    };
    assert!(lease("ana", NOW).await && lease("ana", NOW + 5).await);
    assert!(!lease("ben", NOW + 14).await);
    assert!(lease("ben", NOW + 15).await && !lease("ana", NOW + 16).await);
    world.chat.release("outbox", "ana").await.unwrap();
    assert!(!lease("ana", NOW + 17).await, "a lease is given back by its holder only");
    world.chat.release("outbox", "ben").await.unwrap();
    assert!(lease("ana", NOW + 18).await);
}

async fn a_lease_from_before_the_clock_was_put_back_binds_nobody(world: World) {
    let lease = async |holder: &str, now_ms: u64| {
        world.chat.lease("outbox", holder, now_ms, now_ms + 6_000).await.unwrap()
    };
    assert!(lease("ana", NOW).await);
    assert!(!lease("ben", NOW - 50_000).await, "clocks of two servers may differ");
    assert!(lease("ben", NOW - 3_600_000).await && !lease("ana", NOW - 3_600_000).await);
}

async fn writers_at_the_same_time_give_every_letter_its_own_number(world: World) {
    let posts = (0..20).map(|writer| {
        let chat = world.chat.clone();
        tokio::spawn(async move {
            let told = |n: u64| standing(About::Channel, &format!("c{}", (n + writer) % 10), 1);
            let postings = (0..10).map(|n| posting(told(n), &format!("{}", (n + writer) % 10))).collect();
            chat.outbox_post(postings, NOW).await.unwrap();
        })
    });
    for post in posts.collect::<Vec<_>>() {
        post.await.unwrap();
    }
    let mut told = waiting(&world).await;
    told.sort();
    assert_eq!(told, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
}
