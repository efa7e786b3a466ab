//! Opening hours: is the desk open at a moment, and when does it open next, by the clock of its own zone.
//! Knows nothing of widgets and agents.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use wire::availability::{Day, OpenSpan, OpeningHours};
use wire::{Refusal, Refused, limit};

/// Days after today on which the next opening may lie: the same day next week, or the one after where the
/// clock skips next week's.
const DAYS_AHEAD: i64 = 14;

/// Hours, read.
#[derive(Clone, Debug)]
pub(crate) struct Hours {
    zone: TimeZone,
    spans: Vec<Span>,
}

#[derive(Clone, Debug)]
struct Span {
    day: Weekday,
    from: Time,
    to: Time,
    /// `to` is on the next day.
    over_midnight: bool,
}

/// How it is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) open: bool,
    /// Absent while it is open, and when it never opens.
    pub(crate) opens_at_ms: Option<u64>,
}

impl Opening {
    pub(crate) const ALWAYS: Opening = Opening { open: true, opens_at_ms: None };
}

impl Hours {
    /// Reads what an owner set; [`Refusal::InvalidField`] for an unknown zone or a time that is none.
    pub(crate) fn read(hours: &OpeningHours) -> Result<Hours, Refused> {
        let zone = TimeZone::get(&hours.zone).map_err(|_| {
            Refusal::InvalidField.because("hours.zone is not a time zone such as Europe/Madrid")
        })?;
        if hours.days.len() > limit::OPEN_SPANS {
            let most = limit::OPEN_SPANS;
            return Err(Refusal::InvalidField.because(format!("hours.days has more than {most} entries")));
        }
        Ok(Hours { zone, spans: hours.days.iter().map(Span::read).collect::<Result<_, _>>()? })
    }

    /// How it is at this moment.
    pub(crate) fn at(&self, now_ms: u64) -> Opening {
        let now = i64::try_from(now_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let Some(now) = now else { return Opening::ALWAYS };
        let today = now.to_zoned(self.zone.clone()).date();
        // One that began yesterday may go over midnight.
        let around = (-1..=DAYS_AHEAD).filter_map(|days| today.checked_add(days.days()).ok());
        let spans: Vec<(Timestamp, Timestamp)> = around
            .flat_map(|date| self.spans.iter().filter_map(move |span| span.on(date, &self.zone)))
            .collect();
        if spans.iter().any(|(from, to)| *from <= now && now < *to) {
            return Opening::ALWAYS;
        }
        let next = spans.iter().filter(|(from, to)| *from > now && from < to).map(|(from, _)| *from).min();
        let opens_at_ms = next.and_then(|next| u64::try_from(next.as_millisecond()).ok());
        Opening { open: false, opens_at_ms }
    }
}

impl Span {
    fn read(span: &OpenSpan) -> Result<Span, Refused> {
        let from = time(&span.from).ok_or_else(|| wrong(&span.from))?;
        // The end of a day is the beginning of the next.
        let to = if span.to == "24:00" {
            Time::midnight()
        } else {
            time(&span.to).ok_or_else(|| wrong(&span.to))?
        };
        Ok(Span { day: weekday(span.day), from, to, over_midnight: to <= from })
    }

    /// From when to when, if it begins on this date. What the clock skips is not there; what it repeats
    /// begins the first time and ends the first time.
    fn on(&self, date: Date, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        if date.weekday() != self.day {
            return None;
        }
        let last = if self.over_midnight { date.tomorrow().ok()? } else { date };
        let at = |date: Date, time: Time| zone.to_timestamp(date.to_datetime(time)).ok();
        Some((at(date, self.from)?, at(last, self.to)?))
    }
}

/// `HH:MM`.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn wrong(text: &str) -> Refused {
    let shown: String = text.chars().take(8).collect();
    Refusal::InvalidField.because(format!("hours.days: \"{shown}\" is not a time such as 09:30"))
}

fn weekday(day: Day) -> Weekday {
    match day {
        Day::Mon => Weekday::Monday,
        Day::Tue => Weekday::Tuesday,
        Day::Wed => Weekday::Wednesday,
        Day::Thu => Weekday::Thursday,
        Day::Fri => Weekday::Friday,
        Day::Sat => Weekday::Saturday,
        Day::Sun => Weekday::Sunday,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hours(zone: &str, days: &[(Day, &str, &str)]) -> Hours {
        let days =
            days.iter().map(|(day, from, to)| OpenSpan { day: *day, from: (*from).into(), to: (*to).into() });
        Hours::read(&OpeningHours { zone: zone.into(), days: days.collect() }).unwrap()
    }

    fn ms(at: &str) -> u64 {
        at.parse::<Timestamp>().unwrap().as_millisecond().try_into().unwrap()
    }

    /// Each moment with `open`, or when it opens.
    fn check(hours: &Hours, moments: &[(&str, Result<(), Option<&str>>)]) {
        for (at, expected) in moments {
            let expected = match expected {
                Ok(()) => Opening::ALWAYS,
                Err(opens) => Opening { open: false, opens_at_ms: opens.map(ms) },
            };
            assert_eq!(hours.at(ms(at)), expected, "{at}");
        }
    }

    #[test]
    fn a_desk_is_open_from_its_first_minute_to_its_last_and_says_when_it_opens_next() {
        let desk = hours("Europe/Madrid", &[(Day::Mon, "09:00", "14:00"), (Day::Mon, "16:00", "18:00")]);
        // A Monday in winter: one hour before UTC.
        check(
            &desk,
            &[
                ("2026-11-23T07:59:59Z", Err(Some("2026-11-23T08:00:00Z"))),
                ("2026-11-23T08:00:00Z", Ok(())),
                ("2026-11-23T12:59:59Z", Ok(())),
                ("2026-11-23T13:00:00Z", Err(Some("2026-11-23T15:00:00Z"))),
                ("2026-11-23T17:00:00Z", Err(Some("2026-11-30T08:00:00Z"))),
                ("2026-11-22T22:00:00Z", Err(Some("2026-11-23T08:00:00Z"))),
            ],
        );
    }

    #[test]
    fn the_clock_of_the_zone_counts_when_it_is_put_forward_and_back() {
        let desk = hours("Europe/Berlin", &[(Day::Sun, "01:00", "04:00"), (Day::Mon, "09:00", "10:00")]);
        check(
            &desk,
            &[
                // Forward on 29 March: from 01:00 to 04:00 are two hours.
                ("2026-03-29T00:00:00Z", Ok(())),
                ("2026-03-29T01:59:59Z", Ok(())),
                ("2026-03-29T02:00:00Z", Err(Some("2026-03-30T07:00:00Z"))),
                // Back on 25 October: four.
                ("2026-10-24T22:59:59Z", Err(Some("2026-10-24T23:00:00Z"))),
                ("2026-10-25T02:59:59Z", Ok(())),
                ("2026-10-25T03:00:00Z", Err(Some("2026-10-26T08:00:00Z"))),
            ],
        );
        // A span that the clock skips is not there that day.
        let skipped = hours("Europe/Berlin", &[(Day::Sun, "02:00", "03:00")]);
        check(&skipped, &[("2026-03-28T12:00:00Z", Err(Some("2026-04-05T00:00:00Z")))]);
    }

    #[test]
    fn a_span_may_go_over_midnight_end_with_the_day_or_last_for_one() {
        let night = hours("UTC", &[(Day::Sat, "22:00", "02:00")]);
        check(
            &night,
            &[
                ("2026-11-28T22:00:00Z", Ok(())),
                ("2026-11-29T01:59:59Z", Ok(())),
                ("2026-11-29T02:00:00Z", Err(Some("2026-12-05T22:00:00Z"))),
            ],
        );
        let late = hours("UTC", &[(Day::Sun, "20:00", "24:00")]);
        check(
            &late,
            &[("2026-11-29T23:59:59Z", Ok(())), ("2026-11-30T00:00:00Z", Err(Some("2026-12-06T20:00:00Z")))],
        );
        let day = hours("UTC", &[(Day::Sun, "00:00", "24:00")]);
        check(
            &day,
            &[("2026-11-29T12:00:00Z", Ok(())), ("2026-11-30T00:00:00Z", Err(Some("2026-12-06T00:00:00Z")))],
        );
    }

    #[test]
    fn a_desk_without_hours_in_them_never_opens() {
        check(&hours("Asia/Kathmandu", &[]), &[("2026-11-23T08:00:00Z", Err(None))]);
    }

    #[test]
    fn unknown_zones_and_times_are_refused() {
        let read = |zone: &str, from: &str, to: &str| {
            let days = vec![OpenSpan { day: Day::Mon, from: from.into(), to: to.into() }];
            Hours::read(&OpeningHours { zone: zone.into(), days })
        };
        assert!(read("Europe/Madrid", "09:00", "17:00").is_ok());
        for zone in ["", "Europe/Atlantis", "+01:00", "../etc/passwd", "Mars/Base"] {
            assert_eq!(read(zone, "09:00", "17:00").unwrap_err().refusal, Refusal::InvalidField, "{zone}");
        }
        for (from, to) in
            [("9:00", "17:00"), ("24:00", "24:00"), ("09:60", "17:00"), ("09:00", "24:01"), ("", "1")]
        {
            assert_eq!(read("UTC", from, to).unwrap_err().refusal, Refusal::InvalidField, "{from} {to}");
        }
    }
}
