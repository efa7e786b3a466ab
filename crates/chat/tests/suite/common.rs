//! The world every test of the chat starts from: a database of its own on either engine, and
//! the people. Knows no rules; tests say what should happen.

use chat::{Agent, Change, Chat, ConversationQuery, Found, Links, SignedIn, Storage, Uploader, Visitor};
use parking_lot::Mutex;
use std::path::PathBuf;
use std::sync::Arc;
use testkit::postgres::Postgres;
use wire::alert::AddDevice;
use wire::api::{
    AddAgent, InboxReply, LoginRequest, PostMessage, Role, SessionRequest, SetupRequest, VisitorPage,
};
use wire::event::{AgentMessage, ChatMessage, MessageKind};
use wire::file::{Attachment, BeginUpload};
use wire::{Refusal, Refused, totp};

/// Sunday, 22 November 2026, 10:53.
pub const NOW: u64 = 1_795_344_780_000;
pub const PASSWORD: &str = "correct horse battery";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Makes each test two: `sqlite::…` and `postgres::…`.
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $test() {
                crate::common::run(crate::common::Engine::Sqlite, super::$test);
            })*
        }
        mod postgres {
            $(#[test]
            fn $test() {
                crate::common::run(crate::common::Engine::Postgres, super::$test);
            })*
        }
    };
}
pub(crate) use on_both_engines;

/// Runs a test in a world of its own.
pub fn run<F: Future<Output = ()>>(engine: Engine, test: impl FnOnce(World) -> F) {
    let runtime = runtime();
    let world = World::new(engine);
    let chat = world.chat.clone();
    runtime.block_on(async {
        test(world).await;
        chat.close().await;
    });
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A directory that goes with its owner.
pub struct TempDir(pub PathBuf);

impl TempDir {
    pub fn new() -> TempDir {
        TempDir(testkit::world::fresh_folder())
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub struct World {
    pub chat: Chat,
    pub storage: Storage,
    pub changes: Arc<Mutex<Vec<Change>>>,
    _dir: TempDir,
}

impl World {
    pub fn new(engine: Engine) -> World {
        let dir = TempDir::new();
        let storage = match engine {
            Engine::Sqlite => Storage::Sqlite { path: dir.0.join("chat.db"), max_bytes: None },
            Engine::Postgres => Storage::Postgres { url: Postgres::shared().fresh_database() },
        };
        let changes = Arc::new(Mutex::new(Vec::new()));
        let chat = open(&storage, &changes);
        World { chat, storage, changes, _dir: dir }
    }

    /// Closes the chat and opens it again on the same database.
    pub async fn reopen(&mut self) {
        self.chat.close().await;
        self.chat = open(&self.storage, &self.changes);
    }

    /// Ana, on the website.
    pub async fn ana(&self) -> Visitor {
        self.visitor("Ana").await
    }

    /// Eve, another visitor of the same website.
    pub async fn eve(&self) -> Visitor {
        self.visitor("Eve").await
    }

    pub async fn visitor(&self, name: &str) -> Visitor {
        let widget = self.chat.first_widget(NOW).await.unwrap();
        let request = SessionRequest { name: Some(name.into()), ..SessionRequest::default() };
        let session = self.chat.open_session(&widget.look.id, request, NOW).await.unwrap();
        self.chat.visitor(&session.token, NOW).await.unwrap()
    }

    /// Ben, who set the server up.
    pub async fn ben(&self) -> Agent {
        let code = self.chat.new_setup_code(NOW).await.unwrap();
        let request = SetupRequest {
            code,
            name: "Ben".into(),
            email: "Ben@shop.example".into(),
            password: PASSWORD.into(),
        };
        self.chat.setup(request, NOW).await.unwrap().agent
    }

    /// Carol, an agent without access to any widget; Ben adds her.
    pub async fn carol(&self, ben: &Agent) -> Agent {
        self.colleague(ben, "Carol", Vec::new()).await
    }

    /// An agent on these widgets.
    pub async fn colleague(&self, ben: &Agent, name: &str, widgets: Vec<String>) -> Agent {
        let email = format!("{}@shop.example", name.to_lowercase());
        let request = AddAgent {
            name: name.into(),
            email: email.clone(),
            password: PASSWORD.into(),
            role: Role::Agent,
            widgets,
        };
        self.chat.add_agent(ben, request, NOW).await.unwrap();
        self.sign_in(name).await
    }

    /// Somebody signs in once more, by their password alone.
    pub async fn sign_in(&self, name: &str) -> Agent {
        self.try_sign_in(name, None, NOW).await.unwrap().agent
    }

    /// The same with a code of the second step.
    pub async fn try_sign_in(
        &self,
        name: &str,
        code: Option<String>,
        now_ms: u64,
    ) -> Result<SignedIn, Refused> {
        let email = format!("{}@shop.example", name.to_lowercase());
        self.chat.login(LoginRequest { email, password: PASSWORD.into(), code }, now_ms).await
    }

    /// A conversation this visitor just started.
    pub async fn conversation(&self, visitor: &Visitor) -> String {
        self.chat.start_conversation(visitor, None, NOW).await.unwrap().0.conversation.id
    }

    pub async fn says(&self, visitor: &Visitor, conversation: &str, words: &str) -> ChatMessage {
        self.chat.visitor_post(visitor, conversation, text(words), NOW).await.unwrap().0
    }

    pub async fn answers(&self, agent: &Agent, conversation: &str, words: &str) -> AgentMessage {
        self.chat.agent_post(agent, conversation, text(words), NOW).await.unwrap().0
    }

    pub async fn notes(&self, agent: &Agent, conversation: &str, words: &str) -> AgentMessage {
        self.chat.agent_post(agent, conversation, note(words), NOW).await.unwrap().0
    }

    /// A file that this person uploaded to a conversation, a photograph.
    pub async fn uploads(&self, by: &Uploader, conversation: &str, name: &str) -> Attachment {
        let upload = self.chat.begin_upload(by, upload(conversation, name), NOW).await.unwrap();
        self.chat.keep_upload(by, &upload.file.id, photograph()).await.unwrap()
    }

    /// The whole list, as this agent has it; page by page with a limit.
    pub async fn inbox(
        &self,
        agent: &Agent,
        before: Option<&str>,
        limit: Option<usize>,
    ) -> Result<InboxReply, Refused> {
        let query = ConversationQuery { before: before.map(str::to_owned), limit, ..Default::default() };
        self.chat.conversations(agent, query).await
    }

    /// The newest page, as its visitor reads it.
    pub async fn page(&self, visitor: &Visitor, conversation: &str) -> VisitorPage {
        self.chat.visitor_page(visitor, conversation, chat::PageQuery::default()).await.unwrap()
    }

    /// Facts told so far.
    pub fn facts(&self) -> Vec<chat::Fact> {
        self.changes.lock().iter().flat_map(|change| change.facts.clone()).collect()
    }
}

pub fn open(storage: &Storage, changes: &Arc<Mutex<Vec<Change>>>) -> Chat {
    let told = changes.clone();
    let chat = Chat::open(storage.clone(), Arc::new(move |new| told.lock().extend_from_slice(new))).unwrap();
    chat.with_links(Arc::new(Links::new("secret", "", || NOW)))
}

pub fn text(words: &str) -> PostMessage {
    PostMessage { message: words.into(), ..PostMessage::default() }
}

pub fn note(words: &str) -> PostMessage {
    PostMessage { kind: MessageKind::Note, ..text(words) }
}

pub fn with_id(words: &str, client_id: &str) -> PostMessage {
    PostMessage { client_id: Some(client_id.into()), ..text(words) }
}

pub fn upload(conversation: &str, name: &str) -> BeginUpload {
    let (conversation_id, name) = (conversation.to_owned(), name.to_owned());
    BeginUpload { conversation_id, name, bytes: 1_000, ..BeginUpload::default() }
}

/// What a file turned out to be.
pub fn photograph() -> Found {
    Found {
        media_type: "image/jpeg".into(),
        bytes: 990,
        pixels: Some((640, 480)),
        thumbnail_type: Some("image/jpeg".into()),
    }
}

/// The code that an authenticator app with this key shows.
pub fn app_code(key: &str, now_ms: u64) -> String {
    totp::code(&totp::from_base32(key).unwrap(), totp::step(now_ms / 1_000))
}

/// A browser that takes pushes here.
pub fn browser(endpoint: &str) -> AddDevice {
    AddDevice {
        endpoint: format!("https://push.example/{endpoint}"),
        // A point begins with 4.
        p256dh: format!("BA{}", "A".repeat(85)),
        auth: "A".repeat(22),
        name: "Firefox on Linux".into(),
    }
}

pub fn with_files(words: &str, ids: &[&str]) -> PostMessage {
    PostMessage { attachments: ids.iter().map(ToString::to_string).collect(), ..text(words) }
}

/// The refusal, where one is expected.
pub fn refused<T: std::fmt::Debug>(answer: Result<T, Refused>) -> Refusal {
    answer.expect_err("a refusal").refusal
}

/// What only somebody beside the chat does to its database.
impl World {
    /// Deletes a conversation's facts, as retention does.
    pub fn delete_facts(&self, conversation: &str) {
        self.beside("DELETE FROM facts WHERE conversation_id = '{}'", conversation);
    }

    /// A dump's facts name transactions of the cluster that they were written in.
    pub fn pretend_facts_came_from_another_cluster(&self) {
        self.beside("UPDATE facts SET writer = writer + 1000000", "");
    }

    /// How many rows a table has.
    pub fn rows(&self, table: &str) -> i64 {
        let text = format!("SELECT COUNT(*) FROM {table}");
        match &self.storage {
            Storage::Sqlite { path, .. } => {
                rusqlite::Connection::open(path).unwrap().query_row(&text, [], |row| row.get(0)).unwrap()
            }
            Storage::Postgres { url } => {
                let url = url.clone();
                let count = move || {
                    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
                    client.query_one(&text, &[]).unwrap().get(0)
                };
                std::thread::spawn(count).join().unwrap()
            }
        }
    }

    fn beside(&self, text: &str, conversation: &str) {
        let text = text.replace("{}", conversation);
        match &self.storage {
            Storage::Sqlite { path, .. } => {
                let connection = rusqlite::Connection::open(path).unwrap();
                connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
                connection.execute_batch(&text).unwrap();
            }
            Storage::Postgres { url } => {
                let url = url.clone();
                let run = move || {
                    postgres::Client::connect(&url, postgres::NoTls).unwrap().batch_execute(&text).unwrap();
                };
                std::thread::spawn(run).join().unwrap();
            }
        }
    }

    /// Another connection writes a first message to this conversation and commits when told to.
    pub fn write_fact_and_hold(&self, conversation: &str) -> impl FnOnce() {
        let Storage::Postgres { url } = &self.storage else { panic!("SQLite has one writer") };
        let (url, conversation) = (url.clone(), conversation.to_owned());
        let (held, is_held) = std::sync::mpsc::channel();
        let (go, told) = std::sync::mpsc::channel::<()>();
        let writer = std::thread::spawn(move || {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
            let mut tx = client.transaction().unwrap();
            let said = r#"{"shared":{"message":{"id":"msg_1","sender_type":"visitor","sender_id":null,"sender_name":"A","text":"x","client_id":"c"}}}"#;
            tx.execute(
                "INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) \
                 VALUES ($1, 1, 1, 1, 'message', 'msg_1', $2)",
                &[&conversation, &said],
            )
            .unwrap();
            held.send(()).unwrap();
            told.recv().unwrap();
            tx.commit().unwrap();
        });
        is_held.recv().unwrap();
        move || {
            go.send(()).unwrap();
            writer.join().unwrap();
        }
    }
}
