//! Fan-out against the bare loop: the same series to both in turn, so that both see the same noise,
//! and each round's ratio against the loop of that round. Knows nothing of sockets.

use crate::Role;
use crate::load::frame_bytes;
use std::io;

/// Publishes of a series; with eight outstanding, of eight events each.
const PUBLISHES: usize = 12;
const OUTSTANDING: usize = 8;

/// CPU of one series, per million deliveries, and deliveries per second.
#[derive(Clone, Copy)]
struct Cost {
    user_s: f64,
    system_s: f64,
    per_s: f64,
}

impl Cost {
    fn cpu_s(self) -> f64 {
        self.user_s + self.system_s
    }

    fn read(line: &str) -> io::Result<Cost> {
        let numbers: Vec<f64> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
        let [user_s, system_s, per_s] = numbers[..] else { return Err(io::ErrorKind::InvalidData.into()) };
        Ok(Cost { user_s, system_s, per_s })
    }
}

/// Prints three figures: the bare loop, one event outstanding, and eight.
pub(crate) fn compare(subscribers: usize, data_bytes: usize, rounds: usize, cpu: usize) -> io::Result<()> {
    let (bytes, count) = (data_bytes.to_string(), subscribers.to_string());
    let server = Role::start("serve", &["--bytes", &bytes], cpu)?;
    let floor = Role::start("bare", &["--bytes", &bytes], cpu)?;
    let mut hub = Role::start("load", &["fanout", &server.address, "serve", &count, &bytes], cpu)?;
    let mut bare = Role::start("load", &["fanout", &floor.address, "bare", &count, &bytes], cpu)?;
    let (mut one, mut many, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    // The first round warms up and is not counted.
    for round in 0..=rounds {
        let series = |load: &mut Role, outstanding: usize| {
            Cost::read(&load.ask(&format!("{PUBLISHES} {outstanding}\n"))?)
        };
        let costs = [series(&mut hub, 1)?, series(&mut bare, 1)?, series(&mut hub, OUTSTANDING)?];
        if round > 0 {
            one.push(costs[0]);
            floor.push(costs[1]);
            many.push(costs[2]);
        }
    }
    let frame = frame_bytes(data_bytes);
    eprintln!(
        "\n{subscribers} subscribers, {data_bytes} bytes of data, frames of {frame}, median of {rounds} rounds"
    );
    eprintln!(
        "{:<24}{:>14}{:>10}{:>10}{:>12}{:>10}{:>10}",
        "", "deliveries/s", "user s/M", "sys s/M", "cpu s/M", "x cpu", "x rate"
    );
    let print = |title, name, costs| print(title, name, data_bytes, costs, &floor);
    print("bare write(2) loop", "floor", &floor);
    print("hub, 1 outstanding", "one", &one);
    print("hub, 8 outstanding", "eight", &many);
    Ok(())
}

fn print(title: &str, name: &str, data_bytes: usize, costs: &[Cost], floor: &[Cost]) {
    let of = |what: fn(Cost) -> f64| median(costs.iter().map(|cost| what(*cost)));
    let (user, system, cpu, per_s) = (of(|c| c.user_s), of(|c| c.system_s), of(Cost::cpu_s), of(|c| c.per_s));
    // Each round against the floor of the same round.
    let against =
        |what: fn(Cost) -> f64| median(costs.iter().zip(floor).map(|(cost, bare)| what(*cost) / what(*bare)));
    let (ratio, rate_ratio) = (against(Cost::cpu_s), against(|c| c.per_s));
    eprintln!("{title:<24}{per_s:>14.0}{user:>10.2}{system:>10.2}{cpu:>12.2}{ratio:>10.2}{rate_ratio:>10.2}");
    println!(
        r#"{{"figure":"fanout_{name}","data_bytes":{data_bytes},"deliveries_per_s":{per_s:.0},"user_s_per_million":{user:.3},"system_s_per_million":{system:.3},"cpu_s_per_million":{cpu:.3},"ratio_to_floor":{ratio:.3},"rate_to_floor":{rate_ratio:.3}}}"#
    );
}

fn median(of: impl Iterator<Item = f64>) -> f64 {
    let mut of: Vec<f64> = of.collect();
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(f64::NAN)
}
