//! What is told once, in which order it waits, and who may deliver.

use crate::common::{NOW, World, on_both_engines, refused};
use chat::{About, Failed, Letter, Posting, Standing, Subject};
use wire::monitor::QueueKind;
use wire::{Refusal, limit};

on_both_engines!(
    a_change_is_told_once_however_many_see_it,
    a_count_is_told_when_it_differs_and_a_passing_thing_again_after_a_while,
    letters_wait_in_order_until_they_arrive_or_are_too_old,
    a_letter_keeps_its_place_while_it_is_put_off,
    a_letter_given_up_is_sent_after_all_or_dropped,
    queues_say_what_waits_for_how_long_and_why_it_failed,
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
    let failed =
        Failed { attempts: 2, at_ms: NOW, due_ms: NOW + 500, why: "it cannot be reached".to_owned() };
    world.chat.outbox_put_off("hook", 3, first.number, failed).await.unwrap();
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

async fn a_letter_given_up_is_sent_after_all_or_dropped(world: World) {
    let ben = world.ben().await;
    let carol = world.carol(&ben).await;
    world
        .chat
        .outbox_post(vec![posting(None, r#"{"type":"one"}"#), posting(None, "two")], NOW)
        .await
        .unwrap();
    let failed = Failed { attempts: 4, at_ms: NOW, due_ms: NOW + 500, why: "it answered 500".to_owned() };
    world.chat.outbox_put_off("hook", 3, 1, failed).await.unwrap();
    assert_eq!(world.chat.outbox_give_up(NOW + 2_000).await.unwrap(), [("hook".to_owned(), 2)]);
    let dead = world.chat.dead_letters(&ben).await.unwrap();
    let mut told: Vec<_> = dead.iter().map(|letter| (letter.event.as_str(), letter.attempts)).collect();
    told.sort_unstable();
    assert_eq!(told, [("", 0), ("one", 4)]);
    assert!(dead.iter().all(|letter| letter.failure.as_deref() == Some("it answered 500")));
    let ids: Vec<String> = dead.iter().map(|letter| letter.id.clone()).collect();
    assert_eq!(refused(world.chat.dead_letters(&carol).await), Refusal::NotAllowed);
    assert_eq!(refused(world.chat.drop_dead_letters(&carol, ids.clone()).await), Refusal::NotAllowed);
    let retried = world.chat.retry_dead_letters(&carol, ids.clone(), NOW).await;
    assert_eq!(refused(retried), Refusal::NotAllowed);

    let one = dead.iter().find(|letter| letter.event == "one").unwrap().id.clone();
    let retry = || world.chat.retry_dead_letters(&ben, vec![one.clone()], NOW + 3_000);
    let (first, second) = tokio::join!(retry(), retry());
    assert_eq!(first.unwrap().lanes.len() + second.unwrap().lanes.len(), 1);
    retry().await.unwrap();
    let head = world.chat.outbox_head("hook", 3, 9, NOW + 3_000).await.unwrap();
    let waits: Vec<_> = head.iter().map(|w| (w.payload.as_str(), w.attempts, w.due_ms)).collect();
    assert_eq!(waits, [(r#"{"type":"one"}"#, 0, NOW + 3_000)], "once, however often that is asked");
    assert_eq!(world.chat.outbox_waiting().await.unwrap(), [("hook".to_owned(), 1)]);
    world.chat.drop_dead_letters(&ben, ids).await.unwrap();
    assert!(world.chat.dead_letters(&ben).await.unwrap().is_empty());

    world.chat.outbox_give_up(NOW + 4 * limit::CHAT_WEBHOOK_RETRY_S * 1_000).await.unwrap();
    let week_later = NOW + 4 * limit::CHAT_WEBHOOK_RETRY_S * 1_000 + limit::DEAD_LETTER_S * 1_000 + 1;
    assert_eq!(world.chat.dead_letters(&ben).await.unwrap().len(), 1);
    world.chat.outbox_give_up(week_later).await.unwrap();
    assert!(world.chat.dead_letters(&ben).await.unwrap().is_empty(), "nobody cared for a week");
}

async fn queues_say_what_waits_for_how_long_and_why_it_failed(world: World) {
    let ben = world.ben().await;
    let carol = world.carol(&ben).await;
    assert_eq!(refused(world.chat.queues(&carol, NOW).await), Refusal::NotAllowed);
    world.chat.outbox_post(vec![posting(None, "a"), posting(None, "b")], NOW).await.unwrap();
    let failed =
        Failed { attempts: 1, at_ms: NOW + 10, due_ms: NOW + 600, why: "it answered 500".to_owned() };
    world.chat.outbox_put_off("hook", 3, 1, failed).await.unwrap();
    let (queues, destinations) = world.chat.queues(&ben, NOW + 100).await.unwrap();
    assert_eq!(queues.len(), 8);
    let apps = queues.iter().find(|queue| queue.kind == QueueKind::AppWebhooks).unwrap();
    assert_eq!((apps.waiting, apps.retrying, apps.dead, apps.oldest_ms), (2, 1, 0, Some(100)));
    assert_eq!((apps.failure.as_deref(), apps.failed_ms), (Some("it answered 500"), Some(NOW + 10)));
    assert_eq!(destinations.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["hook"]);

    world.chat.retry_queue(&ben, "hook", NOW + 200).await.unwrap();
    let head = world.chat.outbox_head("hook", 3, 1, NOW + 200).await.unwrap();
    assert_eq!(head[0].due_ms, NOW + 200, "at once");
    world.chat.outbox_done("hook", 3, vec![1]).await.unwrap();
    let (_, destinations) = world.chat.queues(&ben, NOW + 300).await.unwrap();
    assert_eq!((destinations[0].waiting, destinations[0].failure.as_deref()), (1, None), "it works again");
}
