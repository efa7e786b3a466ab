//! A mail server that keeps what it is given, over plain SMTP on loopback. Knows nothing of what the mails
//! say; a test may take it away and put it back on the same port.

use parking_lot::{Condvar, Mutex};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a test waits for a mail that must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A mail as it came.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Addresses of the envelope.
    pub to: Vec<String>,
    /// Head and body as sent.
    pub text: String,
}

impl Mail {
    /// A header's value, on one line.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.text.split("\n\n").next()?.replace("\n ", " ");
        let of = |line: &str| {
            let (n, value) = line.split_once(':')?;
            n.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        };
        head.lines().find_map(of)
    }
}

#[derive(Default)]
struct Shared {
    mails: Mutex<Vec<Mail>>,
    came: Condvar,
}

/// A running mail server.
pub struct Mailbox {
    /// Where it listens.
    pub port: u16,
    shared: Arc<Shared>,
}

impl Mailbox {
    /// On this port; 0 takes a free one.
    ///
    /// # Panics
    /// When it is taken.
    pub fn on(port: u16) -> Mailbox {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let shared = Arc::new(Shared::default());
        let kept = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let kept = kept.clone();
                // A client that goes away in between has sent nothing.
                std::thread::spawn(move || serve(&stream, &kept));
            }
        });
        Mailbox { port, shared }
    }

    /// What to set for a server that is to send here, unread answers after so many seconds.
    pub fn settings(port: u16, after_s: &str) -> [(&'static str, String); 3] {
        [
            ("FRONTDESK_SMTP_URL", format!("smtp://127.0.0.1:{port}")),
            ("FRONTDESK_MAIL_FROM", "Shop <chat@shop.example>".to_owned()),
            ("FRONTDESK_MAIL_AFTER_S", after_s.to_owned()),
        ]
    }

    /// All mails, once there are so many.
    ///
    /// # Panics
    /// When they do not come.
    pub fn wait_for(&self, count: usize) -> Vec<Mail> {
        let until = Instant::now() + PATIENCE;
        let mut mails = self.shared.mails.lock();
        while mails.len() < count {
            let late = self.shared.came.wait_until(&mut mails, until).timed_out();
            assert!(!late, "{} of {count} mails came", mails.len());
        }
        mails.clone()
    }

    /// All mails so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.mails.lock().clone()
    }
}

/// One session: greeting, envelope, data, until the client goes.
fn serve(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let say = |text: &str| (&*stream).write_all(format!("{text}\r\n").as_bytes());
    say("220 mailbox")?;
    let mut to = Vec::new();
    while let Some(line) = lines.next().transpose()? {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "RCPT" => {
                to.push(line.split(['<', '>']).nth(1).unwrap_or_default().to_owned());
                say("250 ok")?;
            }
            "DATA" => {
                say("354 go on")?;
                let data = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".");
                let text = data.collect::<Vec<_>>().join("\n");
                shared.mails.lock().push(Mail { to: std::mem::take(&mut to), text });
                say("250 kept")?;
                shared.came.notify_all();
            }
            "QUIT" => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
    Ok(())
}
