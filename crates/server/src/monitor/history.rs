//! The server's figures over the last ten minutes and the last two days, in memory. Decides what is kept and for how
//! long; knows nothing of who asks.
//!
//! A row has 40 bytes: 600 rows of a second and 2,880 of a minute are 139,200 bytes, and never more. They are taken
//! from counters that are counted anyway, once a second, by the sweep.

use crate::desk::{Desk, now_ms};
use crate::process;
use realtime::{Latencies, Stats};
use serde::Deserialize;
use std::collections::VecDeque;
use std::time::Instant;
use wire::monitor::Columns;

/// Ten minutes of seconds.
const SECONDS: usize = 600;
/// Two days of minutes.
const MINUTES: usize = 48 * 60;

/// Which rows are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// One a second, for ten minutes.
    #[default]
    Second,
    /// One a minute, for two days.
    Minute,
}

/// One row: 40 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Row {
    /// Unix time in seconds.
    at_s: u32,
    connections: f32,
    messages: f32,
    deliveries: f32,
    p50_us: f32,
    p99_us: f32,
    requests: f32,
    errors: f32,
    memory_bytes: f32,
    cpu: f32,
}

/// What only grows.
#[derive(Clone, Default)]
struct Totals {
    messages: u64,
    deliveries: u64,
    requests: u64,
    errors: u64,
    cpu_s: f64,
    latencies: Latencies,
}

/// What stands now.
#[derive(Clone, Copy, Debug, Default)]
struct Gauges {
    connections: u64,
    memory_bytes: u64,
}

/// The totals at some moment, and the highest gauges since.
struct Since {
    at: Instant,
    totals: Totals,
    most: Gauges,
}

impl Since {
    fn new(at: Instant, totals: Totals) -> Since {
        Since { at, totals, most: Gauges::default() }
    }

    /// The row from that moment until now.
    fn row(&self, now: &Totals, seconds: f64, at_s: u32) -> Row {
        let Totals { messages, deliveries, requests, errors, cpu_s, latencies } = &self.totals;
        let rate = |now: u64, then: &u64| (now.saturating_sub(*then) as f64 / seconds) as f32;
        let since = now.latencies.since(latencies);
        let quantile = |share| since.quantile_us(share).unwrap_or_default() as f32;
        Row {
            at_s,
            connections: self.most.connections as f32,
            messages: rate(now.messages, messages),
            deliveries: rate(now.deliveries, deliveries),
            p50_us: quantile(0.5),
            p99_us: quantile(0.99),
            requests: rate(now.requests, requests),
            errors: rate(now.errors, errors),
            memory_bytes: self.most.memory_bytes as f32,
            cpu: ((now.cpu_s - cpu_s) / seconds).max(0.0) as f32,
        }
    }

    fn raise(&mut self, gauges: Gauges) {
        self.most.connections = self.most.connections.max(gauges.connections);
        self.most.memory_bytes = self.most.memory_bytes.max(gauges.memory_bytes);
    }
}

/// Rows of one step, the oldest first.
struct Ring {
    rows: VecDeque<Row>,
    most: usize,
}

impl Ring {
    fn new(most: usize) -> Ring {
        Ring { rows: VecDeque::with_capacity(most), most }
    }

    fn push(&mut self, row: Row) {
        if self.rows.len() == self.most {
            self.rows.pop_front();
        }
        self.rows.push_back(row);
    }

    fn columns(&self, step_s: u32, after: u32) -> Columns {
        let mut columns = Columns { step_s, ..Columns::default() };
        for row in self.rows.iter().filter(|row| row.at_s > after) {
            columns.at.push(row.at_s);
            columns.connections.push(row.connections);
            columns.messages.push(row.messages);
            columns.deliveries.push(row.deliveries);
            columns.latency_p50_us.push(row.p50_us);
            columns.latency_p99_us.push(row.p99_us);
            columns.requests.push(row.requests);
            columns.errors.push(row.errors);
            columns.memory_bytes.push(row.memory_bytes);
            columns.cpu.push(row.cpu);
        }
        columns
    }
}

/// Both rings, and where their next rows begin.
pub struct History {
    seconds: Ring,
    minutes: Ring,
    second: Option<Since>,
    minute: Option<Since>,
}

impl Default for History {
    fn default() -> History {
        History { seconds: Ring::new(SECONDS), minutes: Ring::new(MINUTES), second: None, minute: None }
    }
}

impl History {
    /// Takes one row, of the time since the last one.
    pub fn sample(&mut self, desk: &Desk, stats: &Stats) {
        let ((requests, failed), (memory, cpu)) = (desk.metrics.answers(), process::usage());
        let totals = Totals {
            messages: stats.published,
            deliveries: stats.frames_out,
            requests,
            errors: failed + stats.events_dropped + stats.slow_readers,
            cpu_s: cpu.unwrap_or_default(),
            latencies: desk.hub.latencies(),
        };
        let gauges = Gauges { connections: stats.connections, memory_bytes: memory.unwrap_or_default() };
        self.add(&totals, gauges, Instant::now(), now_ms());
    }

    fn add(&mut self, totals: &Totals, gauges: Gauges, now: Instant, now_ms: u64) {
        let at_s = u32::try_from(now_ms / 1_000).unwrap_or(u32::MAX);
        let ends = [(&mut self.second, &mut self.seconds, 0.5), (&mut self.minute, &mut self.minutes, 59.5)];
        for (since, ring, least_s) in ends {
            let begun = since.get_or_insert_with(|| Since::new(now, totals.clone()));
            begun.raise(gauges);
            let seconds = now.duration_since(begun.at).as_secs_f64();
            if seconds < least_s {
                continue;
            }
            ring.push(begun.row(totals, seconds, at_s));
            *begun = Since::new(now, totals.clone());
        }
    }

    /// What came after this second, as columns.
    pub fn columns(&self, step: Step, after: u32) -> Columns {
        match step {
            Step::Second => self.seconds.columns(1, after),
            Step::Minute => self.minutes.columns(60, after),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// So many seconds, in each of which ten messages were published; connections are the second's number.
    fn after(seconds: u32) -> History {
        let (mut history, began) = (History::default(), Instant::now());
        for second in 0..=seconds {
            let totals = Totals { messages: u64::from(second) * 10, ..Totals::default() };
            let gauges = Gauges { connections: u64::from(second), memory_bytes: 1_000_000 };
            let now = began + Duration::from_secs(u64::from(second));
            history.add(&totals, gauges, now, 1_000_000 + u64::from(second) * 1_000);
        }
        history
    }

    #[test]
    fn a_row_has_forty_bytes_and_the_rings_never_grow() {
        assert_eq!(size_of::<Row>(), 40);
        let history = after(4_000);
        assert_eq!((history.seconds.rows.len(), history.minutes.rows.len()), (SECONDS, 66));
        assert_eq!(size_of::<Row>() * (SECONDS + MINUTES), 139_200);
        let history = after(60 * (MINUTES as u32 + 5));
        assert_eq!((history.seconds.rows.len(), history.minutes.rows.len()), (SECONDS, MINUTES));
        assert!(history.minutes.rows.capacity() < MINUTES * 2);
    }

    #[test]
    fn a_minute_has_the_mean_of_rates_and_the_highest_of_the_rest() {
        let columns = after(120).columns(Step::Minute, 0);
        assert_eq!((columns.step_s, &columns.at), (60, &vec![1_060, 1_120]));
        assert_eq!((columns.messages, columns.connections), (vec![10.0, 10.0], vec![60.0, 120.0]));
    }

    #[test]
    fn only_what_came_later_is_answered() {
        let history = after(5);
        assert_eq!(history.columns(Step::Second, 0).at, [1_001, 1_002, 1_003, 1_004, 1_005]);
        let later = history.columns(Step::Second, 1_003);
        assert_eq!((later.at, later.connections), (vec![1_004, 1_005], vec![4.0, 5.0]));
        assert!(history.columns(Step::Second, 1_005).at.is_empty());
    }

    #[test]
    fn a_tick_that_came_late_is_a_gap_and_no_peak() {
        let (mut history, began) = (History::default(), Instant::now());
        for (second, messages) in [(0, 0), (1, 10), (7, 70)] {
            let totals = Totals { messages, ..Totals::default() };
            history.add(&totals, Gauges::default(), began + Duration::from_secs(second), second * 1_000);
        }
        let columns = history.columns(Step::Second, 0);
        assert_eq!((columns.at, columns.messages), (vec![1, 7], vec![10.0, 10.0]));
    }
}
