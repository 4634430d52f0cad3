//! The program itself, as a process of its own.
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

/// The key of the sandbox's client.
pub(crate) const KEY: &str = "key-of-the-crash-test-0123456789";

/// A server that runs until it is killed or dropped.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts the program on this folder, and on PostgreSQL where a URL is given, and waits until it listens.
    pub(crate) fn start(folder: &Path, database: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tributary"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TRIBUTARY_")) {
            command.env_remove(name);
        }
        command.args(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder);
        command.env("TRIBUTARY_SANDBOX_API_KEY", KEY).current_dir(folder);
        if let Some(url) = database {
            command.env("TRIBUTARY_DATABASE", url);
        }
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(process.stderr.take().unwrap());
        let mut all = String::new();
        let address = loop {
            let mut line = String::new();
            let length = said.read_line(&mut line).unwrap();
            assert!(length > 0, "the server ended: {all}");
            if let Some((_, address)) = line.split_once("listening on http://") {
                break address.trim().parse().unwrap();
            }
            all.push_str(&line);
        };
        // What it says later goes to the output of the test, and must not fill the pipe.
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok).filter(|line| line.contains("ERROR")) {
                println!("{line}");
            }
        });
        Self { process, address }
    }

    /// Ends it at once, wherever it is (SIGKILL).
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ended already, or the test failed.
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}
