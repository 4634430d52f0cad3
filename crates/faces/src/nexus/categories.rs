//! Categories (`spec: nexus-pfm, 4`): reads of the default taxonomy.
use super::accounts::whole_or_page;
use crate::{
    app::App,
    auth::NexusSession,
    call::{Answer, Call, Params, path_guid},
    error::ApiError,
};
use domain::{
    category::{self, Listed},
    guid,
};
use std::sync::LazyLock;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The taxonomy as it is listed.
static DEFAULTS: LazyLock<Vec<Listed<'static>>> = LazyLock::new(|| category::listed(&[]));

/// About how long a rendered category is, bytes.
const LENGTH_USUAL: usize = 256;

crate::schemas! {
    /// A category: 8 keys.
    Category = object(category::keys());
    /// `{"category":{...}}`
    CategoryAnswer = root("category", Category);
    /// `{"categories":[...]}`
    CategoriesAnswer = list("categories", Category);
}

/// Every path of this part.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(list_default)).routes(routes!(read))
}

/// List categories
///
/// List the categories: parents by name, each followed by its children by name.
#[utoipa::path(get, path = "/categories",
    params(
        ("page" = Option<i64>, Query, description = "Pages the list, which otherwise comes whole"),
        ("records_per_page" = Option<i64>, Query, description = "10 to 1000; pages the list"),
    ),
    responses((status = 200, description = "The categories", body = CategoriesAnswer)))]
async fn list(_session: NexusSession, call: Call) -> Result<Answer, ApiError> {
    answer(&call)
}

/// List default categories
///
/// List the default categories, in the same order.
#[utoipa::path(get, path = "/categories/default",
    params(
        ("page" = Option<i64>, Query, description = "Pages the list, which otherwise comes whole"),
        ("records_per_page" = Option<i64>, Query, description = "10 to 1000; pages the list"),
    ),
    responses((status = 200, description = "The default categories", body = CategoriesAnswer)))]
async fn list_default(_session: NexusSession, call: Call) -> Result<Answer, ApiError> {
    answer(&call)
}

/// Read a category
///
/// Read one category.
#[utoipa::path(get, path = "/categories/{category_guid}",
    params(("category_guid" = String, Path, description = "Guid of the category")),
    responses((status = 200, description = "The category", body = CategoryAnswer)))]
async fn read(_session: NexusSession, Params(guid): Params<String>, _call: Call) -> Result<Answer, ApiError> {
    let guid = path_guid::<guid::Category>(&guid, "category")?;
    let category = category::by_guid(guid).ok_or_else(|| ApiError::not_found("category"))?;
    let mut out = br#"{"category":"#.to_vec();
    category.render(&mut out);
    out.push(b'}');
    Ok(Answer::ok(out))
}

fn answer(call: &Call) -> Result<Answer, ApiError> {
    whole_or_page("categories", &DEFAULTS, LENGTH_USUAL, call, |out, listed| {
        listed.render(out);
        Ok(())
    })
}
