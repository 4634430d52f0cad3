//! `import`: statement files into the store.
use super::{Progress, explain, user};
use connectors::ofx;
use engine::{Call, Engine, Error, import::Report, user::UserPatch};

/// Whose statements, and how.
pub(super) struct Order {
    pub(super) user: String,
    pub(super) client_id: Option<String>,
    pub(super) create_user: bool,
    pub(super) dry_run: bool,
}

pub(super) async fn import(
    engine: &Engine,
    call: &Call,
    order: Order,
    file: &[u8],
    progress: Progress<'_>,
) -> Result<Report, String> {
    let statements = ofx::read(file).map_err(|error| error.to_string())?;
    let client_id = order.client_id.as_deref();
    let (client, user) = match user::find(engine, &order.user, client_id).await {
        Ok(found) => found,
        Err(missing) if order.create_user && !order.dry_run => {
            let client = user::client_of(engine, client_id).await?;
            let made = engine.create_user(call, client.scope, &order.user, UserPatch::default()).await;
            let user = made.map_err(|error| match error {
                Error::IdInUse => missing,
                other => explain(other),
            })?;
            (client, user)
        }
        Err(missing) if order.create_user => {
            return Err(format!("{missing}; a dry run does not make the user"));
        }
        Err(missing) => return Err(format!("{missing}; --create-user makes the user")),
    };
    let report = engine.import_statements(call, &client, &user, statements, order.dry_run, progress);
    report.await.map_err(explain)
}
