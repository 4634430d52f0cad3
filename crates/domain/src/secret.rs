//! Text that must never be seen: credentials, answers, account numbers, tokens, keys.
use zeroize::Zeroizing;

/// A secret text. It prints as `[secret]`, is wiped when dropped, and can be read only by
/// [`SecretText::expose`], so that every place that does can be found.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes a text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself; not for logs, errors, URLs or plain columns.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}
