//! The ledger: people who write, change, take back, react and read while servers die, sockets are cut and
//! polls take their place, each with a view that only ever applies the next fact. Knows what the wire says,
//! and nothing of how servers do it; who runs it kills them.

use crate::dice::Dice;
use crate::http::{Reply, Request};
use crate::replay;
use crate::socket::{Heard, Socket};
use crate::world::{Agent, Visitor};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use wire::api::{AgentPage, VisitorPage};
use wire::event::{AgentEvent, VisitorEvent};

/// How long somebody tries again before the run counts as failed.
const PATIENCE: Duration = Duration::from_secs(60);
const EMOJI: [&str; 3] = ["%F0%9F%91%8D", "%E2%9D%A4%EF%B8%8F", "%F0%9F%91%80"];

/// What all share.
pub struct Table {
    /// Ports of the servers; each request goes to any of them.
    pub ports: Vec<u16>,
    /// The chat app's key.
    pub key: String,
    /// The widget's token, with which a visitor's session is renewed.
    pub widget_token: String,
    /// Acts that may still begin.
    pub left: AtomicU64,
    /// People who are not done; set to how many there are.
    pub working: AtomicUsize,
}

/// Somebody works until this is dropped, by a panic too: nobody waits for them in vain.
struct Working<'a>(&'a AtomicUsize);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Who sits there.
pub enum Who {
    /// A visitor, in their own conversations.
    Visitor(Visitor),
    /// An agent, in some of the visitors'.
    Agent(Agent),
}

/// A conversation as its reader has it, made of events alone.
#[derive(Clone, Debug, PartialEq)]
enum View {
    Visitor(Box<VisitorPage>),
    Agent(Box<AgentPage>),
}

/// How somebody hears.
enum Hearing {
    Polls,
    Socket(Option<Box<Socket>>),
}

/// A person at work.
pub struct Seat<'a> {
    table: &'a Table,
    who: Who,
    views: HashMap<String, View>,
    hearing: Hearing,
    dice: Dice,
    acts: u64,
    /// Conversation and client id of each message that was acknowledged.
    acknowledged: Vec<(String, String)>,
    /// Facts applied.
    applied: u64,
}

/// What somebody has at the end.
pub struct Outcome {
    /// Facts applied, one by one.
    pub applied: u64,
    /// Conversation and client id of each message that was acknowledged.
    pub acknowledged: Vec<(String, String)>,
    /// What is not as it should be, in words.
    pub faults: Vec<String>,
}

impl View {
    fn seq(&self) -> u64 {
        match self {
            View::Visitor(page) => page.seq,
            View::Agent(page) => page.seq,
        }
    }

    /// Ids of messages, and whether this person wrote them.
    fn messages(&self, own: &str) -> Vec<(String, bool)> {
        let is_own = |sender: &Option<String>| sender.as_deref() == Some(own);
        match self {
            View::Visitor(page) => {
                page.messages.iter().map(|m| (m.id.clone(), is_own(&m.sender_id))).collect()
            }
            View::Agent(page) => page.messages.iter().map(|m| (m.id.clone(), is_own(&m.sender_id))).collect(),
        }
    }

    fn client_ids(&self) -> Vec<&str> {
        match self {
            View::Visitor(page) => page.messages.iter().filter_map(|m| m.client_id.as_deref()).collect(),
            View::Agent(page) => page.messages.iter().filter_map(|m| m.client_id.as_deref()).collect(),
        }
    }

    /// Applies an event if it is the next one; `Err`: there are others before it.
    fn offer(&mut self, event: &Value) -> Result<bool, ()> {
        let seq = event["data"]["seq"].as_u64().unwrap_or_default();
        if seq <= self.seq() {
            return Ok(false);
        }
        if seq > self.seq() + 1 {
            return Err(());
        }
        match self {
            View::Visitor(page) => replay::visitor(page, parsed::<VisitorEvent>(event)),
            View::Agent(page) => replay::agent(page, parsed::<AgentEvent>(event)),
        }
        Ok(true)
    }
}

fn parsed<T: DeserializeOwned>(value: &Value) -> T {
    T::deserialize(value).unwrap_or_else(|error| panic!("{error}: {value}"))
}

impl<'a> Seat<'a> {
    /// Somebody sits down at these conversations, before anything is written there.
    ///
    /// # Panics
    /// When no page can be had.
    pub fn new(table: &'a Table, who: Who, conversations: &[String], seed: u64) -> Seat<'a> {
        let mut seat = Seat {
            table,
            who,
            views: HashMap::new(),
            hearing: Hearing::Polls,
            dice: Dice::new(seed),
            acts: 0,
            acknowledged: Vec::new(),
            applied: 0,
        };
        for id in conversations {
            let page = seat.ask("GET", &seat.path(id, ""), None);
            let view = seat.view_of(&page.json());
            seat.views.insert(id.clone(), view);
        }
        seat
    }

    /// Works until no acts are left, then looks whether all is well. The servers must then stay up.
    pub fn work(mut self) -> Outcome {
        let working = Working(&self.table.working);
        while self.table.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok()
        {
            self.act();
            self.hear();
            self.change_hearing();
        }
        drop(working);
        while self.table.working.load(Ordering::SeqCst) > 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.settle()
    }

    /// A number below `below`; 0 where there is none.
    fn pick(&mut self, below: usize) -> usize {
        usize::try_from(self.dice.below(below.max(1) as u64)).unwrap_or(0)
    }

    fn id(&self) -> &str {
        match &self.who {
            Who::Visitor(visitor) => &visitor.id,
            Who::Agent(agent) => &agent.id,
        }
    }

    fn path(&self, conversation: &str, rest: &str) -> String {
        match &self.who {
            Who::Visitor(_) => format!("/api/chatbot/conversation/{conversation}{rest}"),
            Who::Agent(_) => format!("/api/v1/conversations/{conversation}{rest}"),
        }
    }

    fn message_path(&self, message: &str, rest: &str) -> String {
        match &self.who {
            Who::Visitor(_) => format!("/api/chatbot/messages/{message}{rest}"),
            Who::Agent(_) => format!("/api/v1/messages/{message}{rest}"),
        }
    }

    fn view_of(&self, page: &Value) -> View {
        match &self.who {
            Who::Visitor(_) => View::Visitor(Box::new(parsed(page))),
            Who::Agent(_) => View::Agent(Box::new(parsed(page))),
        }
    }

    /// Asks until it is answered: a server that is away, or that is too busy, is asked again.
    fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let until = Instant::now() + PATIENCE;
        loop {
            let port = self.table.ports[self.pick(self.table.ports.len())];
            let request = match &self.who {
                Who::Visitor(visitor) => visitor.request(method, path),
                Who::Agent(agent) => agent.request(method, path),
            };
            let request = if let Some(body) = body { request.json(body) } else { request };
            match request.try_send(port) {
                Ok(reply) if reply.status == 401 => self.renew(port),
                Ok(reply) if reply.status < 500 && reply.status != 429 => return reply,
                Ok(_) | Err(_) => {}
            }
            assert!(Instant::now() < until, "{method} {path} is not answered");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn renew(&mut self, port: u16) {
        let Who::Visitor(visitor) = &mut self.who else { panic!("an agent's session ended") };
        let reply = Request::new("POST", "/api/chatbot/session")
            .header("authorization", &format!("Bearer {}", self.table.widget_token))
            .json(&json!({"secret": visitor.secret}))
            .try_send(port);
        if let Some(token) = reply.ok().and_then(|reply| reply.json()["token"].as_str().map(str::to_owned)) {
            visitor.token = token;
        }
    }

    fn act(&mut self) {
        let ids: Vec<&String> = self.views.keys().collect();
        let id = ids[self.dice.below(ids.len() as u64) as usize].clone();
        let (choice, is_agent) = (self.pick(20), matches!(self.who, Who::Agent(_)));
        let messages = self.views[&id].messages(self.id());
        let own: Vec<&String> = messages.iter().filter(|(_, own)| *own).map(|(id, _)| id).collect();
        let any = messages.get(self.pick(messages.len())).map(|(id, _)| id.clone());
        let own = own.get(self.pick(own.len())).map(|id| (*id).clone());
        match (choice, own, any) {
            (0 | 1, Some(own), _) => {
                let body = json!({"message": format!("changed {}", self.acts)});
                self.expect("PATCH", &self.message_path(&own, ""), Some(&body), &[410]);
            }
            (2, Some(own), _) => self.expect("DELETE", &self.message_path(&own, ""), None, &[]),
            (3 | 4, _, Some(any)) => {
                let emoji = EMOJI[self.pick(EMOJI.len())];
                let method = if self.pick(3) == 0 { "DELETE" } else { "PUT" };
                let path = self.message_path(&any, &format!("/reactions/{emoji}"));
                self.expect(method, &path, None, &[410, 409]);
            }
            (5, _, Some(any)) => {
                let reached = ["/read", "/delivered"][self.pick(2)];
                self.expect("POST", &self.path(&id, reached), Some(&json!({"message_id": any})), &[]);
            }
            (6, ..) if is_agent => {
                let body = match self.pick(3) {
                    0 => {
                        let status = ["open", "resolved"][self.pick(2)];
                        json!({ "status": status })
                    }
                    1 => json!({"assignee_id": self.id()}),
                    _ => json!({"tags": [format!("tag {}", self.pick(5))]}),
                };
                self.expect("PATCH", &self.path(&id, ""), Some(&body), &[]);
            }
            (_, _, any) => self.post(&id, any.filter(|_| choice == 7), is_agent && choice < 10),
        }
        self.acts += 1;
    }

    fn post(&mut self, conversation: &str, quoted: Option<String>, note: bool) {
        let client_id = format!("{}-{}", self.id(), self.acts);
        let mut body = json!({"message": format!("words {}", self.acts), "client_id": client_id});
        if note {
            body["kind"] = "note".into();
        }
        if let Some(quoted) = quoted.filter(|_| note || matches!(self.who, Who::Visitor(_))) {
            body["reply_to"] = quoted.into();
        }
        let path = self.path(conversation, "/messages");
        self.expect("POST", &path, Some(&body), &[]);
        self.acknowledged.push((conversation.to_owned(), client_id));
        // Now and then the answer is lost, and it is sent again.
        if self.pick(10) == 0 {
            self.expect("POST", &path, Some(&body), &[]);
        }
    }

    fn expect(&mut self, method: &str, path: &str, body: Option<&Value>, refusals: &[u16]) {
        let reply = self.ask(method, path, body);
        let fine = reply.status < 300 || refusals.contains(&reply.status);
        assert!(fine, "{method} {path} {body:?}: {} {}", reply.status, reply.text());
    }

    /// Takes in what has come meanwhile.
    fn hear(&mut self) {
        let ids: Vec<String> = self.views.keys().cloned().collect();
        let Hearing::Socket(socket) = &mut self.hearing else {
            let id = ids[self.pick(ids.len())].clone();
            self.catch_up(&id);
            return;
        };
        let Some(mut open) = socket.take() else {
            self.connect(&ids);
            return;
        };
        loop {
            match open.hear(Duration::from_millis(1)) {
                Heard::Frame(frame) => self.take_in(&frame),
                Heard::Silence => break self.hearing = Hearing::Socket(Some(open)),
                // The servers may be away; the next look opens another.
                Heard::Closed(_) => break,
            }
        }
    }

    fn channel(&self, conversation: &str) -> String {
        match &self.who {
            Who::Visitor(_) => format!("private-chat.conversation.{conversation}"),
            Who::Agent(_) => format!("private-agents.conversation.{conversation}"),
        }
    }

    fn connect(&mut self, ids: &[String]) {
        let port = self.table.ports[self.pick(self.table.ports.len())];
        let Ok(mut socket) = Socket::try_open(port, &self.table.key, &[]) else { return };
        for id in ids {
            let channel = self.channel(id);
            let body = json!({"socket_id": socket.socket_id, "channel_name": channel});
            let auth = self.ask("POST", "/broadcasting/auth", Some(&body)).json();
            socket.subscribe(&channel, &auth);
        }
        self.hearing = Hearing::Socket(Some(Box::new(socket)));
    }

    fn take_in(&mut self, frame: &Value) {
        let channel = frame["channel"].as_str().unwrap_or_default();
        let Some(id) = channel.rsplit('.').next().filter(|id| self.views.contains_key(*id)) else { return };
        let id = id.to_owned();
        match frame["event"].as_str().unwrap_or_default() {
            // What was told before is asked for.
            "pusher_internal:subscription_succeeded" => self.catch_up(&id),
            "client-typing" => {}
            _ => self.offer(&id, &json!({"event": frame["event"], "data": frame["data"]})),
        }
    }

    fn offer(&mut self, id: &str, event: &Value) {
        let offered = self.views.get_mut(id).map(|view| view.offer(event));
        match offered {
            Some(Ok(applied)) => self.applied += u64::from(applied),
            Some(Err(())) => self.catch_up(id),
            None => {}
        }
    }

    /// Asks for the facts after the cursor until there are no more.
    fn catch_up(&mut self, id: &str) {
        loop {
            let after = self.views[id].seq();
            let page = self.ask("GET", &self.path(id, &format!("?after={after}")), None).json();
            for event in page["events"].as_array().cloned().unwrap_or_default() {
                let seq = event["data"]["seq"].as_u64().unwrap_or_default();
                assert!(seq <= self.views[id].seq() + 1, "{id}: {seq} comes after {}", self.views[id].seq());
                self.offer(id, &event);
            }
            if page["more"] != true {
                return;
            }
        }
    }

    fn change_hearing(&mut self) {
        match self.pick(100) {
            0 => self.hearing = Hearing::Polls,
            1 | 2 => self.hearing = Hearing::Socket(None),
            _ => {}
        }
    }

    /// Compares what was put together from events with what the server says when asked anew.
    fn settle(mut self) -> Outcome {
        let mut faults = Vec::new();
        for id in self.views.keys().cloned().collect::<Vec<_>>() {
            self.catch_up(&id);
            let (fresh, mine) = (self.whole(&id), self.views[&id].clone());
            if fresh != mine {
                faults.push(format!("{} sees {id} otherwise: {}", self.id(), difference(&mine, &fresh)));
            }
            let mut client_ids = fresh.client_ids();
            let count = client_ids.len();
            client_ids.sort_unstable();
            client_ids.dedup();
            if client_ids.len() != count {
                faults.push(format!("{id}: {} messages stand twice", count - client_ids.len()));
            }
            for (_, client_id) in self.acknowledged.iter().filter(|(conversation, _)| *conversation == id) {
                if client_ids.binary_search(&client_id.as_str()).is_err() {
                    faults.push(format!("{id}: {client_id} was acknowledged and is lost"));
                }
            }
        }
        Outcome { applied: self.applied, acknowledged: self.acknowledged, faults }
    }

    /// The conversation from its first message on, page by page.
    fn whole(&mut self, id: &str) -> View {
        let mut page = self.ask("GET", &self.path(id, "?limit=200"), None).json();
        let mut more = page["more"] == true;
        while more {
            let before = page["messages"][0]["seq"].as_u64().unwrap_or_default();
            let older = self.ask("GET", &self.path(id, &format!("?limit=200&before={before}")), None).json();
            for list in ["messages", "activity"] {
                let mut joined = older[list].as_array().cloned().unwrap_or_default();
                joined.append(page[list].as_array_mut().unwrap_or(&mut Vec::new()));
                page[list] = joined.into();
            }
            more = older["more"] == true;
        }
        page["more"] = false.into();
        page["typing"] = json!([]);
        self.view_of(&page)
    }
}

/// The first place where two views differ, in words.
fn difference(mine: &View, fresh: &View) -> String {
    let text = |view: &View| match view {
        View::Visitor(page) => serde_json::to_string(page),
        View::Agent(page) => serde_json::to_string(page),
    };
    let (mine, fresh) = (text(mine).unwrap_or_default(), text(fresh).unwrap_or_default());
    let at = mine.bytes().zip(fresh.bytes()).take_while(|(a, b)| a == b).count().saturating_sub(80);
    let excerpt = |text: &str| text.get(at..).map_or("", |rest| rest.get(..240).unwrap_or(rest)).to_owned();
    format!("{} instead of {}", excerpt(&mine), excerpt(&fresh))
}
