//! The text format in which Prometheus reads figures (exposition format 0.0.4). Decides how a figure
//! is written down; knows nothing of what it means.

use std::fmt::{Display, Write};

/// The format's `Content-Type`.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a figure does over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by size.
    Histogram,
}

/// A page being written.
#[derive(Default)]
pub struct Page(String);

/// The samples of one name.
pub struct Family<'a> {
    page: &'a mut String,
    name: &'static str,
}

impl Page {
    /// Begins a name; its samples follow at once, as the format asks.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> Family<'_> {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let help = help.replace('\\', r"\\").replace('\n', r"\n");
        line(&mut self.0, format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        Family { page: &mut self.0, name }
    }

    /// The whole page.
    pub fn finish(self) -> String {
        self.0
    }
}

impl Family<'_> {
    /// One sample.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.part("", labels, value)
    }

    /// One sample of a histogram's `_bucket`, `_sum` or `_count`.
    pub fn part(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        line(self.page, format_args!("{}{suffix}", self.name));
        for (at, (name, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
            line(self.page, format_args!("{}{name}=\"{text}\"", if at == 0 { '{' } else { ',' }));
        }
        let close = if labels.is_empty() { "" } else { "}" };
        line(self.page, format_args!("{close} {value}\n"));
        self
    }
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("writing to a String cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_as_the_format_has_it() {
        let mut page = Page::default();
        page.family("a_total", Kind::Counter, "What \\ it\nis.")
            .sample(&[], 3)
            .sample(&[("x", "q\"\\\n"), ("y", "z")], 0.5);
        let text = "# HELP a_total What \\\\ it\\nis.\n# TYPE a_total counter\na_total 3\na_total{x=\"q\\\"\\\\\\n\",y=\"z\"} 0.5\n";
        assert_eq!(page.finish(), text);
    }
}
