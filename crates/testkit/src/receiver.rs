//! A back end that is called: notes every call, and answers as the test tells it to. Knows nothing of
//! what the calls say.

use parking_lot::{Condvar, Mutex};
use serde_json::Value;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A call as it came.
#[derive(Clone, Debug)]
pub struct Call {
    /// With the query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub bytes: Vec<u8>,
    /// The same as text.
    pub body: String,
    /// With what it was answered; 0: not at all.
    pub status: u16,
}

impl Call {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// What a receiver shares with its threads.
#[derive(Default)]
struct State {
    calls: Mutex<(Vec<Call>, u16)>,
    /// How the next ones are answered, first to last: a status, and seconds after which to come again.
    next: Mutex<VecDeque<(u16, Option<u64>)>>,
    changed: Condvar,
    stop: AtomicBool,
}

/// A running receiver.
pub struct Receiver {
    /// Where it listens.
    pub port: u16,
    state: Arc<State>,
}

impl Receiver {
    /// On a free port; answers 200.
    pub fn start() -> Receiver {
        Receiver::on(0)
    }

    /// On this port.
    ///
    /// # Panics
    /// When it is taken.
    pub fn on(port: u16) -> Receiver {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let state = Arc::new(State { calls: Mutex::new((Vec::new(), 200)), ..State::default() });
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if shared.stop.load(Ordering::Relaxed) {
                    return;
                }
                let state = shared.clone();
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Receiver { port, state }
    }

    /// An address on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Answers so from now on; 0: takes calls and never answers.
    pub fn answer(&self, status: u16) {
        self.state.calls.lock().1 = status;
    }

    /// Answers the next calls so, first to last: a status, and `Retry-After` in seconds.
    pub fn answer_next(&self, answers: &[(u16, Option<u64>)]) {
        *self.state.next.lock() = answers.iter().copied().collect();
    }

    /// Calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state.calls.lock().0.clone()
    }

    /// Waits until the calls satisfy the test, and answers them.
    ///
    /// # Panics
    /// When they do not.
    pub fn until(&self, enough: impl Fn(&[Call]) -> bool) -> Vec<Call> {
        let until = Instant::now() + PATIENCE;
        let mut calls = self.state.calls.lock();
        while !enough(&calls.0) {
            let waited = self.state.changed.wait_until(&mut calls, until);
            assert!(!waited.timed_out(), "only these came: {:#?}", calls.0);
        }
        calls.0.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts, which ends and frees the port.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(stream: TcpStream, state: &State) {
    let Ok(read) = stream.try_clone() else { return };
    let (mut reader, mut writer) = (BufReader::new(read), stream);
    while let Some(mut call) = receive(&mut reader) {
        if state.stop.load(Ordering::Relaxed) {
            return;
        }
        let next = state.next.lock().pop_front();
        {
            let mut calls = state.calls.lock();
            call.status = next.map_or(calls.1, |(status, _)| status);
            calls.0.push(call.clone());
        }
        state.changed.notify_all();
        if call.status == 0 {
            // Until the caller loses patience.
            let _ = reader.read(&mut [0]);
            return;
        }
        let after_s = next.and_then(|(_, after_s)| after_s);
        let retry_after = after_s.map(|after_s| format!("retry-after: {after_s}\r\n")).unwrap_or_default();
        let reply = format!("HTTP/1.1 {} Told\r\n{retry_after}content-length: 2\r\n\r\n{{}}", call.status);
        if writer.write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

fn receive(reader: &mut BufReader<TcpStream>) -> Option<Call> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).ok()?;
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Some(Call { path, headers, bytes, body, status: 0 })
}
