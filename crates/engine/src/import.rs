//! Import of statement files: found, shown, then stored.
