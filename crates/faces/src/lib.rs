//! The HTTP faces: what every request goes through, the pieces handlers are written with, and the handlers.
//!
//! How to use it: make an [`app::App`] over an engine and serve [`app::faces`] with [`server::serve`], or call it
//! in process. Each face has a module whose router lists its paths; `/openapi.json` comes from the same lines.
//!
//! A handler takes its state, the extractor that proves who is asking, the path ([`call::Params`]) and last
//! a [`call::Call`]; it answers a [`call::Answer`] or an [`error::ApiError`]. The type of the answer, its
//! headers and everything else around it is the business of [`layer::Faces`].
//!
//! ```
//! use domain::guid::Member;
//! use faces::{
//!     call::{Answer, Call, Params, path_guid},
//!     error::ApiError,
//! };
//!
//! /// Fields of the body; one of them is enough where the root is left out.
//! const KNOWN: &[&str] = &["name", "metadata", "skip_webhook"];
//!
//! async fn update(Params(guid): Params<String>, call: Call) -> Result<Answer, ApiError> {
//!     let body = call.json()?; // 4000
//!     let guid = path_guid::<Member>(&guid, "member")?; // 4040, as an unknown one
//!     let (name, metadata) = body.read("member", KNOWN, |f| {
//!         Ok((f.text("name", 255)?.kept()?, f.metadata()?.patch())) // 4001, 4002, 4222
//!     })?;
//!     # let _ = (name, metadata);
//!     Ok(Answer::ok(format!(r#"{{"member":{{"guid":"{guid}"}}}}"#)))
//! }
//! # let _: axum::Router = axum::Router::new().route("/members/{guid}", axum::routing::put(update));
//! ```
pub mod access_log;
pub mod app;
pub mod auth;
pub mod body;
pub mod call;
mod connection;
mod convert;
pub mod currency;
pub mod dialect;
pub mod error;
pub mod fields;
mod html;
mod institution_metrics;
pub mod json;
pub mod layer;
pub mod limits;
pub mod live;
pub mod media;
pub mod metrics;
pub mod nexus;
pub mod oauth;
pub mod object;
pub mod openapi;
pub mod ops;
pub mod page;
pub mod query;
pub mod rate;
pub mod request_id;
pub mod sandbox;
pub mod server;
pub mod source;
pub mod sso;
