//! Real sockets of signed-in users: who may stay, and who is shown out (contract 1.10, 1.13, 1.16).

#![allow(clippy::unwrap_used)]

mod support;

use realtime::{App, Compat, Revocation};
use serde_json::json;
use support::{Person, SECRET, World, app};
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
