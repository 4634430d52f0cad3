//! Servers as processes of their own, so that their CPU time and memory can be told from ours.
use crate::machine;
use anyhow::{Context, Result, ensure};
use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

/// What a server prints before its address once it listens.
pub(crate) const READY: &str = "listening on ";

/// A server process; it ends when this is dropped.
pub(crate) struct Server {
    process: Child,
    life: Option<ChildStdin>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts this program with these arguments and waits until it listens.
    pub(crate) fn start(arguments: &[&OsStr]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let life = process.stdin.take();
        let output = process.stdout.take().context("no pipe")?;
        let mut said = String::new();
        BufReader::new(output).read_line(&mut said)?;
        let address = said.trim().strip_prefix(READY).map(str::parse);
        let address = address.context("a server did not start; what it said is above")??;
        Ok(Self { process, life, address })
    }

    /// CPU time it has used.
    pub(crate) fn cpu_time(&self) -> Result<Duration> {
        machine::cpu_time(self.process.id())
    }

    /// Its anonymous memory, bytes.
    pub(crate) fn memory(&self) -> Result<u64> {
        machine::anonymous_memory(self.process.id())
    }

    /// Ends it in good order.
    pub(crate) fn stop(mut self) -> Result<()> {
        drop(self.life.take());
        let status = self.process.wait()?;
        ensure!(status.success(), "a server ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After `stop` there is nothing left to end.
        let _ended = self.process.kill();
        let _status = self.process.wait();
    }
}
