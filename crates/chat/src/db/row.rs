//! What goes into a statement and what comes out, the same on both engines: NULL, whole
//! numbers and text. Knows no SQL.

/// A parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// NULL.
    Null,
    /// BIGINT; also counters, times in milliseconds and booleans.
    Int(i64),
    /// TEXT.
    Text(&'a str),
}

/// Parameters of a statement, each by `Value::from`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Value::from($value)),*] };
}
pub(crate) use values;

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Value<'a> {
        Value::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Value<'a> {
        Value::Text(text)
    }
}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value<'_> {
    fn from(number: usize) -> Self {
        Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value<'_> {
    fn from(yes: bool) -> Self {
        Value::Int(i64::from(yes))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// A column of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// NULL.
    Null,
    /// A number.
    Int(i64),
    /// Text.
    Text(String),
}

impl From<&Value<'_>> for Cell {
    fn from(value: &Value<'_>) -> Cell {
        match value {
            Value::Null => Cell::Null,
            Value::Int(number) => Cell::Int(*number),
            Value::Text(text) => Cell::Text((*text).to_owned()),
        }
    }
}

impl<'a> From<&'a Cell> for Value<'a> {
    fn from(cell: &'a Cell) -> Value<'a> {
        match cell {
            Cell::Null => Value::Null,
            Cell::Int(number) => Value::Int(*number),
            Cell::Text(text) => Value::Text(text),
        }
    }
}

/// A row; columns are taken out by position, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row(pub(super) Vec<Cell>);

impl Row {
    /// A TEXT column that may be NULL.
    pub(crate) fn maybe_text(&mut self, column: usize) -> Option<String> {
        match self.take(column) {
            Cell::Text(text) => Some(text),
            Cell::Null => None,
            Cell::Int(_) => unreachable!("column {column} of this statement is TEXT"),
        }
    }

    /// A TEXT column.
    pub(crate) fn text(&mut self, column: usize) -> String {
        self.maybe_text(column).expect("this column is NOT NULL")
    }

    /// A BIGINT column that may be NULL. Negative numbers are never written.
    pub(crate) fn maybe_number(&mut self, column: usize) -> Option<u64> {
        match self.take(column) {
            Cell::Int(number) => Some(u64::try_from(number).unwrap_or(0)),
            Cell::Null => None,
            Cell::Text(_) => unreachable!("column {column} of this statement is BIGINT"),
        }
    }

    /// A BIGINT column.
    pub(crate) fn number(&mut self, column: usize) -> u64 {
        self.maybe_number(column).expect("this column is NOT NULL")
    }

    /// A boolean column or expression.
    pub(crate) fn is(&mut self, column: usize) -> bool {
        self.maybe_number(column).unwrap_or(0) != 0
    }

    fn take(&mut self, column: usize) -> Cell {
        let cell = self.0.get_mut(column).expect("the statement selects this column");
        std::mem::replace(cell, Cell::Null)
    }
}
