//! The floor: accepted sockets in a list, and for each publish one `write(2)` to each. No
//! protocol, no readiness, no queue.

use crate::load::frame_bytes;
use crate::{obey, say_address};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};

/// Serves until killed. The first connection that says `CTL` is the control.
pub(crate) fn run(data_bytes: usize) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    say_address(listener.local_addr()?);
    let frame = vec![b'x'; frame_bytes(data_bytes)];
    let mut readers: Vec<TcpStream> = Vec::new();
    loop {
        let (mut stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let mut word = [0; 4];
        stream.read_exact(&mut word)?;
        if &word != b"CTL\n" {
            // So that these sockets have spoken both ways too, as after a handshake: until then the system
            // acknowledges each segment at once, at the cost of whoever writes, and later of whoever reads.
            stream.write_all(b"K")?;
            readers.push(stream);
            continue;
        }
        obey(&stream, "", |count| {
            for _ in 0..count {
                for reader in &mut readers {
                    // A reader that is gone is the load's business.
                    let _ = reader.write(&frame);
                }
            }
        })?;
    }
}
