//! Proofs of whose data may be reached. Only this crate makes them: a scope of a user comes from a session,
//! from a client's user that was looked up, or from a row of that user.

/// The right to one client's users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientScope {
    pub(crate) client: i64,
}

/// The right to one user's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserScope {
    pub(crate) user: i64,
    pub(crate) client: i64,
}

/// The right of the service itself to work across users: schedules, purges, workers. Not to be had from a
/// request.
#[derive(Debug, Clone, Copy)]
pub struct SystemScope(());

impl SystemScope {
    /// For background work and the operator's commands.
    #[must_use]
    pub const fn of_the_service() -> Self {
        Self(())
    }
}

impl ClientScope {
    /// The client's number, for additional data and logs.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.client
    }
}

impl UserScope {
    /// The user's number, for additional data of the vault and logs.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.user
    }

    /// The client the user belongs to.
    #[must_use]
    pub const fn client(self) -> ClientScope {
        ClientScope { client: self.client }
    }
}
