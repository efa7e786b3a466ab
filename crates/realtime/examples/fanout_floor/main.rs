//! What a fan-out costs beside a bare `write(2)` loop, and what an idle connection costs in
//! memory. Servers, bare loop and loads are processes of their own (ruling 22); this file starts them.
//!
//! `fanout_floor [--subscribers N] [--rounds R] [--idle M] [--quiet Q] [--cpu C]`; 0 leaves a part
//! out, and `--quiet`, which takes 80 s, is out unless asked for. Each figure is one line of JSON on
//! standard output; a table for people goes to standard error.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bare;
mod fanout;
mod load;
mod serve;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Bytes of an event's data.
const DATA_BYTES: [usize; 2] = [128, 1_024];

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: usize| -> usize {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(default)
    };
    match arguments.first().map(String::as_str) {
        // The loads of fan-out and memory answer no pings.
        Some("serve") => {
            serve::run(number("--shards", 1), number("--activity", 24 * 3_600), number("--bytes", 0))
        }
        Some("bare") => bare::run(number("--bytes", 0)),
        Some("load") => load::run(&arguments[1..]),
        _ => {
            let cpu = number("--cpu", 0);
            let (subscribers, rounds) = (number("--subscribers", 10_000), number("--rounds", 7));
            if subscribers > 0 && !skipped("fanout", subscribers)? {
                DATA_BYTES.iter().try_for_each(|bytes| fanout::compare(subscribers, *bytes, rounds, cpu))?;
            }
            memory(number("--idle", 10_000), cpu)?;
            quiet(number("--quiet", 0), cpu)
        }
    }
}

/// Memory of an idle connection, all in one channel and each in its own.
fn memory(connections: usize, cpu: usize) -> io::Result<()> {
    if connections == 0 || skipped("idle_rss", connections)? {
        return Ok(());
    }
    for channels in ["shared", "own"] {
        let server = Role::start("serve", &[], cpu)?;
        load(&["idle", &server.address, &connections.to_string(), channels], cpu)?;
    }
    Ok(())
}

/// CPU of connections that do nothing but answer pings, at the activity timeout of 30 s.
fn quiet(connections: usize, cpu: usize) -> io::Result<()> {
    if connections == 0 || skipped("quiet_cpu", connections)? {
        return Ok(());
    }
    let server = Role::start("serve", &["--activity", "30"], cpu)?;
    load(&["quiet", &server.address, &connections.to_string()], cpu)
}

/// Says so if this process may not have that many descriptors (ruling 22).
fn skipped(figure: &str, sockets: usize) -> io::Result<bool> {
    let limit = descriptors()?;
    let too_few = sockets + 100 > limit;
    if too_few {
        println!(r#"{{"figure":"{figure}","skipped":"limit {limit}"}}"#);
    }
    Ok(too_few)
}

fn load(arguments: &[&str], cpu: usize) -> io::Result<()> {
    let ended = spawn("load", arguments, cpu, Stdio::inherit())?.wait()?;
    if ended.success() { Ok(()) } else { Err(io::Error::other("the load failed")) }
}

/// A role that says on standard output where it listens, or that it is ready.
struct Role {
    child: Child,
    said: BufReader<ChildStdout>,
    address: String,
}

impl Role {
    fn start(name: &str, arguments: &[&str], cpu: usize) -> io::Result<Role> {
        let mut child = spawn(name, arguments, cpu, Stdio::piped())?;
        let said = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut role = Role { child, said, address: String::new() };
        role.address = role.line()?;
        Ok(role)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.said.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// Says a line on its standard input and reads the answer.
    fn ask(&mut self, line: &str) -> io::Result<String> {
        self.child.stdin.as_mut().expect("standard input is piped").write_all(line.as_bytes())?;
        self.line()
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program in another role, on one core, with as many descriptors as it may have. All
/// roles share the core, so that no wake-up crosses cores and the ratio is one of work.
fn spawn(role: &str, arguments: &[&str], cpu: usize, stdout: Stdio) -> io::Result<Child> {
    let script = "ulimit -n $(ulimit -Hn); if command -v taskset >/dev/null; then exec taskset -c \"$@\"; fi; shift; exec \"$@\"";
    Command::new("sh")
        .args(["-c", script, "sh", &cpu.to_string()])
        .arg(std::env::current_exe()?)
        .arg(role)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(stdout)
        .spawn()
}

fn descriptors() -> io::Result<usize> {
    let said = Command::new("sh").args(["-c", "ulimit -Hn"]).output()?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().parse().unwrap_or(usize::MAX))
}

/// CPU and memory of a process so far.
#[derive(Clone, Copy, Debug)]
struct Usage {
    user_s: f64,
    system_s: f64,
    rss_bytes: f64,
}

impl Usage {
    /// One line about this process, as [`Usage::ask`] reads it. Ticks are hundredths of a second on Linux.
    fn line() -> io::Result<String> {
        let stat = std::fs::read_to_string("/proc/self/stat")?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let field = |at: usize| fields.get(at).copied().unwrap_or("0");
        let status = std::fs::read_to_string("/proc/self/status")?;
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
        Ok(format!("{} {} {}\n", field(11), field(12), rss.trim().trim_end_matches("kB").trim()))
    }

    /// Asks a role.
    fn ask(control: &mut TcpStream) -> io::Result<Usage> {
        control.write_all(b"STAT\n")?;
        let (mut line, mut byte) = (String::new(), [0]);
        while control.read(&mut byte)? == 1 && byte != *b"\n" {
            line.push(char::from(byte[0]));
        }
        let numbers: Vec<f64> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
        let [user, system, rss] = numbers[..] else { return Err(io::ErrorKind::InvalidData.into()) };
        Ok(Usage { user_s: user / 100.0, system_s: system / 100.0, rss_bytes: rss * 1024.0 })
    }
}

/// Answers `PUB n` and `STAT` on a control connection until it closes.
fn obey(stream: &TcpStream, first: &str, mut publish: impl FnMut(usize)) -> io::Result<()> {
    let mut lines = BufReader::new(first.as_bytes().chain(stream));
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        match line.trim().split_once(' ') {
            Some(("PUB", count)) => publish(count.parse().unwrap_or(0)),
            _ if line.trim() == "STAT" => {
                let mut answer = stream;
                answer.write_all(Usage::line()?.as_bytes())?;
            }
            _ => {}
        }
        line.clear();
    }
    Ok(())
}

/// The first line a role prints.
fn say_address(address: SocketAddr) {
    println!("{address}");
}
