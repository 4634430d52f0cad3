//! The elements that are read, and where aggregates belong, so that missing and crossed end tags do no harm.

/// Longest name that is looked up.
const NAME_BYTES_MAX: usize = 32;

macro_rules! elements {
    ($($name:literal $tag:ident,)+) => {
        /// The element of an upper-case name.
        fn by_upper_name(name: &[u8]) -> Option<Tag> {
            $(const _: () = assert!($name.len() <= NAME_BYTES_MAX);)+
            Some(match name {
                $($name => Tag::$tag,)+
                _ => return None,
            })
        }
    };
}

/// An element. Several names share one where they are read alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    // Aggregates.
    Ofx,
    MessageSet,
    SignOn,
    Institution,
    Status,
    /// `STMTTRNRS` and its kind: one answer of the institution.
    Answer,
    /// `PROFTRNRS` and others that are not statements.
    OtherAnswer,
    BankStatement,
    CardStatement,
    InvestmentStatement,
    LoanStatement,
    Account,
    OtherAccount,
    Transactions,
    PendingTransactions,
    Transaction,
    Payee,
    Currency,
    OriginalCurrency,
    LedgerBalance,
    AvailableBalance,
    InvestmentBalance,
    PlanBalance,
    BalanceList,
    OtherBalance,
    Orders,
    InvestmentBankTransaction,
    InvestmentAction,
    /// `INVTRAN`, `INVBUY`, `INVSELL`, `SECID`: parts of what is around them.
    Part,
    Positions,
    Position,
    Securities,
    Security,
    SecurityInfo,
    /// An aggregate of no known name.
    Unknown,
    // Values.
    Code,
    Severity,
    Message,
    Org,
    Fid,
    IntuBid,
    ServerTime,
    DefaultCurrency,
    BankId,
    AccountId,
    AccountType,
    From,
    Until,
    AsOf,
    TransactionType,
    Posted,
    Made,
    Available,
    PendingMade,
    Amount,
    Id,
    CorrectedId,
    Correction,
    CheckNumber,
    MerchantCategory,
    Name,
    LongName,
    Memo,
    CurrencySymbol,
    BalanceAmount,
    PrincipalBalance,
    AvailableCash,
    TradeDate,
    SettleDate,
    Total,
    FractionCash,
    Units,
    MarketValue,
    UniqueId,
    UniqueIdType,
    HeldIn,
    PositionType,
    Source401k,
    SecurityName,
    Ticker,
    AssetClass,
    CouponRate,
    MaturityDate,
    IncomeType,
    TransferAction,
}

elements! {
    // The most frequent come first: they are compared in this order.
    b"STMTTRN" Transaction, b"TRNTYPE" TransactionType, b"DTPOSTED" Posted, b"TRNAMT" Amount, b"FITID" Id,
    b"NAME" Name, b"MEMO" Memo, b"CHECKNUM" CheckNumber, b"DTUSER" Made,
    b"OFX" Ofx,
    b"SONRS" SignOn, b"FI" Institution, b"STATUS" Status,
    b"STMTTRNRS" Answer, b"CCSTMTTRNRS" Answer, b"INVSTMTTRNRS" Answer, b"LOANSTMTTRNRS" Answer,
    b"STMTRS" BankStatement, b"CCSTMTRS" CardStatement, b"INVSTMTRS" InvestmentStatement,
    b"LOANSTMTRS" LoanStatement,
    b"BANKACCTFROM" Account, b"CCACCTFROM" Account, b"INVACCTFROM" Account, b"LOANACCTFROM" Account,
    b"BANKACCTTO" OtherAccount, b"CCACCTTO" OtherAccount, b"INVACCTTO" OtherAccount,
    b"LOANACCTTO" OtherAccount,
    b"BANKTRANLIST" Transactions, b"INVTRANLIST" Transactions, b"LOANTRANLIST" Transactions,
    b"BANKTRANLISTP" PendingTransactions,
    b"STMTTRNP" Transaction, b"LOANSTMTTRN" Transaction,
    b"PAYEE" Payee, b"CURRENCY" Currency, b"ORIGCURRENCY" OriginalCurrency,
    b"LEDGERBAL" LedgerBalance, b"AVAILBAL" AvailableBalance,
    b"INVBAL" InvestmentBalance, b"INV401KBAL" PlanBalance, b"BALLIST" BalanceList, b"BAL" OtherBalance,
    b"INVOOLIST" Orders, b"INVBANKTRAN" InvestmentBankTransaction,
    b"BUYDEBT" InvestmentAction, b"BUYMF" InvestmentAction, b"BUYOPT" InvestmentAction,
    b"BUYOTHER" InvestmentAction, b"BUYSTOCK" InvestmentAction, b"CLOSUREOPT" InvestmentAction,
    b"INCOME" InvestmentAction, b"INVEXPENSE" InvestmentAction, b"JRNLFUND" InvestmentAction,
    b"JRNLSEC" InvestmentAction, b"MARGININTEREST" InvestmentAction, b"REINVEST" InvestmentAction,
    b"RETOFCAP" InvestmentAction, b"SELLDEBT" InvestmentAction, b"SELLMF" InvestmentAction,
    b"SELLOPT" InvestmentAction, b"SELLOTHER" InvestmentAction, b"SELLSTOCK" InvestmentAction,
    b"SPLIT" InvestmentAction, b"TRANSFER" InvestmentAction,
    b"INVTRAN" Part, b"INVBUY" Part, b"INVSELL" Part, b"SECID" Part, b"INVPOS" Part,
    b"INVPOSLIST" Positions,
    b"POSDEBT" Position, b"POSMF" Position, b"POSOPT" Position, b"POSOTHER" Position, b"POSSTOCK" Position,
    b"SECLIST" Securities,
    b"DEBTINFO" Security, b"MFINFO" Security, b"OPTINFO" Security, b"OTHERINFO" Security,
    b"STOCKINFO" Security, b"SECINFO" SecurityInfo,
    b"CODE" Code, b"SEVERITY" Severity, b"MESSAGE" Message, b"ORG" Org, b"FID" Fid, b"INTU.BID" IntuBid,
    b"DTSERVER" ServerTime, b"CURDEF" DefaultCurrency, b"BANKID" BankId, b"BROKERID" BankId,
    b"ACCTID" AccountId, b"LOANACCTID" AccountId, b"ACCTTYPE" AccountType, b"LOANACCTTYPE" AccountType,
    b"DTSTART" From, b"DTEND" Until, b"DTASOF" AsOf,
    b"LOANTRNTYPE" TransactionType,     b"DTAVAIL" Available, b"DTTRAN" PendingMade, b"LOANTRNAMT" Amount,
    b"CORRECTFITID" CorrectedId, b"CORRECTACTION" Correction,
    b"SIC" MerchantCategory, b"EXTDNAME" LongName, b"CURSYM" CurrencySymbol,
    b"BALAMT" BalanceAmount, b"PRINBAL" PrincipalBalance, b"AVAILCASH" AvailableCash,
    b"DTTRADE" TradeDate, b"DTSETTLE" SettleDate, b"TOTAL" Total, b"FRACCASH" FractionCash,
    b"UNITS" Units, b"MKTVAL" MarketValue,
    b"UNIQUEID" UniqueId, b"UNIQUEIDTYPE" UniqueIdType, b"HELDINACCT" HeldIn, b"POSTYPE" PositionType,
    b"INV401KSOURCE" Source401k, b"SECNAME" SecurityName, b"TICKER" Ticker, b"ASSETCLASS" AssetClass,
    b"FIASSETCLASS" AssetClass, b"COUPONRT" CouponRate, b"DTMAT" MaturityDate, b"INCOMETYPE" IncomeType,
    b"TFERACTION" TransferAction,
}

impl Tag {
    /// The element of a name in any case, with or without a namespace; `None` where it is not read.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = name.rsplit(':').next().unwrap_or(name).as_bytes();
        let mut buffer = [0u8; NAME_BYTES_MAX];
        let upper = buffer.get_mut(..name.len())?;
        upper.copy_from_slice(name);
        upper.make_ascii_uppercase();
        by_upper_name(upper).or_else(|| Self::by_ending(upper))
    }

    fn by_ending(upper: &[u8]) -> Option<Self> {
        let is_message_set = |version: &&[u8]| upper.ends_with(version);
        if [&b"MSGSRSV1"[..], b"MSGSRSV2", b"MSGSRSV3", b"MSGSRSV4"].iter().any(is_message_set) {
            return Some(Self::MessageSet);
        }
        upper.ends_with(b"TRNRS").then_some(Self::OtherAnswer)
    }

    /// Whether it holds elements.
    pub(super) const fn is_aggregate(self) -> bool {
        self as u8 <= Self::Unknown as u8
    }

    /// Whether it begins the statement of an account.
    pub(super) const fn is_statement(self) -> bool {
        matches!(
            self,
            Self::BankStatement | Self::CardStatement | Self::InvestmentStatement | Self::LoanStatement
        )
    }

    /// Where an aggregate may stand; when it is opened, everything up to the nearest of these is closed.
    /// Empty: anywhere.
    pub(super) const fn parents(self) -> &'static [Self] {
        const STATEMENTS: &[Tag] =
            &[Tag::BankStatement, Tag::CardStatement, Tag::InvestmentStatement, Tag::LoanStatement];
        match self {
            Self::MessageSet => &[Self::Ofx],
            Self::SignOn | Self::Answer | Self::OtherAnswer | Self::Securities => {
                &[Self::MessageSet, Self::Ofx]
            }
            Self::Institution => &[Self::SignOn],
            Self::Status => &[Self::SignOn, Self::Answer, Self::OtherAnswer],
            Self::BankStatement | Self::CardStatement | Self::InvestmentStatement | Self::LoanStatement => {
                &[Self::Answer, Self::MessageSet, Self::Ofx]
            }
            Self::Transactions
            | Self::PendingTransactions
            | Self::LedgerBalance
            | Self::AvailableBalance
            | Self::InvestmentBalance
            | Self::PlanBalance
            | Self::Positions
            | Self::Orders => STATEMENTS,
            Self::Transaction => {
                &[Self::InvestmentBankTransaction, Self::Transactions, Self::PendingTransactions]
            }
            Self::InvestmentBankTransaction | Self::InvestmentAction => &[Self::Transactions],
            Self::OtherBalance => &[Self::BalanceList],
            Self::Position => &[Self::Positions],
            Self::Security => &[Self::Securities],
            _ => &[],
        }
    }
}
