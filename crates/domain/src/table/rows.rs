//! The macro that declares a field table.

/// Declares the fields of a resource: the enumeration of its rows and its table, from one list.
macro_rules! rows {
    ($($(#[$section:meta])* $variant:ident = $code:literal, $row:expr;)+) => {
        /// A field. Its number is its tag in the stored blob, where it is stored there, and never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Field {
            $(#[doc = stringify!($variant)] $variant = $code,)+
        }

        /// The field table, in the order of [`Field::ALL`].
        pub const FIELDS: &[$crate::table::FieldDoc] = &[$($row,)+];

        /// How many fields there are.
        pub const FIELD_COUNT: usize = FIELDS.len();

        const ROWS: [u8; 256] = {
            let mut rows = [0; 256];
            let mut row = 0u8;
            while (row as usize) < Field::ALL.len() {
                rows[Field::ALL[row as usize] as usize] = row;
                row += 1;
            }
            rows
        };

        impl Field {
            /// Every field, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The tag in the stored blob.
            pub const fn tag(self) -> u8 {
                self as u8
            }

            /// Its row in the table.
            pub const fn row(self) -> usize {
                ROWS[self as usize] as usize
            }

            /// What the contract says of it.
            pub const fn doc(self) -> &'static $crate::table::FieldDoc {
                &FIELDS[self.row()]
            }

            /// The key on the wire.
            pub const fn name(self) -> &'static str {
                self.doc().name
            }

            /// What it holds.
            pub const fn kind(self) -> $crate::value::FieldKind {
                self.doc().kind
            }

            /// The field a body sets by this key, or by this alias of it.
            pub fn from_body_key(key: &str) -> Option<Self> {
                let mut settable = Self::ALL.iter().copied().filter(|f| f.doc().settable != $crate::table::Settable::Never);
                settable.find(|f| f.name() == key || f.doc().aliases.contains(&key))
            }
        }
    };
}
pub(crate) use rows;
