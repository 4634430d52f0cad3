//! The two servers: the service as in production, and a bare one that sends fixed bytes.
use crate::{
    child::READY,
    machine::{Core, pin},
    world::{self, Place},
};
use anyhow::Result;
use bytes::Bytes;
use clap::Args;
use faces::{
    access_log::{AccessLog, AccessLogSettings},
    app::{App, AppSettings},
    limits::{Limits, Rates},
};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, io::Read, path::Path, time::Duration};
use tokio::{net::TcpListener, runtime::Runtime, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// How the service is started.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Keeps to one core, with one thread
    #[arg(long)]
    pub(crate) pinned: bool,
}

/// What the bare server answers to everything.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FixedAnswer {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Runs the service until standard input ends.
pub(crate) fn serve(args: &ServerArgs) -> Result<()> {
    let threads =
        if args.pinned { 1 } else { std::thread::available_parallelism().map_or(1, usize::from) * 4 };
    runtime(args.pinned, threads)?.block_on(async {
        let engine = world::open(&args.place).await?;
        engine.run_background().await?;
        let (log, writer) = AccessLog::new(AccessLogSettings::default());
        std::thread::Builder::new().name("access-log".to_owned()).spawn(|| writer.run(std::io::sink()))?;
        let limits =
            Limits { rates: Rates::OFF, shutdown_time_max: Duration::from_secs(1), ..Limits::default() };
        let settings = AppSettings { limits, ..AppSettings::default() };
        let faces = faces::app::faces(&App::new(engine.clone(), settings), log);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("{READY}{}", listener.local_addr()?);
        faces::server::serve(listener, faces, until_input_ends()).await;
        Ok(engine.shut_down().await?)
    })
}

/// Runs the bare server until standard input ends.
pub(crate) fn serve_bare(answer: &Path) -> Result<()> {
    let FixedAnswer { headers, body } = serde_json::from_slice(&std::fs::read(answer)?)?;
    let headers = headers.iter().map(|(name, value)| Ok((name.parse()?, value.parse()?)));
    let headers: Vec<(HeaderName, HeaderValue)> = headers.collect::<Result<_>>()?;
    let body = Bytes::from(body);
    runtime(true, 1)?.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("{READY}{}", listener.local_addr()?);
        let stop = until_input_ends();
        let mut connections = JoinSet::new();
        while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
            let (stream, _) = accepted?;
            stream.set_nodelay(true)?;
            let (headers, body) = (headers.clone(), body.clone());
            let service = service_fn(move |_: Request<Incoming>| {
                let mut response = Response::new(Full::new(body.clone()));
                *response.status_mut() = StatusCode::OK;
                response.headers_mut().extend(headers.iter().cloned());
                async { Ok::<_, Infallible>(response) }
            });
            connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
        Ok(())
    })
}

fn runtime(pinned: bool, threads: usize) -> Result<Runtime> {
    if pinned {
        pin(Core::Server);
    }
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?)
}

/// Whoever started this ends it by closing its input, or by ending.
fn until_input_ends() -> CancellationToken {
    let stop = CancellationToken::new();
    let cancel = stop.clone();
    std::thread::spawn(move || {
        let _end = std::io::stdin().read_to_end(&mut Vec::new());
        cancel.cancel();
    });
    stop
}
