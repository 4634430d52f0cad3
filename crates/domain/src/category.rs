//! Categories: the default taxonomy, compiled in, and the user's own ones below it (`spec: nexus-pfm, 4`).
mod table;
#[cfg(test)]
mod tests;

use crate::{
    guid::CategoryGuid,
    json,
    table::{JsonType, KeyDoc},
    text::normalized,
    time::Timestamp,
};
use std::{collections::HashMap, sync::LazyLock};

/// A category of the default taxonomy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Category {
    /// Its number, from 1, in the order of the taxonomy. Stored; never changes.
    pub no: i64,
    /// Its guid.
    pub guid: CategoryGuid,
    /// Its name.
    pub name: &'static str,
    /// Number of its parent; none at the top.
    pub parent_no: Option<i64>,
    /// Whether it is Income or below it.
    pub is_income: bool,
}

/// A category of a user, below a default top-level one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custom {
    /// Its number, from [`FIRST_CUSTOM`].
    pub no: i64,
    /// Its guid.
    pub guid: CategoryGuid,
    /// Its name.
    pub name: String,
    /// Number of its parent.
    pub parent_no: i64,
    /// Any text of the client.
    pub metadata: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Numbers of users' own categories begin here.
pub const FIRST_CUSTOM: i64 = 1000;
/// Uncategorized, the parent: what nothing else is known of.
pub const UNCATEGORIZED: i64 = 116;

/// The default taxonomy, in its own order, by number.
pub fn defaults() -> &'static [Category] {
    &table::DEFAULTS
}

/// The default category with this number.
pub fn by_no(no: i64) -> Option<&'static Category> {
    table::DEFAULTS.get(usize::try_from(no.checked_sub(1)?).ok()?)
}

/// The default category with this guid.
pub fn by_guid(guid: CategoryGuid) -> Option<&'static Category> {
    static BY_GUID: LazyLock<HashMap<CategoryGuid, &'static Category>> =
        LazyLock::new(|| table::DEFAULTS.iter().map(|category| (category.guid, category)).collect());
    BY_GUID.get(&guid).copied()
}

/// The default category with this name, spelt as in the taxonomy.
pub fn by_name(name: &str) -> Option<&'static Category> {
    by_feed_name(name).filter(|category| category.name == name)
}

/// The number of the category a feed names, by guid (default or own), default name, or name in upper snake case,
/// `&` left out or spelt `AND` (`spec: nexus-pfm, CL-2`). `None`: not valid, to be ignored.
pub fn by_feed_text(text: &str, own: &dyn Fn(CategoryGuid) -> Option<i64>) -> Option<i64> {
    let text = text.trim();
    if let Ok(guid) = text.parse::<CategoryGuid>() {
        return by_guid(guid).map(|category| category.no).or_else(|| own(guid));
    }
    by_feed_name(text).map(|category| category.no)
}

fn by_feed_name(text: &str) -> Option<&'static Category> {
    static BY_TEXT: LazyLock<HashMap<String, &'static Category>> = LazyLock::new(|| {
        let mut map = HashMap::new();
        for category in &table::DEFAULTS {
            map.insert(category.name.to_owned(), category);
            map.insert(upper_snake(category.name), category);
            map.insert(upper_snake(&category.name.replace('&', "and")), category);
        }
        map
    });
    BY_TEXT.get(text).copied()
}

/// Upper case, each run of characters other than letters and digits one `_`: `FEES_CHARGES`.
fn upper_snake(name: &str) -> String {
    let words: Vec<_> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_").to_uppercase()
}

/// What a transaction shows of its category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CategoryNames<'a> {
    /// Guid of the category.
    pub guid: CategoryGuid,
    /// Its name.
    pub name: &'a str,
    /// Guid of its parent, or its own at the top.
    pub top_level_guid: CategoryGuid,
    /// Name of that.
    pub top_level_name: &'a str,
}

impl Category {
    /// The top-level category it belongs to: its parent, or itself.
    pub fn top_level(&self) -> &Self {
        self.parent_no.and_then(by_no).unwrap_or(self)
    }

    /// What a transaction shows of it.
    pub fn names(&self) -> CategoryNames<'_> {
        let top = self.top_level();
        CategoryNames { guid: self.guid, name: self.name, top_level_guid: top.guid, top_level_name: top.name }
    }

    /// Appends the 8 keys.
    pub fn render(&self, out: &mut Vec<u8>) {
        let parent = self.parent_no.and_then(by_no);
        let facts =
            Facts { guid: self.guid, name: self.name, parent, is_income: self.is_income, custom: None };
        facts.render(out);
    }
}

impl Custom {
    /// The default category it lies below.
    pub fn top_level(&self) -> Option<&'static Category> {
        by_no(self.parent_no)
    }

    /// What a transaction shows of it.
    pub fn names(&self) -> CategoryNames<'_> {
        let (top_level_guid, top_level_name) =
            self.top_level().map_or((self.guid, self.name.as_str()), |top| (top.guid, top.name));
        CategoryNames { guid: self.guid, name: &self.name, top_level_guid, top_level_name }
    }

    /// Appends the 8 keys.
    pub fn render(&self, out: &mut Vec<u8>) {
        let parent = self.top_level();
        Facts { guid: self.guid, name: &self.name, parent, is_income: false, custom: Some(self) }.render(out);
    }
}

struct Facts<'a> {
    guid: CategoryGuid,
    name: &'a str,
    parent: Option<&'static Category>,
    is_income: bool,
    custom: Option<&'a Custom>,
}

impl Facts<'_> {
    fn render(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"created_at\":");
        json::push_z(out, self.custom.map(|custom| custom.created_at));
        out.extend_from_slice(b",\"guid\":");
        json::push_guid(out, *b"CAT", self.guid.as_bytes());
        out.extend_from_slice(b",\"is_default\":");
        json::push_bool(out, self.custom.is_none());
        out.extend_from_slice(b",\"is_income\":");
        json::push_bool(out, self.is_income);
        out.extend_from_slice(b",\"metadata\":");
        json::push_opt_str(out, self.custom.and_then(|custom| custom.metadata.as_deref()));
        out.extend_from_slice(b",\"name\":");
        json::push_str(out, self.name);
        out.extend_from_slice(b",\"parent_guid\":");
        match self.parent {
            Some(parent) => json::push_guid(out, *b"CAT", parent.guid.as_bytes()),
            None => json::push_null(out),
        }
        out.extend_from_slice(b",\"updated_at\":");
        json::push_z(out, self.custom.map(|custom| custom.updated_at));
        out.push(b'}');
    }
}

/// A category of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed<'a> {
    /// Of the taxonomy.
    Default(&'static Category),
    /// The user's own.
    Custom(&'a Custom),
}

impl<'a> Listed<'a> {
    /// Number, guid and name.
    pub fn identity(self) -> (i64, CategoryGuid, &'a str) {
        match self {
            Self::Default(category) => (category.no, category.guid, category.name),
            Self::Custom(custom) => (custom.no, custom.guid, &custom.name),
        }
    }

    /// Appends the 8 keys.
    pub fn render(self, out: &mut Vec<u8>) {
        match self {
            Self::Default(category) => category.render(out),
            Self::Custom(custom) => custom.render(out),
        }
    }

    fn top_level(self) -> Option<&'static Category> {
        match self {
            Self::Default(category) => category.parent_no.map_or(Some(category), by_no),
            Self::Custom(custom) => custom.top_level(),
        }
    }
}

/// Defaults and the given own ones as they are listed: parents by name, each followed by its children by name,
/// whatever the case; ties by guid.
pub fn listed(own: &[Custom]) -> Vec<Listed<'_>> {
    let defaults = table::DEFAULTS.iter().map(Listed::Default);
    let mut all: Vec<_> = defaults.chain(own.iter().map(Listed::Custom)).collect();
    all.sort_by_cached_key(|listed| {
        let (no, guid, name) = listed.identity();
        let top = listed.top_level();
        (top.map(|top| top.name), top.is_none_or(|top| top.no != no), normalized(name), guid)
    });
    all
}

/// Every key of a category's answer, in order.
pub fn keys() -> Vec<KeyDoc> {
    let key = |name: &str, json_type, format, nullable, doc: &str| KeyDoc {
        name: name.to_owned(),
        json_type,
        format,
        nullable,
        names: Vec::new(),
        doc: doc.to_owned(),
    };
    let (string, boolean, time) = (JsonType::String, JsonType::Boolean, Some("date-time"));
    vec![
        key("created_at", string, time, true, "When it was made; null on defaults."),
        key("guid", string, None, false, "Guid of the category."),
        key("is_default", boolean, None, false, "Whether it is of the default taxonomy."),
        key("is_income", boolean, None, false, "Whether it is Income or below it; false on the user's own."),
        key("metadata", string, None, true, "Any text of the client; null on defaults."),
        key("name", string, None, false, "Name."),
        key("parent_guid", string, None, true, "Guid of its parent; null at the top."),
        key("updated_at", string, time, true, "When it last changed; null on defaults."),
    ]
}
