//! What a change tells, on which channels, to whom.

use crate::common::{NOW, World, on_both_engines};
use chat::{Change, Links, announce};
use std::collections::HashSet;

on_both_engines!(
    a_change_is_told_on_every_channel_that_listens,
    a_note_is_told_to_agents_alone,
    what_nobody_listens_to_is_not_rendered,
    a_retry_and_a_refusal_tell_nothing,
);

/// Everything a change tells when all listen: channel without id, event, data.
fn told(change: &Change) -> Vec<(String, String, serde_json::Value)> {
    let mut told = Vec::new();
    announce(
        change,
        &Links::new("secret", "", || NOW),
        |_| true,
        |channel, event, data| {
            let kind = channel.rsplit_once('.').unwrap().0.to_owned();
            told.push((kind, event.to_owned(), serde_json::from_str(data).unwrap()));
        },
    );
    told
}

async fn a_change_is_told_on_every_channel_that_listens(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    let answer = world.answers(&ben, &conversation, "Hi").await;
    world.chat.visitor_reached(&ana, &conversation, &answer.id, chat::Reached::Read, NOW).await.unwrap();
    let changes = world.changes.lock();
    let names = |change| {
        told(change).into_iter().map(|(channel, event, _)| format!("{channel} {event}")).collect::<Vec<_>>()
    };
    assert_eq!(
        names(&changes[0]),
        [
            "private-chat.conversation agent.joined",
            "private-conversation agent.joined",
            "private-agents.conversation agent.joined",
            "private-chat.conversation ChatMessageReceived",
            "private-conversation message.sent",
            "private-agents.conversation message.created",
            "private-agents.widget conversation.changed",
        ]
    );
    assert_eq!(
        names(&changes[1]),
        [
            "private-chat.conversation receipt.updated",
            "private-agents.conversation receipt.updated",
            "private-agents.widget conversation.changed",
        ]
    );
    let (_, _, data) = &told(&changes[0])[4];
    assert_eq!(data["message"]["content"], "Hi");
}

async fn a_note_is_told_to_agents_alone(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    world.notes(&ben, &conversation, "psst").await;
    let changes = world.changes.lock();
    for (channel, _, _) in told(&changes[0]) {
        assert!(channel.starts_with("private-agents."), "{channel}");
    }
    assert_eq!(told(&changes[0]).len(), 2);
}

async fn what_nobody_listens_to_is_not_rendered(world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "Hello").await;
    let changes = world.changes.lock();
    let links = Links::new("secret", "", || NOW);
    announce(&changes[0], &links, |_| false, |channel, _, _| panic!("nobody listens to {channel}"));
    let own = format!("private-chat.conversation.{conversation}");
    let mut heard = HashSet::new();
    announce(
        &changes[0],
        &links,
        |channel| channel == own,
        |channel, _, _| {
            heard.insert(channel.to_owned());
        },
    );
    assert_eq!(heard, HashSet::from([own]));
}

async fn a_retry_and_a_refusal_tell_nothing(world: World) {
    let (ana, eve) = (world.ana().await, world.eve().await);
    let conversation = world.conversation(&ana).await;
    let hello = || crate::common::with_id("Hello", "c1");
    world.chat.visitor_post(&ana, &conversation, hello(), NOW).await.unwrap();
    world.chat.visitor_post(&ana, &conversation, hello(), NOW).await.unwrap();
    world.chat.visitor_post(&eve, &conversation, hello(), NOW).await.unwrap_err();
    assert_eq!(world.changes.lock().len(), 1);
}
