//! A Redis of the test's own, which the test can stop, pause and start again; gone with the process.
//! Knows nothing of the system's Redis, and never touches it.
//!
//! It lives in a temporary directory, listens on a unix socket alone and runs as an unprivileged user. A
//! small shell holds it and takes the test's orders; when the test process ends, however it ends, the
//! shell's standard input closes, and it stops the server and removes the directory.

use crate::postgres::unprivileged;
use parking_lot::Mutex;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

/// Takes orders, one a line, and answers each with a line.
const HOLD: &str = r#"
dir=$(mktemp -d "${TMPDIR:-/tmp}/frontdesk-redis.XXXXXX")
echo "$dir"
pid=
while read -r order; do
    case $order in
    start)
        redis-server --port 0 --unixsocket "$dir/redis.sock" --save "" --appendonly no --dir "$dir" \
            >>"$dir/log" 2>&1 </dev/null &
        pid=$! ;;
    stop) kill -9 "$pid"; wait "$pid" 2>/dev/null; rm -f "$dir/redis.sock" ;;
    pause) kill -STOP "$pid" ;;
    resume) kill -CONT "$pid" ;;
    esac
    echo done
done
kill -9 "$pid" 2>/dev/null
rm -rf "$dir"
"#;

/// How long Redis may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A Redis that runs, unless it was told otherwise.
pub struct Redis {
    /// Its unix socket.
    pub socket: PathBuf,
    shell: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    _child: Child,
}

impl Redis {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no Redis, or it does not start, with a sentence that says what to do.
    pub fn start() -> Redis {
        let mut command = unprivileged().expect("id runs");
        let mut child = command
            .args(["-c", HOLD, "hold-redis"])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("a shell runs");
        let stdin = child.stdin.take().expect("standard input is piped");
        let mut stdout = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut folder = String::new();
        stdout.read_line(&mut folder).expect("the shell says where it is");
        let socket = PathBuf::from(folder.trim()).join("redis.sock");
        let redis = Redis { socket, shell: Mutex::new((stdin, stdout)), _child: child };
        redis.boot();
        redis
    }

    /// Starts it again after [`Redis::stop`], and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    pub fn boot(&self) {
        self.order("start");
        let until = Instant::now() + PATIENCE;
        while self.say(&["PING"]).as_deref() != Some("+PONG") {
            assert!(Instant::now() < until, "Redis does not start: is the package `redis-server` installed?");
            std::thread::yield_now();
        }
    }

    /// Kills it, with all connections.
    pub fn stop(&self) {
        self.order("stop");
    }

    /// Lets it hang: connections stay open and nothing happens on them.
    pub fn pause(&self) {
        self.order("pause");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.order("resume");
    }

    fn order(&self, order: &str) {
        let (stdin, stdout) = &mut *self.shell.lock();
        writeln!(stdin, "{order}").expect("the shell takes orders");
        stdout.read_line(&mut String::new()).expect("the shell answers");
    }

    /// Sends one command and answers the first line of the reply; `None` when nothing answers.
    pub fn say(&self, command: &[&str]) -> Option<String> {
        let mut stream = UnixStream::connect(&self.socket).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let mut bytes = format!("*{}\r\n", command.len());
        command.iter().for_each(|part| bytes.push_str(&format!("${}\r\n{part}\r\n", part.len())));
        stream.write_all(bytes.as_bytes()).ok()?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).ok()?;
        (!line.is_empty()).then(|| line.trim().to_owned())
    }

    /// The settings with which a server meets others on it.
    pub fn environment(&self) -> [(String, String); 2] {
        let host = self.socket.display().to_string();
        [("REVERB_SCALING_ENABLED".to_owned(), "true".to_owned()), ("REDIS_HOST".to_owned(), host)]
    }
}
