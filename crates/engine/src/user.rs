//! Users: written by their partner (`spec: partner, 3`).
use crate::{Call, Engine, Error, Result};
use domain::{
    env::Clock,
    guid::UserGuid,
    machine::{Cause, Event},
    time::{Date, Timestamp},
    webhook::Action,
};
use store::{
    Tx,
    scope::{ClientScope, UserScope},
    users::User,
};

/// What a partner may change of a user; `None`: unchanged, `Some(None)`: cleared.
#[derive(Debug, Clone, Default)]
pub struct UserPatch {
    /// Day of birth.
    pub birthday: Option<Option<Date>>,
    /// 0 to 1000.
    pub credit_score: Option<Option<i64>>,
    /// Address.
    pub email: Option<Option<String>>,
    /// First name.
    pub first_name: Option<Option<String>>,
    /// Last name.
    pub last_name: Option<Option<String>>,
    /// 0 male, 1 female.
    pub gender: Option<Option<i64>>,
    /// Ends sessions and disables members.
    pub is_disabled: Option<bool>,
    /// Left out of statistics.
    pub is_excluded_from_analytics: Option<bool>,
    /// The partner's own text.
    pub metadata: Option<Option<String>>,
    /// Digits, a leading `+` kept.
    pub phone: Option<Option<String>>,
    /// Postal code.
    pub postal_code: Option<Option<String>>,
}

impl UserPatch {
    /// Writes the patch into a user; true where anything changed.
    fn apply_to(&self, user: &mut User) -> bool {
        fn set<T: Clone + PartialEq>(to: &mut T, from: Option<&T>) -> bool {
            let changed = from.is_some_and(|value| value != to);
            if let Some(value) = from {
                to.clone_from(value);
            }
            changed
        }
        let email_changed = set(&mut user.email, self.email.as_ref());
        let phone_changed = set(&mut user.phone, self.phone.as_ref());
        // What was verified was the old address or number.
        user.email_is_verified &= !email_changed;
        user.phone_is_verified &= !phone_changed;
        let mut changed = email_changed | phone_changed;
        changed |= set(&mut user.birthday, self.birthday.as_ref());
        changed |= set(&mut user.credit_score, self.credit_score.as_ref());
        changed |= set(&mut user.first_name, self.first_name.as_ref());
        changed |= set(&mut user.last_name, self.last_name.as_ref());
        changed |= set(&mut user.gender, self.gender.as_ref());
        changed |= set(&mut user.is_disabled, self.is_disabled.as_ref());
        changed |= set(&mut user.is_excluded_from_analytics, self.is_excluded_from_analytics.as_ref());
        changed |= set(&mut user.metadata, self.metadata.as_ref());
        changed | set(&mut user.postal_code, self.postal_code.as_ref())
    }
}

impl Engine {
    /// The user of a session.
    pub async fn user(&self, scope: UserScope) -> Result<User> {
        self.db().user(scope).await?.ok_or(Error::ExpiredSession)
    }

    /// A client's user by the partner's id.
    pub async fn user_of_client(&self, scope: ClientScope, external: &str) -> Result<User> {
        self.db().user_by_external_guid(scope, external).await?.ok_or(Error::NotFound("user"))
    }

    /// Makes a user; 4091 where the id is in use.
    pub async fn create_user(
        &self,
        call: &Call,
        scope: ClientScope,
        external: &str,
        patch: UserPatch,
    ) -> Result<User> {
        if self.db().user_by_external_guid(scope, external).await?.is_none() {
            // What deleted users with this id left goes in short writes, so that the creation is one too.
            for deleted in self.db().deleted_users(scope, external).await? {
                self.purge_user(deleted).await?;
            }
        }
        let (engine, call, external) = (self.clone(), call.clone(), external.to_owned());
        self.db()
            .write(move |tx| {
                tx.set_quiet(call.is_quiet);
                let user = engine.create_user_in(tx, scope, &external, &patch)?;
                engine.audit_user(tx, &call, user.scope, &user.guid.to_string())?;
                Ok(user)
            })
            .await
            .map_err(id_in_use)
    }

    pub(crate) fn create_user_in(
        &self,
        tx: &mut Tx<'_>,
        client: ClientScope,
        external: &str,
        patch: &UserPatch,
    ) -> Result<User> {
        if tx.user_by_external_for_update(client, external)?.is_some() {
            return Err(Error::IdInUse);
        }
        tx.purge_deleted_users(client, external)?;
        let now = self.clock().now();
        let scope = tx.next_user(client)?;
        let (data_key, _) = self.inner.keys.new_user_key(self.entropy(), scope.number());
        let mut user = new_user(scope, UserGuid::new(now, self.entropy()), external, data_key, now);
        patch.apply_to(&mut user);
        tx.insert_user(&user)?;
        self.tell_user(tx, &user, Action::Created)?;
        Ok(user)
    }

    /// Changes a user.
    pub async fn update_user(
        &self,
        call: &Call,
        scope: ClientScope,
        external: &str,
        patch: UserPatch,
    ) -> Result<User> {
        let (engine, call, external) = (self.clone(), call.clone(), external.to_owned());
        let written = self.db().write(move |tx| {
            tx.set_quiet(call.is_quiet);
            let before = tx.user_by_external_for_update(scope, &external)?.ok_or(Error::NotFound("user"))?;
            let mut user = before.clone();
            if patch.apply_to(&mut user) {
                user.revision += 1;
                user.updated_at = engine.clock().now();
                let is_barred = |user: &User| user.is_disabled || user.is_restricted;
                if user.is_disabled && !before.is_disabled {
                    // Unused tokens stay: they are refused, not consumed (`spec: nexus-core, 1`).
                    user.session_epoch += 1;
                    tx.end_sessions(user.scope)?;
                    tx.note_change("user", &user.scope.number().to_be_bytes())?;
                }
                // Before the members: what time brings to them depends on it.
                tx.update_user(&user)?;
                engine.tell_user(tx, &user, Action::Updated)?;
                if user.is_disabled != before.is_disabled {
                    engine.disabled_changed(tx, &user)?;
                } else if is_barred(&user) != is_barred(&before) {
                    engine.reschedule_members(tx, user.scope)?;
                }
            }
            engine.audit_user(tx, &call, user.scope, &user.guid.to_string())?;
            Ok::<_, Error>((user.is_disabled && !before.is_disabled, user))
        });
        let (was_disabled, user) = written.await?;
        if was_disabled {
            self.sessions().forget_user(user.scope.number());
        }
        Ok(user)
    }

    /// Members of a user that was disabled become DISABLED; of one that was enabled they come back (row 31).
    fn disabled_changed(&self, tx: &mut Tx<'_>, user: &User) -> Result<()> {
        let event = if user.is_disabled { Event::Disabled(Cause::User) } else { Event::Enabled(Cause::User) };
        for member in tx.members(user.scope)? {
            let mut case = self.case_of(tx, user.scope, member)?;
            if self.apply(tx, &mut case, event, crate::job::Wanted::ALL)?.is_err() {
                // Members without credentials take no part in it; time may bring something to them all the same.
                self.reschedule(tx, user.scope, &case.member)?;
            }
        }
        Ok(())
    }

    /// Gives a user another id; 4091 where it is in use.
    pub async fn remap_user(
        &self,
        call: &Call,
        scope: ClientScope,
        external: &str,
        new: &str,
    ) -> Result<User> {
        let (engine, call) = (self.clone(), call.clone());
        let (external, new) = (external.to_owned(), new.to_owned());
        self.db()
            .write(move |tx| {
                tx.set_quiet(call.is_quiet);
                let mut user =
                    tx.user_by_external_for_update(scope, &external)?.ok_or(Error::NotFound("user"))?;
                if tx.user_by_external_for_update(scope, &new)?.is_some_and(|other| other.guid != user.guid) {
                    return Err(Error::IdInUse);
                }
                if user.external_guid != new {
                    user.external_guid.clone_from(&new);
                    user.revision += 1;
                    user.updated_at = engine.clock().now();
                    tx.update_user(&user)?;
                    engine.tell_user(tx, &user, Action::Updated)?;
                }
                engine.audit_user(tx, &call, user.scope, &user.guid.to_string())?;
                Ok(user)
            })
            .await
            .map_err(id_in_use)
    }

    /// Deletes a user and all that is theirs; sessions end, running jobs too.
    pub async fn delete_user(&self, call: &Call, scope: ClientScope, external: &str) -> Result<()> {
        let (engine, call, external) = (self.clone(), call.clone(), external.to_owned());
        let deleted = self.db().write(move |tx| {
            tx.set_quiet(call.is_quiet);
            let mut user =
                tx.user_by_external_for_update(scope, &external)?.ok_or(Error::NotFound("user"))?;
            for member in tx.members(user.scope)? {
                let mut case = engine.case_of(tx, user.scope, member)?;
                engine.apply(tx, &mut case, Event::Deleted, crate::job::Wanted::ALL)??;
            }
            crate::session::end_sessions_in(tx, &mut user)?;
            engine.tell_user(tx, &user, Action::Deleted)?;
            tx.delete_user(user.scope, engine.clock().now())?;
            engine.audit_user(tx, &call, user.scope, &user.guid.to_string())?;
            Ok::<_, Error>(user.scope)
        });
        self.sessions().forget_user(deleted.await?.number());
        Ok(())
    }
}

fn new_user(scope: UserScope, guid: UserGuid, external: &str, data_key: Vec<u8>, now: Timestamp) -> User {
    User {
        scope,
        guid,
        external_guid: external.to_owned(),
        birthday: None,
        credit_score: None,
        email: None,
        email_is_verified: false,
        first_name: None,
        last_name: None,
        gender: None,
        metadata: None,
        phone: None,
        phone_is_verified: false,
        postal_code: None,
        accepted_terms_at: None,
        has_accepted_terms: false,
        has_updated_terms: false,
        failed_token_logins: 0,
        is_disabled: false,
        is_restricted: false,
        is_excluded_from_analytics: false,
        logged_in_at: None,
        revision: 0,
        session_epoch: 0,
        data_key,
        created_at: now,
        updated_at: now,
    }
}

/// Two creations at the same time: the slower one meets the unique key.
fn id_in_use(error: Error) -> Error {
    match error {
        Error::Unique => Error::IdInUse,
        other => other,
    }
}
