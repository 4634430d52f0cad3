//! Account and routing numbers: check digits, and how Canada writes them (`spec: nexus-core, 7 and 8`).
use crate::secret::SecretText;

/// Digits of a routing number.
pub const ROUTING_DIGITS: usize = 9;
/// Digits that an account number has at least.
pub const ACCOUNT_DIGITS_MIN: usize = 4;
/// Digits that an account number has at most.
pub const ACCOUNT_DIGITS_MAX: usize = 17;
/// Weights of the digits of a routing number, over and over.
const WEIGHTS: [u32; 3] = [3, 7, 1];

/// The whole numbers of an account, as `account_numbers` shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountNumbers {
    /// Number of the account.
    pub account_number: SecretText,
    /// Number of its bank; in Canada the transit number.
    pub routing_number: String,
    /// Canada: the institution, three digits.
    pub institution_number: Option<String>,
    /// Canada: the branch, five digits.
    pub transit_number: Option<String>,
    /// Whether the numbers have the right lengths and check digits; `None` where no rule is known.
    pub passed_validation: Option<bool>,
}

impl AccountNumbers {
    /// The numbers that a feed tells of an account at an institution of these countries (alpha-2). An institution
    /// of the United States and Canada tells both kinds: with a right check digit it is one of the former.
    pub fn of_feed(account_number: &SecretText, routing_number: &str, countries: &[&str]) -> Self {
        let (account, routing) = (account_number.expose().trim(), routing_number.trim());
        let is_american = countries.contains(&"US");
        let canadian = canadian(routing)
            .filter(|_| countries.contains(&"CA") && !(is_american && has_check_digit(routing)));
        let is_account = is_account_number(account);
        let (institution, transit) = canadian.unzip();
        Self {
            account_number: SecretText::new(account),
            routing_number: transit.unwrap_or(routing).to_owned(),
            institution_number: institution.map(str::to_owned),
            transit_number: transit.map(str::to_owned),
            passed_validation: match canadian {
                Some(_) => Some(is_account),
                None if is_american => Some(is_account && has_check_digit(routing)),
                // A Canadian bank that does not write numbers as Canada does.
                None => countries.contains(&"CA").then_some(false),
            },
        }
    }
}

/// Whether the text is nine digits.
pub fn is_routing_number(text: &str) -> bool {
    text.len() == ROUTING_DIGITS && all_digits(text)
}

/// Whether the text is four to seventeen digits.
pub fn is_account_number(text: &str) -> bool {
    (ACCOUNT_DIGITS_MIN..=ACCOUNT_DIGITS_MAX).contains(&text.len()) && all_digits(text)
}

/// Whether the text is nine digits whose weighted sum (3, 7, 1) is a multiple of ten.
pub fn has_check_digit(routing: &str) -> bool {
    let sum: u32 = routing
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .zip(WEIGHTS.into_iter().cycle())
        .fold(0, |sum, (digit, weight)| sum.saturating_add(digit.saturating_mul(weight)));
    is_routing_number(routing) && sum.is_multiple_of(10) && sum > 0
}

/// Institution (three digits) and transit number (five) of a Canadian routing number: `0`, institution, transit.
pub fn canadian(routing: &str) -> Option<(&str, &str)> {
    let rest = routing.strip_prefix('0').filter(|_| is_routing_number(routing))?;
    rest.split_at_checked(3)
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
