//! Framing of RFC 6455.
