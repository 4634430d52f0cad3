//! The microdeposit, 17 keys, or the ten of the beta.
use crate::object::Object;
use domain::enums::AccountType;
use engine::micro_deposit::Deposit;

/// All 17 keys.
pub(super) fn whole(out: &mut Vec<u8>, deposit: &Deposit) {
    let (row, details) = (&deposit.row, &deposit.details);
    let mut object = Object::open(out);
    object.opt_text("account_name", details.account_name.as_deref());
    account(&mut object, deposit);
    object.z("created_at", Some(row.created_at));
    object.text("email", &details.email);
    object.opt_text("error_code", row.error_code.as_deref());
    object.opt_text("error_message", row.error_message.as_deref());
    object.text("first_name", &details.first_name);
    object.guid("guid", row.guid);
    object.opt_text("institution_name", institution_name(deposit));
    object.text("last_name", &details.last_name);
    object.opt_text("routing_number", details.routing_number.as_deref());
    status(&mut object, deposit);
    object.z("verified_at", row.verified_at);
    object.close();
}

/// The ten keys that older clients know.
pub(super) fn beta(out: &mut Vec<u8>, deposit: &Deposit) {
    let (row, details) = (&deposit.row, &deposit.details);
    let mut object = Object::open(out);
    account(&mut object, deposit);
    object.z("created_at", Some(row.created_at));
    object.guid("guid", row.guid);
    object.opt_text("institution_name", institution_name(deposit));
    object.opt_text("routing_number", details.routing_number.as_deref());
    status(&mut object, deposit);
    object.close();
}

fn account(object: &mut Object<'_>, deposit: &Deposit) {
    object.opt_text("account_number", deposit.details.account_number.as_deref());
    object.opt_int("account_type", deposit.row.account_type);
    let name = deposit.row.account_type.and_then(AccountType::from_code).map(AccountType::name);
    object.opt_text("account_type_name", name);
}

fn status(object: &mut Object<'_>, deposit: &Deposit) {
    object.int("status", i64::from(deposit.row.status.code()));
    object.text("status_name", deposit.row.status.name());
    object.z("updated_at", Some(deposit.row.updated_at));
}

fn institution_name(deposit: &Deposit) -> Option<&str> {
    deposit.institution.as_ref().map(|institution| institution.name.as_str())
}
