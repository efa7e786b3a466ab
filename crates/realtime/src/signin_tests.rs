//! Transcripts of sign-ins: who a connection is, what it may join for that, and what it hears of
//! those it watches (contract 1.10, 1.12).

use super::*;

const NEITHER: &str = "#server-to-user-";

#[test]
fn contract_1_10_a_sign_in_is_answered_with_its_own_data_and_may_be_repeated() {
    World::new(app()).play(
        r##"
        Ana signs in as {"id":"ana","user_info":{"name":"Ana"}}
        Ana < {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"ana\",\"user_info\":{\"name\":\"Ana\"}}"}}
        Ana signs in as {"id":"ana"}
        Ana < {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"ana\"}"}}
        Ana signs in as {"id":"eve"}
        Ana < {"event":"pusher:error","data":{"message":"This connection is signed in as another user.","code":null}}
        Ana joins #server-to-user-ana
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"#server-to-user-ana","data":"{}"}
        "##,
    );
}

#[test]
fn contract_1_10_a_sign_in_that_nobody_signed_closes_with_4009() {
    World::new(app()).play(
        r##"
        Eve > {"event":"pusher:signin","data":{"auth":"key:00","user_data":"{\"id\":\"ana\"}"}}
        Eve < {"event":"pusher:error","data":{"message":"The sign-in was refused. Invalid signature: Expected HMAC SHA256 hex digest of 64.0::user::{\"id\":\"ana\"}, but got 00","code":4009}}
        Eve < closed 4009
        "##,
    );
    World::new(app()).play(
        r##"
        Ana signs in as {"id":"ana","until":1004}
        Ana < {"event":"pusher:error","data":{"message":"The sign-in was refused. Invalid signature: It has expired.","code":4009}}
        Ana < closed 4009
        "##,
    );
}

#[test]
fn contract_1_10_a_sign_in_names_a_user_by_a_short_text_of_the_channels_alphabet() {
    let long = "x".repeat(129);
    for data in [
        "nonsense",
        "{}",
        r#"{"id":7}"#,
        r#"{"id":""}"#,
        r#"{"id":"a b"}"#,
        &format!(r#"{{"id":"{long}"}}"#),
        r#"{"id":"1","user_info":"Ana"}"#,
        r#"{"id":"1","watchlist":"2"}"#,
        r#"{"id":"1","watchlist":[2]}"#,
    ] {
        let heard = World::new(app()).sign_in("Ana", data);
        assert_eq!(heard[1..], ["Ana < closed 4009"], "{data}: {heard:?}");
    }
    let heard = World::new(app()).sign_in("Ana", &format!(r#"{{"id":"{}"}}"#, "x".repeat(128)));
    assert!(heard[0].contains("signin_success"), "{heard:?}");
}

#[test]
fn contract_1_8_a_users_own_channel_is_for_that_user_alone() {
    let mut world = World::new(app());
    let refused = |heard: Vec<String>| {
        assert_eq!(heard.len(), 2, "{heard:?}");
        assert!(heard[1].contains(r#""type":"AuthError""#), "{heard:?}");
    };
    refused(world.act("Ana joins #server-to-user-ana"));
    world.act(r#"Ana signs in as {"id":"ana"}"#);
    refused(world.act("Ana joins #server-to-user-eve"));
    refused(world.act(&format!("Ana joins {NEITHER}")));
    assert!(world.act("Ana joins #server-to-user-ana")[0].contains("subscription_succeeded"));
    refused(world.act("Eve joins #server-to-user-ana"));
}

#[test]
fn contract_1_10_presence_takes_the_signed_in_user_unless_channel_data_names_another() {
    World::new(app()).play(
        r##"
        Ana signs in as {"id":"ana","user_info":{"name":"Ana"}}
        Ana < {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"ana\",\"user_info\":{\"name\":\"Ana\"}}"}}
        Ana joins presence-x
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"presence-x","data":"{\"presence\":{\"ids\":[\"ana\"],\"hash\":{\"ana\":{\"name\":\"Ana\"}},\"count\":1}}"}
        Ana joins presence-y as {"user_id":7}
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"presence-y","data":"{\"presence\":{\"ids\":[\"7\"],\"hash\":{\"7\":{}},\"count\":1}}"}
        Ben signs in as {"id":"ben"}
        Ben < {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"ben\"}"}}
        Ben joins presence-x
        Ben < {"event":"pusher_internal:subscription_succeeded","channel":"presence-x","data":"{\"presence\":{\"ids\":[\"ana\",\"ben\"],\"hash\":{\"ana\":{\"name\":\"Ana\"},\"ben\":{}},\"count\":2}}"}
        Ana < {"event":"pusher_internal:member_added","channel":"presence-x","data":"{\"user_id\":\"ben\",\"user_info\":{}}"}
        Ben > {"event":"client-any","channel":"presence-x","data":1}
        Ana < {"event":"client-any","channel":"presence-x","data":1,"user_id":"ben"}
        Ben vanishes
        Ana < {"event":"pusher_internal:member_removed","channel":"presence-x","data":"{\"user_id\":\"ben\"}"}
        "##,
    );
}

#[test]
fn contract_1_12_a_watcher_hears_who_is_there_and_then_who_comes_and_goes() {
    World::new(app()).play(
        r##"
        Ben signs in as {"id":"ben"}
        Ben < {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"ben\"}"}}
        Ana signs in as {"id":"ana","watchlist":["ben","carol","ana","ben"]}
        Ana < {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"ana\",\"watchlist\":[\"ben\",\"carol\",\"ana\",\"ben\"]}"}}
        Ana < {"event":"pusher_internal:watchlist_events","data":{"events":[{"name":"online","user_ids":["ben","ana"]}]}}
        BenAtHome signs in as {"id":"ben"}
        BenAtHome < {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"ben\"}"}}
        Ben vanishes
        Carol signs in as {"id":"carol","watchlist":["dave"]}
        Carol < {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"carol\",\"watchlist\":[\"dave\"]}"}}
        Ana < {"event":"pusher_internal:watchlist_events","data":{"events":[{"name":"online","user_ids":["carol"]}]}}
        BenAtHome vanishes
        Ana < {"event":"pusher_internal:watchlist_events","data":{"events":[{"name":"offline","user_ids":["ben"]}]}}
        Ana vanishes
        Carol vanishes
        "##,
    );
}

#[test]
fn contract_1_12_the_first_hundred_of_a_watchlist_count_and_the_rest_is_4302() {
    let mut world = World::new(app());
    for user in ["u0", "u99", "u100"] {
        world.sign_in(user, &format!(r#"{{"id":"{user}"}}"#));
    }
    let watch = |most: u32| {
        let ids: Vec<String> = (0..most).map(|n| format!("u{n}")).collect();
        serde_json::json!({"id": "ana", "watchlist": ids}).to_string()
    };
    let heard = world.sign_in("Ana", &watch(101));
    let events = r#"{"events":[{"name":"online","user_ids":["u0","u99"]}]}"#;
    let error = r#"{"message":"The watchlist is too long. The limit is 100 users, it has 101; the first 100 are watched.","code":4302}"#;
    assert_eq!(
        heard[1..],
        [
            format!(r#"Ana < {{"event":"pusher:error","data":{error}}}"#),
            format!(r#"Ana < {{"event":"pusher_internal:watchlist_events","data":{events}}}"#),
        ]
    );
    assert!(heard[0].contains("pusher:signin_success"));
    assert!(world.act("u100 vanishes").is_empty());
    let events = r#"{"events":[{"name":"offline","user_ids":["u99"]}]}"#;
    let told = format!(r#"Ana < {{"event":"pusher_internal:watchlist_events","data":{events}}}"#);
    assert_eq!(world.act("u99 vanishes"), [told]);
    assert_eq!(world.sign_in("AnaAtHome", &watch(100)).len(), 2, "a hundred is not too many");
}
