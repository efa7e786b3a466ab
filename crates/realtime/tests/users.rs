//! Real sockets of signed-in users: who may stay, and who is shown out (contract 1.10, 1.13, 1.16).

#![allow(clippy::unwrap_used)]

mod support;

use realtime::{App, Compat, Notice, Revocation};
use serde_json::json;
use std::sync::Arc;
use support::{Person, SECRET, World, app};
use tokio::sync::mpsc;
use wire::sign;

async fn sign_in(person: &mut Person, user_data: &str) {
    let auth = sign::user_auth("key", SECRET, &person.socket_id, user_data);
    person.say(json!({"event": "pusher:signin", "data": {"auth": auth, "user_data": user_data}})).await;
    assert_eq!(person.next().await["event"], "pusher:signin_success");
}

#[tokio::test]
async fn contract_1_10_who_does_not_show_in_time_who_they_are_is_closed_with_4009() {
    let world = World::new(App { authorised_within_s: Some(1), ..app() });
    let (mut ana, mut ben, mut carol) = (world.person().await, world.person().await, world.person().await);
    sign_in(&mut ana, r#"{"id":"ana"}"#).await;
    ben.subscribe("private-x", None).await;
    carol.subscribe("news", None).await;
    let mut dave = world.person().await;
    for stranger in [&mut carol, &mut dave] {
        let (code, before) = stranger.closed().await;
        assert_eq!(code, 4009);
        let error =
            json!({"message": "This connection was not authorised in time. The limit is 1 s.", "code": 4009});
        assert_eq!(before, [json!({"event": "pusher:error", "data": error})]);
    }
    ana.hears_nothing().await;
    ben.hears_nothing().await;
}

#[tokio::test]
async fn ruling_5_a_revoked_user_is_signed_out_too_and_cannot_sign_in_again_on_an_old_socket() {
    let world = World::new(app());
    let (mut ana, mut tab, mut ben) = (world.person().await, world.person().await, world.person().await);
    sign_in(&mut ana, r#"{"id":"ana","session":"s"}"#).await;
    sign_in(&mut ben, r#"{"id":"ben","watchlist":["ana"]}"#).await;
    assert_eq!(ben.next().await["data"]["events"], json!([{"name": "online", "user_ids": ["ana"]}]));
    world.hub.revoke("app", Revocation::User("ana".into()));
    assert_eq!(ana.closed().await.0, 4009);
    assert_eq!(ben.next().await["data"]["events"], json!([{"name": "offline", "user_ids": ["ana"]}]));
    let data = r#"{"id":"ana"}"#;
    let auth = sign::user_auth("key", SECRET, &tab.socket_id, data);
    tab.say(json!({"event": "pusher:signin", "data": {"auth": auth, "user_data": data}})).await;
    assert_eq!(tab.closed().await.0, 4009);
    ben.hears_nothing().await;
}

#[tokio::test]
async fn contract_1_16_terminate_means_the_members_of_presence_channels_too_in_reverbs_mode() {
    for compat in [Compat::Pusher, Compat::Reverb] {
        let world = World::new(App { compat, ..app() });
        let (mut ana, mut ben, mut other) =
            (world.person().await, world.person().await, world.person().await);
        sign_in(&mut ana, r#"{"id":"7"}"#).await;
        ben.subscribe("presence-x", Some(r#"{"user_id":7}"#)).await;
        other.subscribe("private-x", Some(r#"{"user_id":7}"#)).await;
        world.hub.terminate("app", "7");
        assert_eq!(ana.closed().await.0, 4009);
        match compat {
            Compat::Pusher => ben.hears_nothing().await,
            Compat::Reverb => assert_eq!(ben.closed().await.0, 4009),
        }
        other.hears_nothing().await;
    }
}

#[tokio::test]
async fn where_an_app_counts_it_a_signature_that_names_somebody_makes_them_online_once() {
    let (heard, mut hear) = mpsc::unbounded_channel();
    let told = Arc::new(move |notice: &Notice<'_>| {
        if let Notice::User { user_id } = notice {
            heard.send((*user_id).to_owned()).unwrap();
        }
    });
    let world = World::new(App { private_is_online: true, on_notice: Some(told), ..app() });
    let (mut ana, mut tab, mut ben) = (world.person().await, world.person().await, world.person().await);
    let data = Some(r#"{"user_id":"ana"}"#);
    ana.subscribe("private-x", data).await;
    ana.subscribe("private-y", data).await;
    tab.subscribe("private-x", data).await;
    ben.subscribe("private-x", None).await;
    assert_eq!(hear.recv().await.as_deref(), Some("ana"));
    assert_eq!((world.hub.places("app", "ana"), world.hub.online("app")), (3, vec!["ana".into()]));
    drop(ana);
    world.until("one place is left", |hub| hub.places("app", "ana") == 1).await;
    tab.say(json!({"event": "pusher:unsubscribe", "data": {"channel": "private-x"}})).await;
    assert_eq!(
        hear.recv().await.as_deref(),
        Some("ana"),
        "told of coming and of going, and of nothing between"
    );
    assert_eq!(world.hub.places("app", "ana"), 0);
    world.hub.take_place("app", "eve");
    assert_eq!((hear.recv().await.as_deref(), world.hub.places("app", "eve")), (Some("eve"), 1));
    world.hub.give_up_place("app", "eve");
    assert_eq!((hear.recv().await.as_deref(), world.hub.places("app", "eve")), (Some("eve"), 0));
    assert!(hear.try_recv().is_err());
}

#[tokio::test]
async fn elsewhere_a_signature_for_a_channel_is_no_sign_in() {
    let world = World::new(app());
    let mut ana = world.person().await;
    ana.subscribe("private-x", Some(r#"{"user_id":"ana"}"#)).await;
    assert_eq!(world.hub.places("app", "ana"), 0);
    sign_in(&mut ana, r#"{"id":"ana"}"#).await;
    assert_eq!(world.hub.places("app", "ana"), 1);
}
