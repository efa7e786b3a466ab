//! The law of the log, recorded for the front end.
