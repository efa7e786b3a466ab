//! A naive chat in memory, and the real one beside it: after every verb of a random sequence
//! both say the same.
