//! Microdeposits, and the banks where none are made.
use crate::{
    Db, Result, Row, Tx, params,
    scope::{SystemScope, UserScope},
    statements,
};
use domain::{
    enums::MicroDepositStatus,
    guid::{InstitutionGuid, MicroDepositGuid},
    time::Timestamp,
};

macro_rules! columns {
    () => {
        "no, guid, status, account_type, institution, number_hash, error_code, error_message, tries, sealed, \
         initiated_at, due_at, created_at, updated_at, verified_at"
    };
}

statements! {
    MICRO_DEPOSITS: Page = concat!("SELECT ", columns!(), " FROM micro_deposits WHERE user_id = ?1 ORDER BY no DESC");
    MICRO_DEPOSIT: Point = concat!("SELECT ", columns!(), " FROM micro_deposits WHERE user_id = ?1 AND guid = ?2");
    STATUSES_OF_NUMBER: Page = "SELECT status FROM micro_deposits WHERE user_id = ?1 AND number_hash = ?2";
    NEXT_MICRO_DEPOSIT_NO: Point = "SELECT COALESCE(MAX(no), 0) + 1 FROM micro_deposits WHERE user_id = ?1";
    INSERT_MICRO_DEPOSIT: Point = concat!("INSERT INTO micro_deposits (user_id, ", columns!(), ") VALUES (?1, ?2, \
        ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");
    UPDATE_MICRO_DEPOSIT: Point = "UPDATE micro_deposits SET status = ?3, account_type = ?4, institution = ?5, \
        number_hash = ?6, error_code = ?7, error_message = ?8, tries = ?9, sealed = ?10, initiated_at = ?11, \
        due_at = ?12, updated_at = ?13, verified_at = ?14 WHERE user_id = ?1 AND no = ?2";
    MICRO_DEPOSIT_DUE_AT: Point = "UPDATE micro_deposits SET due_at = ?3 WHERE user_id = ?1 AND guid = ?2";
    DELETE_MICRO_DEPOSIT: Point = "DELETE FROM micro_deposits WHERE user_id = ?1 AND no = ?2";
    DUE_MICRO_DEPOSITS: Page = "SELECT d.user_id, u.client, d.guid FROM micro_deposits d \
        JOIN users u ON u.id = d.user_id WHERE d.due_at <= ?1 ORDER BY d.due_at LIMIT 100";
    NEXT_DUE_MICRO_DEPOSIT: Point = "SELECT MIN(due_at) FROM micro_deposits WHERE due_at IS NOT NULL";
    BLOCKED: Point = "SELECT routing_number, note, created_at FROM blocked_routing_numbers WHERE routing_number = ?1";
    ALL_BLOCKED: Heavy = "SELECT routing_number, note, created_at FROM blocked_routing_numbers ORDER BY routing_number";
    BLOCK: Point = "INSERT INTO blocked_routing_numbers (routing_number, note, created_at) VALUES (?1, ?2, ?3) \
        ON CONFLICT (routing_number) DO UPDATE SET note = excluded.note";
    UNBLOCK: Point = "DELETE FROM blocked_routing_numbers WHERE routing_number = ?1";
}

/// A microdeposit, every column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MicroDepositRow {
    /// Number within the user, in the order of creation.
    pub no: i64,
    /// Guid, `MIC-`.
    pub guid: MicroDepositGuid,
    /// Where it is.
    pub status: MicroDepositStatus,
    /// Code of the account's type; none while PREINITIATED.
    pub account_type: Option<i64>,
    /// The institution with the routing number, where one is known.
    pub institution: Option<InstitutionGuid>,
    /// Keyed hash of routing and account number.
    pub number_hash: Option<Vec<u8>>,
    /// Why it was refused or failed.
    pub error_code: Option<String>,
    /// The same for people.
    pub error_message: Option<String>,
    /// Wrong amounts so far.
    pub tries: i64,
    /// Person, account and amounts, encrypted.
    pub sealed: Vec<u8>,
    /// When it became INITIATED: the provider counts from here.
    pub initiated_at: Option<Timestamp>,
    /// Service time at which the provider is asked again.
    pub due_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Latest change.
    pub updated_at: Timestamp,
    /// When the right amounts were given.
    pub verified_at: Option<Timestamp>,
}

/// A routing number that the operator blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedRow {
    /// Nine digits.
    pub routing_number: String,
    /// Why, for people.
    pub note: String,
    /// Since when.
    pub created_at: Timestamp,
}

fn deposit(row: &Row<'_>) -> Result<MicroDepositRow> {
    Ok(MicroDepositRow {
        no: row.int(0)?,
        guid: row.guid(1)?,
        status: status(row.int(2)?),
        account_type: row.opt_int(3)?,
        institution: row.opt_guid(4)?,
        number_hash: row.opt_blob(5)?.map(<[u8]>::to_vec),
        error_code: row.opt_string(6)?,
        error_message: row.opt_string(7)?,
        tries: row.int(8)?,
        sealed: row.blob(9)?.to_vec(),
        initiated_at: row.opt_time(10)?,
        due_at: row.opt_time(11)?,
        created_at: row.time(12)?,
        updated_at: row.time(13)?,
        verified_at: row.opt_time(14)?,
    })
}

fn status(code: i64) -> MicroDepositStatus {
    MicroDepositStatus::from_code(code).unwrap_or(MicroDepositStatus::Errored)
}

fn blocked(row: &Row<'_>) -> Result<BlockedRow> {
    Ok(BlockedRow { routing_number: row.string(0)?, note: row.string(1)?, created_at: row.time(2)? })
}

impl Db {
    /// The user's microdeposits, newest first.
    pub async fn micro_deposits(&self, scope: UserScope) -> Result<Vec<MicroDepositRow>> {
        self.query(&MICRO_DEPOSITS, params![scope.user], deposit).await
    }

    /// One of the user's microdeposits.
    pub async fn micro_deposit(
        &self,
        scope: UserScope,
        guid: MicroDepositGuid,
    ) -> Result<Option<MicroDepositRow>> {
        self.query_one(&MICRO_DEPOSIT, params![scope.user, guid], deposit).await
    }

    /// Microdeposits whose provider is to be asked, some of them, longest due first.
    pub async fn due_micro_deposits(
        &self,
        _: SystemScope,
        now: Timestamp,
    ) -> Result<Vec<(UserScope, MicroDepositGuid)>> {
        self.query(&DUE_MICRO_DEPOSITS, params![now], |row| {
            Ok((UserScope { user: row.int(0)?, client: row.int(1)? }, row.guid(2)?))
        })
        .await
    }

    /// When the provider of a microdeposit is to be asked next.
    pub async fn next_due_micro_deposit(&self, _: SystemScope) -> Result<Option<Timestamp>> {
        Ok(self.query_one(&NEXT_DUE_MICRO_DEPOSIT, params![], |row| row.opt_time(0)).await?.flatten())
    }

    /// Routing numbers that the operator blocked.
    pub async fn blocked_routing_numbers(&self, _: SystemScope) -> Result<Vec<BlockedRow>> {
        self.query(&ALL_BLOCKED, params![], blocked).await
    }
}

impl Tx<'_> {
    /// One of the user's microdeposits.
    pub fn micro_deposit(
        &mut self,
        scope: UserScope,
        guid: MicroDepositGuid,
    ) -> Result<Option<MicroDepositRow>> {
        self.query_one(&MICRO_DEPOSIT, params![scope.user, guid], deposit)
    }

    /// Statuses of the user's microdeposits for an account.
    pub fn micro_deposits_of_number(
        &mut self,
        scope: UserScope,
        number_hash: &[u8],
    ) -> Result<Vec<MicroDepositStatus>> {
        self.query(&STATUSES_OF_NUMBER, params![scope.user, number_hash], |row| Ok(status(row.int(0)?)))
    }

    /// The number of the user's next microdeposit.
    pub fn next_micro_deposit_no(&mut self, scope: UserScope) -> Result<i64> {
        Ok(self.query_one(&NEXT_MICRO_DEPOSIT_NO, params![scope.user], |row| row.int(0))?.unwrap_or(1))
    }

    /// Makes a microdeposit.
    pub fn insert_micro_deposit(&mut self, scope: UserScope, d: &MicroDepositRow) -> Result<()> {
        self.execute(
            &INSERT_MICRO_DEPOSIT,
            params![
                scope.user,
                d.no,
                d.guid,
                i64::from(d.status.code()),
                d.account_type,
                d.institution,
                d.number_hash.as_ref(),
                d.error_code.as_ref(),
                d.error_message.as_ref(),
                d.tries,
                &d.sealed,
                d.initiated_at,
                d.due_at,
                d.created_at,
                d.updated_at,
                d.verified_at
            ],
        )
        .map(drop)
    }

    /// Writes every column of a microdeposit that can change.
    pub fn update_micro_deposit(&mut self, scope: UserScope, d: &MicroDepositRow) -> Result<()> {
        self.execute(
            &UPDATE_MICRO_DEPOSIT,
            params![
                scope.user,
                d.no,
                i64::from(d.status.code()),
                d.account_type,
                d.institution,
                d.number_hash.as_ref(),
                d.error_code.as_ref(),
                d.error_message.as_ref(),
                d.tries,
                &d.sealed,
                d.initiated_at,
                d.due_at,
                d.updated_at,
                d.verified_at
            ],
        )
        .map(drop)
    }

    /// Sets when the provider is asked again; nothing that anybody sees changes.
    pub fn set_micro_deposit_due_at(
        &mut self,
        scope: UserScope,
        guid: MicroDepositGuid,
        due_at: Option<Timestamp>,
    ) -> Result<()> {
        self.execute(&MICRO_DEPOSIT_DUE_AT, params![scope.user, guid, due_at]).map(drop)
    }

    /// Removes a microdeposit.
    pub fn delete_micro_deposit(&mut self, scope: UserScope, no: i64) -> Result<()> {
        self.execute(&DELETE_MICRO_DEPOSIT, params![scope.user, no]).map(drop)
    }

    /// Whether the operator blocked a routing number. Anybody's: the list names banks, not people.
    pub fn is_routing_number_blocked(&mut self, routing_number: &str) -> Result<bool> {
        Ok(self.query_one(&BLOCKED, params![routing_number], blocked)?.is_some())
    }

    /// Blocks a routing number, or changes the note.
    pub fn block_routing_number(&mut self, _: SystemScope, row: &BlockedRow) -> Result<()> {
        self.execute(&BLOCK, params![&row.routing_number, &row.note, row.created_at]).map(drop)
    }

    /// Lets a routing number be used again; false where it was not blocked.
    pub fn unblock_routing_number(&mut self, _: SystemScope, routing_number: &str) -> Result<bool> {
        Ok(self.execute(&UNBLOCK, params![routing_number])? == 1)
    }
}
