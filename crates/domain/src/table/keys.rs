//! The keys a field table comes to.
use super::{Faces, FieldDoc, Names};
use crate::{enums::SetBy, value::FieldKind};

/// JSON type of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonType {
    /// A string.
    String,
    /// A number without a point.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
}

/// A key of the rendered object, for the OpenAPI document.
#[derive(Debug, Clone)]
pub struct KeyDoc {
    /// The key.
    pub name: String,
    /// Its type.
    pub json_type: JsonType,
    /// Its format: `date`, `date-time`.
    pub format: Option<&'static str>,
    /// Whether it may be null.
    pub nullable: bool,
    /// The names it may hold, where they are few and fixed.
    pub names: Vec<&'static str>,
    /// What it is.
    pub doc: String,
}

/// Which face of a field a key shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Value,
    Name,
    SetBy,
    SetByName,
    Feed,
    FeedName,
}

impl FieldDoc {
    /// Every face with its key, in no order.
    pub(super) fn keys(&self) -> Vec<(String, Face)> {
        let name = self.name;
        let mut keys = Vec::with_capacity(6);
        match self.faces {
            Faces::SetByOnly | Faces::Hidden => {}
            Faces::NameOnly => keys.push((name.to_owned(), Face::Name)),
            _ => keys.push((name.to_owned(), Face::Value)),
        }
        if matches!(self.faces, Faces::Sourced | Faces::SourcedWithoutFeed | Faces::SetByOnly) {
            keys.push((format!("{name}_set_by"), Face::SetBy));
            keys.push((format!("{name}_set_by_name"), Face::SetByName));
        }
        let has_feed = matches!(self.faces, Faces::Sourced | Faces::WithFeed);
        if has_feed {
            keys.push((format!("feed_{name}"), Face::Feed));
        }
        if self.names != Names::None {
            keys.push((format!("{name}_name"), Face::Name));
        }
        if has_feed && self.names == Names::Both {
            keys.push((format!("feed_{name}_name"), Face::FeedName));
        }
        keys
    }

    /// The same as webhooks spell them: names in place of codes, the partner's id as `id`.
    pub(super) fn event_keys(&self) -> Vec<(String, Face)> {
        let is_code = self.enumeration.is_some();
        let spelled = |(key, face): (String, Face)| match face {
            Face::Name if self.faces == Faces::NameOnly => Some((key, face)),
            Face::Name | Face::FeedName | Face::SetByName => None,
            Face::Value if is_code => Some((key, Face::Name)),
            Face::Feed if is_code => Some((key, Face::FeedName)),
            Face::Value if key == "external_guid" => Some(("id".to_owned(), face)),
            _ => Some((key, face)),
        };
        self.keys().into_iter().filter_map(spelled).collect()
    }

    pub(super) fn key_doc(&self, name: String, face: Face) -> KeyDoc {
        let (json_type, format) = match (face, self.kind) {
            (Face::Name | Face::SetByName | Face::FeedName, _) => (JsonType::String, None),
            (Face::SetBy, _) | (_, FieldKind::Integer | FieldKind::Code) => (JsonType::Integer, None),
            (_, FieldKind::Money | FieldKind::Rate) => (JsonType::Number, None),
            (_, FieldKind::Bool) => (JsonType::Boolean, None),
            (_, FieldKind::Time) => (JsonType::String, Some("date-time")),
            (_, FieldKind::Date) => (JsonType::String, Some("date")),
            (_, FieldKind::Text | FieldKind::Guid(_)) => (JsonType::String, None),
        };
        let names = match face {
            Face::Name | Face::FeedName => self.enumeration.map_or_else(Vec::new, |e| (e.names)()),
            Face::SetByName => SetBy::ALL.iter().map(|by| by.name()).collect(),
            _ => Vec::new(),
        };
        let doc = match face {
            Face::Value => format!("{}.", self.doc),
            Face::Name if self.faces == Faces::NameOnly => format!("{}.", self.doc),
            Face::Name => format!("Name of `{}`.", self.name),
            Face::SetBy => format!("Who set `{}`: 1 FEED, 2 USER, 3 SYSTEM.", self.name),
            Face::SetByName => format!("Name of `{}_set_by`.", self.name),
            Face::Feed => format!("What the feed last said of `{}`.", self.name),
            Face::FeedName => format!("Name of `feed_{}`.", self.name),
        };
        // A manual object has no feed, and only its effective values are never null.
        let nullable = self.nullable || matches!(face, Face::Feed | Face::FeedName);
        KeyDoc { name, json_type, format, nullable, names, doc }
    }
}
