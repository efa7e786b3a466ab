//! Records for every verb: state before, the facts it emitted, state after, for both audiences.
//! The front end's reducer replays the recording; here it is replayed and compared.
//!
//! `UPDATE_FIXTURES=1` writes `web/shared/fixtures/law-of-the-log.json` anew.

use crate::common::{NOW, World, note, on_both_engines, text, with_id};
use chat::{Agent, PageQuery, Reached, Visitor};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;
use testkit::replay;
use wire::api::{AgentPage, ConversationChange, PostMessage, RateConversation, VisitorPage};
use wire::contact::{ContactChange, LinkVisitor, WebsiteSays};
use wire::event::{ConversationStatus, Priority, Whereabouts};
use wire::time::rfc3339;

on_both_engines!(state_before_and_the_events_of_a_verb_are_state_after);

#[derive(Serialize)]
struct Recorded<Page, Event> {
    name: String,
    audience: &'static str,
    before: Page,
    events: Vec<Event>,
    after: Page,
}

struct Recorder {
    world: World,
    ana: Visitor,
    ben: Agent,
    conversation: String,
    steps: u64,
    recording: Vec<Value>,
}

impl Recorder {
    /// Runs a verb, replays what it told for both audiences, and records the three.
    async fn record<T>(&mut self, name: &str, verb: impl AsyncFnOnce(&Recorder, u64) -> T) -> T {
        self.steps += 1;
        let before = self.pages().await;
        self.world.changes.lock().clear();
        let answer = verb(self, NOW + self.steps * 1_000).await;
        let after = self.pages().await;
        let (facts, links) = (self.world.facts(), self.world.chat.links().clone());
        let events: Vec<_> = facts.iter().filter_map(|fact| fact.for_visitor(&links)).collect();
        let mut replayed = before.0.clone();
        events.iter().for_each(|event| replay::visitor(&mut replayed, event.clone()));
        assert_eq!(replayed, after.0, "{name}, for the visitor");
        self.add(Recorded {
            name: name.into(),
            audience: "visitor",
            before: before.0,
            events,
            after: after.0,
        });
        let events: Vec<_> = facts.iter().map(|fact| fact.for_agents(&links)).collect();
        let mut replayed = before.1.clone();
        events.iter().for_each(|event| replay::agent(&mut replayed, event.clone()));
        assert_eq!(replayed, after.1, "{name}, for agents");
        self.add(Recorded { name: name.into(), audience: "agent", before: before.1, events, after: after.1 });
        answer
    }

    fn add(&mut self, recorded: impl Serialize) {
        self.recording.push(serde_json::to_value(recorded).unwrap());
    }

    async fn pages(&self) -> (VisitorPage, AgentPage) {
        let query = PageQuery { limit: Some(200), ..PageQuery::default() };
        let visitor = self.world.chat.visitor_page(&self.ana, &self.conversation, query).await.unwrap();
        let agent = self.world.chat.agent_page(&self.ben, &self.conversation, query).await.unwrap();
        (visitor, agent)
    }

    async fn visitor_says(&mut self, name: &str, words: &str, client_id: &str) -> String {
        let post = with_id(words, client_id);
        self.record(name, async |r, at| {
            r.world.chat.visitor_post(&r.ana, &r.conversation, post, at).await.unwrap().0.id
        })
        .await
    }

    async fn agent_says(&mut self, name: &str, post: PostMessage) -> String {
        self.record(name, async |r, at| {
            r.world.chat.agent_post(&r.ben, &r.conversation, post, at).await.unwrap().0.id
        })
        .await
    }

    async fn changes(&mut self, name: &str, change: ConversationChange) {
        self.record(name, async |r, at| {
            r.world.chat.change_conversation(&r.ben, &r.conversation, change, at).await.unwrap();
        })
        .await;
    }

    async fn visitor_reads(&mut self, name: &str, message_id: &str) {
        self.record(name, async |r, at| {
            r.world
                .chat
                .visitor_reached(&r.ana, &r.conversation, message_id, Reached::Read, at)
                .await
                .unwrap();
        })
        .await;
    }

    async fn agent_reads(&mut self, name: &str, message_id: &str) {
        self.record(name, async |r, at| {
            r.world.chat.agent_reached(&r.ben, &r.conversation, message_id, Reached::Read, at).await.unwrap();
        })
        .await;
    }
}

async fn state_before_and_the_events_of_a_verb_are_state_after(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let dora = world.colleague(&ben, "Dora", vec![ana.widget_id.clone()]).await;
    let conversation = world.conversation(&ana).await;
    let mut r = Recorder { world, ana, ben, conversation, steps: 0, recording: Vec::new() };

    let hello = r.visitor_says("the visitor's first message", "Hello", "c1").await;
    r.visitor_says("a retry of the same message", "Hello", "c1").await;
    r.agent_says("a note before anybody joined", note("A regular, she prefers the blue one")).await;
    r.agent_reads("an agent reads a message", &hello).await;
    let hi = r.agent_says("an agent's first answer joins", text("Hi Ana!")).await;
    r.agent_says("an agent's next answer", text("How can I help?\n\nI have time.")).await;
    r.visitor_reads("the visitor reads an answer", &hi).await;
    r.visitor_reads("reading the same again", &hi).await;
    r.visitor_says("a long text whose preview is cut between characters", &"é👋".repeat(100), "c2").await;
    let aside = r.agent_says("another note", note("Checking the stock")).await;
    r.agent_reads("an agent reads up to a note, past a text", &aside).await;
    let aside = r.agent_says("a third note", note("Two left")).await;
    r.agent_reads("an agent reads a further note", &aside).await;
    let enters =
        async |r: &Recorder, at| r.world.chat.agent_join(&dora, &r.conversation, &dora.id, at).await.unwrap();
    r.record("a second agent joins", enters).await;
    r.record("and joins again", enters).await;
    let last = r
        .record("the system posts", async |r, at| {
            r.world.chat.system_post(&r.conversation, "We close at six.".into(), at).await.unwrap().id
        })
        .await;
    r.record("a second agent reads", async |r, at| {
        r.world.chat.agent_reached(&dora, &r.conversation, &last, Reached::Read, at).await.unwrap();
    })
    .await;
    r.visitor_reads("the visitor reads on", &last).await;
    receipts_state_and_people(&mut r, &dora).await;
    changed_words(&mut r).await;
    let by = chat::Uploader::from(&r.ana);
    let files = [
        r.world.uploads(&by, &r.conversation, "cat.jpg").await,
        r.world.uploads(&by, &r.conversation, "dog.jpg").await,
    ];
    let ids = files.each_ref().map(|file| file.file.id.as_str());
    let post = crate::common::with_files("", &ids);
    r.record("the visitor sends two files and no word", async |r, at| {
        r.world.chat.visitor_post(&r.ana, &r.conversation, post, at).await.unwrap();
    })
    .await;
    says_the_website(&mut r).await;
    says_the_browser(&mut r).await;
    let named = LinkVisitor {
        details: ContactChange { name: Some("Ana Reyes".into()), ..ContactChange::default() },
        ..LinkVisitor::default()
    };
    r.record("an agent recognises the visitor", async |r, at| {
        r.world.chat.link_visitor(&r.ben, &r.ana.id, named, at).await.unwrap();
    })
    .await;
    let owner = r.ana.clone();
    r.record("the person is erased", async |r, at| {
        r.world.chat.erase(None, &owner.id, at).await.unwrap();
        while r.world.chat.erase_step(at).await.unwrap() {}
    })
    .await;

    let recording = normalised(&Value::Array(r.recording));
    let path =
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/shared/fixtures/law-of-the-log.json"));
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&recording).unwrap())).unwrap();
    }
    let kept = std::fs::read_to_string(&path).expect("UPDATE_FIXTURES=1 writes it");
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept, recording, "if this change is meant, run with UPDATE_FIXTURES=1");
}

async fn receipts_state_and_people(r: &mut Recorder, dora: &Agent) {
    let more = r.agent_says("an answer that is not read yet", text("Shall I reserve it?")).await;
    r.record("it reaches the visitor's phone", async |r, at| {
        let reached = Reached::Delivered;
        r.world.chat.visitor_reached(&r.ana, &r.conversation, &more, reached, at).await.unwrap();
    })
    .await;
    let aside = r.agent_says("a note for a colleague", calling(&dora.id)).await;
    r.record("a note reaches a colleague", async |r, at| {
        let reached = Reached::Delivered;
        r.world.chat.agent_reached(dora, &r.conversation, &aside, reached, at).await.unwrap();
    })
    .await;
    let tags = Some(vec!["vip".to_owned(), "order".to_owned()]);
    let attributes = Some([("order".to_owned(), Some("1001".to_owned()))].into());
    let assign = ConversationChange {
        assignee_id: Some(Some(dora.id.clone())),
        priority: Some(Priority::High),
        tags,
        attributes,
        ..ConversationChange::default()
    };
    r.changes("assigned, with priority, tags and an attribute", assign).await;
    let until = rfc3339(NOW + 3_600_000);
    let snooze = ConversationChange { snoozed_until: Some(until), ..ConversationChange::default() };
    r.changes("put off, of which the visitor knows nothing", snooze).await;
    r.record("its time comes", async |r, _| r.world.chat.wake_snoozed(NOW + 3_600_000, 10).await.unwrap())
        .await;
    let resolve = || ConversationChange {
        status: Some(ConversationStatus::Resolved),
        assignee_id: Some(None),
        ..ConversationChange::default()
    };
    r.changes("resolved, and given back", resolve()).await;
    r.changes("resolved again", resolve()).await;
    r.record("rated", async |r, at| {
        let comment = Some("Quick!".to_owned());
        let rating = RateConversation { score: 4, comment, client_id: Some("r1".into()) };
        r.world.chat.visitor_rate(&r.ana, &r.conversation, rating, at).await.unwrap();
    })
    .await;
    r.visitor_says("a message opens it again", "One more thing", "c3").await;
    r.record("the visitor closes it", async |r, at| {
        r.world.chat.visitor_close(&r.ana, &r.conversation, at).await.unwrap();
    })
    .await;
    let leaves = async |r: &Recorder, at| {
        r.world.chat.agent_leave(&r.ben, &r.conversation, &dora.id, at).await.unwrap();
    };
    r.record("an agent is taken out", leaves).await;
    r.record("and taken out again", leaves).await;
    r.record("and comes back", async |r, at| {
        r.world.chat.agent_join(&r.ben, &r.conversation, &dora.id, at).await.unwrap();
    })
    .await;
}

async fn says_the_website(r: &mut Recorder) {
    let event = json!({"client_id": "e1", "name": "viewed_pricing", "props": {"plan": "pro"}});
    for (name, words) in [
        ("the website says something", json!({"visitor": {"plan": "pro", "seats": 5}, "events": [event]})),
        ("it takes that back", json!({"visitor": {"plan": null, "seats": null}})),
        ("and says something else", json!({"conversation": {"cart": true}})),
    ] {
        let says: WebsiteSays = serde_json::from_value(words).unwrap();
        r.record(name, async |r, at| {
            r.world.chat.website_says(&r.ana, &r.conversation, says, at).await.unwrap();
        })
        .await;
    }
}

async fn says_the_browser(r: &mut Recorder) {
    let on = |page: &str| {
        let page = Some(format!("https://shop.example/{page}"));
        Some(Whereabouts { page, time_zone: Some("Europe/Berlin".into()), ..Whereabouts::default() })
    };
    for (name, page, id) in [
        ("the visitor writes from a page", "shoes", "h1"),
        ("and from there again", "shoes", "h2"),
        ("and from another", "cart", "h3"),
    ] {
        let post = PostMessage { here: on(page), ..with_id("Is it wool?", id) };
        r.record(name, async |r, at| {
            r.world.chat.visitor_post(&r.ana, &r.conversation, post, at).await.unwrap();
        })
        .await;
    }
    let over = Some(ConversationStatus::Resolved);
    r.changes("it is resolved", ConversationChange { status: over, ..ConversationChange::default() }).await;
    let post = PostMessage { here: on("pay"), ..with_id("One more thing", "h4") };
    r.record("a message from elsewhere opens it again", async |r, at| {
        r.world.chat.visitor_post(&r.ana, &r.conversation, post, at).await.unwrap();
    })
    .await;
}

async fn changed_words(r: &mut Recorder) {
    let quoted = r.visitor_says("a message that will be quoted", "Is it wool?", "c4").await;
    let quote = PostMessage { reply_to: Some(quoted.clone()), ..text("All of it.") };
    r.agent_says("an answer with a quote", quote).await;
    r.record("the quoted message is changed", async |r, at| {
        r.world.chat.visitor_edit(&r.ana, &quoted, "Is it real wool?".into(), at).await.unwrap();
    })
    .await;
    r.record("a reaction", async |r, at| {
        r.world.chat.agent_react(&r.ben, &quoted, "👍", true, at).await.unwrap();
    })
    .await;
    r.record("a second reaction", async |r, at| {
        r.world.chat.visitor_react(&r.ana, &quoted, "❤️", true, at).await.unwrap();
    })
    .await;
    r.record("the first is taken away", async |r, at| {
        r.world.chat.agent_react(&r.ben, &quoted, "👍", false, at).await.unwrap();
    })
    .await;
    r.record("the quoted message is taken back", async |r, at| {
        r.world.chat.visitor_delete(&r.ana, &quoted, at).await.unwrap();
    })
    .await;
    let aside = r.agent_says("a note", note("She asks about wool")).await;
    r.record("a note is changed", async |r, at| {
        r.world.chat.agent_edit(&r.ben, &aside, "She asks about real wool".into(), at).await.unwrap();
    })
    .await;
    r.record("a reaction to a note", async |r, at| {
        r.world.chat.agent_react(&r.ben, &aside, "👀", true, at).await.unwrap();
    })
    .await;
    r.record("the note, the last in the list, is taken back", async |r, at| {
        r.world.chat.agent_delete(&r.ben, &aside, at).await.unwrap();
    })
    .await;
}

fn calling(agent_id: &str) -> PostMessage {
    PostMessage { mentions: vec![agent_id.to_owned()], ..note("Can you take over?") }
}

/// Ids are random; here each becomes its prefix and a number in the order of appearance. So are the
/// signatures over them, which become none.
fn normalised(recording: &Value) -> Value {
    let text = unsigned(&recording.to_string());
    let mut names: HashMap<String, String> = HashMap::new();
    let mut counts: HashMap<String, u32> = HashMap::new();
    let mut out = String::with_capacity(text.len());
    // Ids stand in quotes or in paths, and nothing else there looks like one.
    for part in text.split_inclusive(['"', '/', '?']) {
        let (part, end) = match part.char_indices().next_back() {
            Some((at, '"' | '/' | '?')) => part.split_at(at),
            _ => (part, ""),
        };
        if let Some((prefix, digits)) = part.split_once('_')
            && prefix.len() == 3
            && digits.len() == 32
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            let name = names.entry(part.to_owned()).or_insert_with(|| {
                let count = counts.entry(prefix.to_owned()).or_default();
                *count += 1;
                format!("{prefix}_{count}")
            });
            out.push_str(name);
        } else {
            out.push_str(part);
        }
        out.push_str(end);
    }
    serde_json::from_str(&out).unwrap()
}

/// Without what `&signature=` says.
fn unsigned(text: &str) -> String {
    let mut parts = text.split("&signature=");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
}
