//! Proves where calls go and where not, by real sockets on loopback. Knows nothing of who calls.

#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn an_address_is_taken_apart_and_doubtful_ones_are_refused() {
    let target = Target::parse("https://Shop.example/hooks?a=1").unwrap();
    assert_eq!((target.https, target.host.as_str(), target.port), (true, "Shop.example", 443));
    assert_eq!((target.authority.as_str(), target.path.as_str()), ("Shop.example", "/hooks?a=1"));
    let target = Target::parse("http://[::1]:8080").unwrap();
    assert_eq!((target.host.as_str(), target.port, target.path.as_str()), ("::1", 8080, "/"));
    for bad in [
        "",
        "shop.example/hooks",
        "/hooks",
        "ftp://shop.example/",
        "https://user:secret@shop.example/",
        "https://shop.example/#part",
        "https://",
        "https://shop.example:99999/",
        "https://shop.example:/",
        "https://sh op.example/",
        "https://shop.example/\r\nx: y",
        "https://schön.example/",
    ] {
        assert_eq!(Target::parse(bad), None, "{bad}");
    }
}

/// Answers one connection after another with these bytes, and counts them.
async fn server(answers: &'static [&'static str]) -> (u16, Arc<std::sync::atomic::AtomicUsize>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::<std::sync::atomic::AtomicUsize>::default();
    let connections = count.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let number = connections.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while stream.read(&mut request).await.is_ok_and(|count| count > 0) {
                    let answer = answers[number % answers.len()];
                    let _ = stream.write_all(answer.as_bytes()).await;
                    if !answer.contains("content-length") {
                        return;
                    }
                }
            });
        }
    });
    (port, count)
}

fn outbound(allow: &str) -> Arc<Outbound> {
    let allow = allow.split(',').filter(|net| !net.is_empty()).map(|net| net.parse().unwrap()).collect();
    Arc::new(Outbound::new(allow).unwrap())
}

async fn post(line: &mut Line, url: &str) -> Result<Reply, Failure> {
    line.post(&Target::parse(url).unwrap(), &HeaderMap::new(), Bytes::from_static(b"{}")).await
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

#[tokio::test]
async fn s18_a_name_is_judged_by_what_it_resolves_to_and_not_by_how_it_is_written() {
    let (port, count) = server(&[OK]).await;
    let mut line = Line::new(outbound(""));
    for host in
        ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "0", "[::1]"]
    {
        let failure = post(&mut line, &format!("http://{host}:{port}/")).await.unwrap_err();
        assert!(matches!(failure, Failure::PrivateAddress | Failure::NoAddress), "{host}: {failure}");
    }
    assert_eq!(count.load(std::sync::atomic::Ordering::Relaxed), 0, "nobody was called");
    let mut line = Line::new(outbound("127.0.0.0/8"));
    let reply = post(&mut line, &format!("http://127.0.0.1:{port}/")).await.unwrap();
    assert_eq!((reply.status, &reply.body[..]), (200, &b"{}"[..]));
}

#[tokio::test]
async fn s18_a_redirect_is_an_answer_and_is_not_followed() {
    let (port, count) =
        server(&["HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"])
            .await;
    let mut line = Line::new(outbound("127.0.0.0/8"));
    assert_eq!(post(&mut line, &format!("http://127.0.0.1:{port}/")).await.unwrap().status, 302);
    assert_eq!(count.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[tokio::test]
async fn s18_a_reply_without_end_is_cut_and_its_status_counts() {
    let long = format!("HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n{}", "x".repeat(100_000));
    for endless in ["HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n", long.leak()] {
        let (port, _) = server(vec![endless].leak()).await;
        let mut line = Line::new(outbound("127.0.0.0/8"));
        let reply = post(&mut line, &format!("http://127.0.0.1:{port}/")).await.unwrap();
        assert_eq!((reply.status, reply.body.len()), (200, 0));
        assert!(line.open.is_none(), "what was not read to its end is not used again");
    }
}

#[tokio::test]
async fn calls_to_one_server_share_a_connection_and_survive_its_end() {
    let (port, count) = server(&[OK]).await;
    let mut line = Line::new(outbound("127.0.0.0/8"));
    let url = format!("http://127.0.0.1:{port}/");
    for _ in 0..3 {
        assert_eq!(post(&mut line, &url).await.unwrap().status, 200);
    }
    assert_eq!(count.load(std::sync::atomic::Ordering::Relaxed), 1);
    let (port, count) = server(&["HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"]).await;
    let url = format!("http://127.0.0.1:{port}/");
    for _ in 0..3 {
        assert_eq!(post(&mut line, &url).await.unwrap().status, 200);
    }
    assert_eq!(count.load(std::sync::atomic::Ordering::Relaxed), 3);
}

#[tokio::test]
async fn who_speaks_no_tls_or_no_http_or_is_not_there_is_a_failure() {
    let (port, _) = server(&["SSH-2.0-x\r\n"]).await;
    let mut line = Line::new(outbound("127.0.0.0/8"));
    let failure = post(&mut line, &format!("http://127.0.0.1:{port}/")).await.unwrap_err();
    assert!(matches!(failure, Failure::BrokeOff), "{failure}");
    let failure = post(&mut line, &format!("https://127.0.0.1:{port}/")).await.unwrap_err();
    assert!(matches!(failure, Failure::Tls(_)), "{failure}");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let failure = post(&mut line, &format!("http://127.0.0.1:{free}/")).await.unwrap_err();
    assert!(matches!(failure, Failure::Unreachable), "{failure}");
}
