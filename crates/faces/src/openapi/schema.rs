//! Schemas from tables: those of the domain's field tables, and short ones written beside a renderer.
use domain::table::{JsonType, KeyDoc};
use utoipa::openapi::{
    RefOr, Schema,
    schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Ref, SchemaFormat, SchemaType, Type},
};

/// Types that stand for schemas:
///
/// ```
/// # use faces::openapi::{Entry, text, integer};
/// const THING: &[Entry] = &[text("guid", "`THG-`."), integer("count", "How many.").or_null()];
///
/// faces::schemas! {
///     /// A thing.
///     Thing = entries(THING);
///     /// The answer of a read.
///     ThingAnswer = root("thing", Thing);
///     /// The answer of a whole list.
///     ThingsAnswer = list("things", Thing);
///     /// The answer of a paged list.
///     ThingsPage = page("things", Thing);
/// }
/// ```
///
/// `Name = object(domain::account::keys())` takes the keys of a field table; `entries(TABLE; Other)` names the
/// schemas that a table refers to. Use them as `body = ThingAnswer` in `#[utoipa::path]`.
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

            fn schemas(
                schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>,
            ) {
                let _ = &schemas;
                $crate::schemas!(@refers schemas $make $($arg)*);
            }
        }
    )*};
    (@schema object $keys:expr) => { $crate::openapi::object(&$keys) };
    (@schema entries $entries:expr $(; $($other:ty),+)?) => { $crate::openapi::entries($entries) };
    (@schema $make:ident $key:literal, $other:ty) => {
        $crate::openapi::$make($key, &<$other as utoipa::ToSchema>::name())
    };
    (@refers $schemas:ident object $keys:expr) => {};
    (@refers $schemas:ident entries $entries:expr $(; $($other:ty),+)?) => {
        $($($crate::openapi::refer::<$other>($schemas);)+)?
    };
    (@refers $schemas:ident $make:ident $key:literal, $other:ty) => {
        $crate::openapi::refer::<$other>($schemas)
    };
}

/// Adds a schema and those it refers to.
pub fn refer<T: utoipa::ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

/// A key of an object that is described by hand.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The key.
    pub name: &'static str,
    shape: Shape,
    nullable: bool,
    optional: bool,
    doc: &'static str,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    Date,
    Time,
    Integer,
    Number,
    Boolean,
    Texts,
    One(&'static str),
    Many(&'static str),
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident $shape:ident;)*) => {$(
        $(#[$doc])*
        pub const fn $name(name: &'static str, doc: &'static str) -> Entry {
            Entry { name, shape: Shape::$shape, nullable: false, optional: false, doc }
        }
    )*};
}

shapes! {
    /// A string.
    text Text;
    /// A day.
    date Date;
    /// A moment, ISO 8601.
    time Time;
    /// A whole number.
    integer Integer;
    /// A number.
    number Number;
    /// True or false.
    boolean Boolean;
    /// An array of strings.
    texts Texts;
}

/// An object that has a schema of its own.
pub const fn one(name: &'static str, schema: &'static str, doc: &'static str) -> Entry {
    Entry { name, shape: Shape::One(schema), nullable: false, optional: false, doc }
}

/// An array of objects that have a schema of their own.
pub const fn many(name: &'static str, schema: &'static str, doc: &'static str) -> Entry {
    Entry { name, shape: Shape::Many(schema), nullable: false, optional: false, doc }
}

impl Entry {
    /// It may hold null.
    #[must_use]
    pub const fn or_null(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// It may be absent.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    fn schema(&self) -> RefOr<Schema> {
        let (json_type, format) = match self.shape {
            Shape::One(schema) => return RefOr::Ref(Ref::from_schema_name(schema)),
            Shape::Many(schema) => {
                let items = ArrayBuilder::new().items(Ref::from_schema_name(schema));
                return RefOr::T(Schema::Array(items.description(Some(self.doc)).build()));
            }
            Shape::Texts => {
                let items = ArrayBuilder::new().items(ObjectBuilder::new().schema_type(Type::String));
                return RefOr::T(Schema::Array(items.description(Some(self.doc)).build()));
            }
            Shape::Text => (Type::String, None),
            Shape::Date => (Type::String, Some("date")),
            Shape::Time => (Type::String, Some("date-time")),
            Shape::Integer => (Type::Integer, None),
            Shape::Number => (Type::Number, None),
            Shape::Boolean => (Type::Boolean, None),
        };
        scalar(json_type, format, self.nullable, &[], self.doc)
    }
}

/// The schema of an object that is described by hand.
pub fn entries(entries: &[Entry]) -> RefOr<Schema> {
    let mut object = ObjectBuilder::new();
    for entry in entries {
        object = object.property(entry.name, entry.schema());
        if !entry.optional {
            object = object.required(entry.name);
        }
    }
    RefOr::T(Schema::Object(object.build()))
}

/// The schema of an object with the keys of a field table, all of them required.
pub fn object(keys: &[KeyDoc]) -> RefOr<Schema> {
    let mut object = ObjectBuilder::new();
    for key in keys {
        let json_type = match key.json_type {
            JsonType::String => Type::String,
            JsonType::Integer => Type::Integer,
            JsonType::Number => Type::Number,
            JsonType::Boolean => Type::Boolean,
        };
        let schema = scalar(json_type, key.format, key.nullable, &key.names, &key.doc);
        object = object.property(key.name.clone(), schema).required(key.name.clone());
    }
    RefOr::T(Schema::Object(object.build()))
}

fn scalar(json_type: Type, format: Option<&str>, nullable: bool, names: &[&str], doc: &str) -> RefOr<Schema> {
    let schema_type =
        if nullable { SchemaType::Array(vec![json_type, Type::Null]) } else { SchemaType::Type(json_type) };
    let format = format.map(|format| match format {
        "date" => SchemaFormat::KnownFormat(KnownFormat::Date),
        "date-time" => SchemaFormat::KnownFormat(KnownFormat::DateTime),
        other => SchemaFormat::Custom(other.to_owned()),
    });
    let mut names: Vec<Option<&str>> = names.iter().copied().map(Some).collect();
    if nullable && !names.is_empty() {
        names.push(None);
    }
    let object = ObjectBuilder::new()
        .schema_type(schema_type)
        .format(format)
        .description(Some(doc))
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
    RefOr::T(Schema::Object(listed(key, other).build()))
}

/// `{"key": [Other], "pagination": {...}}`
pub fn page(key: &str, other: &str) -> RefOr<Schema> {
    let object = listed(key, other).property("pagination", Ref::from_schema_name("Pagination"));
    RefOr::T(Schema::Object(object.required("pagination").build()))
}

/// `{"key": Other, "pagination": {...}}`: a single read that carries it all the same.
pub fn single(key: &str, other: &str) -> RefOr<Schema> {
    let object = ObjectBuilder::new().property(key, Ref::from_schema_name(other)).required(key);
    let object = object.property("pagination", Ref::from_schema_name("Pagination")).required("pagination");
    RefOr::T(Schema::Object(object.build()))
}

fn listed(key: &str, other: &str) -> ObjectBuilder {
    let items = ArrayBuilder::new().items(Ref::from_schema_name(other));
    ObjectBuilder::new().property(key, items).required(key)
}
