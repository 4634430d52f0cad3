//! Members, their credentials, and the ids that partners gave them.
use crate::{
    Db, Result, Row, Tx, params,
    scope::{SystemScope, UserScope},
    statements,
};
use domain::{
    enums::ConnectionStatus,
    guid::{CredentialGuid, InstitutionGuid, JobGuid, MemberCredentialGuid, MemberGuid},
    machine::{Causes, MemberState, UpdateWhileRunning},
    time::Timestamp,
};

macro_rules! columns {
    () => {
        "no, guid, institution, external_guid, login_hash, name, metadata, use_cases, background_is_disabled, \
         is_managed_by_user, is_user_created, is_manual, is_oauth, status, former_status, is_running, denials, \
         failures, update_while_running, job, aggregated_at, successfully_aggregated_at, \
         completed_aggregation_started_at, revision, created_at, updated_at, disabled_by, due_at"
    };
}

macro_rules! read {
    () => {
        concat!(
            columns!(),
            ", (SELECT u.is_disabled + u.is_restricted FROM users u WHERE u.id = members.user_id) AS barred"
        )
    };
}

statements! {
    MEMBERS: Page = concat!("SELECT ", read!(),
        " FROM members WHERE user_id = ?1 AND deleted_at IS NULL ORDER BY no");
    MEMBER_BY_GUID: Point = concat!("SELECT ", read!(),
        " FROM members WHERE user_id = ?1 AND guid = ?2 AND deleted_at IS NULL");
    MEMBER_BY_NO: Point = concat!("SELECT ", read!(),
        " FROM members WHERE user_id = ?1 AND no = ?2 AND deleted_at IS NULL");
    MEMBER_BY_LOGIN: Point = concat!("SELECT ", read!(),
        " FROM members WHERE user_id = ?1 AND institution = ?2 AND login_hash = ?3 AND deleted_at IS NULL");
    DELETED_MEMBER_BY_LOGIN: Point = "SELECT no, aggregated_at FROM members \
        WHERE user_id = ?1 AND institution = ?2 AND login_hash = ?3 AND deleted_at IS NOT NULL ORDER BY no";
    NEXT_MEMBER_NO: Point = "SELECT COALESCE(MAX(no), 0) + 1 FROM members WHERE user_id = ?1";
    COUNT_MEMBERS: Page = "SELECT COUNT(*) FROM members WHERE user_id = ?1 AND deleted_at IS NULL";
    INSERT_MEMBER: Point = concat!("INSERT INTO members (user_id, ", columns!(), ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, \
        ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, \
        ?28, ?29)");
    UPDATE_MEMBER: Point = "UPDATE members SET external_guid = ?3, login_hash = ?4, name = ?5, metadata = ?6, \
        use_cases = ?7, background_is_disabled = ?8, is_oauth = ?9, status = ?10, former_status = ?11, \
        is_running = ?12, denials = ?13, failures = ?14, update_while_running = ?15, job = ?16, aggregated_at = ?17, \
        successfully_aggregated_at = ?18, completed_aggregation_started_at = ?19, revision = ?20, updated_at = ?21, \
        disabled_by = ?22, due_at = ?23 WHERE user_id = ?1 AND no = ?2";
    DELETE_MEMBER: Point = "UPDATE members SET deleted_at = ?3, due_at = NULL, is_running = 0, revision = revision + 1, \
        updated_at = ?3 WHERE user_id = ?1 AND no = ?2";
    DELETE_ACCOUNTS_OF_MEMBER: Page = "UPDATE accounts SET deleted_at = ?3 \
        WHERE user_id = ?1 AND member_no = ?2 AND deleted_at IS NULL";
    TAKE_EXTERNAL_GUID: Point = "INSERT INTO member_external_guids (client, external_guid, user_id, member_no) \
        VALUES (?1, ?2, ?3, ?4) ON CONFLICT (client, external_guid) DO NOTHING";
    FREE_EXTERNAL_GUID: Point = "DELETE FROM member_external_guids \
        WHERE client = ?1 AND external_guid = ?2 AND user_id = ?3 AND member_no = ?4";
    MEMBER_CREDENTIALS: Page = "SELECT credential, guid, sealed, metadata, created_at, updated_at \
        FROM member_credentials WHERE user_id = ?1 AND member_no = ?2 ORDER BY credential";
    PUT_MEMBER_CREDENTIAL: Point = "INSERT INTO member_credentials \
        (user_id, member_no, credential, guid, sealed, metadata, created_at, updated_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT (user_id, member_no, credential) \
        DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at";
    SET_MEMBER_CREDENTIAL_METADATA: Point = "UPDATE member_credentials SET metadata = ?4 \
        WHERE user_id = ?1 AND member_no = ?2 AND credential = ?3";
    ERASE_MEMBER_CREDENTIALS: Page = "DELETE FROM member_credentials WHERE user_id = ?1 AND member_no = ?2";
    PURGE_MEMBER_JOBS: Heavy = "DELETE FROM jobs WHERE user_id = ?1 AND member_no = ?2";
    PURGE_MEMBER: Point = "DELETE FROM members WHERE user_id = ?1 AND no = ?2";
    MEMBERS_DELETED_BEFORE: Heavy = "SELECT m.user_id, u.client, m.no FROM members m JOIN users u ON u.id = m.user_id \
        WHERE m.deleted_at < ?1 LIMIT 100";
}

/// A member, every column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent columns of the contract")]
pub struct Member {
    /// Number within the user, from 1.
    pub no: i64,
    /// Guid, `MBR-`.
    pub guid: MemberGuid,
    /// The institution.
    pub institution: InstitutionGuid,
    /// The partner's id.
    pub external_guid: Option<String>,
    /// Keyed hash of the login: one member per login and institution.
    pub login_hash: Option<Vec<u8>>,
    /// Name; none: the institution's.
    pub name: Option<String>,
    /// The partner's own text.
    pub metadata: Option<String>,
    /// Names of use cases, joined by commas.
    pub use_cases: String,
    /// Never aggregated in the background.
    pub background_is_disabled: bool,
    /// False: held by the partner.
    pub is_managed_by_user: bool,
    /// Made through Nexus or Connect.
    pub is_user_created: bool,
    /// The user's manual member.
    pub is_manual: bool,
    /// Most recent job.
    pub job: Option<JobGuid>,
    /// What the state machine reads and writes.
    pub state: MemberState,
    /// Service time of the next thing that time alone brings to it.
    pub due_at: Option<Timestamp>,
    /// Read only: whether its user is disabled or restricted.
    pub user_is_barred: bool,
    /// Counts changes.
    pub revision: i64,
    /// Latest change.
    pub updated_at: Timestamp,
}

/// A stored credential of a member.
#[derive(Debug, Clone)]
pub struct MemberCredentialRow {
    /// Which of the institution's credentials.
    pub credential: CredentialGuid,
    /// Guid, `MCR-`.
    pub guid: MemberCredentialGuid,
    /// The value, encrypted.
    pub sealed: Vec<u8>,
    /// The partner's own text.
    pub metadata: Option<String>,
    /// First write.
    pub created_at: Timestamp,
    /// Latest write.
    pub updated_at: Timestamp,
}

fn status(row: &Row<'_>, column: usize) -> Result<Option<ConnectionStatus>> {
    Ok(row.opt_int(column)?.and_then(ConnectionStatus::from_code))
}

fn member(row: &Row<'_>) -> Result<Member> {
    let use_cases = row.string(7)?;
    let state = MemberState {
        status: status(row, 13)?,
        is_being_aggregated: row.bool(15)?,
        is_oauth: row.bool(12)?,
        is_managed_by_user: row.bool(9)?,
        has_pfm: use_cases.split(',').any(|u| u == "PFM"),
        denials: u32::try_from(row.int(16)?).unwrap_or(0),
        failures: u32::try_from(row.int(17)?).unwrap_or(0),
        former_status: status(row, 14)?,
        disabled_by: Causes::from_code(row.int(26)?),
        update_while_running: UpdateWhileRunning::from_code(row.int(18)?).unwrap_or_default(),
        created_at: row.time(24)?,
        aggregated_at: row.opt_time(20)?,
        successfully_aggregated_at: row.opt_time(21)?,
        completed_aggregation_started_at: row.opt_time(22)?,
    };
    Ok(Member {
        no: row.int(0)?,
        guid: row.guid(1)?,
        institution: row.guid(2)?,
        external_guid: row.opt_string(3)?,
        login_hash: row.opt_blob(4)?.map(<[u8]>::to_vec),
        name: row.opt_string(5)?,
        metadata: row.opt_string(6)?,
        use_cases,
        background_is_disabled: row.bool(8)?,
        is_managed_by_user: row.bool(9)?,
        is_user_created: row.bool(10)?,
        is_manual: row.bool(11)?,
        job: row.opt_guid(19)?,
        state,
        due_at: row.opt_time(27)?,
        user_is_barred: row.int(28)? != 0,
        revision: row.int(23)?,
        updated_at: row.time(25)?,
    })
}

fn code(status: Option<ConnectionStatus>) -> Option<i64> {
    status.map(|s| i64::from(s.code()))
}

fn credential(row: &Row<'_>) -> Result<MemberCredentialRow> {
    Ok(MemberCredentialRow {
        credential: row.guid(0)?,
        guid: row.guid(1)?,
        sealed: row.blob(2)?.to_vec(),
        metadata: row.opt_string(3)?,
        created_at: row.time(4)?,
        updated_at: row.time(5)?,
    })
}

impl Db {
    /// The user's members, oldest first.
    pub async fn members(&self, scope: UserScope) -> Result<Vec<Member>> {
        self.query(&MEMBERS, params![scope.user], member).await
    }

    /// One of the user's members.
    pub async fn member(&self, scope: UserScope, guid: MemberGuid) -> Result<Option<Member>> {
        self.query_one(&MEMBER_BY_GUID, params![scope.user, guid], member).await
    }
}

impl Tx<'_> {
    /// The user's members, oldest first.
    pub fn members(&mut self, scope: UserScope) -> Result<Vec<Member>> {
        self.query(&MEMBERS, params![scope.user], member)
    }

    /// One of the user's members.
    pub fn member(&mut self, scope: UserScope, guid: MemberGuid) -> Result<Option<Member>> {
        self.query_one(&MEMBER_BY_GUID, params![scope.user, guid], member)
    }

    /// One of the user's members, by number.
    pub fn member_by_no(&mut self, scope: UserScope, no: i64) -> Result<Option<Member>> {
        self.query_one(&MEMBER_BY_NO, params![scope.user, no], member)
    }

    /// The member with this login at an institution.
    pub fn member_by_login(
        &mut self,
        scope: UserScope,
        institution: InstitutionGuid,
        login_hash: &[u8],
    ) -> Result<Option<Member>> {
        self.query_one(&MEMBER_BY_LOGIN, params![scope.user, institution, login_hash], member)
    }

    /// Deleted members with this login, oldest first: their numbers and `aggregated_at`.
    pub fn deleted_members_by_login(
        &mut self,
        scope: UserScope,
        institution: InstitutionGuid,
        login_hash: &[u8],
    ) -> Result<Vec<(i64, Option<Timestamp>)>> {
        let params = params![scope.user, institution, login_hash];
        self.query(&DELETED_MEMBER_BY_LOGIN, params, |row| Ok((row.int(0)?, row.opt_time(1)?)))
    }

    /// The number of the user's next member, and how many there are.
    pub fn next_member_no(&mut self, scope: UserScope) -> Result<(i64, i64)> {
        let next = self.query_one(&NEXT_MEMBER_NO, params![scope.user], |row| row.int(0))?;
        let count = self.query_one(&COUNT_MEMBERS, params![scope.user], |row| row.int(0))?;
        Ok((next.unwrap_or(1), count.unwrap_or(0)))
    }

    /// Makes a member.
    pub fn insert_member(&mut self, scope: UserScope, m: &Member) -> Result<()> {
        let s = &m.state;
        self.execute(
            &INSERT_MEMBER,
            params![
                scope.user,
                m.no,
                m.guid,
                m.institution,
                m.external_guid.as_ref(),
                m.login_hash.as_ref(),
                m.name.as_ref(),
                m.metadata.as_ref(),
                &m.use_cases,
                m.background_is_disabled,
                m.is_managed_by_user,
                m.is_user_created,
                m.is_manual,
                s.is_oauth,
                code(s.status),
                code(s.former_status),
                s.is_being_aggregated,
                i64::from(s.denials),
                i64::from(s.failures),
                i64::from(s.update_while_running.code()),
                m.job,
                s.aggregated_at,
                s.successfully_aggregated_at,
                s.completed_aggregation_started_at,
                m.revision,
                s.created_at,
                m.updated_at,
                i64::from(s.disabled_by.code()),
                m.due_at
            ],
        )
        .map(drop)
    }

    /// Writes every column of a member that can change.
    pub fn update_member(&mut self, scope: UserScope, m: &Member) -> Result<()> {
        let s = &m.state;
        self.execute(
            &UPDATE_MEMBER,
            params![
                scope.user,
                m.no,
                m.external_guid.as_ref(),
                m.login_hash.as_ref(),
                m.name.as_ref(),
                m.metadata.as_ref(),
                &m.use_cases,
                m.background_is_disabled,
                s.is_oauth,
                code(s.status),
                code(s.former_status),
                s.is_being_aggregated,
                i64::from(s.denials),
                i64::from(s.failures),
                i64::from(s.update_while_running.code()),
                m.job,
                s.aggregated_at,
                s.successfully_aggregated_at,
                s.completed_aggregation_started_at,
                m.revision,
                m.updated_at,
                i64::from(s.disabled_by.code()),
                m.due_at
            ],
        )
        .map(drop)
    }

    /// Deletes a member softly, its accounts with it.
    pub fn delete_member(&mut self, scope: UserScope, no: i64, now: Timestamp) -> Result<()> {
        self.delete_oauth_window(scope, no)?;
        self.execute(&DELETE_MEMBER, params![scope.user, no, now])?;
        self.execute(&DELETE_ACCOUNTS_OF_MEMBER, params![scope.user, no, now])?;
        self.erase_member_credentials(scope, no)
    }

    /// Removes a deleted member and all that belonged to it, but for its jobs, which stay readable.
    pub fn purge_member(&mut self, scope: UserScope, no: i64) -> Result<()> {
        self.lock_user(scope.user)?;
        self.purge_accounts_of_member(scope, no)?;
        self.delete_oauth_window(scope, no)?;
        self.erase_member_credentials(scope, no)?;
        self.execute(&PURGE_MEMBER, params![scope.user, no]).map(drop)
    }

    /// Members deleted before a moment, some of them.
    pub fn members_deleted_before(
        &mut self,
        _: SystemScope,
        before: Timestamp,
    ) -> Result<Vec<(UserScope, i64)>> {
        self.query(&MEMBERS_DELETED_BEFORE, params![before], |row| {
            Ok((UserScope { user: row.int(0)?, client: row.int(1)? }, row.int(2)?))
        })
    }

    /// Takes a partner's id of a member; false where another member of the client has it.
    pub fn take_member_external_guid(&mut self, scope: UserScope, no: i64, external: &str) -> Result<bool> {
        Ok(self.execute(&TAKE_EXTERNAL_GUID, params![scope.client, external, scope.user, no])? == 1)
    }

    /// Gives a partner's id of a member back.
    pub fn free_member_external_guid(&mut self, scope: UserScope, no: i64, external: &str) -> Result<()> {
        self.execute(&FREE_EXTERNAL_GUID, params![scope.client, external, scope.user, no]).map(drop)
    }

    /// A member's stored credentials.
    pub fn member_credentials(&mut self, scope: UserScope, no: i64) -> Result<Vec<MemberCredentialRow>> {
        self.query(&MEMBER_CREDENTIALS, params![scope.user, no], credential)
    }

    /// Adds or replaces a stored credential; guid and `created_at` of the first write stay.
    pub fn put_member_credential(
        &mut self,
        scope: UserScope,
        no: i64,
        c: &MemberCredentialRow,
    ) -> Result<()> {
        self.execute(
            &PUT_MEMBER_CREDENTIAL,
            params![scope.user, no, c.credential, c.guid, &c.sealed, c.metadata.as_ref(), c.updated_at],
        )
        .map(drop)
    }

    /// Changes the partner's own text of a stored credential.
    pub fn set_member_credential_metadata(
        &mut self,
        scope: UserScope,
        no: i64,
        credential: CredentialGuid,
        metadata: Option<&str>,
    ) -> Result<()> {
        let params = params![scope.user, no, credential, metadata];
        self.execute(&SET_MEMBER_CREDENTIAL_METADATA, params).map(drop)
    }

    /// Removes a member's credentials.
    pub fn erase_member_credentials(&mut self, scope: UserScope, no: i64) -> Result<()> {
        self.execute(&ERASE_MEMBER_CREDENTIALS, params![scope.user, no]).map(drop)
    }

    /// Removes the jobs of a member.
    pub fn purge_member_jobs(&mut self, scope: UserScope, no: i64) -> Result<()> {
        self.execute(&PURGE_MEMBER_JOBS, params![scope.user, no]).map(drop)
    }
}
