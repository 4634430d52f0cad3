//! `user list`, `user show`.
use super::{client, explain};
use domain::{decimal::Money, enums::AccountType, guid::UserGuid, time::Timestamp};
use engine::{Engine, Error, client::Client};
use serde::{Deserialize, Serialize};
use store::{scope::SystemScope, users::User};

/// A user as the operator sees it: no address, no phone, no account number.
#[derive(Serialize, Deserialize)]
pub(crate) struct UserInfo {
    pub(crate) guid: String,
    /// The partner's id.
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) is_disabled: bool,
    pub(crate) is_restricted: bool,
    pub(crate) created_at: String,
    pub(crate) logged_in_at: Option<String>,
    pub(crate) failed_logins: i64,
    /// Only of `user show`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) members: Option<Vec<MemberInfo>>,
}

/// A member of a user.
#[derive(Serialize, Deserialize)]
pub(crate) struct MemberInfo {
    pub(crate) guid: String,
    pub(crate) name: String,
    pub(crate) institution_code: String,
    pub(crate) status: Option<String>,
    pub(crate) is_being_aggregated: bool,
    pub(crate) successfully_aggregated_at: Option<String>,
    pub(crate) accounts: Vec<AccountInfo>,
}

/// An account of a member.
#[derive(Serialize, Deserialize)]
pub(crate) struct AccountInfo {
    pub(crate) guid: String,
    pub(crate) account_type: String,
    pub(crate) balance: Option<String>,
    pub(crate) imported_at: Option<String>,
}

pub(super) async fn list(
    engine: &Engine,
    client_id: Option<&str>,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<UserInfo>, String> {
    let clients = match client_id {
        Some(id) => vec![client::find(engine, id).await?],
        None => engine.clients().await.map_err(explain)?,
    };
    let after = match after {
        Some(guid) => Some(find(engine, guid, client_id).await?),
        None => None,
    };
    let mut all = Vec::new();
    let wanted = i64::from(limit);
    for client in clients {
        let mut number = 0;
        if let Some((owner, user)) = &after {
            match client.scope.number().cmp(&owner.scope.number()) {
                std::cmp::Ordering::Less => continue,
                std::cmp::Ordering::Equal => number = user.scope.number(),
                std::cmp::Ordering::Greater => {}
            }
        }
        let rest = wanted - i64::try_from(all.len()).unwrap_or(wanted);
        let users = engine.db().users(client.scope, number, rest).await.map_err(|e| e.to_string())?;
        all.extend(users.into_iter().map(|user| info(&client, user)));
    }
    Ok(all)
}

pub(super) async fn show(engine: &Engine, user: &str, client_id: Option<&str>) -> Result<UserInfo, String> {
    let (client, user) = find(engine, user, client_id).await?;
    let scope = user.scope;
    let accounts = engine.db().accounts(scope).await.map_err(|e| e.to_string())?;
    let mut members = Vec::new();
    for view in engine.members(scope).await.map_err(explain)? {
        let own = accounts.iter().filter(|account| account.member_no == view.member.no);
        let accounts = own.map(|account| AccountInfo {
            guid: account.guid.to_string(),
            account_type: account_type(account.account_type),
            balance: account.balance.map(|units| Money::from_units(units).to_string()),
            imported_at: account.imported_at.map(Timestamp::to_z),
        });
        members.push(MemberInfo {
            guid: view.member.guid.to_string(),
            name: view.member.name.clone().unwrap_or_else(|| view.institution.name.clone()),
            institution_code: view.institution.code.clone(),
            status: view.member.state.status.map(|status| status.name().to_owned()),
            is_being_aggregated: view.member.state.is_being_aggregated,
            successfully_aggregated_at: view.member.state.successfully_aggregated_at.map(Timestamp::to_z),
            accounts: accounts.collect(),
        });
    }
    Ok(UserInfo { members: Some(members), ..info(&client, user) })
}

fn account_type(code: i64) -> String {
    let known = AccountType::from_code(code);
    known.map_or_else(|| code.to_string(), |kind| kind.name().to_owned())
}

fn info(client: &Client, user: User) -> UserInfo {
    UserInfo {
        guid: user.guid.to_string(),
        id: user.external_guid,
        client_id: client.client_id.clone(),
        is_disabled: user.is_disabled,
        is_restricted: user.is_restricted,
        created_at: user.created_at.to_z(),
        logged_in_at: user.logged_in_at.map(Timestamp::to_z),
        failed_logins: user.failed_token_logins,
        members: None,
    }
}

/// A user by guid, or by the partner's id; the client may be left out where there is only one.
pub(super) async fn find(
    engine: &Engine,
    user: &str,
    client_id: Option<&str>,
) -> Result<(Client, User), String> {
    let missing =
        |of: &str| format!("there is no user {user}{of}; `tributary user list` shows those there are");
    if let Ok(guid) = user.parse::<UserGuid>() {
        let found = engine.db().user_by_guid(SystemScope::of_the_service(), guid).await;
        let found = found.map_err(|e| e.to_string())?.ok_or_else(|| missing(""))?;
        let clients = engine.clients().await.map_err(explain)?;
        let client = clients.into_iter().find(|client| client.scope == found.scope.client());
        let client = client.filter(|client| client_id.is_none_or(|id| id == client.client_id));
        return client.map(|client| (client, found)).ok_or_else(|| missing(" of that client"));
    }
    let client = client_of(engine, client_id).await?;
    let found = engine.user_of_client(client.scope, user).await.map_err(|error| match error {
        Error::NotFound(_) => missing(&format!(" of client {}", client.client_id)),
        other => explain(other),
    })?;
    Ok((client, found))
}

/// The client that was named, or the only one.
pub(super) async fn client_of(engine: &Engine, client_id: Option<&str>) -> Result<Client, String> {
    if let Some(id) = client_id {
        return client::find(engine, id).await;
    }
    let mut clients = engine.clients().await.map_err(explain)?;
    match (clients.len(), clients.pop()) {
        (1, Some(client)) => Ok(client),
        (0, _) => Err("there is no client yet; make one with `tributary client create CLIENT_ID`".to_owned()),
        (count, _) => Err(format!("there are {count} clients; say which with --client CLIENT_ID")),
    }
}
