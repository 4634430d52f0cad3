//! The tables of `spec: partner, 7`.
use super::*;
use proptest::prelude::*;

struct Draw(u32);

impl Entropy for Draw {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.copy_from_slice(&self.0.to_be_bytes());
    }
}

#[test]
fn numbers_and_names_of_types_go_together() {
    for (code, event) in (0..).zip(EventType::ALL) {
        assert_eq!(i64::from(event.code()), code);
        assert_eq!(EventType::from_code(code), Some(*event));
        assert_eq!(EventType::from_name(event.name()), Some(*event));
    }
    let objects = EventType::ALL.iter().filter(|event| event.is_of_object()).count();
    assert_eq!((objects, EventType::ALL.len()), (13, 21));
}

#[test]
fn twelve_retries_over_about_a_day() {
    let minutes = |n: u32| wait_after(n, &Draw(100)).map(|wait| wait.as_secs() / 60);
    let waits: Vec<u64> = (1..=12).map(|n| minutes(n).unwrap()).collect();
    assert_eq!(waits, [1, 2, 4, 8, 15, 30, 60, 120, 180, 240, 360, 420]);
    assert_eq!((minutes(0), minutes(13)), (None, None));
}

#[test]
fn changes_of_one_second_come_to_one() {
    use Action::{Created, Deleted, Updated};
    assert_eq!(Created.then(Updated), Some(Created));
    assert_eq!(Created.then(Deleted), None);
    assert_eq!(Updated.then(Updated), Some(Updated));
    assert_eq!(Updated.then(Deleted), Some(Deleted));
}

proptest! {
    #[test]
    fn a_wait_strays_by_a_tenth_at_most(n in 1u32..=12, drawn: u32) {
        let (wait, usual) = (wait_after(n, &Draw(drawn)).unwrap(), wait_after(n, &Draw(100)).unwrap());
        prop_assert!(wait >= usual * 9 / 10 && wait <= usual * 11 / 10);
    }
}
