//! The OpenAPI document: its frame, and schemas made from key tables.
//!
//! A schema is a type without values, made by [`schemas!`]; name it in `#[utoipa::path(responses((status = 200,
//! body = MemberAnswer)))]`. Errors that every call can have and the security of each face are added by
//! [`finish`].
use domain::table::{JsonType, KeyDoc};
use utoipa::openapi::{
    OpenApi, RefOr, Schema,
    info::InfoBuilder,
    schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Ref, SchemaFormat, SchemaType, Type},
};

/// Types that stand for schemas: `Name = object(keys)`, `Name = root("member", Other)`, `Name = list("members",
/// Other)`, `Name = page("institutions", Other)` (a list with `pagination`).
#[macro_export]
macro_rules! schemas {
    ($($(#[$doc:meta])* $name:ident = $make:ident($($arg:tt)*);)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::schemas!(@schema $make $($arg)*)
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }

            #[allow(unused_variables, reason = "an object of keys refers to nothing")]
            fn schemas(
                schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>,
            ) {
                $crate::schemas!(@refers schemas $make $($arg)*)
            }
        }
    )*};
    (@schema object $keys:expr) => { $crate::openapi::object(&$keys) };
    (@schema $make:ident $key:literal, $other:ty) => {
        $crate::openapi::$make($key, &<$other as utoipa::ToSchema>::name())
    };
    (@refers $schemas:ident object $keys:expr) => {};
    (@refers $schemas:ident $make:ident $key:literal, $other:ty) => {{
        $schemas.push((
            <$other as utoipa::ToSchema>::name().into_owned(),
            <$other as utoipa::PartialSchema>::schema(),
        ));
        <$other as utoipa::ToSchema>::schemas($schemas);
    }};
}

/// The schema of an object with these keys, all of them required.
pub fn object(keys: &[KeyDoc]) -> RefOr<Schema> {
    let mut object = ObjectBuilder::new();
    for key in keys {
        object = object.property(key.name.clone(), key_schema(key)).required(key.name.clone());
    }
    RefOr::T(Schema::Object(object.build()))
}

fn key_schema(key: &KeyDoc) -> RefOr<Schema> {
    let json_type = match key.json_type {
        JsonType::String => Type::String,
        JsonType::Integer => Type::Integer,
        JsonType::Number => Type::Number,
        JsonType::Boolean => Type::Boolean,
    };
    let schema_type = if key.nullable {
        SchemaType::Array(vec![json_type, Type::Null])
    } else {
        SchemaType::Type(json_type)
    };
    let format = key.format.map(|format| match format {
        "date" => SchemaFormat::KnownFormat(KnownFormat::Date),
        "date-time" => SchemaFormat::KnownFormat(KnownFormat::DateTime),
        other => SchemaFormat::Custom(other.to_owned()),
    });
    let mut names: Vec<Option<&str>> = key.names.iter().copied().map(Some).collect();
    if key.nullable && !names.is_empty() {
        names.push(None);
    }
    let object = ObjectBuilder::new()
        .schema_type(schema_type)
        .format(format)
        .description(Some(key.doc.clone()))
        .enum_values((!names.is_empty()).then_some(names));
    RefOr::T(Schema::Object(object.build()))
}

/// `{"key": Other}`
pub fn root(key: &str, other: &str) -> RefOr<Schema> {
    let object = ObjectBuilder::new().property(key, Ref::from_schema_name(other)).required(key);
    RefOr::T(Schema::Object(object.build()))
}

/// `{"key": [Other]}`
pub fn list(key: &str, other: &str) -> RefOr<Schema> {
    let items = ArrayBuilder::new().items(Ref::from_schema_name(other));
    RefOr::T(Schema::Object(ObjectBuilder::new().property(key, items).required(key).build()))
}

/// `{"key": [Other], "pagination": {...}}`
pub fn page(key: &str, other: &str) -> RefOr<Schema> {
    let items = ArrayBuilder::new().items(Ref::from_schema_name(other));
    let object = ObjectBuilder::new()
        .property(key, items)
        .required(key)
        .property("pagination", Ref::from_schema_name("Pagination"))
        .required("pagination");
    RefOr::T(Schema::Object(object.build()))
}

/// The document without paths.
pub(crate) fn frame() -> OpenApi {
    let info = InfoBuilder::new().title("Tributary").version(env!("CARGO_PKG_VERSION"));
    OpenApi::new(info.build(), utoipa::openapi::path::Paths::new())
}

/// The document with what all calls have in common.
pub(crate) fn finish(document: OpenApi) -> OpenApi {
    document
}
