//! What the contract says of a field.
use crate::value::FieldKind;

/// Which keys a field `x` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Faces {
    /// `x`.
    Plain,
    /// `x`, `feed_x`.
    WithFeed,
    /// `x`, `x_set_by`, `x_set_by_name`, `feed_x`.
    Sourced,
    /// `x`, `x_set_by`, `x_set_by_name`.
    SourcedWithoutFeed,
    /// `x_set_by`, `x_set_by_name`.
    SetByOnly,
    /// `x`, which holds the NAME of the code.
    NameOnly,
    /// None: kept inside.
    Hidden,
}

/// Which names of a code are keys of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// None.
    None,
    /// `x_name`.
    Effective,
    /// `x_name`, `feed_x_name`.
    Both,
}

/// Who may set a field through Nexus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settable {
    /// Nobody.
    Never,
    /// On manual objects: M of the contract's tables.
    Manual,
    /// On all objects: A of the contract's tables.
    Any,
}

/// What a value must keep to, beyond its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Nothing.
    None,
    /// Digits in all and after the point, least and greatest value in whole units.
    Number {
        /// Digits in all.
        digits: u32,
        /// Digits after the point.
        places: u32,
        /// Least value.
        min: Option<i64>,
        /// Greatest value.
        max: Option<i64>,
    },
    /// Least and greatest whole number.
    Between(i64, i64),
    /// At most so many characters.
    Chars(usize),
    /// At most so many bytes, never trimmed.
    Bytes(usize),
    /// An ISO 4217 code.
    Currency,
    /// From 1970-01-01 to so many days from today.
    DaysAhead(i32),
}

/// The codes of an enumeration and their names.
#[derive(Debug, Clone, Copy)]
pub struct Enumeration {
    /// Name of a code.
    pub name_of: fn(i64) -> Option<&'static str>,
    /// Code of a name, in any case.
    pub code_of: fn(&str) -> Option<i64>,
    /// All names, by code.
    pub names: fn() -> Vec<&'static str>,
}

macro_rules! enumeration {
    ($name:ident) => {
        $crate::table::Enumeration {
            name_of: |code| $name::from_code(code).map($name::name),
            code_of: |name| $name::from_name(name).map(|value| i64::from(value.code())),
            names: || $name::ALL.iter().map(|value| value.name()).collect(),
        }
    };
}
pub(crate) use enumeration;

/// A field: its name on the wire and everything the contract says of it.
#[derive(Debug, Clone, Copy)]
pub struct FieldDoc {
    /// The key on the wire.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// Its keys.
    pub faces: Faces,
    /// Its keys with names of codes.
    pub names: Names,
    /// The codes, where it is one.
    pub enumeration: Option<Enumeration>,
    /// Whether the answer may hold null.
    pub nullable: bool,
    /// Who may set it.
    pub settable: Settable,
    /// Whether a create must set it.
    pub required: bool,
    /// Whether null in a body may leave it empty; where it may not, null only gives it back to the feed.
    pub clearable: bool,
    /// Other keys bodies may use for it.
    pub aliases: &'static [&'static str],
    /// What a value must keep to.
    pub rule: Rule,
    /// What it is, in one sentence without its full stop.
    pub doc: &'static str,
}

/// A field of one face that may be null and that nobody sets; the methods say what differs.
pub const fn field(name: &'static str, kind: FieldKind, doc: &'static str) -> FieldDoc {
    FieldDoc {
        name,
        kind,
        faces: Faces::Plain,
        names: Names::None,
        enumeration: None,
        nullable: true,
        settable: Settable::Never,
        required: false,
        clearable: false,
        aliases: &[],
        rule: Rule::None,
        doc,
    }
}

impl FieldDoc {
    /// With these keys.
    #[must_use]
    pub const fn faces(mut self, faces: Faces) -> Self {
        self.faces = faces;
        self
    }

    /// With all four keys of a sourced field.
    #[must_use]
    pub const fn sourced(self) -> Self {
        self.faces(Faces::Sourced)
    }

    /// A code of this enumeration, with these keys for names.
    #[must_use]
    pub const fn codes(mut self, enumeration: Enumeration, names: Names) -> Self {
        self.enumeration = Some(enumeration);
        self.names = names;
        self
    }

    /// Never null.
    #[must_use]
    pub const fn always(mut self) -> Self {
        self.nullable = false;
        self
    }

    /// Settable by these, under this rule.
    #[must_use]
    pub const fn set(mut self, settable: Settable, rule: Rule) -> Self {
        self.settable = settable;
        self.rule = rule;
        self
    }

    /// Null in a body may leave it empty.
    #[must_use]
    pub const fn clearable(mut self) -> Self {
        self.clearable = true;
        self
    }

    /// Must be given on create.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Known by other keys, too.
    #[must_use]
    pub const fn alias(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }
}
