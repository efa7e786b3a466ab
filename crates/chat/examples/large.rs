//! How quick lists, pages and searches are on a large desk: fills an SQLite file with a million conversations
//! and ten million messages, then reads as an owner and as an agent of some widgets. Knows no HTTP.
//!
//! `LARGE=0.1 cargo run --release -p chat --example large -- [folder] [part of a line's name]` for a tenth of it. The file is made by
//! plain SQL through the same tables, triggers and indexes; a file that is there is used again.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use chat::{Agent, Assignee, Chat, ConversationQuery, PageQuery, SearchQuery, Sort, Storage};
use rusqlite::{Connection, params};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use wire::api::{AddAgent, LoginRequest, Role, SearchKind, SetupRequest};
use wire::event::{ConversationStatus, Priority};

/// The beginning of time here; conversations come a second apart.
const BEGAN_MS: u64 = 1_700_000_000_000;
const MESSAGES_EACH: i64 = 10;
/// Conversations whose messages are interleaved, as they are on a busy desk.
const AT_A_TIME: u64 = 1_000;
const LONG: &str = "cnv_long";
const LONG_MESSAGES: i64 = 100_000;
const WORDS: u64 = 20_000;
const RUNS: usize = 500;
const PASSWORD: &str = "correct horse battery";

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Few words are common, most are rare.
fn word(number: u64) -> String {
    let mut rest = number;
    let mut word = String::new();
    for _ in 0..4 {
        word.push(char::from(b"bdfgklmnprstvz"[(rest % 14) as usize]));
        word.push(char::from(b"aeiou"[(rest / 14 % 5) as usize]));
        rest /= 70;
    }
    word
}

fn text(dice: &mut Dice) -> String {
    let words: Vec<String> = (0..12)
        .map(|_| {
            let at = dice.roll(1_000_000) as f64 / 1_000_000.0;
            word((WORDS as f64 * at.powi(4)) as u64)
        })
        .collect();
    words.join(" ")
}

#[tokio::main]
async fn main() {
    let scale: f64 = std::env::var("LARGE").map_or(1.0, |scale| scale.parse().unwrap());
    let conversations = (1_000_000.0 * scale) as u64;
    let folder = std::env::args().nth(1).unwrap_or_else(|| "target/bench".to_owned());
    std::fs::create_dir_all(&folder).unwrap();
    let path = Path::new(&folder).join(format!("large-{conversations}.db"));
    let is_new = !path.exists();
    let storage = Storage::Sqlite { path: path.clone(), max_bytes: None };
    let chat = Chat::open(storage, Arc::new(|_| {})).unwrap();
    if is_new {
        let widgets = people(&chat).await;
        chat.close().await;
        fill(&path, &widgets, conversations);
        chat.reopen().unwrap();
    }
    let (ben, dora) = (sign_in(&chat, "ben").await, sign_in(&chat, "dora").await);
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!(
        "{conversations} conversations, {} messages, {} MB",
        messages_of(conversations),
        bytes / 1_000_000
    );
    println!("| | p50 ms | p99 ms | rows |\n|---|---|---|---|");
    lists(&chat, &ben, &dora).await;
    pages(&chat, &ben, conversations).await;
    searches(&chat, &ben, &dora).await;
    chat.close().await;
}

fn messages_of(conversations: u64) -> i64 {
    conversations as i64 * MESSAGES_EACH + LONG_MESSAGES
}

/// Ben, who owns ten widgets, and Dora, who answers on three of them.
async fn people(chat: &Chat) -> Vec<String> {
    let mut widgets = vec![chat.first_widget(BEGAN_MS).await.unwrap().look.id];
    for number in 1..10 {
        let widget = chat.add_widget(&format!("Widget {number}"), &[], BEGAN_MS).await.unwrap();
        widgets.push(widget.look.id);
    }
    let code = chat.new_setup_code(BEGAN_MS).await.unwrap();
    let email = "ben@desk.example".into();
    let ben = SetupRequest { code, name: "Ben".into(), email, password: PASSWORD.into() };
    let ben = chat.setup(ben, BEGAN_MS).await.unwrap().agent;
    let dora = AddAgent {
        name: "Dora".into(),
        email: "dora@desk.example".into(),
        password: PASSWORD.into(),
        role: Role::Agent,
        widgets: widgets[..3].to_vec(),
    };
    chat.add_agent(&ben, dora, BEGAN_MS).await.unwrap();
    widgets
}

async fn sign_in(chat: &Chat, name: &str) -> Agent {
    let login = LoginRequest { email: format!("{name}@desk.example"), password: PASSWORD.into(), code: None };
    chat.login(login, BEGAN_MS).await.unwrap().agent
}

/// What the queue would do later is done at once: its triggers rest meanwhile.
fn fill(path: &Path, widgets: &[String], conversations: u64) {
    let started = Instant::now();
    let db = Connection::open(path).unwrap();
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA temp_store = MEMORY;")
        .unwrap();
    let triggers: Vec<(String, String)> = db
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'search\\_%\\_in' ESCAPE '\\' AND name <> 'search_docs_in'")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    triggers.iter().for_each(|(name, _)| db.execute_batch(&format!("DROP TRIGGER {name}")).unwrap());
    let agents: Vec<String> = ["ben", "dora"]
        .iter()
        .map(|name| {
            let find = "SELECT id FROM agents WHERE email_key = ?1";
            db.query_row(find, [format!("{name}@desk.example")], |row| row.get(0)).unwrap()
        })
        .collect();
    let mut filling =
        Filling { db: &db, widgets, agents: &agents, dice: Dice(7), written: 0, at_ms: BEGAN_MS as i64 };
    let mut from = 0;
    while from < conversations {
        let to = (from + AT_A_TIME).min(conversations);
        db.execute_batch("BEGIN").unwrap();
        (from..to).for_each(|number| filling.conversation(&id(number), number));
        for seq in 1..=MESSAGES_EACH {
            (from..to).for_each(|number| filling.message(&id(number), number, seq));
        }
        db.execute_batch("COMMIT").unwrap();
        from = to;
    }
    db.execute_batch("BEGIN").unwrap();
    filling.conversation(LONG, 0);
    (1..=LONG_MESSAGES).for_each(|seq| filling.message(LONG, 0, seq));
    db.execute_batch("COMMIT").unwrap();
    triggers.iter().for_each(|(_, sql)| db.execute_batch(sql).unwrap());
    println!("filled in {:.0} s", started.elapsed().as_secs_f64());
}

fn id(number: u64) -> String {
    format!("cnv_{number:032x}")
}

struct Filling<'a> {
    db: &'a Connection,
    widgets: &'a [String],
    agents: &'a [String],
    dice: Dice,
    written: u64,
    at_ms: i64,
}

impl Filling<'_> {
    fn run(&self, sql: &str, values: impl rusqlite::Params) {
        self.db.prepare_cached(sql).unwrap().execute(values).unwrap();
    }

    fn widget(&self, number: u64) -> &str {
        &self.widgets[(number % 10) as usize]
    }

    /// Two in a hundred are open, and half of those wait; the rest is history.
    fn conversation(&mut self, id: &str, number: u64) {
        let visitor = format!("vis_{id}");
        let (status, assigned) = match self.dice.roll(100) {
            0 | 1 => ("open", self.dice.roll(10) < 6),
            2 => ("snoozed", true),
            _ => ("resolved", self.dice.roll(10) < 9),
        };
        let assignee = assigned.then(|| &self.agents[usize::from(number % 10 < 3 && self.dice.roll(2) == 0)]);
        let priority = ["normal", "normal", "normal", "high", "urgent"][self.dice.roll(5) as usize];
        let tag = match self.dice.roll(100) {
            0 => Some("vip".to_owned()),
            1..20 => Some(format!("tag{}", self.dice.roll(50))),
            _ => None,
        };
        let tags = tag.as_ref().map_or("[]".to_owned(), |tag| format!("[\"{tag}\"]"));
        let name = format!("{} {}", word(self.dice.roll(500)), word(self.dice.roll(WORDS)));
        let widget = self.widget(number).to_owned();
        self.run(
            "INSERT INTO visitors (id, widget_id, secret_hash, name, created_ms) VALUES (?1, ?2, ?1, ?3, ?4)",
            params![visitor, widget, name, self.at_ms],
        );
        self.index(&visitor, &name, &format!("p_{widget}"));
        self.run(
            "INSERT INTO conversations (id, widget_id, visitor_id, client_id, status, created_ms, last_seq, \
             last_visitor_seq, visitor_messages, last_message_ms, last_sender_kind, last_sender_name, last_kind, \
             last_text, last_message_id, assignee_id, priority, tags, snoozed_until_ms, waiting_since_ms) \
             VALUES (?1, ?2, ?3, 'c', ?4, ?5, ?6, ?6, ?6 / 2, ?7, 'visitor', ?8, 'text', 'Is the blue one back?', \
             'msg_', ?9, ?10, ?11, ?12, ?13)",
            params![
                id, widget, visitor, status, self.at_ms,
                if id == LONG { LONG_MESSAGES } else { MESSAGES_EACH },
                self.at_ms + 10_000 * MESSAGES_EACH, name, assignee, priority, tags,
                (status == "snoozed").then_some(i64::MAX),
                (status == "open" && number.is_multiple_of(2)).then_some(self.at_ms),
            ],
        );
        if let Some(tag) = tag {
            self.run(
                "INSERT INTO conversation_tags (tag, conversation_id) VALUES (?1, ?2)",
                [tag.as_str(), id],
            );
            self.index(id, &tag, &format!("c_{widget}"));
        }
        if status == "open" && number % 10 < 3 {
            let values = params![self.agents[1], id, MESSAGES_EACH];
            self.run("INSERT INTO mentions (agent_id, conversation_id, seq) VALUES (?1, ?2, ?3)", values);
        }
        self.at_ms += 1_000;
    }

    fn message(&mut self, conversation: &str, number: u64, seq: i64) {
        let (message, said) = (format!("msg_{:032x}", self.written), text(&mut self.dice));
        let at_ms = self.at_ms + seq;
        self.written += 1;
        self.run(
            "INSERT INTO messages (id, conversation_id, seq, visitor_seq, client_id, sender_kind, sender_id, \
             sender_name, kind, body, visitor_messages, created_ms) \
             VALUES (?1, ?2, ?3, ?3, ?3, 'visitor', 'vis', 'Ana', 'text', ?4, ?3, ?5)",
            params![message, conversation, seq, said, at_ms],
        );
        let payload = format!(
            r#"{{"shared":{{"message":{{"id":"{message}","sender_type":"visitor","sender_id":"vis","sender_name":"Ana","text":"{said}","client_id":"{seq}"}}}}}}"#
        );
        self.run(
            "INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) \
             VALUES (?1, ?2, ?2, ?3, 'message', ?4, ?5)",
            params![conversation, seq, at_ms, message, payload],
        );
        self.index(&message, &said, &format!("m_{}", self.widget(number)));
    }

    fn index(&self, id: &str, words: &str, scope: &str) {
        let words = format!("{words} {scope}");
        self.run("INSERT INTO search_docs (ref_id, words) VALUES (?1, ?2)", [id, words.as_str()]);
    }
}

/// Prints a line of the table; `read` answers how many rows it read in which run.
async fn measure<F: Future<Output = usize>>(what: &str, read: impl Fn(usize) -> F) {
    if !std::env::args().nth(2).is_none_or(|part| what.contains(&part)) {
        return;
    }
    let mut took_us = Vec::new();
    let mut rows = 0;
    for run in 0..RUNS {
        let asked = Instant::now();
        rows = read(run).await;
        took_us.push(asked.elapsed().as_micros());
    }
    took_us.sort_unstable();
    let ms = |at: usize| took_us[at] as f64 / 1_000.0;
    println!("| {what} | {:.2} | {:.2} | {rows} |", ms(RUNS / 2), ms(RUNS * 99 / 100));
}

async fn lists(chat: &Chat, ben: &Agent, dora: &Agent) {
    let all = ConversationQuery::default;
    let open = || ConversationQuery { statuses: vec![ConversationStatus::Open], ..all() };
    let tagged = |tag: &str| ConversationQuery { tag: Some(tag.into()), ..all() };
    let queries = [
        ("all", all()),
        ("open", open()),
        ("resolved", ConversationQuery { statuses: vec![ConversationStatus::Resolved], ..all() }),
        ("mine", ConversationQuery { assignee: Some(Assignee::Me), ..all() }),
        ("mine, open", ConversationQuery { assignee: Some(Assignee::Me), ..open() }),
        ("nobody's, open", ConversationQuery { assignee: Some(Assignee::Nobody), ..open() }),
        ("urgent, open", ConversationQuery { priority: Some(Priority::Urgent), ..open() }),
        ("a tag", tagged("tag7")),
        ("a rare tag, mine", ConversationQuery { assignee: Some(Assignee::Me), ..tagged("vip") }),
        ("mentions me", ConversationQuery { mentions_me: true, ..all() }),
        ("longest waiting", ConversationQuery { sort: Sort::LongestWaiting, ..all() }),
    ];
    for (who, agent) in [("owner", ben), ("agent", dora)] {
        for (what, query) in &queries {
            let deep = chat.conversations(agent, query.clone()).await.unwrap().next;
            measure(&format!("list, {who}: {what}"), |run| {
                // Every other run reads the second page.
                let before = deep.clone().filter(|_| run % 2 == 1);
                let query = ConversationQuery { before, ..query.clone() };
                async move { chat.conversations(agent, query).await.unwrap().conversations.len() }
            })
            .await;
        }
    }
}

async fn pages(chat: &Chat, ben: &Agent, conversations: u64) {
    let numbers = |run: usize| run as u64 * 7_919 % conversations;
    measure("open a conversation", |run| {
        let id = id(numbers(run));
        async move { chat.agent_page(ben, &id, PageQuery::default()).await.unwrap().messages.len() }
    })
    .await;
    measure("open one of 100,000 messages", |_| async {
        chat.agent_page(ben, LONG, PageQuery::default()).await.unwrap().messages.len()
    })
    .await;
    measure("a page far back in it", |run| {
        let before = Some(1_000 + run as u64 * 150);
        let query = PageQuery { before, ..PageQuery::default() };
        async move { chat.agent_page(ben, LONG, query).await.unwrap().messages.len() }
    })
    .await;
}

async fn searches(chat: &Chat, ben: &Agent, dora: &Agent) {
    let common = word(0);
    let rare = |run: usize| word(WORDS - 1 - run as u64 % 5_000);
    let usual = |run: usize| word(50 + run as u64 % 500);
    for (who, agent) in [("owner", ben), ("agent", dora)] {
        let search = |text: String, kinds: Vec<SearchKind>| async move {
            let query = SearchQuery { text, kinds, ..SearchQuery::default() };
            chat.search(agent, query).await.unwrap().hits.len()
        };
        let name = |what: &str| format!("search, {who}: {what}");
        measure(&name("the commonest word"), |_| search(format!("{common} "), vec![])).await;
        measure(&name("a usual word"), |run| search(format!("{} ", usual(run)), vec![])).await;
        measure(&name("a rare word"), |run| search(format!("{} ", rare(run)), vec![])).await;
        measure(&name("two usual words"), |run| {
            search(format!("{} {} ", usual(run), usual(run + 7)), vec![])
        })
        .await;
        measure(&name("a phrase"), |run| search(format!("\"{common} {}\"", usual(run)), vec![])).await;
        measure(&name("a word's first 5 letters"), |run| search(usual(run)[..5].to_owned(), vec![])).await;
        measure(&name("a word's first 3 letters"), |run| search(usual(run)[..3].to_owned(), vec![])).await;
        measure(&name("a contact"), |run| search(format!("{} ", usual(run)), vec![SearchKind::Contacts]))
            .await;
        measure(&name("a tag"), |_| search("vip ".into(), vec![SearchKind::Conversations])).await;
    }
}
