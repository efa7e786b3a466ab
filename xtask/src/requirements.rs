//! Keeps `docs/requirements.md` whole and true: every id has a row, every row a test that stands
//! in the tree or the issue that will bring it. Knows nothing of what the rows ask.

use std::collections::HashSet;
use std::path::Path;

const FILE: &str = "docs/requirements.md";

/// Every id the specifications have: prefix and last number.
const IDS: &[(&str, u32)] = &[("R", 42), ("F", 12), ("C", 15), ("T", 13), ("S", 20), ("ruling ", 30)];

/// What a row without a test says instead.
const UNPROVEN: &[&str] = &["later:", "out of scope", "no test:"];

/// One row of a table: its id and its last cell.
struct Row<'a> {
    id: &'a str,
    proof: &'a str,
}

/// Missing and doubled rows, rows without proof, and tests that are named but gone.
pub(crate) fn check(tree: &Path) -> Vec<String> {
    match std::fs::read_to_string(tree.join(FILE)) {
        Ok(text) => findings(&text, |path| std::fs::read_to_string(tree.join(path)).ok()),
        Err(error) => vec![format!("{FILE}: {error}")],
    }
}

fn findings(text: &str, read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let rows: Vec<Row<'_>> = text.lines().filter_map(row).collect();
    let mut findings = ids(&rows);
    for row in &rows {
        let tests = tests(row.proof);
        if tests.is_empty() && !UNPROVEN.iter().any(|word| row.proof.contains(word)) {
            findings.push(format!("{FILE}: {} names neither a test nor the issue to come", row.id));
        }
        for (path, name) in tests {
            let stands = read(path).is_some_and(|source| has_test(path, &source, name));
            if !stands {
                findings.push(format!("{FILE}: {} names `{name}`, which does not stand in {path}", row.id));
            }
        }
    }
    findings
}

/// A line of a table, unless it is the head or the rule under it.
fn row(line: &str) -> Option<Row<'_>> {
    let cells: Vec<&str> = line.strip_prefix('|')?.trim_end().strip_suffix('|')?.split('|').collect();
    let id = cells.first()?.trim();
    let is_row = id.ends_with(|last: char| last.is_ascii_digit());
    is_row.then(|| Row { id, proof: cells.last().copied().unwrap_or_default() })
}

fn ids(rows: &[Row<'_>]) -> Vec<String> {
    let known: HashSet<String> = IDS
        .iter()
        .flat_map(|(prefix, last)| (1..=*last).map(move |number| format!("{prefix}{number}")))
        .collect();
    let mut seen = HashSet::new();
    let mut findings = Vec::new();
    for row in rows {
        if !known.contains(row.id) {
            findings.push(format!("{FILE}: {} is no id of the specifications", row.id));
        } else if !seen.insert(row.id.to_owned()) {
            findings.push(format!("{FILE}: {} has two rows", row.id));
        }
    }
    let mut missing: Vec<&String> = known.difference(&seen).collect();
    missing.sort();
    findings.extend(missing.into_iter().map(|id| format!("{FILE}: {id} has no row")));
    findings
}

/// The tests a cell names: after a path in backticks, each text in backticks is a test in that file.
fn tests(cell: &str) -> Vec<(&str, &str)> {
    let mut path = "";
    let mut tests = Vec::new();
    for quoted in cell.split('`').skip(1).step_by(2) {
        let is_path = quoted.contains('/') && !quoted.contains(' ');
        if is_path {
            path = quoted;
        } else {
            tests.push((path, quoted));
        }
    }
    tests
}

fn has_test(path: &str, source: &str, name: &str) -> bool {
    if path.ends_with(".rs") { source.contains(&format!("fn {name}(")) } else { source.contains(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> String {
        let row = |id: String| format!("| {id} | asks | here | `a/b.rs` `it_holds`, `it_lasts` |\n");
        IDS.iter().flat_map(|(prefix, last)| (1..=*last).map(move |n| row(format!("{prefix}{n}")))).collect()
    }

    fn source(path: &str) -> Option<String> {
        (path == "a/b.rs").then(|| "fn it_holds() {}\nasync fn it_lasts(world: World) {}".to_owned())
    }

    #[test]
    fn a_whole_document_with_standing_tests_passes() {
        assert_eq!(findings(&whole(), source), Vec::<String>::new());
    }

    #[test]
    fn a_missing_a_doubled_and_an_invented_row_are_found() {
        let found = |text: String| findings(&text, source).join("\n");
        assert!(found(whole().replace("| R7 ", "| R8 ")).contains("R8 has two rows"));
        assert!(found(whole().replace("| R7 ", "| R8 ")).contains("R7 has no row"));
        assert!(found(whole() + "| S21 | asks | here | `a/b.rs` `it_holds` |").contains("S21 is no id"));
    }

    #[test]
    fn a_test_that_is_gone_and_a_row_that_proves_nothing_are_found() {
        let found = |text: String| findings(&text, source).join("\n");
        let gone = whole().replacen("`it_lasts`", "`it_ends`", 1);
        assert!(found(gone).contains("R1 names `it_ends`, which does not stand in a/b.rs"));
        let bare = whole().replacen("`a/b.rs` `it_holds`, `it_lasts`", "surely", 1);
        assert!(found(bare.clone()).contains("R1 names neither a test nor the issue"));
        assert_eq!(found(bare.replace("surely", "later: chat issue")), "");
    }
}
