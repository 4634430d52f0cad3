//! Anonymous memory of a server.
use crate::{
    Common,
    child::Server,
    client::Requests,
    machine::Machine,
    report::{Case, Report, progress},
    world::{Ground, World},
};
use anyhow::Result;
use store::users::User;

/// Users whose sessions they are.
const USERS: usize = 100;
/// Requests before the server counts as idle: its caches are made.
const FIRST_REQUESTS: usize = 1000;

/// Runs the benchmark.
pub(crate) fn run(common: &Common) -> Result<Report> {
    let (sessions, name) =
        if common.quick { (5_000, "memory_5000_sessions") } else { (100_000, "memory_100000_sessions") };
    let ground = Ground::new(common, false)?;
    let machine = Machine::here(ground.place.store());
    progress(&format!("opening {sessions} sessions"));
    let tokens = ground.runtime.block_on(async {
        let world = World::new(&ground.place).await?;
        let mut users: Vec<User> = Vec::with_capacity(USERS);
        for index in 0..USERS {
            users.push(world.user(&format!("U-{index}")).await?);
        }
        let tokens = world.sessions(&users, sessions).await?;
        world.close().await?;
        anyhow::Ok(tokens)
    })?;
    progress("asking for each of them");
    let server = Server::start(&ground.place.arguments())?;
    let few = Requests::get("/user", &tokens[..FIRST_REQUESTS]);
    ground.runtime.block_on(few.send_all(server.address))?;
    let idle = server.memory()?;
    let all = Requests::get("/user", &tokens);
    ground.runtime.block_on(all.send_all(server.address))?;
    let busy = server.memory()?;
    server.stop()?;
    let cases = vec![case("memory_idle", idle).at_most(40.0), case(name, busy).at_most(150.0)];
    Ok(Report { cases, machine })
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn case(name: &'static str, bytes: u64) -> Case {
    Case { name, measured: bytes as f64 / f64::from(1 << 20), unit: "MiB", ..Case::default() }
}
