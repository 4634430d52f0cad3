//! The OpenAPI document: its frame, what all calls have in common, and schemas made from tables.
//!
//! A handler documents what is its own: path, parameters, body, answer, and its own errors with a description
//! (`(status = 405, description = "4050: ...")`). Its tag, security, operation id, the type of its answer, the
//! body of errors and the errors that every call can have are added here.
mod schema;

pub use schema::{
    Entry, boolean, date, entries, integer, list, many, number, object, one, page, refer, root, single, text,
    texts, time,
};

use crate::{
    dialect::Face,
    media::{MediaType, documented_type},
};
use http::Method;
use utoipa::openapi::{
    OpenApi, Ref, RefOr, Required,
    content::ContentBuilder,
    info::InfoBuilder,
    path::{Operation, ParameterIn, PathItem, Paths},
    response::{Response, ResponseBuilder},
    security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme},
};

const DESCRIPTION: &str = "A server for personal financial data. Lists that are paged take `page` (1 when \
    absent, malformed or below 1) and `records_per_page` (10 to 1000; 25 when absent, malformed or out of range). \
    Clients are told to rely on the status of an error; its code is the status x 10 + an ordinal.";

const ERROR: &[Entry] = &[one("error", "ErrorDetail", "What is wrong.")];
const ERROR_DETAIL: &[Entry] =
    &[integer("code", "HTTP status x 10 + an ordinal."), text("message", "For people.")];
const PAGINATION: &[Entry] = &[
    integer("current_page", "The page asked for."),
    integer("per_page", "Records on a page."),
    integer("total_entries", "Records of all pages."),
    integer("total_pages", "At least 1."),
];

crate::schemas! {
    /// What is wrong.
    ErrorDetail = entries(ERROR_DETAIL);
    /// The body of every error.
    Error = entries(ERROR; ErrorDetail);
    /// Which page of a list an answer is.
    Pagination = entries(PAGINATION);
}

/// The document without paths.
pub(crate) fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Tributary")
        .description(Some(DESCRIPTION))
        .version(env!("CARGO_PKG_VERSION"));
    OpenApi::new(info.build(), Paths::new())
}

/// The document with what all calls have in common.
pub(crate) fn finish(mut document: OpenApi) -> OpenApi {
    let components = document.components.get_or_insert_default();
    let mut schemas = Vec::new();
    refer::<Error>(&mut schemas);
    refer::<Pagination>(&mut schemas);
    components.schemas.extend(schemas);
    for (name, doc) in [
        ("MD-SESSION-TOKEN", "A session: valid for 30 minutes from its latest call."),
        ("MD-API-TOKEN", "One use, ten minutes."),
        ("MD-API-KEY", "The partner's key."),
    ] {
        let value = ApiKeyValue::with_description(name, doc);
        components
            .security_schemes
            .insert(name.to_owned(), RefOr::T(SecurityScheme::ApiKey(ApiKey::Header(value))));
    }
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations_mut(item) {
            complete(operation, &method, path);
        }
    }
    document
}

/// The operations of a path, by method.
pub(crate) fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    let all = [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("DELETE", &item.delete)];
    all.into_iter().filter_map(|(method, operation)| operation.as_ref().map(|operation| (method, operation)))
}

fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let all = [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::DELETE, &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}

fn complete(operation: &mut Operation, method: &Method, path: &str) {
    let face = Face::of_path(path);
    operation.operation_id = Some(operation_id(method, path));
    operation.tags = Some(vec![tag(face).to_owned()]);
    name_params(operation, path);
    let (scheme, unauthorized) = match face {
        Face::Nexus if path == "/sessions" => (Some("MD-API-TOKEN"), ""),
        Face::Nexus => {
            (Some("MD-SESSION-TOKEN"), "4010: no or unknown session; 4011: the session has expired.")
        }
        Face::Operations | Face::Pages => (None, ""),
        _ => (Some("MD-API-KEY"), "4013: bad API key."),
    };
    if let Some(scheme) = scheme {
        operation.security = Some(vec![SecurityRequirement::new(scheme, [] as [&str; 0])]);
        common_errors(operation, face, path, unauthorized);
    }
    let success = match face {
        Face::Nexus => documented_type(method, path),
        Face::Sso => MediaType::SsoJson,
        Face::Live => MediaType::LiveJson,
        _ => MediaType::Json,
    };
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if status.starts_with(['4', '5', 'd']) && face.has_api_errors() {
            error_body(response, if status == "406" { MediaType::Json } else { success });
        } else if let Some(content) = response.content.shift_remove("application/json") {
            response.content.insert(success.as_str().to_owned(), content);
        }
    }
}

fn common_errors(operation: &mut Operation, face: Face, path: &str, unauthorized: &str) {
    let partner = if matches!(face, Face::Sso | Face::Live | Face::Sandbox | Face::Reporting) {
        "4032: the source address is not allowed."
    } else {
        ""
    };
    let not_acceptable =
        if face == Face::Nexus { "4060: Accept names no type this face speaks." } else { "" };
    let unsupported =
        if operation.request_body.is_some() { "4150: Content-Type is not supported." } else { "" };
    let bad_json = if operation.request_body.is_some() { "4000: the body is not valid JSON." } else { "" };
    let not_found = if path.contains('{') { "4040: no such thing, or not yours." } else { "" };
    for (status, description) in [
        ("400", bad_json),
        ("401", unauthorized),
        ("403", partner),
        ("404", not_found),
        ("406", not_acceptable),
        ("415", unsupported),
        ("429", "4290: a rate limit; see Retry-After."),
        ("500", "5000: our fault."),
        ("503", "5030: not ready, or shutting down."),
        ("default", "4050, 4080, 4130, 4140, 4310: wrong method, not finished in time, too large."),
    ] {
        if !description.is_empty() {
            let responses = &mut operation.responses.responses;
            let response = || RefOr::T(ResponseBuilder::new().description(description).build());
            responses.entry(status.to_owned()).or_insert_with(response);
        }
    }
}

fn error_body(response: &mut Response, media: MediaType) {
    if response.content.is_empty() {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Error"))).build();
        response.content.insert(media.as_str().to_owned(), RefOr::T(content));
    }
}

/// Parameters of the path that the handler said nothing of.
fn name_params(operation: &mut Operation, path: &str) {
    let params = operation.parameters.get_or_insert_default();
    for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        let known = params.iter().any(|param| matches!(param, RefOr::T(param) if param.name == name));
        if !known {
            let schema = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::String);
            let param = utoipa::openapi::path::ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(schema));
            params.push(RefOr::T(param.build()));
        }
    }
}

/// `GET /members/{member_guid}/challenges`: `get_members_member_guid_challenges`.
fn operation_id(method: &Method, path: &str) -> String {
    let mut id = method.as_str().to_ascii_lowercase();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        id.push('_');
        id.extend(part.chars().filter_map(|c| match c {
            '{' | '}' => None,
            c if c.is_ascii_alphanumeric() => Some(c),
            _ => Some('_'),
        }));
    }
    id
}

/// The face, as people know it.
const fn tag(face: Face) -> &'static str {
    match face {
        Face::Nexus => "Nexus",
        Face::Sso => "SSO",
        Face::Live => "Real Time",
        Face::Reporting => "Reporting",
        Face::Sandbox => "Sandbox",
        Face::Platform => "Platform",
        Face::Operations | Face::Pages => "Operations",
    }
}

#[cfg(test)]
mod tests;
