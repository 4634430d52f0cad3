//! `STMTTRN`: a transaction of a bank account, a card or the cash of a broker.
use super::{
    ErrorKind,
    account::Builder,
    error::quote,
    reader::{Fault, Field, at},
    tags::Tag,
    value::{self, LoneComma},
};
use domain::{
    decimal::Money,
    enums::{TransactionStatus, TransactionType},
    feed::FeedTransaction,
    time::Timestamp,
};

/// The values of the transaction that is being read; of a value given twice the first counts.
#[derive(Debug, Default)]
pub(super) struct Transaction<'a> {
    kind: Option<Field<'a>>,
    posted: Option<Field<'a>>,
    made: Option<Field<'a>>,
    available: Option<Field<'a>>,
    amount: Option<Field<'a>>,
    id: Option<Field<'a>>,
    corrected_id: Option<Field<'a>>,
    correction: Option<Field<'a>>,
    check_number: Option<Field<'a>>,
    merchant_category: Option<Field<'a>>,
    name: Option<Field<'a>>,
    payee_name: Option<Field<'a>>,
    long_name: Option<Field<'a>>,
    memo: Option<Field<'a>>,
    currency: Option<Field<'a>>,
}

impl<'a> Transaction<'a> {
    /// Takes a value; `top` is the aggregate right around it.
    pub(super) fn set(&mut self, tag: Tag, top: Tag, field: Field<'a>) {
        let slot = match tag {
            Tag::TransactionType => &mut self.kind,
            Tag::Posted => &mut self.posted,
            Tag::Made | Tag::PendingMade => &mut self.made,
            Tag::Available => &mut self.available,
            Tag::Amount => &mut self.amount,
            Tag::Id => &mut self.id,
            Tag::CorrectedId => &mut self.corrected_id,
            Tag::Correction => &mut self.correction,
            Tag::CheckNumber => &mut self.check_number,
            Tag::MerchantCategory => &mut self.merchant_category,
            Tag::Name if top == Tag::Payee => &mut self.payee_name,
            Tag::Name => &mut self.name,
            Tag::LongName => &mut self.long_name,
            Tag::Memo => &mut self.memo,
            // ORIGCURRENCY says only what the amount was before it was converted.
            Tag::CurrencySymbol if top == Tag::Currency => &mut self.currency,
            _ => return,
        };
        slot.get_or_insert(field);
    }

    /// Adds the transaction to its statement.
    pub(super) fn finish(
        self,
        offset: usize,
        is_pending: bool,
        builder: &mut Builder<'a>,
    ) -> Result<(), Fault> {
        if self.correction.as_ref().is_some_and(|field| field.text.eq_ignore_ascii_case("DELETE")) {
            let id = self.corrected_id.as_ref().or(self.id.as_ref());
            builder.removed.extend(builder.public_id(id));
            return Ok(());
        }
        let text = |builder: &Builder<'a>, field: &Option<Field<'a>>| builder.public(field.as_ref());
        let extended_transaction_type = text(builder, &self.kind).unwrap_or_default().to_uppercase();
        let signed = required_amount(self.amount.as_ref(), offset, "TRNAMT")?;
        let (posted_at, transacted_at) = self.dates(offset, is_pending, builder)?;
        let (name, memo) = (
            text(builder, &self.name).or_else(|| text(builder, &self.payee_name)),
            text(builder, &self.memo),
        );
        let description = text(builder, &self.long_name).or(name).or_else(|| memo.clone());
        builder.transactions.push(FeedTransaction {
            feed_id: builder.public_id(self.id.as_ref()),
            replaces: builder.public_id(self.corrected_id.as_ref()),
            amount: signed.abs(),
            transaction_type: direction(signed, &extended_transaction_type),
            status: if is_pending { TransactionStatus::Pending } else { TransactionStatus::Posted },
            description: description.unwrap_or_else(|| extended_transaction_type.clone()),
            memo,
            currency_code: self.currency.as_ref().and_then(|field| currency_code(&field.text)),
            posted_at,
            transacted_at,
            check_number: text(builder, &self.check_number)
                .filter(|number| number.bytes().any(|b| b != b'0')),
            latitude: None,
            longitude: None,
            is_international: None,
            merchant_category_code: self.merchant_category.and_then(|field| category_code(&field.text)),
            category: None,
            extended_transaction_type,
        });
        Ok(())
    }

    /// When it was posted and made. A damaged day of posting is replaced by another day of the transaction.
    fn dates(
        &self,
        offset: usize,
        is_pending: bool,
        builder: &mut Builder<'a>,
    ) -> Result<(Option<Timestamp>, Option<Timestamp>), Fault> {
        let moment = |field: &Option<Field<'a>>| field.as_ref().and_then(|f| value::moment(&f.text));
        let made = moment(&self.made);
        if let (Some(field), None) = (&self.made, made) {
            builder.note(field.offset, "STMTTRN/DTUSER", "not a date; left out");
        }
        let posted = moment(&self.posted);
        if posted.is_some() || (is_pending && self.posted.is_none() && made.is_some()) {
            return Ok((posted, made));
        }
        if let Some(other) = made.or_else(|| moment(&self.available)) {
            let offset = self.posted.as_ref().map_or(offset, |field| field.offset);
            builder.note(offset, "STMTTRN/DTPOSTED", "not a date; another date of the transaction was taken");
            return Ok((Some(other), made));
        }
        Err(no_date(self.posted.as_ref(), offset, "DTPOSTED"))
    }
}

/// The error of a date that is missing or damaged.
pub(super) fn no_date(field: Option<&Field<'_>>, offset: usize, element: &str) -> Fault {
    match field {
        Some(field) => at(field.offset, element, ErrorKind::NotADate(quote(&field.text))),
        None => at(offset, element, ErrorKind::Missing),
    }
}

/// An amount that must be there.
pub(super) fn required_amount(
    field: Option<&Field<'_>>,
    offset: usize,
    element: &str,
) -> Result<Money, Fault> {
    let field = field.ok_or_else(|| at(offset, element, ErrorKind::Missing))?;
    amount(field, element)
}

/// An amount, or the error of its element.
pub(super) fn amount(field: &Field<'_>, element: &str) -> Result<Money, Fault> {
    value::decimal(&field.text, LoneComma::Thousands)
        .ok_or_else(|| at(field.offset, element, ErrorKind::NotAnAmount(quote(&field.text))))
}

/// An ISO 4217 code, if the text looks like one.
pub(super) fn currency_code(text: &str) -> Option<String> {
    let is_code = text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic());
    is_code.then(|| text.to_ascii_uppercase())
}

/// The sign gives the direction; of nothing the kind does (`spec: nexus-pfm, TX-9`).
fn direction(signed: Money, kind: &str) -> TransactionType {
    let is_debit = signed.is_negative()
        || (signed == Money::ZERO
            && matches!(
                kind,
                "DEBIT"
                    | "FEE"
                    | "SRVCHG"
                    | "ATM"
                    | "POS"
                    | "CHECK"
                    | "PAYMENT"
                    | "CASH"
                    | "DIRECTDEBIT"
                    | "REPEATPMT"
                    | "HOLD"
            ));
    if is_debit { TransactionType::Debit } else { TransactionType::Credit }
}

fn category_code(text: &str) -> Option<u16> {
    text.parse().ok().filter(|code| (1..=9999).contains(code))
}
