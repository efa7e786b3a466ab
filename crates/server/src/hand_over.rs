//! The hand-over (ruling 19): on SIGUSR2 a new process of the program takes over from this one, and
//! nobody is refused. Decides who does what in which order and when it is called off; knows nothing of
//! what listeners, requests and sockets are used for.
//!
//! The new process is our child, so that it has our arguments and environment, and its standard input
//! is the socket over which the two speak: nobody else can. It prepares what it can, then:
//!
//! 1. The old one accepts no more; who connects now waits in the system's queue, which both share.
//! 2. The old one answers the requests it has begun, for [`UNDER_WAY`] at most. Connections on which
//!    none is under way go over as they are: their clients notice nothing.
//! 3. The old one closes the database and lets go of the folder's lock; the new one takes both, accepts,
//!    and says that it serves.
//! 4. The old one closes its sockets with 4200, spread over the time of a drain. Until the last is
//!    gone, both hubs are linked like two nodes.
//!
//! If the new process does not come as far as 3, it is ended, and the old one takes everything back.

mod line;

use crate::desk::Desk;
use crate::http::HttpServer;
use crate::listen::Listeners;
use crate::reload;
use crate::serve;
use anyhow::{Context, Result, bail};
use line::{Heard, Line, PROTOCOL, Speaker, Word};
use parking_lot::Mutex;
use realtime::{PlainHttp, PlainStream};
use std::ffi::OsString;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Tells a process that its standard input is the line to the one before it.
const TAKE_OVER: &str = "FRONTDESK_TAKE_OVER";
/// How long the new process may prepare.
const PREPARE: Duration = Duration::from_secs(20);
/// How long it may take to open the database and serve; migrations are in it.
const TAKE: Duration = Duration::from_secs(30);
/// How long the old process lets requests finish that it has begun. With what the new one needs to open
/// the database, nobody waits longer than half a second.
const UNDER_WAY: Duration = Duration::from_millis(300);
/// How long the two hubs may take to tell each other what they have.
const ACQUAINT: Duration = Duration::from_secs(5);

/// How this process was called, as of its start: by then the file at that path may be another release,
/// and that is the point.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    words: Vec<OsString>,
}

impl Program {
    /// Reads it.
    ///
    /// # Errors
    /// When the system does not say where we are.
    pub fn of_this_process() -> Result<Program> {
        let mut words = std::env::args_os();
        let first = PathBuf::from(words.next().unwrap_or_default());
        // A bare name was found on the path, and will be again.
        let is_bare = first.components().count() == 1 && !first.as_os_str().is_empty();
        let path = if is_bare { first } else { std::path::absolute(first)? };
        Ok(Program { path, words: words.collect() })
    }
}

/// The process before this one, while it hands over.
pub struct Predecessor {
    line: Line,
    listeners: Vec<TcpListener>,
    link: Option<UnixStream>,
    moved: Vec<PlainHttp>,
}

impl Predecessor {
    /// The one at the other end of standard input, if this process was started to take over.
    ///
    /// # Errors
    /// When it is of a release that speaks otherwise, or is gone.
    pub fn of_this_process() -> Result<Option<Predecessor>> {
        if std::env::var_os(TAKE_OVER).is_none() {
            return Ok(None);
        }
        let socket = std::io::stdin().as_fd().try_clone_to_owned()?;
        // Whatever this process starts must not hold the line open.
        rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?;
        let mut line = Line::new(socket)?;
        let offer = line.wait().context("The process to take over from is gone.")?;
        let Word::Offer { protocol: PROTOCOL } = offer.word else {
            bail!("The process to take over from is of a release that hands over otherwise.");
        };
        let mut descriptors = offer.descriptors;
        let link = descriptors.pop().context("The process to take over from offers nothing.")?;
        let listeners = descriptors.into_iter().map(TcpListener::from).collect();
        Ok(Some(Predecessor { line, listeners, link: Some(UnixStream::from(link)), moved: Vec::new() }))
    }

    /// Its listener on this address, if it has one.
    pub fn listener(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let at = self.listeners.iter().position(|l| l.local_addr().is_ok_and(|local| local == address))?;
        Some(self.listeners.swap_remove(at))
    }

    /// Its listener on this socket file, if it has one.
    pub fn unix_listener(&mut self, path: &Path) -> Option<UnixListener> {
        let on_path = |listener: &UnixListener| {
            listener.local_addr().is_ok_and(|local| local.as_pathname() == Some(path))
        };
        let taken = std::mem::take(&mut self.listeners)
            .into_iter()
            .map(|listener| UnixListener::from(OwnedFd::from(listener)));
        let (mut found, others): (Vec<_>, Vec<_>) = taken.partition(on_path);
        self.listeners =
            others.into_iter().map(|listener| TcpListener::from(OwnedFd::from(listener))).collect();
        found.pop()
    }

    /// Links the hubs, says that everything is prepared, and waits until the database is ours.
    ///
    /// # Errors
    /// When the old process changed its mind.
    pub async fn yours(&mut self, hub: &realtime::Hub) -> Result<()> {
        if let Some(link) = self.link.take() {
            hub.link(link)?;
            hub.acquainted(ACQUAINT).await;
        }
        self.line.speaker().say(&Word::Prepared, &[], &[])?;
        while let Some(heard) = self.line.next().await {
            match &heard.word {
                Word::Yours => return Ok(()),
                Word::Connection { peer } => self.moved.extend(connection(*peer, heard)),
                Word::Offer { .. } | Word::Prepared | Word::Ready => bail!("it said {:?}", heard.word),
            }
        }
        bail!("The process to take over from keeps its place.")
    }

    /// Says that we serve, and takes what went over and still goes over, until the old process is gone.
    ///
    /// # Errors
    /// When it is gone already.
    pub fn serve(mut self, http: Arc<HttpServer>) -> Result<tokio::task::JoinHandle<()>> {
        self.line.speaker().say(&Word::Ready, &[], &[])?;
        self.moved.into_iter().for_each(|moved| http.take(moved));
        Ok(tokio::spawn(async move {
            while let Some(heard) = self.line.next().await {
                if let Word::Connection { peer } = heard.word {
                    connection(peer, heard).into_iter().for_each(|moved| http.take(moved));
                }
            }
        }))
    }
}

fn connection(peer: SocketAddr, mut heard: Heard) -> Option<PlainHttp> {
    let stream = TcpStream::from(heard.descriptors.pop()?);
    // The system knows no such address of a unix socket.
    let stream = match stream.local_addr() {
        Ok(_) => PlainStream::Tcp(stream),
        Err(_) => PlainStream::Unix(UnixStream::from(OwnedFd::from(stream))),
    };
    Some(PlainHttp { stream, prefix: heard.bytes.into(), peer })
}

/// The parts of a running server that can be handed over.
pub struct Serving {
    /// Everything.
    pub desk: Arc<Desk>,
    /// Requests.
    pub http: Arc<HttpServer>,
    /// What it listens on.
    pub listeners: Listeners,
    /// The lock of the data folder.
    pub lock: Option<std::fs::File>,
    /// Ends what is over, by the database.
    pub sweeper: tokio::task::JoinHandle<()>,
}

impl Serving {
    /// Accepts on all listeners.
    ///
    /// # Errors
    /// When there are no descriptors or threads left.
    pub fn accept(&self) -> Result<()> {
        for listener in self.listeners.open()? {
            let http = self.http.clone();
            let take = Arc::new(move |plain: PlainHttp| http.take(plain));
            self.desk.hub.listen(listener, take)?;
        }
        Ok(())
    }

    /// Hands over to a new process. Done: it serves, and all that is left to do here is to drain.
    ///
    /// # Errors
    /// One sentence that says why not; then everything goes on as before.
    pub async fn hand_over(&mut self, program: &Program) -> Result<()> {
        if std::process::id() == 1 {
            bail!("as process 1, the only one a container waits for, it cannot end before the new one");
        }
        let mut successor = Successor::start(program, &self.listeners, &self.desk.hub)?;
        if let Err(why) = successor.line.expect(&Word::Prepared, PREPARE).await {
            successor.end().await;
            return Err(why);
        }
        let kept = self.let_go(&successor.line.speaker()).await;
        let taken = match successor.line.speaker().say(&Word::Yours, &[], &[]) {
            Ok(()) => successor.line.expect(&Word::Ready, TAKE).await,
            Err(gone) => Err(gone),
        };
        if let Err(why) = taken {
            successor.end().await;
            self.take_back(kept).await?;
            return Err(why);
        }
        // They are the new one's alone now: a connection is over when all who hold it have let go.
        *kept.lock() = None;
        Ok(())
    }

    /// Lets go of listeners, idle connections, database and lock, in this order. Answers the connections
    /// that went over, as long as they may have to come back.
    async fn let_go(&mut self, speaker: &Speaker) -> Kept {
        let kept = Kept::new(Mutex::new(Some(Vec::new())));
        self.desk.hub.stop_accepting();
        self.desk.waiters.end();
        let (speaker, keep) = (speaker.clone(), kept.clone());
        self.http.hand_on(Arc::new(move |plain: PlainHttp| {
            let word = Word::Connection { peer: plain.peer };
            // If it is gone the connection comes back from what is kept.
            let descriptor = match &plain.stream {
                PlainStream::Tcp(stream) => stream.as_fd(),
                PlainStream::Unix(stream) => stream.as_fd(),
                // Ends here: its keys live in this process.
                PlainStream::Tls(_) => return,
            };
            let _ = speaker.say(&word, &plain.prefix, &[descriptor]);
            if let Some(kept) = &mut *keep.lock() {
                kept.push(plain);
            }
        }));
        // Whoever takes longer is told to come again, and finds the new process.
        let _ = tokio::time::timeout(UNDER_WAY, self.http.idle()).await;
        self.sweeper.abort();
        // What was heard is written while there is somewhere to write it; the new process delivers.
        self.desk.webhooks.stop().await;
        self.desk.chat.close().await;
        self.lock = None;
        kept
    }

    async fn take_back(&mut self, kept: Kept) -> Result<()> {
        self.lock = Some(serve::lock_folder(&self.desk.settings.data)?);
        let chat = self.desk.chat.clone();
        tokio::task::spawn_blocking(move || chat.reopen()).await??;
        self.sweeper = tokio::spawn(serve::sweep(self.desk.clone()));
        reload::start_webhooks(&self.desk, &self.desk.settings);
        self.desk.unchanged.forget_all();
        self.desk.waiters.resume();
        self.http.go_on();
        let kept = kept.lock().take();
        kept.into_iter().flatten().for_each(|plain| self.http.take(plain));
        self.accept()
    }
}

/// Connections that went over; none, once they cannot come back.
type Kept = Arc<Mutex<Option<Vec<PlainHttp>>>>;

/// The process after this one, while it takes over.
struct Successor {
    child: Child,
    line: Line,
}

impl Successor {
    fn start(program: &Program, listeners: &Listeners, hub: &realtime::Hub) -> Result<Successor> {
        let (ours, theirs) = line::pair()?;
        let (our_link, their_link) = UnixStream::pair()?;
        let child = Command::new(&program.path)
            .args(&program.words)
            .env(TAKE_OVER, "1")
            .stdin(Stdio::from(theirs))
            .spawn()
            .with_context(|| format!("{} cannot be started", program.path.display()))?;
        let line = Line::new(ours)?;
        hub.link(our_link)?;
        let mut descriptors: Vec<BorrowedFd<'_>> = listeners.descriptors().collect();
        descriptors.push(their_link.as_fd());
        line.speaker().say(&Word::Offer { protocol: PROTOCOL }, &[], &descriptors)?;
        Ok(Successor { child, line })
    }

    /// Ends it, whatever it is doing, and waits until it is gone and with it what it held.
    async fn end(mut self) {
        let ended = tokio::task::spawn_blocking(move || {
            // It may have ended by itself.
            let _ = self.child.kill();
            self.child.wait()
        });
        let _ = ended.await;
    }
}
