//! What the service says of itself: its access log and its log lines, kept so that a test can look for what must
//! not be in them.
use parking_lot::{Condvar, Mutex};
use std::{
    io::{self, Write},
    sync::{Arc, OnceLock},
    time::Duration,
};

/// Longest wait for lines that are known to be on their way.
const LINES_WAIT: Duration = Duration::from_secs(10);

/// Text that is written on one thread and read on another.
#[derive(Debug, Clone, Default)]
pub struct Text(Arc<(Mutex<Vec<u8>>, Condvar)>);

impl Text {
    /// All of it so far.
    pub fn get(&self) -> String {
        String::from_utf8_lossy(&self.0.0.lock()).into_owned()
    }

    /// All of it, once it has so many lines.
    ///
    /// # Panics
    /// If they do not come.
    pub fn with_lines(&self, count: usize) -> String {
        let mut text = self.0.0.lock();
        let lines = |text: &Vec<u8>| text.split(|byte| *byte == b'\n').count() - 1;
        while lines(&text) < count {
            let late = self.0.1.wait_for(&mut text, LINES_WAIT).timed_out();
            assert!(!late, "{} of {count} lines were written", lines(&text));
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.0.lock().extend_from_slice(bytes);
        self.0.1.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log lines of this process, of all tests in it: a test looks for texts of its own.
pub fn log() -> &'static Text {
    static LOG: OnceLock<Text> = OnceLock::new();
    LOG.get_or_init(|| {
        let text = Text::default();
        let writer = text.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        // Another subscriber may be set in a process that is not of the tests here; then nothing is kept.
        let _kept = tracing::subscriber::set_global_default(subscriber);
        text
    })
}
