//! What becomes of a microdeposit when its account is known, and when the provider is asked about it.
use super::{Deposit, DepositAccount, Details, NewDeposit};
use crate::{Engine, Result, client::ClientSettings};
use domain::{
    decimal::Money,
    enums::MicroDepositStatus as Status,
    env::Clock,
    guid::MicroDepositGuid,
    numbers::has_check_digit,
    time::{MICROS_PER_SECOND, Timestamp},
};
use store::{Tx, micro_deposits::MicroDepositRow, scope::UserScope};

/// Microseconds of an hour.
const HOUR: i64 = 3600 * MICROS_PER_SECOND;
/// The minute of every hour at which the provider is asked (`spec: nexus-core, 8`), in microseconds.
const MINUTE_15: i64 = 15 * 60 * MICROS_PER_SECOND;

/// Two amounts whose order does not matter.
#[derive(PartialEq, Eq)]
pub(super) struct Amounts([i64; 2]);

impl Amounts {
    pub(super) fn new(mut cents: [i64; 2]) -> Self {
        cents.sort_unstable();
        Self(cents)
    }

    pub(super) fn of(amounts: [Money; 2]) -> Self {
        Self::new(amounts.map(Money::units))
    }
}

/// The next minute 15 of an hour.
pub(super) fn ask_at(now: Timestamp) -> Timestamp {
    let past = now.as_micros().rem_euclid(HOUR);
    let wait = if past < MINUTE_15 { MINUTE_15 - past } else { HOUR + MINUTE_15 - past };
    now.plus_micros(wait)
}

/// Why no deposit is made.
struct Verdict {
    status: Status,
    code: Option<&'static str>,
    message: Option<&'static str>,
}

impl Verdict {
    const fn rejected(code: &'static str, message: &'static str) -> Self {
        Self { status: Status::Rejected, code: Some(code), message: Some(message) }
    }
}

impl Engine {
    /// A microdeposit without an account: PREINITIATED.
    pub(super) fn blank_deposit(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        new: &NewDeposit,
    ) -> Result<Deposit> {
        let now = self.clock().now();
        let row = MicroDepositRow {
            no: tx.next_micro_deposit_no(scope)?,
            guid: MicroDepositGuid::new(now, self.entropy()),
            status: Status::Preinitiated,
            account_type: None,
            institution: None,
            number_hash: None,
            error_code: None,
            error_message: None,
            tries: 0,
            sealed: Vec::new(),
            initiated_at: None,
            due_at: None,
            created_at: now,
            updated_at: now,
            verified_at: None,
        };
        let details = Details {
            first_name: new.first_name.clone(),
            last_name: new.last_name.clone(),
            email: new.email.clone(),
            account_name: new.account_name.clone(),
            account_number: None,
            routing_number: None,
            amounts: None,
        };
        Ok(Deposit { row, details, institution: None })
    }

    /// Takes the account in: INITIATED, REJECTED or CONFLICTED.
    pub(super) fn initiate(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        client: &ClientSettings,
        deposit: &mut Deposit,
        account: &DepositAccount,
    ) -> Result<()> {
        let (number, routing) = (account.account_number.expose(), &account.routing_number);
        let user = scope.number().to_be_bytes();
        let parts: [&[u8]; 3] = [&user, routing.as_bytes(), number.as_bytes()];
        let hash = self.inner.keyed.keyed_hash("micro_deposits", &parts).to_vec();
        deposit.institution = self.catalogue().by_routing_number(routing).cloned();
        deposit.details.account_number = Some(number.to_owned());
        deposit.details.routing_number = Some(routing.clone());
        let verdict = self.verdict(tx, scope, client, deposit, routing, &hash)?;
        let row = &mut deposit.row;
        row.account_type = Some(i64::from(account.account_type.code()));
        row.institution = deposit.institution.as_ref().map(|institution| institution.guid);
        row.number_hash = Some(hash);
        row.initiated_at = Some(self.clock().now());
        row.status = verdict.as_ref().map_or(Status::Initiated, |verdict| verdict.status);
        row.error_code = verdict.as_ref().and_then(|verdict| verdict.code).map(str::to_owned);
        row.error_message = verdict.and_then(|verdict| verdict.message).map(str::to_owned);
        Ok(())
    }

    fn verdict(
        &self,
        tx: &mut Tx<'_>,
        scope: UserScope,
        client: &ClientSettings,
        deposit: &Deposit,
        routing: &str,
        hash: &[u8],
    ) -> Result<Option<Verdict>> {
        if !has_check_digit(routing) {
            return Ok(Some(Verdict::rejected("INVALID", "The routing number is not valid.")));
        }
        if tx.is_routing_number_blocked(routing)? {
            return Ok(Some(Verdict::rejected("BLOCKED", "The routing number is blocked.")));
        }
        if client.blocked_routing_numbers.iter().any(|blocked| blocked == routing) {
            return Ok(Some(Verdict::rejected(
                "CLIENT_BLOCKED",
                "The routing number is blocked by the client.",
            )));
        }
        let can_verify = deposit.institution.as_ref().is_some_and(|it| it.supports_account_verification);
        if client.prefers_account_verification && can_verify {
            return Ok(Some(Verdict::rejected(
                "IAV_PREFERRED",
                "The institution supports instant account verification, which is preferred.",
            )));
        }
        let is_taken = tx.micro_deposits_of_number(scope, hash)?.into_iter().any(Status::holds_account);
        Ok(is_taken.then_some(Verdict { status: Status::Conflicted, code: None, message: None }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_provider_is_asked_at_minute_15() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        for (now, next) in [
            ("2026-01-05T12:00:00Z", "2026-01-05T12:15:00Z"),
            ("2026-01-05T12:14:59Z", "2026-01-05T12:15:00Z"),
            ("2026-01-05T12:15:00Z", "2026-01-05T13:15:00Z"),
            ("2026-12-31T23:59:59Z", "2027-01-01T00:15:00Z"),
        ] {
            assert_eq!(ask_at(at(now)), at(next), "{now}");
        }
    }

    #[test]
    fn the_order_of_the_amounts_does_not_matter() {
        let amounts = |a, b| Amounts::of([Money::from_units(a), Money::from_units(b)]);
        assert!(Amounts::new([9, 12]) == amounts(12, 9));
        assert!(Amounts::new([9, 12]) != amounts(9, 9));
    }
}
