//! Bytes of bad will, limits, and much data.
use super::*;
use proptest::prelude::*;

/// A small generator of its own, so that a failure comes back with the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

const PIECES: [&[u8]; 18] = [
    b"<",
    b">",
    b"/",
    b"</",
    b"&",
    b"&#x",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<?",
    b"\0",
    b"\xff\xfe",
    b"\xc3",
    b"<STMTTRN>",
    b"</OFX>",
    b"<OFX>",
    b"99999999999999999999",
];

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let (from, length) = (random.below(bytes.len() + 1), random.below(40));
        let to = (from + length).min(bytes.len());
        match random.below(5) {
            0 => drop(bytes.drain(from..to)),
            1 => drop(bytes.splice(from..from, PIECES[random.below(PIECES.len())].iter().copied())),
            2 => drop(bytes.splice(from..from, bytes[from..to].to_vec())),
            3 => bytes.truncate(from),
            _ => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
}

/// What must hold of whatever was read.
fn check(statements: &Statements) {
    for statement in &statements.accounts {
        assert!(statement.batch.account.values.is_sorted_by(|a, b| a.0 < b.0));
        for t in &statement.batch.transactions {
            assert!(!t.amount.is_negative());
            assert!(t.posted_at.is_some() || t.transacted_at.is_some());
        }
    }
}

#[test]
fn thousands_of_damaged_files_do_no_harm() {
    let mut random = Random(0x5eed);
    let mut good = 0;
    for round in 0..4000 {
        let mut bytes = FILES[round % FILES.len()].1.to_vec();
        mutate(&mut bytes, &mut random);
        if let Ok(statements) = read(&bytes) {
            check(&statements);
            good += 1;
        }
    }
    assert!(good > 400, "{good}");
}

#[test]
fn limits_are_errors() {
    let long = "x".repeat(VALUE_BYTES_MAX + 1);
    let too_long = error(&bank(&format!("<STMTTRN><MEMO>{long}</STMTTRN>")));
    assert_eq!(too_long, "line 8, BANKTRANLIST/STMTTRN/MEMO: the value is longer than 64 KiB");
    let tags = |form: fn(usize) -> String| (0..DEPTH_MAX).map(form).collect::<Vec<_>>().concat();
    let deep = tags(|n| format!("<A{n}><B></B>"));
    let ends = tags(|n| format!("</A{}>", DEPTH_MAX - 1 - n));
    assert_eq!(read(format!("<OFX>{deep}{ends}</OFX>").as_bytes()).unwrap_err().kind, ErrorKind::TooDeep);
    let many = format!("<OFX>{}</OFX>", "<STMTRS></STMTRS>".repeat(ACCOUNTS_MAX + 1));
    assert_eq!(read(many.as_bytes()).unwrap_err().kind, ErrorKind::TooManyAccounts);
}

#[test]
fn markup_that_never_ends_takes_linear_time() {
    for piece in
        ["<", "<a ", "<a b=\"", "<?", "<!x", "&", "&#", "<a><b>", "</a>", "<X>", "<![CDATA[]]>", "<STATUS>"]
    {
        let text = bank(&format!("<STMTTRN>{}</STMTTRN>", piece.repeat(60_000 / piece.len())));
        drop(read(text.as_bytes()));
    }
}

#[test]
fn generated_statements_come_back() {
    let text = generate(3, 1000, 7);
    assert_eq!(text, generate(3, 1000, 7));
    let read = read(text.as_bytes()).unwrap();
    check(&read);
    assert_eq!(read.accounts.len(), 3);
    let mut count = 0;
    for statement in &read.accounts {
        let mut sum = Money::ZERO;
        let mut ids = std::collections::HashSet::new();
        for t in &statement.batch.transactions {
            let signed = match t.transaction_type {
                TransactionType::Credit => sum.checked_add(t.amount),
                TransactionType::Debit => sum.checked_sub(t.amount),
            };
            sum = signed.unwrap();
            assert!(ids.insert(t.feed_id.clone().unwrap()));
        }
        count += statement.batch.transactions.len();
        assert_eq!(statement.ledger_balance.unwrap().0, sum);
        assert_eq!(format!("{:?}", statement.batch.window.unwrap()), "(2023-07-02, 2026-06-30)");
        assert_eq!(statement.notices, []);
    }
    assert_eq!(count, 1000);
    assert_eq!(super::read(generate(0, 5, 1).as_bytes()).unwrap().accounts, []);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(read(&bytes));
        drop(read(&[b"<OFX>", &bytes[..], b"</OFX>"].concat()));
    }

    #[test]
    fn no_heap_of_pieces_panics(picks in proptest::collection::vec((0..PIECES.len(), "[A-Z0-9 ]{0,3}"), 0..60)) {
        let heap: Vec<u8> = picks.iter().flat_map(|(pick, text)| [PIECES[*pick], text.as_bytes()].concat()).collect();
        drop(read(&[b"<OFX><STMTRS><BANKTRANLIST>", &heap[..], b"</OFX>"].concat()));
    }

    #[test]
    fn money_in_is_money_out(accounts in 1usize..4, count in 0usize..60, seed in any::<u64>()) {
        let read = read(generate(accounts, count, seed).as_bytes()).unwrap();
        prop_assert_eq!(read.accounts.iter().map(|s| s.batch.transactions.len()).sum::<usize>(), count);
    }
}
