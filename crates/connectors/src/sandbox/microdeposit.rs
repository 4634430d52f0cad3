//! Microdeposits of the sandbox: what becomes of one follows from the end of the account number and the time since
//! it was asked for. Source: `spec: sandbox, 3`.
use crate::microdeposit::{MicrodepositProvider, Order, Standing, Trouble};
use domain::decimal::Money;
use std::{future::Future, pin::Pin};

/// Until something is heard of a deposit.
const HEARD_AFTER_SECONDS: i64 = 60;
/// Until the amounts are in the account.
const DEPOSITED_AFTER_SECONDS: i64 = 86_400;
/// What is paid, twice.
const AMOUNT: Money = Money::from_units(9);

/// The provider of the sandbox; it pays nobody and keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct SandboxDeposits;

impl MicrodepositProvider for SandboxDeposits {
    fn ask<'a>(&'a self, order: &'a Order) -> Pin<Box<dyn Future<Output = Standing> + Send + 'a>> {
        Box::pin(async move { standing(order) })
    }
}

fn standing(order: &Order) -> Standing {
    let is_past = |seconds| order.now >= order.initiated_at.plus_seconds(seconds);
    let trouble = |code: &str, message: &str| Trouble { code: code.to_owned(), message: message.to_owned() };
    if !is_past(HEARD_AFTER_SECONDS) {
        return Standing::Unknown { reason: None };
    }
    let number = order.account_number.expose();
    if number.ends_with("0000") {
        return Standing::Errored(trouble("PROVIDER_ERROR", "The provider could not make the deposits."));
    }
    if number.ends_with("0001") {
        return Standing::Rejected(trouble(
            "PROVIDER_REJECTED",
            "The provider refused to make the deposits.",
        ));
    }
    if number.ends_with("0002") || !is_past(DEPOSITED_AFTER_SECONDS) {
        return Standing::Requested;
    }
    Standing::Deposited { amounts: [AMOUNT, AMOUNT] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{enums::AccountType, guid::MicroDepositGuid, secret::SecretText, time::Timestamp};

    fn after(seconds: i64, account_number: &str) -> &'static str {
        let initiated_at = Timestamp::from_seconds(1_767_225_600);
        let order = Order {
            guid: MicroDepositGuid::from_bytes([1; 16]),
            account_number: SecretText::new(account_number),
            routing_number: "991234561".to_owned(),
            account_type: AccountType::Checking,
            first_name: "John".to_owned(),
            last_name: "Doe".to_owned(),
            initiated_at,
            now: initiated_at.plus_seconds(seconds),
        };
        match standing(&order) {
            Standing::Unknown { .. } => "",
            Standing::Requested => "REQUESTED",
            Standing::Deposited { amounts } if amounts == [AMOUNT; 2] => "DEPOSITED",
            Standing::Deposited { .. } => "other amounts",
            Standing::Errored(_) => "ERRORED",
            Standing::Rejected(_) => "REJECTED",
        }
    }

    #[test]
    fn the_end_of_the_number_and_the_time_decide() {
        for (number, minute, day) in [
            ("10000", "ERRORED", "ERRORED"),
            ("10001", "REJECTED", "REJECTED"),
            ("10002", "REQUESTED", "REQUESTED"),
            ("10003", "REQUESTED", "DEPOSITED"),
            ("7331", "REQUESTED", "DEPOSITED"),
        ] {
            assert_eq!(after(59, number), "", "{number}");
            assert_eq!(after(60, number), minute, "{number}");
            assert_eq!(after(86_399, number), minute, "{number}");
            assert_eq!(after(86_400, number), day, "{number}");
        }
    }
}
