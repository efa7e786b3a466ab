//! Sessions of the HTTP fallback transports: which request a session's messages go to, so that none
//! is lost or comes twice, and when a session is over. Knows nothing of routes and headers.

use parking_lot::Mutex;
use realtime::{Pipe, Said};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::{Refusal, fallback, limit};

/// Sends that are remembered, so that a repeated one is known: more than a browser has under way.
const SENDS_KNOWN: usize = 8;

/// How a client receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One long answer.
    Stream,
    /// One answer after another.
    Poll,
}

/// What makes a request the same as another: browsers repeat one whose connection broke before the
/// answer began, and pusher-js numbers each of its requests (`n`) in the query.
pub fn tag(query: Option<&str>) -> Option<u64> {
    let query = query.filter(|query| query.split('&').any(|pair| pair.starts_with("n=")))?;
    let mut hasher = DefaultHasher::new();
    query.hash(&mut hasher);
    Some(hasher.finish())
}

/// All sessions, by name.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<String, Arc<Session>>>);

impl Sessions {
    /// The session of this name, unless it is over.
    pub fn find(&self, name: &str) -> Option<Arc<Session>> {
        self.0.lock().get(name).cloned()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.lock().len()
    }

    /// Opens a session, in place of one of this name.
    pub fn open(
        &self,
        name: &str,
        pipe: Pipe,
        origin: Option<&str>,
        kind: Kind,
        tag: Option<u64>,
    ) -> Arc<Session> {
        let side = Side {
            turn: 0,
            waits: false,
            left_at: Instant::now(),
            kind,
            receive: tag,
            reply: None,
            sends: [None; SENDS_KNOWN],
            heartbeats: 0,
        };
        let session = Arc::new(Session { pipe, origin: origin.map(Into::into), side: Mutex::new(side) });
        let old = self.0.lock().insert(name.to_owned(), session.clone());
        if let Some(old) = old {
            old.pipe.cut();
        }
        session
    }

    /// Ends the sessions whose clients have not waited for messages for too long.
    pub fn sweep(&self, now: Instant) {
        self.0.lock().retain(|_, session| {
            let stays = session.stays(now);
            if !stays {
                session.pipe.cut();
            }
            stays
        });
    }
}

/// One client's session.
pub struct Session {
    pipe: Pipe,
    /// As it was opened; a request from elsewhere is not the client's.
    origin: Option<Box<str>>,
    side: Mutex<Side>,
}

struct Side {
    /// Number of the receive request that has the session.
    turn: u64,
    /// Does that request wait for messages?
    waits: bool,
    /// When it ceased to.
    left_at: Instant,
    kind: Kind,
    /// Tag of the last receive request.
    receive: Option<u64>,
    /// What the last poll was answered.
    reply: Option<String>,
    /// Tags of the last sends.
    sends: [Option<u64>; SENDS_KNOWN],
    /// Heartbeats on this stream that the client did not answer yet.
    heartbeats: u32,
}

impl Session {
    /// Was it opened from this origin?
    pub fn is_of(&self, origin: Option<&str>) -> bool {
        self.origin.as_deref() == origin
    }

    /// The answer to a poll that was answered already, and is repeated because that was lost.
    pub fn reply_to(&self, kind: Kind, tag: Option<u64>) -> Option<String> {
        let side = self.side.lock();
        if kind == Kind::Poll && tag.is_some() && tag == side.receive { side.reply.clone() } else { None }
    }

    /// Gives the session to this request; one that had it ends. `None`: the client must begin anew,
    /// since the session is over, or since nobody knows what was read of a stream that is repeated.
    pub fn attach(session: &Arc<Session>, kind: Kind, tag: Option<u64>) -> Option<Attachment> {
        {
            let side = &mut *session.side.lock();
            let repeated = kind == Kind::Stream && tag.is_some() && tag == side.receive;
            if repeated || session.pipe.is_over() {
                return None;
            }
            (side.kind, side.receive, side.reply, side.heartbeats) = (kind, tag, None, 0);
        }
        Some(session.clone().opening(String::new()))
    }

    /// Gives the session to this request, whose answer begins so.
    pub fn opening(self: Arc<Self>, opening: String) -> Attachment {
        let (turn, kind) = {
            let side = &mut *self.side.lock();
            side.turn += 1;
            side.waits = true;
            (side.turn, side.kind)
        };
        self.pipe.heard();
        self.pipe.nudge();
        Attachment { session: self, kind, turn, opening, characters: 0 }
    }

    /// Takes what the client sends; nothing is a sign of life. A send that came already is not taken again.
    ///
    /// # Errors
    /// When too much of this client waits already.
    pub fn bring(&self, tag: Option<u64>, texts: Vec<String>) -> Result<(), Refusal> {
        self.pipe.heard();
        if tag.is_some() {
            let sends = &mut self.side.lock().sends;
            if sends.contains(&tag) {
                return Ok(());
            }
            sends.rotate_right(1);
            sends[0] = tag;
        }
        if texts.is_empty() {
            self.answer_heartbeat();
        }
        let taken = texts.into_iter().all(|text| self.pipe.bring(text));
        if taken { Ok(()) } else { Err(Refusal::TooManyRequests) }
    }

    /// Tells the client that a message of so many bytes is too large.
    ///
    /// # Errors
    /// When too much of this client waits already.
    pub fn bring_too_large(&self, bytes: u64) -> Result<(), Refusal> {
        self.pipe.heard();
        if self.pipe.bring_too_large(bytes) { Ok(()) } else { Err(Refusal::TooManyRequests) }
    }

    /// A streaming client answers each heartbeat by an empty send, and asks by one as well: only what
    /// answers none of ours is answered, or both would go on for ever.
    fn answer_heartbeat(&self) {
        {
            let side = &mut *self.side.lock();
            if side.kind == Kind::Stream && side.heartbeats > 0 {
                side.heartbeats -= 1;
                return;
            }
        }
        self.pipe.ping();
    }

    fn stays(&self, now: Instant) -> bool {
        let side = self.side.lock();
        let patience = Duration::from_secs(limit::FALLBACK_DETACHED_S);
        side.waits || (!self.pipe.is_over() && now.saturating_duration_since(side.left_at) < patience)
    }

    fn leave(&self, turn: u64) {
        let side = &mut *self.side.lock();
        if side.turn == turn && side.waits {
            side.waits = false;
            side.left_at = Instant::now();
        }
    }
}

/// A receive request that has a session, until another one has or it is dropped.
pub struct Attachment {
    session: Arc<Session>,
    kind: Kind,
    turn: u64,
    /// Not yet said.
    opening: String,
    /// What this answer holds so far, as its reader counts.
    characters: usize,
}

impl Attachment {
    fn is_mine(&self) -> bool {
        self.session.side.lock().turn == self.turn
    }

    /// The next piece of a stream; `None` at its end. pusher-js leaves a stream that holds more than so
    /// many characters once it has read a whole line, and what came behind that line would be lost:
    /// from there on everything waits for the next stream.
    pub async fn piece(&mut self) -> Option<String> {
        let session = self.session.clone();
        loop {
            let ready = session.pipe.ready();
            if !self.is_mine() {
                return None;
            }
            let piece = self.gather(limit::FALLBACK_PIECE_BYTES);
            if self.characters > limit::FALLBACK_STREAM_CHARACTERS {
                session.leave(self.turn);
            }
            if !piece.is_empty() {
                return Some(piece);
            }
            if session.pipe.is_over() {
                return None;
            }
            ready.await;
        }
    }

    /// The answer to a poll.
    pub async fn answer(mut self) -> String {
        let session = self.session.clone();
        let wait = async {
            loop {
                let ready = session.pipe.ready();
                if !self.is_mine() {
                    return fallback::HEARTBEAT.to_owned();
                }
                let answer = self.gather(limit::OUTBOX_BYTES);
                if !answer.is_empty() {
                    return answer;
                }
                if session.pipe.is_over() {
                    return fallback::close(1006, "The session is over.");
                }
                ready.await;
            }
        };
        let patience = Duration::from_secs(limit::FALLBACK_POLL_S);
        let waited = tokio::time::timeout(patience, wait).await;
        let answer = waited.unwrap_or_else(|_| fallback::HEARTBEAT.to_owned());
        let side = &mut *session.side.lock();
        if side.turn == self.turn {
            side.reply = Some(answer.clone());
        }
        answer
    }

    /// Takes what waits, up to about this many bytes and, on a stream, to the end of the line that its
    /// reader will leave it after.
    fn gather(&mut self, about_bytes: usize) -> String {
        let mut piece = std::mem::take(&mut self.opening);
        self.characters += fallback::characters(&piece);
        while piece.len() < about_bytes
            && (self.kind == Kind::Poll || self.characters <= limit::FALLBACK_STREAM_CHARACTERS)
            && let Some(said) = self.session.pipe.take()
        {
            if said.contains(&Said::Ping) {
                self.session.side.lock().heartbeats += 1;
            }
            let lines = lines(&said);
            self.characters += fallback::characters(&lines);
            piece.push_str(&lines);
        }
        piece
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.session.leave(self.turn);
    }
}

/// What a pipe says, as lines; messages in a row share one.
pub fn lines(said: &[Said]) -> String {
    let mut lines = String::new();
    let is_message = |said: &Said| matches!(said, Said::Message(_));
    for run in said.chunk_by(|a, b| is_message(a) && is_message(b)) {
        match &run[0] {
            Said::Message(_) => {
                lines.push_str(&fallback::messages(run.iter().filter_map(text)));
            }
            Said::Ping => lines.push_str(fallback::HEARTBEAT),
            Said::Close(code, reason) => lines.push_str(&fallback::close(*code, reason)),
        }
    }
    lines
}

fn text(said: &Said) -> Option<&str> {
    match said {
        Said::Message(text) => Some(text),
        Said::Ping | Said::Close(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbered_requests_can_be_known_again() {
        let (first, second) = (tag(Some("protocol=7&t=1&n=1")), tag(Some("protocol=7&t=1&n=2")));
        assert!(first.is_some() && first != second && first == tag(Some("protocol=7&t=1&n=1")));
        assert_eq!((tag(None), tag(Some("protocol=7"))), (None, None));
    }

    #[test]
    fn what_a_pipe_says_becomes_lines() {
        let message = |text: &'static str| Said::Message(text.into());
        let said = [message("1"), message("2"), Said::Ping, message("3"), Said::Close(4200, "Bye.".into())];
        assert_eq!(lines(&said), "a[\"1\",\"2\"]\nh\na[\"3\"]\nc[4200,\"Bye.\"]\n");
    }
}
