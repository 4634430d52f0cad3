//! Who is asking: extractors that come before [`crate::call::Call`]. Order: token or key, source address, rate.
use crate::{
    app::App,
    call::{Exchange, api_key, session_token, skip_webhook},
    dialect::Face,
    error::ApiError,
};
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use engine::{client::Client, session::Session};
use http::{Method, request::Parts};
use std::{sync::Arc, time::Instant};
use vault::ApiKey;

/// The session of a Nexus call: 4010, 4011, 4290.
#[derive(Debug, Clone)]
pub struct NexusSession(pub Arc<Session>);

impl std::ops::Deref for NexusSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl FromRequestParts<App> for NexusSession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = session_token(&parts.headers);
        let session = app.engine().authenticate(token).await?;
        if let Some(token) = token {
            app.rates().session(&rate_key(token))?;
        }
        Ok(Self(session))
    }
}

/// What the limiter knows a session by: the middle of its token, which is random, whole tokens being kept
/// nowhere.
fn rate_key(token: &str) -> [u8; 32] {
    let middle = token.as_bytes().get(16..48).and_then(|bytes| bytes.try_into().ok());
    middle.unwrap_or_default()
}

/// The partner's server behind a path with `{client_id}`: 4013, 4032, 4290.
#[derive(Debug, Clone)]
pub struct Partner {
    /// The client whose key was sent.
    pub client: Client,
}

impl FromRequestParts<App> for Partner {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|_| ApiError::path_not_found())?;
        let client_id = params.iter().find(|(name, _)| *name == "client_id").map(|(_, value)| value);
        let client_id = client_id.ok_or_else(ApiError::internal)?;
        Ok(Self { client: client_of(parts, app, Some(client_id)).await? })
    }
}

/// Whoever has an API key, where the path names no client: 4013, 4032, 4290.
#[derive(Debug, Clone)]
pub struct SandboxClient {
    /// The client whose key was sent.
    pub client: Client,
}

impl FromRequestParts<App> for SandboxClient {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self { client: client_of(parts, app, None).await? })
    }
}

async fn client_of(parts: &Parts, app: &App, client_id: Option<&str>) -> Result<Client, ApiError> {
    let (key, source) = (api_key(&parts.headers), Exchange::of(parts)?.source);
    let client = match app.engine().client_of_key(key, client_id, source).await {
        Ok(client) => client,
        Err(error) => {
            let refused = matches!(error, engine::Error::BadApiKey | engine::Error::AddressNotAllowed);
            if refused && app.rates().key_refusal_is_noted(source, Instant::now()) {
                app.engine().audit_refusal(&audit_call(parts)?).await?;
            }
            return Err(error.into());
        }
    };
    if let Some(hash) = key.and_then(|key| ApiKey::hash(key).ok()) {
        let write = !matches!(parts.method, Method::GET | Method::HEAD);
        app.rates().api_key(hash.as_bytes(), write)?;
    }
    Ok(client)
}

/// What the audit trail says of a call that changes something.
#[derive(Debug, Clone)]
pub struct Audit(pub engine::Call);

impl<S: Sync> FromRequestParts<S> for Audit {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        if parts.method == Method::HEAD {
            // Routed like the GET beside it; but some GETs of the contract start jobs or issue tokens.
            return Err(ApiError::method_not_allowed());
        }
        Ok(Self(audit_call(parts)?.quiet_if(skip_webhook(&parts.headers))))
    }
}

/// Method and route of a request, its id, and by what right it was made.
pub fn audit_call(parts: &Parts) -> Result<engine::Call, ApiError> {
    let exchange = Exchange::of(parts)?;
    let actor = match exchange.face {
        Face::Nexus => "session",
        Face::Pages => "browser",
        _ => "api_key",
    };
    let route = parts.extensions.get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    let action = format!("{} {route}", parts.method);
    Ok(engine::Call::new(actor, action, exchange.request_id.as_str()))
}
