//! Words: how a text is cut into them and folded, what a search asks for, and where it is found. Knows no
//! database, so that both find the same.
//!
//! Case and accents do not count. Chinese and Japanese write without spaces: there each character is a word,
//! and characters that are searched for side by side must stand side by side.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use wire::api::SearchPiece;
use wire::limit::{SEARCH_WORD_CHARS, SEARCH_WORDS};

/// Letters that a word must have to be looked for by its beginning alone.
const PREFIX_CHARS: usize = 3;

/// A word in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Without case and accents.
    pub(crate) folded: String,
    /// Bytes of the text.
    start: usize,
    end: usize,
}

/// The words of a text, in its order.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    for (start, char) in text.char_indices() {
        let end = start + char.len_utf8();
        if is_combining_mark(char) {
            // An accent that stands apart belongs to the letter before.
            if let Some(word) = words.last_mut().filter(|word| word.end == start) {
                word.end = end;
            }
            continue;
        }
        if !char.is_alphanumeric() {
            open = false;
            continue;
        }
        let alone = stands_alone(char);
        if !open || alone {
            words.push(Word { folded: String::new(), start, end });
        }
        if let Some(word) = words.last_mut() {
            let room = SEARCH_WORD_CHARS.saturating_sub(word.folded.chars().count());
            word.folded.extend(folded(char).take(room));
            word.end = end;
        }
        open = !alone;
    }
    words.retain(|word| !word.folded.is_empty());
    words
}

fn folded(char: char) -> impl Iterator<Item = char> {
    std::iter::once(char).nfkd().flat_map(char::to_lowercase).filter(|char| char.is_alphanumeric())
}

/// Characters of scripts without spaces: Han and kana.
fn stands_alone(char: char) -> bool {
    matches!(char, '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3134f}')
}

/// What is searched for: phrases, each of words that stand side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    phrases: Vec<Vec<String>>,
    /// The last word of the last phrase may go on.
    open_end: bool,
}

impl Wanted {
    /// From what somebody typed, whatever it is: what is no word is passed over.
    pub(crate) fn parse(text: &str) -> Wanted {
        let mut wanted = Wanted::default();
        for (number, part) in text.split('"').enumerate() {
            let is_quoted = number % 2 == 1;
            let chunks: Vec<&str> = if is_quoted { vec![part] } else { part.split_whitespace().collect() };
            for chunk in chunks {
                let room = SEARCH_WORDS - wanted.phrases.iter().map(Vec::len).sum::<usize>();
                let phrase: Vec<String> =
                    words(chunk).into_iter().take(room).map(|word| word.folded).collect();
                if !phrase.is_empty() {
                    wanted.open_end = !is_quoted;
                    wanted.phrases.push(phrase);
                }
            }
        }
        let last = wanted.phrases.last().and_then(|phrase| phrase.last());
        let is_long = last.is_some_and(|word| word.chars().count() >= PREFIX_CHARS);
        wanted.open_end &= is_long && text.ends_with(char::is_alphanumeric);
        wanted
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// Every word, and whether it may go on.
    pub(crate) fn words(&self) -> impl Iterator<Item = (&str, bool)> {
        let all: Vec<&str> = self.phrases.iter().flatten().map(String::as_str).collect();
        let last = all.len().saturating_sub(1);
        all.into_iter().enumerate().map(move |(number, word)| (word, self.open_end && number == last))
    }

    /// The texts in pieces, if all phrases stand in them; a text without any is left out.
    pub(crate) fn find(&self, texts: &[(String, String)]) -> Option<Vec<(String, Vec<SearchPiece>)>> {
        let cut: Vec<Vec<Word>> = texts.iter().map(|(_, text)| words(text)).collect();
        let mut hits: Vec<Vec<(usize, usize)>> = vec![Vec::new(); texts.len()];
        for (number, phrase) in self.phrases.iter().enumerate() {
            let open_end = self.open_end && number + 1 == self.phrases.len();
            let mut found = false;
            for (words, hits) in cut.iter().zip(&mut hits) {
                for place in words.windows(phrase.len()).filter(|place| matches(place, phrase, open_end)) {
                    found = true;
                    hits.push((place[0].start, place[place.len() - 1].end));
                }
            }
            if !found {
                return None;
            }
        }
        let found = texts.iter().zip(hits).filter(|(_, hits)| !hits.is_empty());
        Some(found.map(|((name, text), hits)| (name.clone(), pieces(text, hits))).collect())
    }
}

fn matches(place: &[Word], phrase: &[String], open_end: bool) -> bool {
    let last = phrase.len() - 1;
    place.iter().zip(phrase).enumerate().all(|(number, (word, wanted))| {
        word.folded == *wanted || (open_end && number == last && word.folded.starts_with(wanted.as_str()))
    })
}

/// Hits that touch are one piece.
fn pieces(text: &str, mut hits: Vec<(usize, usize)>) -> Vec<SearchPiece> {
    hits.sort_unstable();
    let mut pieces: Vec<SearchPiece> = Vec::new();
    let mut at = 0;
    let mut add = |from: usize, to: usize, hit: bool| match pieces.last_mut() {
        _ if from >= to => {}
        Some(last) if last.hit == hit => last.text.push_str(&text[from..to]),
        _ => pieces.push(SearchPiece { text: text[from..to].to_owned(), hit }),
    };
    for (start, end) in hits {
        add(at, start, false);
        add(start.max(at), end, true);
        at = at.max(end);
    }
    add(at, text.len(), false);
    pieces
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn folds(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.folded).collect()
    }

    /// Hits in brackets.
    fn shown(query: &str, text: &str) -> Option<String> {
        let found = Wanted::parse(query).find(&[("text".into(), text.into())])?;
        let show =
            |piece: &SearchPiece| if piece.hit { format!("[{}]", piece.text) } else { piece.text.clone() };
        Some(found.first()?.1.iter().map(show).collect())
    }

    #[test]
    fn case_and_accents_do_not_count() {
        assert_eq!(folds("Größe CAFÉ cafe\u{301} Łódź ½"), ["große", "cafe", "cafe", "łodz", "12"]);
        assert_eq!(folds("it's <b>a-b</b> don’t 👍"), ["it", "s", "b", "a", "b", "b", "don", "t"]);
        assert_eq!(folds("東京タワー is tall"), ["東", "京", "タ", "ワ", "ー", "is", "tall"]);
        assert_eq!(folds(&"x".repeat(500)), ["x".repeat(SEARCH_WORD_CHARS)]);
    }

    #[test]
    fn what_is_found_is_marked() {
        for (query, text, expected) in [
            ("blue", "The Blue one. BLUE!", Some("The [Blue] one. [BLUE]!")),
            ("blu", "The blue one", Some("The [blue] one")),
            ("blu ", "The blue one", None),
            ("\"blu\"", "The blue one", None),
            ("bl", "The blue one", None),
            ("one blu", "The blue one", Some("The [blue] [one]")),
            ("\"blue one\"", "one blue, blue one", Some("one blue, [blue one]")),
            ("\"one the\"", "The blue one", None),
            ("cafe", "Un café\u{301}, un cafe\u{301}", Some("Un [café\u{301}], un [cafe\u{301}]")),
            ("東京", "京東 東京", Some("京東 [東京]")),
            ("ana@shop.example", "Write to ana@shop.example", Some("Write to [ana@shop.example]")),
            ("<b>", "a < b <b>", Some("a < [b] <[b]>")),
            ("\"open quote", "an open quote", Some("an [open quote]")),
        ] {
            assert_eq!(shown(query, text).as_deref(), expected, "{query} in {text}");
        }
        assert!(["", " ", "\"\"", "!?", "*", "\u{301}"].iter().all(|query| Wanted::parse(query).is_empty()));
    }

    proptest! {
        #[test]
        fn pieces_are_the_text_and_nothing_panics(query in ".{0,40}", text in "[a-cA-C東京é \".\u{301}]{0,60}") {
            let wanted = Wanted::parse(&query);
            prop_assert!(wanted.words().count() <= SEARCH_WORDS);
            let own = Wanted::parse(&text.chars().take(3).collect::<String>());
            for wanted in [wanted, own] {
                for (_, pieces) in wanted.find(&[("text".into(), text.clone())]).unwrap_or_default() {
                    prop_assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text.as_str());
                }
            }
        }

        #[test]
        fn words_are_what_the_index_takes(text in "\\PC{0,60}") {
            for word in words(&text) {
                prop_assert!(!word.folded.is_empty() && word.folded.chars().all(char::is_alphanumeric));
            }
        }
    }
}
