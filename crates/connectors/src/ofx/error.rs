//! Why a file was refused, and where.
use super::{ACCOUNTS_MAX, DEPTH_MAX, FILE_BYTES_MAX, TRANSACTIONS_MAX, VALUE_BYTES_MAX, card};
use std::fmt;

/// Longest part of a damaged value that an error repeats.
const QUOTE_CHARS_MAX: usize = 40;

/// Why a file was refused: what, and where. Card numbers in it are masked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ReadError {
    /// Line, from 1; 0 where the file as a whole is meant.
    pub line: u32,
    /// Path of the element, as `OFX/BANKMSGSRSV1/STMTTRNRS/STMTRS/BANKTRANLIST/STMTTRN/TRNAMT`.
    pub element: String,
    /// What is wrong.
    pub kind: ErrorKind,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// There is no `<OFX>` in it.
    #[error("this is not an OFX file")]
    NotOfx,
    /// It ends before `</OFX>`.
    #[error("the file is cut off")]
    Truncated,
    /// The text is not an amount.
    #[error("\"{0}\" is not an amount")]
    NotAnAmount(String),
    /// The text is not a date, and no other date of the transaction can stand in.
    #[error("\"{0}\" is not a date")]
    NotADate(String),
    /// An element that must be there is missing or empty.
    #[error("it is missing or empty")]
    Missing,
    /// A transaction or balance outside of a statement.
    #[error("it is outside of a statement")]
    Misplaced,
    /// The institution did not let the user sign on.
    #[error("the bank refused the sign-on ({code}): {message}")]
    SignOnRefused {
        /// Status code of OFX.
        code: String,
        /// The bank's words.
        message: String,
    },
    /// The institution answered with an error in place of a statement.
    #[error("the bank sent an error instead of a statement ({code}): {message}")]
    StatementRefused {
        /// Status code of OFX.
        code: String,
        /// The bank's words.
        message: String,
    },
    /// Beyond [`FILE_BYTES_MAX`].
    #[error("the file is larger than {} MiB", FILE_BYTES_MAX / 1024 / 1024)]
    FileTooLarge,
    /// Beyond [`DEPTH_MAX`].
    #[error("more than {DEPTH_MAX} elements are nested")]
    TooDeep,
    /// Beyond [`VALUE_BYTES_MAX`].
    #[error("the value is longer than {} KiB", VALUE_BYTES_MAX / 1024)]
    ValueTooLong,
    /// Beyond [`ACCOUNTS_MAX`].
    #[error("more than {ACCOUNTS_MAX} statements")]
    TooManyAccounts,
    /// Beyond [`TRANSACTIONS_MAX`].
    #[error("more than {TRANSACTIONS_MAX} transactions")]
    TooManyTransactions,
}

impl ReadError {
    /// An error of the file as a whole.
    pub(super) fn of_file(kind: ErrorKind) -> Self {
        Self { line: 0, element: String::new(), kind }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}, ", self.line)?;
        }
        let start = self.element.rmatch_indices('/').nth(2).map_or(0, |(at, _)| at.saturating_add(1));
        match self.element.get(start..) {
            Some(tail) if !tail.is_empty() => write!(f, "{tail}: {}", self.kind),
            _ => self.kind.fmt(f),
        }
    }
}

/// A text of the file as an error may repeat it: masked and short.
pub(super) fn quote(text: &str) -> String {
    card::mask(text).chars().take(QUOTE_CHARS_MAX).collect()
}
