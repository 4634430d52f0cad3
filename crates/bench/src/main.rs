//! Benchmarks of Tributary. Each runs the service as it is in production, in a process of its own, and compares
//! itself with a bound. How fast a machine is, and how busy, matters little: what counts is CPU time per request,
//! as a ratio to a server that does nothing but send the same bytes.
mod child;
mod client;
mod clock;
mod enrich;
mod http;
mod ingest;
mod jobs;
mod machine;
mod memory;
mod report;
mod search;
mod server;
mod start;
mod world;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// As in the service itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Tributary and compares it with its bars.
#[derive(Debug, Parser)]
#[command(
    name = "bench",
    after_help = "Build with --release, or the numbers mean nothing:\n  \
                  cargo run --release -p bench -- http\n  \
                  cargo run --release -p bench -- ingest --postgres\n  \
                  cargo run --release -p bench -- memory --json | jq '.cases[]'\n\n\
                  With --json every benchmark prints one object: {\"cases\": [{\"name\", \"requests_per_second\", \
                  \"cpu_us_per_request\", \"p99_ms\", \"ratio\", \"measured\", \"unit\", \"bar\", \"verdict\"}], \
                  \"machine\": {...}}; null where a benchmark has no such number. `verdict` compares `measured` \
                  with `bar`."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// CPU time per request, next to a bare hyper server that sends the same bytes
    ///
    /// Both servers share one core and take turns within one run; eight clients on keep-alive connections use
    /// another core, whose time is not counted. All middleware is on, rate limits are off, tokens of a thousand
    /// sessions take turns. A ratio of 0.5 means: twice the CPU time of the bare server.
    Http {
        #[command(flatten)]
        common: Common,
        /// Only cases whose name contains this
        #[arg(long, value_name = "NAME", default_value = "")]
        case: String,
    },
    /// Statements from the text of a file to acknowledged rows, and the same file again in another encoding
    ///
    /// 100,000 transactions of ten accounts. Acknowledged rows survive a loss of power (`synchronous=FULL`); the
    /// second import is of the same statements as UTF-16 and with another header, and changes nothing.
    Ingest(Common),
    /// Descriptions to merchants, categories and flags, on one core, next to reading their bytes once
    Enrich(Common),
    /// Anonymous memory of a server that is idle, and of one with 100,000 open sessions
    Memory(Common),
    /// Time from the start of the process to the first answer of /health/ready, with 1,000,000 transactions stored
    Start {
        #[command(flatten)]
        common: Common,
        /// Keeps the store beside the program, for the next run
        #[arg(long)]
        keep: bool,
    },
    /// Time to answer searches over 20,000 institutions, of eight connections in a closed loop
    Search(Common),
    /// A year of service time with 100 members that are aggregated in the background every day
    ///
    /// Each has fourteen accounts and, after a year, about 2,000 transactions. The clock is moved as
    /// `POST /sandbox/clock/advance` does it.
    Clock(Common),
    /// 1,000 repeat aggregations that are due at once, worked off by one process, and its peak memory
    Jobs(Common),
    /// The service, as the benchmarks run it
    #[command(name = "__server", hide = true)]
    Server(server::ServerArgs),
    /// The bare server
    #[command(name = "__bare", hide = true)]
    Bare {
        /// File with what it answers
        #[arg(long)]
        answer: PathBuf,
    },
}

/// What every benchmark takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Less of everything: to see that it works; its numbers swing more
    #[arg(long)]
    pub(crate) quick: bool,
    /// One JSON object in place of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// On PostgreSQL: a private server made of the installed programs, in memory, or the empty database of a URL
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "")]
    pub(crate) postgres: Option<String>,
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Http { common, case } => http::run(&common, &case)?.print(&common),
        Command::Ingest(common) => ingest::run(&common)?.print(&common),
        Command::Enrich(common) => enrich::run(&common)?.print(&common),
        Command::Memory(common) => memory::run(&common)?.print(&common),
        Command::Start { common, keep } => start::run(&common, keep)?.print(&common),
        Command::Search(common) => search::run(&common)?.print(&common),
        Command::Clock(common) => clock::run(&common)?.print(&common),
        Command::Jobs(common) => jobs::run(&common)?.print(&common),
        Command::Server(args) => server::serve(&args),
        Command::Bare { answer } => server::serve_bare(&answer),
    }
}
