//! The stack of open aggregates, and which value goes where.
use super::{
    ACCOUNTS_MAX, DEPTH_MAX, ErrorKind, NOTICES_MAX, ReadError, Statements, TRANSACTIONS_MAX,
    account::Builder,
    bank::Transaction,
    error::quote,
    invest::{Action, Position, Securities, Security},
    scan::{Kind, Scanner, Tagged},
    tags::Tag,
    value,
};
use domain::time::Timestamp;
use std::{borrow::Cow, collections::HashSet};

/// A value and where it stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Field<'a> {
    pub(super) text: Cow<'a, str>,
    /// Byte of the element's tag.
    pub(super) offset: usize,
}

/// An error on its way out: its byte, the element in the open aggregates, and what it is.
#[derive(Debug)]
pub(super) struct Fault {
    offset: usize,
    element: String,
    kind: ErrorKind,
}

/// An error in an element (empty: the innermost open aggregate itself).
pub(super) fn at(offset: usize, element: &str, kind: ErrorKind) -> Fault {
    Fault { offset, element: element.to_ascii_uppercase(), kind }
}

/// A notice before its line is known.
#[derive(Debug)]
pub(super) struct RawNotice {
    pub(super) offset: usize,
    pub(super) element: &'static str,
    pub(super) text: &'static str,
}

#[derive(Debug, Clone, Copy)]
struct Open<'a> {
    tag: Tag,
    name: &'a str,
    offset: usize,
}

/// What the institution says of itself or of an answer.
#[derive(Debug, Default)]
struct Status<'a> {
    code: Cow<'a, str>,
    severity: Cow<'a, str>,
    message: Cow<'a, str>,
}

/// Reads the text of a file.
pub(super) fn read(text: &str) -> Result<Statements, ReadError> {
    let mut reader = Reader::new(text);
    match reader.run() {
        Ok(()) => Ok(reader.finish()),
        Err(fault) => Err(reader.error(fault)),
    }
}

struct Reader<'a> {
    text: &'a str,
    scanner: Scanner<'a>,
    stack: Vec<Open<'a>>,
    statements: Statements,
    builders: Vec<Builder<'a>>,
    /// Whether the last builder still takes elements.
    is_open: bool,
    securities: Securities,
    server_time: Option<Timestamp>,
    status: Status<'a>,
    transaction: Transaction<'a>,
    action: Action<'a>,
    position: Position<'a>,
    security: Security<'a>,
    transactions: usize,
    seen: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            scanner: Scanner::new(text),
            stack: Vec::with_capacity(DEPTH_MAX),
            statements: Statements::default(),
            builders: Vec::new(),
            is_open: false,
            securities: Securities::default(),
            server_time: None,
            status: Status::default(),
            transaction: Transaction::default(),
            action: Action::default(),
            position: Position::default(),
            security: Security::default(),
            transactions: 0,
            seen: false,
        }
    }

    fn run(&mut self) -> Result<(), Fault> {
        loop {
            let here = self.scanner.offset();
            let Some(found) = self.scanner.next_tag().map_err(|kind| at(here, "", kind))? else { break };
            if self.stack.is_empty() {
                // Before, between and after documents everything but their beginning is noise.
                if found.kind != Kind::Close && Tag::of(found.name) == Some(Tag::Ofx) {
                    self.seen = true;
                    if found.kind == Kind::Open {
                        self.push(Tag::Ofx, found)?;
                    }
                }
                continue;
            }
            match found.kind {
                Kind::Open => self.open(found)?,
                Kind::Empty => {}
                Kind::Close => self.close(found)?,
            }
        }
        match (self.seen, self.stack.is_empty()) {
            (false, _) => Err(at(0, "", ErrorKind::NotOfx)),
            (true, false) => Err(at(self.text.len(), "", ErrorKind::Truncated)),
            (true, true) => Ok(()),
        }
    }

    fn open(&mut self, found: Tagged<'a>) -> Result<(), Fault> {
        let Some(tag) = Tag::of(found.name) else { return self.open_unknown(found) };
        if !tag.is_aggregate() {
            let text = self.scanner.value().map_err(|kind| at(found.offset, found.name, kind))?;
            if !text.is_empty() {
                self.value(tag, Field { text, offset: found.offset })?;
            }
            return Ok(());
        }
        if matches!(tag, Tag::Currency | Tag::OriginalCurrency) && self.scanner.has_text() {
            // A slip of some banks: the code stands in the aggregate itself.
            self.push(tag, found)?;
            let text = self.scanner.value().map_err(|kind| at(found.offset, found.name, kind))?;
            self.value(Tag::CurrencySymbol, Field { text, offset: found.offset })?;
            self.stack.pop();
            return Ok(());
        }
        if tag == Tag::Part {
            return self.push(tag, found);
        }
        if let Some(depth) = self.stack.iter().rposition(|open| open.tag == tag) {
            self.pop_to(depth)?;
        }
        let parents = tag.parents();
        if let Some(depth) = self.stack.iter().rposition(|open| parents.contains(&open.tag)) {
            self.pop_to(depth.saturating_add(1))?;
        }
        self.push(tag, found)?;
        self.begin(tag, found)
    }

    /// An element that is not read: its value is passed over, or it shields the elements in it.
    fn open_unknown(&mut self, found: Tagged<'a>) -> Result<(), Fault> {
        let parent = self.stack.last().map_or("", |open| open.name);
        if self.scanner.has_text() {
            self.scanner.value().map_err(|kind| at(found.offset, found.name, kind))?;
            Ok(())
        } else if self.scanner.holds_elements(found.name, parent) {
            self.push(Tag::Unknown, found)
        } else {
            Ok(())
        }
    }

    fn push(&mut self, tag: Tag, found: Tagged<'a>) -> Result<(), Fault> {
        if self.stack.len() >= DEPTH_MAX {
            return Err(at(found.offset, "", ErrorKind::TooDeep));
        }
        self.stack.push(Open { tag, name: found.name, offset: found.offset });
        Ok(())
    }

    fn close(&mut self, found: Tagged<'a>) -> Result<(), Fault> {
        match Tag::of(found.name) {
            Some(tag) if !tag.is_aggregate() => Ok(()),
            _ => match self.stack.iter().rposition(|open| open.name.eq_ignore_ascii_case(found.name)) {
                Some(depth) => self.pop_to(depth),
                None => Ok(()),
            },
        }
    }

    fn pop_to(&mut self, depth: usize) -> Result<(), Fault> {
        while self.stack.len() > depth {
            let Some(open) = self.stack.last().copied() else { break };
            self.end(open)?;
            self.stack.pop();
        }
        Ok(())
    }

    /// What happens when an aggregate begins.
    fn begin(&mut self, tag: Tag, found: Tagged<'a>) -> Result<(), Fault> {
        match tag {
            Tag::Status => self.status = Status::default(),
            Tag::Transaction => self.transaction = Transaction::default(),
            Tag::InvestmentAction => self.action = Action::default(),
            Tag::Position => self.position = Position::default(),
            Tag::Security => self.security = Security::default(),
            Tag::Answer => self.is_open = false,
            Tag::PendingTransactions | Tag::Positions => {
                let builder = self.builder(found.offset)?;
                builder.reports_pending |= tag == Tag::PendingTransactions;
                builder.has_positions |= tag == Tag::Positions;
            }
            tag if tag.is_statement() => {
                if self.builders.len() >= ACCOUNTS_MAX {
                    return Err(at(found.offset, "", ErrorKind::TooManyAccounts));
                }
                self.builders.push(Builder::new(tag, found.offset));
                self.is_open = true;
            }
            _ => {}
        }
        Ok(())
    }

    /// What happens when an aggregate ends; it is still on the stack, for the path of an error.
    fn end(&mut self, open: Open<'a>) -> Result<(), Fault> {
        match open.tag {
            Tag::Status => self.check_status(open.offset)?,
            Tag::Answer | Tag::MessageSet | Tag::Ofx => self.is_open = false,
            Tag::Transaction => {
                let is_pending = self.is_within(Tag::PendingTransactions) || open.name.ends_with(['P', 'p']);
                let transaction = std::mem::take(&mut self.transaction);
                self.count(open.offset)?;
                let builder = self.builder(open.offset)?;
                transaction.finish(open.offset, is_pending, builder)?;
            }
            Tag::InvestmentAction if !self.is_within(Tag::Orders) => {
                let action = std::mem::take(&mut self.action);
                self.count(open.offset)?;
                let builder = self.builder(open.offset)?;
                action.finish(open.name, open.offset, builder)?;
            }
            Tag::Position => {
                let position = std::mem::take(&mut self.position);
                let builder = self.builder(open.offset)?;
                position.finish(open.name, builder)?;
            }
            Tag::Security => {
                let security = std::mem::take(&mut self.security);
                self.securities.add(security);
            }
            _ => {}
        }
        Ok(())
    }

    fn count(&mut self, offset: usize) -> Result<(), Fault> {
        self.transactions = self.transactions.saturating_add(1);
        if self.transactions > TRANSACTIONS_MAX {
            return Err(at(offset, "", ErrorKind::TooManyTransactions));
        }
        Ok(())
    }

    fn is_within(&self, tag: Tag) -> bool {
        self.stack.iter().any(|open| open.tag == tag)
    }

    /// The open statement.
    fn builder(&mut self, offset: usize) -> Result<&mut Builder<'a>, Fault> {
        self.open_builder().ok_or_else(|| at(offset, "", ErrorKind::Misplaced))
    }

    fn open_builder(&mut self) -> Option<&mut Builder<'a>> {
        self.builders.last_mut().filter(|_| self.is_open)
    }

    fn check_status(&mut self, offset: usize) -> Result<(), Fault> {
        let status = std::mem::take(&mut self.status);
        let severity = status.severity.to_ascii_uppercase();
        let is_zero = status.code.trim_start_matches('0').is_empty();
        let is_error = match severity.as_str() {
            "ERROR" => !is_zero || status.code.is_empty(),
            "INFO" | "WARN" => false,
            _ => !is_zero,
        };
        let answered = self.stack.iter().rev().nth(1).map(|open| open.tag);
        if !is_error || !matches!(answered, Some(Tag::SignOn | Tag::Answer)) {
            return Ok(());
        }
        let (code, message) = (quote(&status.code), super::card::mask(&status.message).into_owned());
        let kind = if answered == Some(Tag::SignOn) {
            ErrorKind::SignOnRefused { code, message }
        } else {
            ErrorKind::StatementRefused { code, message }
        };
        Err(at(offset, "", kind))
    }

    /// Gives a value to what is being read, by the innermost aggregate that means something.
    fn value(&mut self, tag: Tag, field: Field<'a>) -> Result<(), Fault> {
        let mut inner = self.stack.iter().rev().map(|open| open.tag);
        let Some(top) = inner.next() else { return Ok(()) };
        let around = match top {
            Tag::Part | Tag::Payee | Tag::Currency | Tag::OriginalCurrency | Tag::SecurityInfo => inner
                .find(|tag| !matches!(tag, Tag::Part | Tag::Payee | Tag::Currency | Tag::SecurityInfo))
                .unwrap_or(Tag::Unknown),
            tag => tag,
        };
        match around {
            Tag::Transaction => self.transaction.set(tag, top, field),
            Tag::InvestmentAction => self.action.set(tag, top, field),
            Tag::Position => self.position.set(tag, top, field),
            Tag::Security => self.security.set(tag, field),
            Tag::Status => match tag {
                Tag::Code => self.status.code = field.text,
                Tag::Severity => self.status.severity = field.text,
                Tag::Message => self.status.message = field.text,
                _ => {}
            },
            Tag::SignOn | Tag::Institution => self.sign_on(tag, &field),
            around => return self.statement_value(tag, around, field),
        }
        Ok(())
    }

    fn sign_on(&mut self, tag: Tag, field: &Field<'a>) {
        let institution = &mut self.statements.institution;
        let slot = match tag {
            Tag::Org => &mut institution.org,
            Tag::Fid => &mut institution.fid,
            Tag::IntuBid => &mut institution.intu_bid,
            Tag::ServerTime => {
                self.server_time = value::moment(&field.text);
                return;
            }
            _ => return,
        };
        if slot.is_none() {
            *slot = value::public(&field.text);
        }
    }

    fn statement_value(&mut self, tag: Tag, around: Tag, field: Field<'a>) -> Result<(), Fault> {
        if tag == Tag::BankId && around == Tag::Account {
            let ids = &mut self.statements.institution.bank_ids;
            if let Some(id) =
                value::public(&field.text).filter(|id| ids.len() < ACCOUNTS_MAX && ids.last() != Some(id))
            {
                ids.push(id);
            }
        }
        match self.open_builder() {
            Some(builder) => builder.set(tag, around, field),
            None => Ok(()),
        }
    }

    fn finish(self) -> Statements {
        let Self { text, mut statements, builders, securities, server_time, .. } = self;
        let mut known = HashSet::new();
        statements.institution.bank_ids.retain(|id| known.insert(id.clone()));
        let lines = Lines::of(text, builders.iter().flat_map(Builder::offsets).collect());
        let mut notices_left = NOTICES_MAX;
        statements.accounts = builders
            .into_iter()
            .map(|mut builder| {
                builder.notices.truncate(notices_left);
                notices_left = notices_left.saturating_sub(builder.notices.len());
                builder.finish(&securities, server_time, &lines)
            })
            .collect();
        statements
    }

    fn error(&self, fault: Fault) -> ReadError {
        let names = self.stack.iter().map(|open| open.name.to_ascii_uppercase());
        let path: Vec<String> =
            names.chain(Some(fault.element).filter(|element| !element.is_empty())).collect();
        let line = match fault.kind {
            ErrorKind::NotOfx => 0,
            _ => Lines::of(self.text, vec![fault.offset]).line(fault.offset),
        };
        ReadError { line, element: path.join("/"), kind: fault.kind }
    }
}

/// The lines of some bytes of a text, found in one pass.
pub(super) struct Lines(Vec<(usize, u32)>);

impl Lines {
    fn of(text: &str, mut offsets: Vec<usize>) -> Self {
        offsets.sort_unstable();
        offsets.dedup();
        let bytes = text.as_bytes();
        let (mut from, mut line) = (0usize, 1u32);
        let lines = offsets.into_iter().map(|offset| {
            let part = bytes.get(from..offset.min(bytes.len())).unwrap_or_default();
            let breaks = memchr::memchr2_iter(b'\n', b'\r', part)
                .map(|found| from.saturating_add(found))
                // CR LF is one line break.
                .filter(|found| {
                    bytes.get(*found) == Some(&b'\n') || bytes.get(found.saturating_add(1)) != Some(&b'\n')
                });
            line = line.saturating_add(u32::try_from(breaks.count()).unwrap_or(u32::MAX));
            from = offset.min(bytes.len());
            (offset, line)
        });
        Self(lines.collect())
    }

    /// The line, from 1, of one of the bytes.
    pub(super) fn line(&self, offset: usize) -> u32 {
        let found = self.0.binary_search_by_key(&offset, |(offset, _)| *offset);
        found.ok().and_then(|index| self.0.get(index)).map_or(0, |(_, line)| *line)
    }
}
