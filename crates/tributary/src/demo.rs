//! `demo`: the main round of work, as a partner's server and a person's app do it, over HTTP.
mod show;
mod steps;

use crate::{
    serve::{self, SANDBOX_CLIENT, Server},
    settings::{Flag, Loaded, Number, Text},
};
use anyhow::{Context, Result};
use steps::Walk;
use tokio_util::sync::CancellationToken;

/// Starts a server with the sandbox, walks through the steps, and goes on serving unless told to exit.
pub(crate) async fn demo(loaded: &Loaded, exit: bool) -> Result<()> {
    let mut loaded = loaded.clone();
    let given = ["data_dir", "listen", "log_level", "access_log_sample_every"]
        .map(|name| (name, loaded.source_of(name) != "default"));
    let is_given = |name: &str| given.contains(&(name, true));
    let settings = &mut loaded.settings;
    settings.sandbox = Flag(true);
    let temporary = tempfile::Builder::new().prefix("tributary-demo-").tempdir();
    let temporary = temporary.context("cannot make a temporary folder; name one with --data-dir")?;
    for (name, setting, value) in [
        ("data_dir", &mut settings.data_dir, temporary.path().join("data").display().to_string()),
        ("listen", &mut settings.listen, "127.0.0.1:0".to_owned()),
        ("log_level", &mut settings.log_level, "warn".to_owned()),
    ] {
        if !is_given(name) {
            *setting = Text(value);
        }
    }
    if !is_given("access_log_sample_every") {
        settings.access_log_sample_every = Number(0);
    }
    let settings = &loaded.settings;
    serve::start_log(settings);
    let signals = serve::Signals::catch()?;
    let server = Server::open(&loaded).await?;
    let key = serve::sandbox_client(&server.service.engine, settings).await?.key.with_context(|| {
        format!("the key of client `{SANDBOX_CLIENT}` of this store is not known: give it as TRIBUTARY_SANDBOX_API_KEY")
    })?;
    let stop = CancellationToken::new();
    let walk = Walk::new(server.service.clone(), server.address, key, settings.data_dir.0.clone());
    let steps = async {
        let walked = walk.all(exit).await;
        if exit || walked.is_err() {
            stop.cancel();
        }
        walked
    };
    let both = async {
        let (life, walked) = tokio::join!(server.run(stop.clone()), steps);
        walked.and(life)
    };
    tokio::select! {
        ended = both => ended,
        never = signals.cancel(stop.clone()) => never,
    }
}
