//! Transcripts of sessions, text in and text out: `>` is what a person sends, `<` all that
//! anybody gets for it, in order. `joins` is a subscription and `signs in` a sign-in with a right
//! signature, `vanishes` a connection that is gone.

#![allow(clippy::unwrap_used)]
use super::*;
use crate::ClientEventPolicy;
use crate::counts::Counts;
use crate::lane::Lane;
use crate::last_event::{Clock, Fresh};
use crate::occupancy::Occupancy;
use crate::roster::Rosters;
use crate::users::Users;
use std::collections::BTreeMap;

#[path = "signin_tests.rs"]
mod signin;

struct World {
    app: App,
    members: Membership,
    users: ShardUsers,
    lanes: Arc<[Lane]>,
    last_events: LastEvents,
    people: BTreeMap<String, (u32, Session)>,
    now_ms: u64,
}

impl World {
    fn new(app: App) -> World {
        let (occupancy, lanes) = (Arc::new(Occupancy::new()), Arc::<[Lane]>::from([Lane::default()]));
        let notices = Arc::new(crate::notices::Notices::default());
        let rosters = Rosters::new(occupancy.clone(), lanes.clone(), notices.clone());
        let counts = Counts::new(occupancy.clone(), lanes.clone(), vec![app.subscription_count]);
        let everybody = Arc::new(Users::new(lanes.clone(), notices.clone(), Arc::default()));
        let members =
            Membership::new(0, occupancy, Arc::new(rosters), everybody.clone(), notices, Arc::new(counts));
        let users = ShardUsers::new(0, everybody);
        let last_events = LastEvents::default();
        World { app, members, users, lanes, last_events, people: BTreeMap::new(), now_ms: 5_000 }
    }

    fn id(key: u32) -> SocketId {
        SocketId::parse(&format!("64.{key}")).unwrap()
    }

    /// Says a frame and gives what everybody gets for it, as `Name < text`.
    fn say(&mut self, name: &str, text: &str) -> Vec<String> {
        let fresh = self.people.len() as u32;
        let (key, session) = self.people.entry(name.into()).or_insert((fresh, Session::default()));
        let who = Who { key: *key, app: 0, serial: *key };
        let (id, now_ms) = (World::id(*key), self.now_ms);
        let unix_s = 1_000 + now_ms / 1_000;
        let (members, users, last_events) = (&mut self.members, &mut self.users, &self.last_events);
        let mut seat = Seat { app: &self.app, id, who, members, users, last_events, now_ms, unix_s };
        let step = session.handle(text, &mut seat);
        let mut heard: Vec<String> =
            step.replies.iter().map(|frame| format!("{name} < {}", payload(frame))).collect();
        if let Some(refused) = &step.close {
            let (code, frame) = fatal(self.app.compat, refused);
            heard.push(format!("{name} < {}", payload(&frame)));
            heard.push(format!("{name} < closed {code}"));
            self.vanish(who.key);
        }
        heard.extend(self.changes());
        if let Some(accepted) = step.accepted {
            heard.extend(self.others(who.key, accepted.channel(), &accepted.frame(&self.app)));
            if let Some((channel, frame)) = accepted.bridged(&self.app) {
                heard.extend(self.others(who.key, &channel, &frame));
            }
        }
        heard
    }

    fn vanish(&mut self, key: u32) {
        self.members.leave_all(key);
        self.users.leave(key);
    }

    /// What waits in the shard's lane, for those it is for.
    fn changes(&mut self) -> Vec<String> {
        let mut heard = Vec::new();
        for publish in self.lanes[0].take().unwrap_or_default() {
            let has_joined = |key: &u32| self.members.members(0, &publish.channel).any(|of| of == *key);
            let hears = |key: &u32| match publish.version {
                0 => has_joined(key),
                version => self.members.hears(*key, 0, &publish.channel, version),
            };
            let names = self.people.iter().filter(|(_, (key, _))| hears(key));
            heard.extend(names.map(|(name, _)| format!("{name} < {}", payload(&publish.frame))));
        }
        for (key, frame) in self.users.news(self.lanes[0].take_changed_users().unwrap_or_default()) {
            let name = self.people.iter().find(|(_, (of, _))| *of == key).unwrap().0;
            heard.push(format!("{name} < {}", payload(&frame)));
        }
        heard
    }

    /// The key of a person, new people included.
    fn key(&self, name: &str) -> u32 {
        self.people.get(name).map_or(self.people.len() as u32, |(key, _)| *key)
    }

    fn sign_in(&mut self, name: &str, user_data: &str) -> Vec<String> {
        let id = World::id(self.key(name)).to_string();
        let auth = sign::user_auth(&self.app.key, &self.app.secret, &id, user_data);
        let data = serde_json::json!({"auth": auth, "user_data": user_data});
        self.say(name, &serde_json::json!({"event": "pusher:signin", "data": data}).to_string())
    }

    fn others(&self, sender: u32, channel: &str, frame: &Bytes) -> Vec<String> {
        let members: Vec<u32> = self.members.members(0, &channel.into()).collect();
        let hears = |key: &u32| *key != sender && members.contains(key);
        let names = self.people.iter().filter(|(_, (key, _))| hears(key));
        names.map(|(name, _)| format!("{name} < {}", payload(frame))).collect()
    }

    fn play(&mut self, transcript: &str) {
        let mut heard: Vec<String> = Vec::new();
        for line in transcript.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if line.contains(" < ") {
                assert!(!heard.is_empty(), "nobody said: {line}");
                assert_eq!(heard.remove(0), line);
                continue;
            }
            assert!(heard.is_empty(), "before {line:?} also: {heard:#?}");
            heard = self.act(line);
        }
        assert!(heard.is_empty(), "at the end also: {heard:#?}");
    }

    fn act(&mut self, line: &str) -> Vec<String> {
        if let Some(ms) = line.strip_prefix("wait ") {
            self.now_ms += ms.parse::<u64>().unwrap();
            return Vec::new();
        }
        if let Some((name, text)) = line.split_once(" > ") {
            return self.say(name, text);
        }
        if let Some(name) = line.strip_suffix(" vanishes") {
            self.vanish(self.people[name].0);
            return self.changes();
        }
        if let Some((name, user_data)) = line.split_once(" signs in as ") {
            return self.sign_in(name, user_data);
        }
        let (name, rest) = line.split_once(" joins ").unwrap();
        let (channel, data) = rest.split_once(" as ").map_or((rest, None), |(c, d)| (c, Some(d)));
        let id = World::id(self.key(name)).to_string();
        let auth = sign::channel_auth(&self.app.key, &self.app.secret, &id, channel, data);
        let mut ask = serde_json::json!({"channel": channel, "auth": auth});
        if let Some(data) = data {
            ask["channel_data"] = data.into();
        }
        self.say(name, &serde_json::json!({"event": "pusher:subscribe", "data": ask}).to_string())
    }
}

/// The text of a server frame.
fn payload(frame: &Bytes) -> String {
    let start = if frame[1] < 126 { 2 } else { 4 };
    String::from_utf8(frame[start..].to_vec()).unwrap()
}

fn app() -> App {
    App::new("1", "key", "secret")
}

fn reverb() -> App {
    App { compat: Compat::Reverb, ..app() }
}

/// The policy of the chat's app (ruling 6).
fn strict() -> App {
    let bridge = wire::chat_channel::ChatChannel::typing_bridge;
    let policy = ClientEventPolicy {
        names: Some(&["client-typing"]),
        max_bytes: 30,
        stamp_user_id: true,
        check: Some(|_, data| data.contains("\"on\"")),
        bridge: Some(bridge),
        ..ClientEventPolicy::default()
    };
    App { client_events: policy, ..app() }
}

#[test]
fn contract_1_3_subscribe_ping_unsubscribe() {
    World::new(app()).play(
        r#"
        Ana > {"event":"pusher:ping","data":{}}
        Ana < {"event":"pusher:pong","data":{}}
        Ana > {"event":"pusher:subscribe","data":{"auth":"","channel":"news"}}
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}
        Ana > {"event":"pusher:subscribe","data":"{\"channel\":\"news\"}"}
        Ana < {"event":"pusher:error","data":{"message":"Existing subscription to channel news","code":null}}
        Ana > {"event":"pusher:unsubscribe","data":{"channel":"news"}}
        Ana > {"event":"pusher:unsubscribe","data":{"channel":"news"}}
        Ana < {"event":"pusher:error","data":{"message":"No current subscription to channel news, or subscription in progress","code":null}}
        Ana > {"event":"pusher:pong","data":{}}
        Ana joins private-x
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"private-x","data":"{}"}
        Ana joins private-encrypted-x
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"private-encrypted-x","data":"{}"}
        Eve joins private-x as {"user_id":7}
        Eve < {"event":"pusher_internal:subscription_succeeded","channel":"private-x","data":"{}"}
        "#,
    );
}

#[test]
fn ruling_5_a_signature_that_says_until_when_opens_nothing_later() {
    World::new(app()).play(
        r#"
        Ana joins private-x as {"user_id":"1","until":1006}
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"private-x","data":"{}"}
        wait 2000
        Ana joins private-y as {"user_id":"1","until":1006}
        Ana < {"event":"pusher:error","data":{"message":"Invalid signature: It has expired.","code":null}}
        Ana < {"event":"pusher:subscription_error","channel":"private-y","data":{"type":"AuthError","error":"Invalid signature: It has expired.","status":401}}
        "#,
    );
}

#[test]
fn contract_1_7_what_is_not_understood_is_said_and_the_connection_stays() {
    World::new(app()).play(
        r#"
        Ana > hello
        Ana < {"event":"pusher:error","data":{"message":"This is not valid JSON.","code":null}}
        Ana > {"event":"pusher:later"}
        Ana < {"event":"pusher:error","data":{"message":"Unknown event.","code":null}}
        Ana > {"event":"pusher:subscribe","data":7}
        Ana < {"event":"pusher:error","data":{"message":"Invalid message format.","code":null}}
        "#,
    );
    World::new(reverb()).play(
        r#"
        Ana > hello
        Ana < {"event":"pusher:error","data":"{\"message\":\"Invalid message format\",\"code\":4200}"}
        Ana > {"event":"pusher:later"}
        Ana < {"event":"pusher:error","data":"{\"message\":\"Invalid message format\",\"code\":4200}"}
        "#,
    );
}

#[test]
fn contract_1_4_a_refused_subscription_is_said_twice_once_with_its_channel() {
    World::new(app()).play(
        r#"
        Ana > {"event":"pusher:subscribe","data":{"channel":"private-x","auth":"key:00"}}
        Ana < {"event":"pusher:error","data":{"message":"Invalid signature: Expected HMAC SHA256 hex digest of 64.0:private-x, but got 00","code":null}}
        Ana < {"event":"pusher:subscription_error","channel":"private-x","data":{"type":"AuthError","error":"Invalid signature: Expected HMAC SHA256 hex digest of 64.0:private-x, but got 00","status":401}}
        Ana > {"event":"pusher:subscribe","data":{"channel":"a b"}}
        Ana < {"event":"pusher:error","data":{"message":"The channel name is not valid. Allowed are letters, digits and _-=@,.; only.","code":null}}
        Ana < {"event":"pusher:subscription_error","channel":"a b","data":{"type":"invalid-channel","error":"The channel name is not valid. Allowed are letters, digits and _-=@,.; only.","status":400}}
        "#,
    );
    World::new(reverb()).play(
        r#"
        Ana > {"event":"pusher:subscribe","data":{"channel":"private-x","auth":"key:00"}}
        Ana < {"event":"pusher:error","data":"{\"message\":\"Connection is unauthorized\",\"code\":4009}"}
        Ana < {"event":"pusher:subscription_error","channel":"private-x","data":{"type":"AuthError","error":"Invalid signature: Expected HMAC SHA256 hex digest of 64.0:private-x, but got 00","status":401}}
        Ana joins a:b
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"a:b","data":"{}"}
        Ana joins a:b
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"a:b","data":"{}"}
        "#,
    );
}

#[test]
fn contract_1_8_cache_channels_begin_with_the_last_event_or_say_that_there_is_none() {
    let channels = ["cache-x", "private-cache-x", "private-encrypted-cache-x", "presence-cache-x"];
    for channel in channels {
        let mut world = World::new(app());
        let join = |name: &str| format!(r#"{name} joins {channel} as {{"user_id":"{name}"}}"#);
        let miss = |name: &str| format!(r#"{name} < {{"event":"pusher:cache_miss","channel":"{channel}"}}"#);
        let heard = world.act(&join("Ana"));
        assert!(heard[0].contains("pusher_internal:subscription_succeeded"), "{heard:?}");
        assert_eq!(heard[1], miss("Ana"));
        let last = ServerFrame::Event { channel, event: "told", data: "1", user_id: None }.encode();
        let fresh = Fresh { channel, event: "told", data: "1", user_id: None };
        let clock = Clock { now_ms: world.now_ms, ..Clock::default() };
        world.last_events.keep(0, fresh, last, clock);
        let heard = world.act(&join("Ben"));
        let told = format!(r#"Ben < {{"event":"told","channel":"{channel}","data":"1"}}"#);
        assert!(heard[0].contains("pusher_internal:subscription_succeeded"), "{heard:?}");
        assert_eq!(heard[1], told);
        world.act("wait 1800000");
        assert_eq!(world.act(&join("Eve"))[1], miss("Eve"));
    }
}

#[test]
fn contract_1_4_presence_tells_who_is_there_who_comes_and_who_goes() {
    World::new(app()).play(
        r#"
        Ana joins presence-x as {"user_id":1,"user_info":{"name":"Ana"}}
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"presence-x","data":"{\"presence\":{\"ids\":[\"1\"],\"hash\":{\"1\":{\"name\":\"Ana\"}},\"count\":1}}"}
        Ben joins presence-x as {"user_id":"b"}
        Ben < {"event":"pusher_internal:subscription_succeeded","channel":"presence-x","data":"{\"presence\":{\"ids\":[\"1\",\"b\"],\"hash\":{\"1\":{\"name\":\"Ana\"},\"b\":{}},\"count\":2}}"}
        Ana < {"event":"pusher_internal:member_added","channel":"presence-x","data":"{\"user_id\":\"b\",\"user_info\":{}}"}
        BenAtHome joins presence-x as {"user_id":"b","user_info":{"name":"Benjamin"}}
        BenAtHome < {"event":"pusher_internal:subscription_succeeded","channel":"presence-x","data":"{\"presence\":{\"ids\":[\"1\",\"b\"],\"hash\":{\"1\":{\"name\":\"Ana\"},\"b\":{}},\"count\":2}}"}
        Ben > {"event":"client-any","channel":"presence-x","data":{}}
        Ana < {"event":"client-any","channel":"presence-x","data":{},"user_id":"b"}
        BenAtHome < {"event":"client-any","channel":"presence-x","data":{},"user_id":"b"}
        Ben > {"event":"pusher:unsubscribe","data":{"channel":"presence-x"}}
        Ben joins presence-x as {"user_id":"b"}
        Ben < {"event":"pusher_internal:subscription_succeeded","channel":"presence-x","data":"{\"presence\":{\"ids\":[\"1\",\"b\"],\"hash\":{\"1\":{\"name\":\"Ana\"},\"b\":{}},\"count\":2}}"}
        Ben > {"event":"pusher:subscribe","data":{"channel":"presence-x"}}
        Ben < {"event":"pusher:error","data":{"message":"Existing subscription to channel presence-x","code":null}}
        Ben vanishes
        BenAtHome vanishes
        Ana < {"event":"pusher_internal:member_removed","channel":"presence-x","data":"{\"user_id\":\"b\"}"}
        "#,
    );
}

#[test]
fn contract_1_11_subscribers_hear_how_many_they_are_when_the_app_asks_for_it() {
    World::new(App { subscription_count: true, ..app() }).play(
        r#"
        Ana joins news
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}
        Ana < {"event":"pusher_internal:subscription_count","channel":"news","data":"{\"subscription_count\":1}"}
        Ben joins news
        Ben < {"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}
        Ana < {"event":"pusher_internal:subscription_count","channel":"news","data":"{\"subscription_count\":2}"}
        Ben < {"event":"pusher_internal:subscription_count","channel":"news","data":"{\"subscription_count\":2}"}
        Ana > {"event":"pusher:unsubscribe","data":{"channel":"news"}}
        Ben < {"event":"pusher_internal:subscription_count","channel":"news","data":"{\"subscription_count\":1}"}
        Ana joins presence-x as {"user_id":1}
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"presence-x","data":"{\"presence\":{\"ids\":[\"1\"],\"hash\":{\"1\":{}},\"count\":1}}"}
        Ben vanishes
        "#,
    );
}

#[test]
fn contract_1_10_a_member_has_an_id_and_a_small_object_of_info() {
    let mut world = World::new(app());
    let mut refused = |data: String| {
        let heard = world.act(&format!("Ana joins presence-x as {data}"));
        assert_eq!(heard.len(), 2, "{heard:?}");
        heard[1].clone()
    };
    let id = |length| serde_json::json!({"user_id": "ä".repeat(length)}).to_string();
    let info = |length| serde_json::json!({"user_id": 1, "user_info": {"n": "x".repeat(length)}}).to_string();
    for (data, why) in [
        ("nonsense".into(), "must be JSON with a user_id"),
        ("{}".into(), "must be JSON with a user_id"),
        (r#"{"user_id":""}"#.into(), "1 to 128 characters, this has 0"),
        (id(129), "1 to 128 characters, this has 129"),
        (r#"{"user_id":1,"user_info":"Ana"}"#.into(), "user_info must be an object"),
        (info(1_017), "at most 1024 bytes, this has 1025"),
    ] {
        let heard = refused(data);
        assert!(heard.contains(why), "{heard}");
    }
    assert!(
        world.act(r#"Ana > {"event":"pusher:subscribe","data":{"channel":"presence-x"}}"#)[1]
            .contains("AuthError")
    );
    for (name, data) in [("Ana", id(128)), ("Ben", info(1_016))] {
        let heard = world.act(&format!("{name} joins presence-x as {data}"));
        assert!(heard[0].contains("subscription_succeeded"), "{heard:?}");
    }
}

#[test]
fn contract_1_10_a_client_event_goes_to_the_others_as_it_was_given() {
    World::new(app()).play(
        r#"
        Ana joins private-x as {"user_id":"1"}
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"private-x","data":"{}"}
        Ben joins private-x
        Ben < {"event":"pusher_internal:subscription_succeeded","channel":"private-x","data":"{}"}
        Ana > {"event":"client-any","channel":"private-x","data":{ "a" :1.0}}
        Ben < {"event":"client-any","channel":"private-x","data":{ "a" :1.0}}
        Ben > {"event":"client-any","channel":"private-x"}
        Ana < {"event":"client-any","channel":"private-x"}
        Eve > {"event":"client-any","channel":"private-x","data":{}}
        Eve < {"event":"pusher:error","data":{"message":"Cannot broadcast client event (connection not subscribed to channel private-x)","code":null}}
        Eve > {"event":"client-any","channel":"news","data":{}}
        Eve < {"event":"pusher:error","data":{"message":"Client event rejected - only supported on private and presence channels","code":null}}
        Ana joins private-encrypted-x
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"private-encrypted-x","data":"{}"}
        Ana > {"event":"client-any","channel":"private-encrypted-x","data":{}}
        Ana < {"event":"pusher:error","data":{"message":"Client event rejected - only supported on private and presence channels","code":null}}
        "#,
    );
}

#[test]
fn contract_2_3_reverb_takes_client_events_of_members_on_public_channels_and_has_its_own_texts() {
    World::new(reverb()).play(
        r#"
        Ana joins news
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}
        Ben joins news
        Ben < {"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}
        Ana > {"event":"client-any","channel":"news","data":{}}
        Ben < {"event":"client-any","channel":"news","data":{}}
        Eve > {"event":"client-any","channel":"news","data":{}}
        Eve < {"event":"pusher:error","data":"{\"message\":\"The client is not a member of the specified channel.\",\"code\":4009}"}
        "#,
    );
    let off = ClientEventPolicy { enabled: false, ..ClientEventPolicy::default() };
    let transcript = r#"
        Ana > {"event":"client-any","channel":"private-x","data":{}}
        Ana < {"event":"pusher:error","data":"{\"message\":\"The app does not have client messaging enabled.\",\"code\":4301}"}
    "#;
    World::new(App { client_events: off, ..reverb() }).play(transcript);
}

#[test]
fn ruling_6_the_chats_app_takes_typing_alone_bridges_it_and_says_who_types() {
    World::new(strict()).play(
        r#"
        Ana joins private-chat.conversation.1 as {"user_id":7,"session":"s"}
        Ana < {"event":"pusher_internal:subscription_succeeded","channel":"private-chat.conversation.1","data":"{}"}
        Ben joins private-conversation.1 as {"user_id":"agt_ben"}
        Ben < {"event":"pusher_internal:subscription_succeeded","channel":"private-conversation.1","data":"{}"}
        Ana > {"event":"client-typing","channel":"private-chat.conversation.1","data":{"on":true}}
        Ben < {"event":"client-typing","channel":"private-conversation.1","data":{"on":true},"user_id":"7"}
        Ben > {"event":"client-typing","channel":"private-conversation.1","data":{"on":true}}
        Ana < {"event":"client-typing","channel":"private-chat.conversation.1","data":{"on":true},"user_id":"agt_ben"}
        Ana > {"event":"client-other","channel":"private-chat.conversation.1","data":{"on":true}}
        Ana < {"event":"pusher:error","data":{"message":"This client event is not allowed here. Its name is not one this app takes.","code":null}}
        Ana > {"event":"client-typing","channel":"private-chat.conversation.1","data":{"off":true}}
        Ana < {"event":"pusher:error","data":{"message":"This client event is not allowed here. Its data has another shape than this app takes.","code":null}}
        Ana > {"event":"client-typing","channel":"private-chat.conversation.1","data":{"on":true,"text":"0123456789"}}
        Ana < {"event":"pusher:error","data":{"message":"This client event is not allowed here. Its data has 31 bytes, allowed are 30.","code":null}}
        "#,
    );
}

#[test]
fn contract_1_10_ten_client_events_a_second_pass_and_the_eleventh_is_4301() {
    let mut world = World::new(app());
    world.act("Ana joins private-x");
    world.act("Ben joins private-x");
    let whisper = r#"Ana > {"event":"client-any","channel":"private-x","data":{}}"#;
    for _ in 0..10 {
        assert!(world.act(whisper)[0].starts_with("Ben <"));
    }
    assert_eq!(
        world.act(whisper),
        [
            r#"Ana < {"event":"pusher:error","data":{"message":"Rate limit exceeded: too many client events. The limit is 10 a second.","code":4301}}"#
        ]
    );
    world.act("wait 100");
    assert!(world.act(whisper)[0].starts_with("Ben <"), "a tenth of a second is one event");
    assert!(world.act(whisper)[0].starts_with("Ana <"));
}

#[test]
fn a_connection_joins_no_more_channels_than_it_may() {
    let mut world = World::new(app());
    for n in 0..limit::CHANNELS_PER_CONNECTION {
        world.act(&format!("Ana joins c{n}"));
    }
    assert!(world.act("Ana joins one-more")[0].contains("as many channels as it may"));
}

#[test]
fn channel_data_names_a_person_in_text_or_number_or_nobody() {
    let read = |data: &str| {
        principal(&serde_json::from_str(data).unwrap_or(Value::Null)).map(|p| (p.user_id, p.session))
    };
    assert_eq!(read(r#"{"user_id":"7","session":"s"}"#), Some(("7".into(), Some("s".into()))));
    assert_eq!(read(r#"{"user_id":7}"#), Some(("7".into(), None)));
    for data in ["", "[]", "{}", r#"{"user_id":null}"#, r#"{"user_id":{}}"#] {
        assert_eq!(read(data), None, "{data}");
    }
}
