//! What a fan-out costs beside a bare `write(2)` loop, and what an idle connection costs in
//! memory. Server, bare loop and load are processes of their own (ruling 22); this file starts them.
//!
//! `fanout_floor [--subscribers N] [--rounds R] [--idle M] [--cpu C]`. Each figure is one line of
//! JSON on standard output; a table for people goes to standard error.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bare;
mod load;
mod serve;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Bytes of an event's data, as in the design's figures.
const DATA_BYTES: usize = 200;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: usize| -> usize {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(default)
    };
    match arguments.first().map(String::as_str) {
        Some("serve") => serve::run(number("--shards", 1)),
        Some("bare") => bare::run(),
        Some("load") => load::run(&arguments[1..]),
        _ => measure(
            number("--subscribers", 5_000),
            number("--rounds", 8),
            number("--idle", 10_000),
            number("--cpu", 0),
        ),
    }
}

/// Starts the roles and lets the load print.
fn measure(subscribers: usize, rounds: usize, idle: usize, cpu: usize) -> io::Result<()> {
    let limit = descriptors()?;
    if subscribers + 100 > limit || idle + 100 > limit {
        println!(r#"{{"figure":"fanout","skipped":"limit {limit}"}}"#);
        return Ok(());
    }
    let fan_out = || -> io::Result<()> {
        let (mut server, mut floor) = (Role::start("serve", cpu)?, Role::start("bare", cpu)?);
        let arguments =
            ["fanout", &server.address, &floor.address, &subscribers.to_string(), &rounds.to_string()];
        let done = spawn("load", &arguments, cpu)?.wait();
        server.stop();
        floor.stop();
        done.map(drop)
    };
    fan_out()?;
    for channels in ["shared", "own"] {
        let mut server = Role::start("serve", cpu)?;
        let done = spawn("load", &["idle", &server.address, &idle.to_string(), channels], cpu)?.wait();
        server.stop();
        done?;
    }
    Ok(())
}

/// A role that says on standard output where it listens.
struct Role {
    child: Child,
    address: String,
}

impl Role {
    fn start(name: &str, cpu: usize) -> io::Result<Role> {
        let mut child = spawn(name, &[], cpu)?;
        let mut address = String::new();
        let said = child.stdout.take().expect("standard output is piped");
        BufReader::new(said).read_line(&mut address)?;
        Ok(Role { child, address: address.trim().to_owned() })
    }

    fn stop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program in another role, on one core, with as many descriptors as it may have. All
/// roles share the core, so that no wake-up crosses cores and the ratio is one of work.
fn spawn(role: &str, arguments: &[&str], cpu: usize) -> io::Result<Child> {
    let script = "ulimit -n $(ulimit -Hn); if command -v taskset >/dev/null; then exec taskset -c \"$@\"; fi; shift; exec \"$@\"";
    let stdout = if role == "load" { Stdio::inherit() } else { Stdio::piped() };
    Command::new("sh")
        .args(["-c", script, "sh", &cpu.to_string()])
        .arg(std::env::current_exe()?)
        .arg(role)
        .args(arguments)
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
