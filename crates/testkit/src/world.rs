//! A world for tests: a real server process on a free port with a folder of its own, and the
//! cast who use it. Knows the product only by its command line and its HTTP routes.

use crate::http::{Reply, Request};
use crate::socket::Socket;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// A running server.
pub struct World {
    binary: PathBuf,
    child: Option<Child>,
    environment: Vec<(String, String)>,
    /// Its folder; gone with the world.
    pub data: PathBuf,
    /// Where it listens.
    pub port: u16,
    /// What it printed on standard error before it was ready.
    pub greeting: String,
    /// The chat app's public key.
    pub key: String,
    /// The chat app's id.
    pub app_id: String,
    /// The chat app's secret.
    pub secret: String,
    /// The command line's token.
    pub operator_token: String,
    log: Arc<Mutex<Vec<String>>>,
    /// Lines of standard output.
    said: Mutex<mpsc::Receiver<String>>,
}

/// What was said up to the line with the test page's address, the last of a greeting. The two pipes
/// are read by two threads, so the ready line may be seen first.
fn greeting(errors: &mpsc::Receiver<String>) -> String {
    let mut lines = Vec::new();
    while let Ok(line) = errors.recv_timeout(Duration::from_secs(5)) {
        let last = line.contains("chatbot-test.html");
        lines.push(line);
        if last {
            break;
        }
    }
    lines.join("\n")
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has free ports");
    listener.local_addr().expect("a bound listener has an address").port()
}

/// An empty folder for one test. The system gives a process's number to another once it has ended, so a folder that
/// stands there already is left to whoever made it.
///
/// # Panics
/// When the temporary folder cannot be written.
pub fn fresh_folder() -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let name = format!("frontdesk-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        match std::fs::create_dir(&folder) {
            Ok(()) => return folder,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => panic!("{} cannot be made: {error}", folder.display()),
        }
    }
}

impl World {
    /// Starts a server with defaults and waits until it is ready.
    pub fn start(binary: impl AsRef<Path>) -> World {
        World::start_with(binary, &[])
    }

    /// The same with environment variables.
    ///
    /// # Panics
    /// When it does not become ready.
    pub fn start_with(binary: impl AsRef<Path>, environment: &[(&str, &str)]) -> World {
        let mut world = World {
            binary: binary.as_ref().to_owned(),
            child: None,
            environment: environment.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect(),
            data: fresh_folder(),
            port: free_port(),
            greeting: String::new(),
            key: String::new(),
            app_id: String::new(),
            secret: String::new(),
            operator_token: String::new(),
            log: Arc::default(),
            said: Mutex::new(mpsc::channel().1),
        };
        world.boot();
        world
    }

    /// Starts the process again over the same folder and port.
    ///
    /// # Panics
    /// When it does not become ready.
    pub fn boot(&mut self) {
        let mut child = Command::new(&self.binary)
            .args(["serve", "--host", "127.0.0.1", "--port", &self.port.to_string(), "--data"])
            .arg(&self.data)
            .current_dir(&self.data)
            .envs(self.environment.iter().map(|(n, v)| (n, v)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let (line, ready) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().expect("standard output is piped"));
        std::thread::spawn(move || {
            for text in stdout.lines().map_while(Result::ok) {
                // The test may be over already.
                let _ = line.send(text);
            }
        });
        let (error_line, errors) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().expect("standard error is piped"));
        let log = self.log.clone();
        std::thread::spawn(move || {
            for text in stderr.lines().map_while(Result::ok) {
                log.lock().push(text.clone());
                let _ = error_line.send(text);
            }
        });
        let said = ready.recv_timeout(Duration::from_secs(30));
        self.said = Mutex::new(ready);
        self.greeting = greeting(&errors);
        self.child = Some(child);
        match said {
            Ok(text) => {
                let says_tls = |name: &str| matches!(name, "FRONTDESK_TLS_CERT" | "FRONTDESK_ACME_DOMAINS");
                let tls = self.environment.iter().any(|(name, _)| says_tls(name));
                let scheme = if tls { "https" } else { "http" };
                assert_eq!(text, format!("Frontdesk listening on {scheme}://127.0.0.1:{}", self.port));
            }
            Err(_) => panic!("the server is not ready: {}", self.greeting),
        }
        self.read_secrets();
    }

    fn read_secrets(&mut self) {
        let text = std::fs::read_to_string(self.data.join("secrets.toml")).expect("secrets were made");
        let value = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(&format!("{name} = ")));
            line.and_then(|line| line.split('"').nth(1)).expect("the secret stands there").to_owned()
        };
        let named = |name: &str| self.environment.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        self.key = named("REVERB_APP_KEY").unwrap_or_else(|| value("app_key"));
        self.app_id = named("REVERB_APP_ID").unwrap_or_else(|| value("app_id"));
        self.secret = named("REVERB_APP_SECRET").unwrap_or_else(|| value("app_secret"));
        self.operator_token = value("operator_token");
    }

    /// Has a new process take over (SIGUSR2), and waits until it serves and the old one is gone.
    ///
    /// # Panics
    /// When it does not.
    pub fn hand_over(&self) {
        let old = self.pid().expect("the server runs");
        self.signal("USR2");
        let said = self.said.lock().recv_timeout(Duration::from_secs(30));
        let ready = format!("Frontdesk listening on http://127.0.0.1:{}", self.port);
        assert_eq!(said.as_ref(), Ok(&ready), "{}", self.log());
        wait_for_end(old);
    }

    /// Sets an environment variable from the next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Kills the process as a power cut would (SIGKILL).
    pub fn kill(&mut self) {
        let (serving, child) = (self.pid(), self.child.as_ref().map(Child::id));
        if serving != child {
            // It is not our child; it may be dead already.
            let _ =
                Command::new("kill").args(["-s", "KILL", &serving.unwrap_or_default().to_string()]).status();
        }
        if let Some(mut child) = self.child.take() {
            // It may be dead already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to stop (SIGTERM) and answers its exit code; after a hand-over, that of the first process.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&mut self) -> Option<i32> {
        let serving = self.pid().expect("the server runs");
        self.signal("TERM");
        wait_for_end(serving);
        self.ended()
    }

    /// Sends a signal, such as `TERM`.
    ///
    /// # Panics
    /// When there is no process.
    pub fn signal(&self, name: &str) {
        let id = self.pid().expect("the server runs").to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Waits for the end of the process that was started first, and answers its exit code.
    ///
    /// # Panics
    /// When there is no process.
    pub fn ended(&mut self) -> Option<i32> {
        let mut child = self.child.take().expect("the server runs");
        child.wait().expect("the process ends").code()
    }

    /// Everything printed on standard error so far.
    pub fn log(&self) -> String {
        self.log.lock().join("\n")
    }

    /// The id of the process that serves.
    pub fn pid(&self) -> Option<u32> {
        let child = self.child.as_ref()?;
        let file = std::fs::read_to_string(self.data.join("frontdesk.pid")).ok();
        file.and_then(|id| id.trim().parse().ok()).or(Some(child.id()))
    }

    /// The code of the set-up link in the greeting.
    ///
    /// # Panics
    /// When there is none.
    pub fn setup_code(&self) -> String {
        let link = self.greeting.split("#setup=").nth(1).expect("the greeting has a set-up link");
        link.split_whitespace().next().unwrap_or_default().to_owned()
    }

    /// The first widget's token, from the test page.
    pub fn widget_token(&self) -> String {
        let page = self.get("/chatbot-test.html").send(self.port).text();
        let from = page.find("cbw_").expect("the test page holds the token");
        page[from..from + 64].to_owned()
    }

    /// A GET without credential.
    pub fn get(&self, path: &str) -> Request {
        Request::new("GET", path)
    }

    /// A visitor with a session.
    ///
    /// # Panics
    /// When the session is refused.
    pub fn visitor(&self, name: &str) -> Visitor {
        self.visitor_by(&self.widget_token(), name)
    }

    /// So many visitors, each with a session.
    ///
    /// # Panics
    /// When a session is refused.
    pub fn visitors(&self, count: usize) -> Vec<Visitor> {
        let token = self.widget_token();
        (0..count).map(|number| self.visitor_by(&token, &format!("Visitor {number}"))).collect()
    }

    fn visitor_by(&self, widget_token: &str, name: &str) -> Visitor {
        let reply = Request::new("POST", "/api/chatbot/session")
            .header("authorization", &format!("Bearer {widget_token}"))
            .json(&json!({"name": name}))
            .send(self.port);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let reply = reply.json();
        let word = |field: &Value| field.as_str().unwrap_or_default().to_owned();
        Visitor {
            port: self.port,
            id: word(&reply["visitor"]["id"]),
            token: word(&reply["token"]),
            secret: word(&reply["secret"]),
        }
    }

    /// The first agent, through the set-up link.
    ///
    /// # Panics
    /// When set-up is refused.
    pub fn owner(&self, name: &str) -> Agent {
        let reply = Request::new("POST", "/api/v1/setup")
            .json(&json!({
                "code": self.setup_code(), "name": name, "email": format!("{}@desk.example", name.to_lowercase()),
                "password": PASSWORD,
            }))
            .send(self.port);
        assert_eq!(reply.status, 200, "{}", reply.text());
        Agent::from_reply(self.port, &reply)
    }

    /// Signs an agent in.
    ///
    /// # Panics
    /// When the password is refused.
    pub fn sign_in(&self, name: &str) -> Agent {
        let reply = Request::new("POST", "/api/v1/login")
            .json(&json!({"email": format!("{}@desk.example", name.to_lowercase()), "password": PASSWORD}))
            .send(self.port);
        assert_eq!(reply.status, 200, "{}", reply.text());
        Agent::from_reply(self.port, &reply)
    }

    /// A socket of the chat's app.
    pub fn socket(&self) -> Socket {
        Socket::open(self.port, &self.key)
    }
}

/// Waits until a process is gone, or waits only for being asked how it ended.
fn wait_for_end(id: u32) {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"));
        if stat.map_or(true, |stat| stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z"))) {
            return;
        }
        assert!(Instant::now() < end, "process {id} does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.kill();
        // A leftover folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// Every agent's password.
pub const PASSWORD: &str = "correct horse battery";

/// A visitor's session.
#[derive(Clone, Debug)]
pub struct Visitor {
    port: u16,
    /// `vis_…`
    pub id: String,
    /// Bearer.
    pub token: String,
    /// Proves later that this is the same visitor.
    pub secret: String,
}

impl Visitor {
    /// A request with the visitor's bearer.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, path).header("authorization", &format!("Bearer {}", self.token))
    }

    /// Starts a conversation.
    ///
    /// # Panics
    /// When it is refused.
    pub fn start(&self) -> String {
        let reply = self.request("POST", "/api/chatbot/conversation").json(&json!({})).send(self.port);
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["conversation"]["id"].as_str().unwrap_or_default().to_owned()
    }

    /// Writes a message.
    pub fn write(&self, conversation: &str, text: &str, client_id: &str) -> Reply {
        self.request("POST", &format!("/api/chatbot/conversation/{conversation}/messages"))
            .json(&json!({"message": text, "client_id": client_id}))
            .send(self.port)
    }

    /// Reads the conversation, with a query such as `?after=3`.
    pub fn read(&self, conversation: &str, query: &str) -> Reply {
        self.request("GET", &format!("/api/chatbot/conversation/{conversation}{query}")).send(self.port)
    }

    /// Asks for the signature that lets a socket join.
    pub fn authorise(&self, socket_id: &str, channel: &str) -> Reply {
        self.request("POST", "/broadcasting/auth")
            .json(&json!({"socket_id": socket_id, "channel_name": channel}))
            .send(self.port)
    }
}

/// An agent's session.
#[derive(Clone, Debug)]
pub struct Agent {
    port: u16,
    /// `agt_…`
    pub id: String,
    /// The cookie's value.
    pub token: String,
    /// Goes with every writing request.
    pub csrf: String,
    /// Widgets of this agent.
    pub widgets: Vec<String>,
}

impl Agent {
    fn from_reply(port: u16, reply: &Reply) -> Agent {
        let cookie = reply.header("set-cookie").expect("a session cookie");
        let token = cookie.split(['=', ';']).nth(1).unwrap_or_default().to_owned();
        let body = reply.json();
        let word = |field: &Value| field.as_str().unwrap_or_default().to_owned();
        let widgets = body["widgets"].as_array().into_iter().flatten().map(|w| word(&w["id"])).collect();
        Agent { port, id: word(&body["agent"]["id"]), token, csrf: word(&body["csrf"]), widgets }
    }

    /// A request with cookie and CSRF token.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, path)
            .header("cookie", &format!("frontdesk_session={}", self.token))
            .header("x-csrf-token", &self.csrf)
    }

    /// Writes a message or, with `kind` `note`, a note.
    pub fn write(&self, conversation: &str, text: &str, kind: &str) -> Reply {
        self.request("POST", &format!("/api/v1/conversations/{conversation}/messages"))
            .json(&json!({"message": text, "kind": kind}))
            .send(self.port)
    }

    /// Adds a colleague.
    ///
    /// # Panics
    /// When it is refused.
    pub fn add(&self, name: &str, role: &str, widgets: &[&str]) {
        let reply = self
            .request("POST", "/api/v1/agents")
            .json(&json!({
                "name": name, "email": format!("{}@desk.example", name.to_lowercase()),
                "password": PASSWORD, "role": role, "widgets": widgets,
            }))
            .send(self.port);
        assert_eq!(reply.status, 200, "{}", reply.text());
    }

    /// Asks for the signature that lets a socket join.
    pub fn authorise(&self, socket_id: &str, channel: &str) -> Reply {
        self.request("POST", "/broadcasting/auth")
            .json(&json!({"socket_id": socket_id, "channel_name": channel}))
            .send(self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::fresh_folder;

    #[test]
    fn a_folder_that_was_left_behind_is_nobodys_again() {
        let first = fresh_folder();
        let name = first.file_name().and_then(|name| name.to_str()).expect("it has a name");
        let (process, number) = name.rsplit_once('-').expect("it ends in a number");
        let next = number.parse::<u32>().expect("it ends in a number") + 1;
        let left = first.with_file_name(format!("{process}-{next}"));
        std::fs::create_dir(&left).expect("nobody has it yet");
        let second = fresh_folder();
        assert_ne!(second, left);
        for folder in [first, left, second] {
            std::fs::remove_dir(folder).expect("it is empty");
        }
    }
}
