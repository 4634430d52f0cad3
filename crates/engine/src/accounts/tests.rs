use super::*;
use domain::guid::Guid;

fn place(no: i64, use_cases: &str) -> AccountPlace {
    AccountPlace {
        no,
        guid: guid(no),
        member_no: 1,
        member: Guid::from_bytes([1; 16]),
        institution: Guid::from_bytes([2; 16]),
        is_managed_by_user: true,
        is_user_created: true,
        use_cases: use_cases.to_owned(),
        is_deleted: false,
        is_manual: false,
    }
}

fn guid(no: i64) -> AccountGuid {
    Guid::from_bytes([u8::try_from(no).unwrap(); 16])
}

fn places(is_all: bool) -> Places {
    Places {
        places: vec![place(2, "PFM"), place(5, "PFM,MONEY_MOVEMENT"), place(9, "MONEY_MOVEMENT")],
        is_all,
    }
}

fn query(accounts: Option<Vec<AccountGuid>>, use_case: Option<&'static str>) -> TransactionQuery {
    let day = Date::from_days(0);
    TransactionQuery { from: day, to: day, accounts, use_case, offset: 0, limit: 25 }
}

#[test]
fn all_accounts_are_chosen_as_all_only_where_no_other_has_rows() {
    assert_eq!(places(true).chosen(&query(None, None)), Some(AccountSet::All));
    assert_eq!(places(false).chosen(&query(None, None)), Some(AccountSet::Some(vec![2, 5, 9])));
    assert_eq!(Places { places: Vec::new(), is_all: true }.chosen(&query(None, None)), None);
}

#[test]
fn filters_narrow_and_what_is_unknown_matches_nothing() {
    let chosen = |accounts, use_case| places(true).chosen(&query(accounts, use_case));
    assert_eq!(chosen(Some(vec![guid(9), guid(7)]), None), Some(AccountSet::Some(vec![9])));
    assert_eq!(chosen(Some(vec![guid(7)]), None), None);
    assert_eq!(chosen(Some(Vec::new()), None), None);
    assert_eq!(chosen(None, Some("PFM")), Some(AccountSet::Some(vec![2, 5])));
    assert_eq!(chosen(Some(vec![guid(2)]), Some("MONEY_MOVEMENT")), None);
}

#[test]
fn an_account_is_found_by_its_number() {
    let places = places(true);
    assert_eq!(places.of_account(5).map(|place| place.guid), Some(guid(5)));
    assert_eq!(places.of_account(3), None);
}
