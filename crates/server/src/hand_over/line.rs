//! What two processes of this server say to each other while one takes over from the other (ruling 19):
//! messages with descriptors, over a socket that only these two have. Knows nothing of when they are said.

use anyhow::{Context, Result, bail};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};
use serde::{Deserialize, Serialize};
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Counted up when a message changes: another release may be at the other end.
pub(super) const PROTOCOL: u32 = 1;
/// Descriptors in one message.
const DESCRIPTORS: usize = 64;
/// Bytes of one message: what was read of a request's head, and a few names.
const MESSAGE_BYTES: usize = 160 * 1024;

/// What is said, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Word {
    /// Old to new: with the listeners and, last, one end of the link between the hubs.
    Offer {
        /// [`PROTOCOL`] of the old one.
        protocol: u32,
    },
    /// New to old: whatever can be done beforehand is done.
    Prepared,
    /// Old to new: with a connection on which no request is under way; the bytes are what was read of the next.
    Connection {
        /// Its other end.
        peer: SocketAddr,
    },
    /// Old to new: the database is yours.
    Yours,
    /// New to old: it serves.
    Ready,
}

/// A message as it came.
pub(super) struct Heard {
    /// What was said.
    pub(super) word: Word,
    /// Bytes that came with it.
    pub(super) bytes: Vec<u8>,
    /// Descriptors that came with it.
    pub(super) descriptors: Vec<OwnedFd>,
}

/// One end of the conversation.
pub(super) struct Line {
    socket: Arc<OwnedFd>,
    heard: mpsc::UnboundedReceiver<Heard>,
}

/// The speaking half, for many threads.
#[derive(Clone)]
pub(super) struct Speaker(Arc<OwnedFd>);

/// Both ends of a new conversation, ours and the other's.
///
/// # Errors
/// When there are no descriptors left.
pub(super) fn pair() -> Result<(OwnedFd, OwnedFd)> {
    let (kind, flags) = (SocketType::SEQPACKET, SocketFlags::CLOEXEC);
    Ok(rustix::net::socketpair(AddressFamily::UNIX, kind, flags, None)?)
}

impl Line {
    /// Begins to listen, on a thread of its own: messages are few, and some are waited for before there
    /// is a runtime.
    ///
    /// # Errors
    /// When there is no thread left.
    pub(super) fn new(socket: OwnedFd) -> Result<Line> {
        let socket = Arc::new(socket);
        let (say, heard) = mpsc::unbounded_channel();
        let ours = socket.clone();
        std::thread::Builder::new().name("hand-over".into()).spawn(move || {
            let mut buffer = vec![0; MESSAGE_BYTES];
            while let Some(heard) = hear(&ours, &mut buffer) {
                // Nobody listens any more: what still comes is let go.
                if say.send(heard).is_err() {
                    return;
                }
            }
        })?;
        Ok(Line { socket, heard })
    }

    /// The half that speaks.
    pub(super) fn speaker(&self) -> Speaker {
        Speaker(self.socket.clone())
    }

    /// The next message; `None` when the other process is gone.
    pub(super) async fn next(&mut self) -> Option<Heard> {
        self.heard.recv().await
    }

    /// The next message, before there is a runtime.
    pub(super) fn wait(&mut self) -> Option<Heard> {
        self.heard.blocking_recv()
    }

    /// Waits for this word, which brings nothing with it.
    ///
    /// # Errors
    /// When the other process ends, says something else, or lets the time pass.
    pub(super) async fn expect(&mut self, word: &Word, within: Duration) -> Result<()> {
        match tokio::time::timeout(within, self.next()).await {
            Ok(Some(heard)) if heard.word == *word => Ok(()),
            Ok(Some(heard)) => bail!("it said {:?} where {word:?} was due", heard.word),
            Ok(None) => bail!("it ended; its own words above say why"),
            Err(_) => bail!("it was not done within {} s", within.as_secs()),
        }
    }
}

impl Speaker {
    /// Says something, with bytes and descriptors.
    ///
    /// # Errors
    /// When the other process is gone.
    pub(super) fn say(&self, word: &Word, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> Result<()> {
        let mut head = serde_json::to_vec(word)?;
        head.push(b'\n');
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !control.push(SendAncillaryMessage::ScmRights(descriptors)) {
            bail!("more than {DESCRIPTORS} descriptors in one message");
        }
        let parts = [IoSlice::new(&head), IoSlice::new(bytes)];
        rustix::net::sendmsg(&self.0, &parts, &mut control, SendFlags::NOSIGNAL)
            .context("the other process is gone")?;
        Ok(())
    }
}

/// `None`: the other end is closed, or says what no release of ours says.
fn hear(socket: impl AsFd, buffer: &mut [u8]) -> Option<Heard> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC;
    let received = loop {
        match rustix::net::recvmsg(&socket, &mut [IoSliceMut::new(buffer)], &mut control, flags) {
            Err(rustix::io::Errno::INTR) => {}
            received => break received.ok()?,
        }
    };
    let descriptors = control
        .drain()
        .filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
            _ => None,
        })
        .flatten()
        .collect();
    let message = buffer.get(..received.bytes)?;
    let end = message.iter().position(|byte| *byte == b'\n')?;
    let word = serde_json::from_slice(&message[..end]).ok()?;
    Some(Heard { word, bytes: message[end + 1..].to_vec(), descriptors })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    #[tokio::test]
    async fn a_connection_goes_over_with_what_was_read_of_it() {
        let (ours, theirs) = pair().unwrap();
        let (old, mut new) = (Line::new(ours).unwrap(), Line::new(theirs).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, peer) = listener.accept().unwrap();
        let word = Word::Connection { peer };
        old.speaker().say(&word, &[7; 100_000], &[stream.as_fd()]).unwrap();
        drop(stream);
        let mut heard = new.next().await.unwrap();
        assert_eq!((heard.word, heard.bytes.len(), heard.descriptors.len()), (word, 100_000, 1));
        TcpStream::from(heard.descriptors.remove(0)).write_all(b"still here").unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).unwrap();
        assert_eq!(text, "still here");
    }

    #[tokio::test]
    async fn the_end_of_the_other_process_and_a_wrong_word_are_told_apart() {
        let (ours, theirs) = pair().unwrap();
        let (mut old, new) = (Line::new(ours).unwrap(), Line::new(theirs).unwrap());
        new.speaker().say(&Word::Ready, &[], &[]).unwrap();
        let wrong = old.expect(&Word::Prepared, Duration::from_secs(5)).await.unwrap_err();
        assert!(wrong.to_string().contains("Ready"), "{wrong}");
        let slow = old.expect(&Word::Prepared, Duration::from_millis(1)).await.unwrap_err();
        assert!(slow.to_string().contains("not done within"), "{slow}");
    }
}
