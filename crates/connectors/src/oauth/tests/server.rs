//! A server that gives its answers one after the other and keeps what it heard.
use parking_lot::Mutex;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
};

/// An answer, as bytes on the wire.
#[derive(Clone)]
pub(super) struct Reply(Vec<u8>);

impl Reply {
    pub(super) fn ok(body: &str) -> Self {
        Self::status(200, body)
    }

    pub(super) fn status(status: u16, body: &str) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
        Self([head.as_bytes(), body.as_bytes()].concat())
    }

    /// Ends in the middle of its body.
    pub(super) fn cut_off() -> Self {
        Self(b"HTTP/1.1 200 X\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{".to_vec())
    }

    /// A byte more than one answer may have.
    pub(super) fn huge() -> Self {
        Self::ok(&" ".repeat((16 << 20) + 1))
    }
}

/// A bank that says what it was told to say.
pub(super) struct Scripted {
    pub(super) address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub(super) fn new(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&heard);
        // Ends with its last answer, or with the test's process.
        std::thread::spawn(move || {
            for reply in replies {
                let Ok((mut stream, _)) = listener.accept() else { return };
                told.lock().push(read_request(&mut stream));
                // Whoever has heard enough may hang up.
                let _gone = stream.write_all(&reply.0);
            }
        });
        Self { address, heard }
    }

    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().clone()
    }
}

/// An address where nobody listens.
pub(super) fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap_or(0);
        text.extend_from_slice(&buffer[..read]);
        let so_far = String::from_utf8_lossy(&text).into_owned();
        let whole = so_far.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            body.len() >= length.map_or(0, |it| it.parse().unwrap())
        });
        if whole || read == 0 {
            return so_far;
        }
    }
}
