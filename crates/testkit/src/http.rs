//! One HTTP request over a real socket, as a test writes it down. Knows nothing of who asks.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A request being put together.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    is_chunked: bool,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body as bytes.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without body.
    pub fn new(method: &str, path: &str) -> Request {
        Request {
            method: method.into(),
            path: path.into(),
            headers: Vec::new(),
            body: Vec::new(),
            is_chunked: false,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Request {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Request {
        self.raw("application/json", body.to_string().into_bytes())
    }

    /// Sends bytes of a kind.
    #[must_use]
    pub fn raw(mut self, kind: &str, body: Vec<u8>) -> Request {
        self.body = body;
        self.header("content-type", kind)
    }

    /// Sends the body in chunks and does not say how long it is.
    #[must_use]
    pub fn chunked(mut self) -> Request {
        self.is_chunked = true;
        self.header("transfer-encoding", "chunked")
    }

    /// Sends it to a port of this machine and reads the whole reply.
    ///
    /// # Panics
    /// When no reply comes within ten seconds, or it is no HTTP.
    pub fn send(&self, port: u16) -> Reply {
        self.try_send(port).unwrap_or_else(|error| panic!("{} {}: {error}", self.method, self.path))
    }

    /// The same, for tests in which the server may be away.
    ///
    /// # Errors
    /// When no whole reply comes.
    pub fn try_send(&self, port: u16) -> std::io::Result<Reply> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        // Longer than the longest long poll.
        stream.set_read_timeout(Some(Duration::from_secs(40)))?;
        let mut head = format!("{} {} HTTP/1.1\r\nconnection: close\r\n", self.method, self.path);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head.push_str(&format!("host: localhost:{port}\r\n"));
        }
        if !self.is_chunked && (!self.body.is_empty() || self.method != "GET") {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        if self.is_chunked {
            for chunk in self.body.chunks(64 * 1024) {
                stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes())?;
                stream.write_all(chunk)?;
                stream.write_all(b"\r\n")?;
            }
            stream.write_all(b"0\r\n\r\n")?;
        } else {
            stream.write_all(&self.body)?;
        }
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        Reply::parse(&bytes).ok_or_else(|| std::io::Error::other("the reply is not HTTP"))
    }
}

/// A path with the query of a call signed by an app (contract 1.13), as server SDKs make it. The path
/// may have parameters of its own, of letters that need no escaping.
pub fn signed(method: &str, path: &str, key: &str, secret: &str, body: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let mut query: Vec<(String, String)> = [
        ("auth_key", key),
        ("auth_timestamp", &now.as_secs().to_string()),
        ("auth_version", "1.0"),
        ("body_md5", &wire::sign::md5_hex(body.as_bytes())),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let (path, own) = path.split_once('?').unwrap_or((path, ""));
    query.extend(own.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.into(), v.into())));
    query.push(("auth_signature".to_owned(), wire::sign::request(secret, method, path, &query)));
    let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{path}?{}", query.join("&"))
}

impl Reply {
    fn parse(bytes: &[u8]) -> Option<Reply> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let body = bytes[end + 4..].to_vec();
        let body = if chunked { unchunk(&body)? } else { body };
        Some(Reply { status, headers, body })
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The refusal's name in a problem.
    pub fn refusal(&self) -> String {
        self.json()["name"].as_str().unwrap_or_default().to_owned()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?.trim(), 16).ok()?;
        rest = rest.get(line + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}
