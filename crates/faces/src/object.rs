//! JSON objects written key by key into an answer, in the order of the calls.
use domain::{
    guid::{Guid, Kind},
    json::{push_bool, push_date, push_int, push_null, push_opt_str, push_plus, push_str, push_z},
    time::{Date, Timestamp},
};

/// An object under way. Keys go out as they are: they need no escaping.
#[derive(Debug)]
pub struct Object<'a> {
    out: &'a mut Vec<u8>,
    before: &'static [u8],
}

impl<'a> Object<'a> {
    /// Begins an object.
    pub fn open(out: &'a mut Vec<u8>) -> Self {
        Self { out, before: b"{\"" }
    }

    /// Ends it; one without keys is `{}`.
    pub fn close(self) {
        self.out.extend_from_slice(if self.before == b"{\"" { b"{}" } else { b"}" });
    }

    /// Begins a value; what it is, the caller appends.
    pub fn key(&mut self, key: &str) -> &mut Vec<u8> {
        self.out.extend_from_slice(self.before);
        self.before = b",\"";
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// A string.
    pub fn text(&mut self, key: &str, value: &str) {
        push_str(self.key(key), value);
    }

    /// A string or null.
    pub fn opt_text(&mut self, key: &str, value: Option<&str>) {
        push_opt_str(self.key(key), value);
    }

    /// A whole number.
    pub fn int(&mut self, key: &str, value: i64) {
        push_int(self.key(key), value);
    }

    /// A whole number or null.
    pub fn opt_int(&mut self, key: &str, value: Option<i64>) {
        match value {
            Some(value) => push_int(self.key(key), value),
            None => push_null(self.key(key)),
        }
    }

    /// True or false.
    pub fn flag(&mut self, key: &str, value: bool) {
        push_bool(self.key(key), value);
    }

    /// Null.
    pub fn null(&mut self, key: &str) {
        push_null(self.key(key));
    }

    /// A guid.
    pub fn guid<K: Kind>(&mut self, key: &str, guid: Guid<K>) {
        let out = self.key(key);
        out.push(b'"');
        guid.write_to(out);
        out.push(b'"');
    }

    /// A guid or null.
    pub fn opt_guid<K: Kind>(&mut self, key: &str, guid: Option<Guid<K>>) {
        match guid {
            Some(guid) => self.guid(key, guid),
            None => self.null(key),
        }
    }

    /// A moment spelled `2016-09-21T22:08:59.000Z`, or null.
    pub fn z(&mut self, key: &str, time: Option<Timestamp>) {
        push_z(self.key(key), time);
    }

    /// A moment spelled `2022-07-08T16:28:13+00:00`, or null.
    pub fn plus(&mut self, key: &str, time: Option<Timestamp>) {
        push_plus(self.key(key), time);
    }

    /// A day, or null.
    pub fn date(&mut self, key: &str, date: Option<Date>) {
        push_date(self.key(key), date);
    }
}

/// Appends the items of an array, each as `write` does it.
pub fn array<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

/// `{"key":` value `}`, the value as `write` does it.
pub fn rooted(key: &str, bytes: usize, write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes);
    let mut object = Object::open(&mut out);
    write(object.key(key));
    object.close();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_separated_and_objects_closed() {
        let out = rooted("thing", 64, |out| {
            let mut object = Object::open(out);
            object.text("name", "a \"b\"");
            object.opt_int("count", None);
            array(object.key("list"), [1, 2], push_int);
            object.close();
        });
        assert_eq!(out, br#"{"thing":{"name":"a \"b\"","count":null,"list":[1,2]}}"#);
        let mut out = Vec::new();
        Object::open(&mut out).close();
        assert_eq!(out, b"{}");
    }
}
