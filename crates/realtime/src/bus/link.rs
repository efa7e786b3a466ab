//! Unix sockets as a carrier: each end hears what the other says, and itself. For two processes that
//! serve side by side while one takes over (ruling 19). Knows nothing of what the frames say.

use super::carrier::Heard;
use super::pipe::{Pipe, Stream};
use bytes::{Buf, Bytes};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};
use tokio::net::UnixStream;

/// Bytes of a frame at most: what is more is no frame of ours.
const FRAME_BYTES: usize = 2 * 1024 * 1024;

/// The carrier; up while there is at least one other end.
#[derive(Default)]
pub(super) struct Links {
    pipes: Vec<Pipe>,
    /// What this end said, for itself to hear.
    own: VecDeque<Bytes>,
    is_up: bool,
}

impl Links {
    pub(super) fn add(&mut self, stream: UnixStream) {
        self.pipes.push(Pipe::new(Stream::Unix(stream)));
    }

    /// May be dropped at any time and called again.
    pub(super) async fn next(&mut self) -> Heard {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Heard> {
        if !self.is_up && !self.pipes.is_empty() {
            self.is_up = true;
            return Poll::Ready(Heard::Up);
        }
        let mut heard: Vec<Bytes> = self.own.drain(..).collect();
        let mut made_room = false;
        self.pipes.retain_mut(|pipe| {
            let had_room = pipe.has_room();
            let turn = loop {
                match pipe.poll_turn(cx).map(|turn| turn.and_then(|()| frames(pipe, &mut heard))) {
                    Poll::Pending => break Ok(()),
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(error)) => break Err(error),
                }
            };
            made_room |= !had_room && pipe.has_room();
            turn.inspect_err(|error| tracing::info!(%error, "the link to another process has ended")).is_ok()
        });
        if made_room || !heard.is_empty() {
            return Poll::Ready(Heard::Frames(heard));
        }
        if self.is_up && self.pipes.is_empty() {
            self.is_up = false;
            return Poll::Ready(Heard::Down);
        }
        Poll::Pending
    }

    /// Gives all links up.
    pub(super) fn lose(&mut self) {
        self.pipes.clear();
        self.own.clear();
        self.is_up = false;
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_up
    }

    pub(super) fn is_silent(&self) -> bool {
        self.pipes.iter().all(Pipe::is_silent)
    }

    pub(super) fn has_room(&self) -> bool {
        self.is_up && self.pipes.iter().all(Pipe::has_room)
    }

    pub(super) fn send(&mut self, frame: Vec<u8>) {
        let length = (frame.len() as u32).to_be_bytes();
        for pipe in &mut self.pipes {
            pipe.send(&[&length, &frame]);
        }
        if self.is_up {
            self.own.push_back(frame.into());
        }
    }
}

/// Takes every whole frame off the front.
fn frames(pipe: &mut Pipe, into: &mut Vec<Bytes>) -> io::Result<()> {
    while let Some(length) = pipe.incoming.first_chunk() {
        let length = u32::from_be_bytes(*length) as usize;
        if length > FRAME_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the other end does not speak our language",
            ));
        }
        if pipe.incoming.len() < 4 + length {
            return Ok(());
        }
        pipe.incoming.advance(4);
        into.push(pipe.incoming.split_to(length).freeze());
    }
    Ok(())
}
