//! What happens by itself (`spec: nexus-core, 10`).
mod advance;
mod due;
mod operator;
mod purges;

use domain::machine::Cause;
use engine::{Call, member::MemberView};
use store::{jobs::Job, scope::UserScope, users::User};
use testkit::App;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// A user with a member that had its first job.
struct Connected {
    user: User,
    guid: String,
}

fn operator() -> Call {
    Call::new("operator", "test", "test")
}

impl Connected {
    async fn new(app: &App, id: &str, password: &str) -> Self {
        let user = app.user(id).await;
        let session = app.session(&user).await;
        let guid = app.connected(&session, password).await;
        Self { user, guid }
    }

    fn scope(&self) -> UserScope {
        self.user.scope
    }

    async fn view(&self, app: &App) -> MemberView {
        app.engine().member(self.scope(), &self.guid).await.unwrap()
    }

    async fn status(&self, app: &App) -> &'static str {
        self.view(app).await.member.state.status.map_or("null", domain::enums::ConnectionStatus::name)
    }

    async fn job(&self, app: &App) -> Job {
        let job = self.view(app).await.member.job.unwrap();
        app.engine().job(self.scope(), &job.to_string()).await.unwrap()
    }

    async fn is_disabled_by(&self, app: &App, cause: Cause) -> bool {
        self.view(app).await.member.state.disabled_by.has(cause)
    }

    /// Background jobs of the member until so many seconds from now: when each of them began, seconds.
    async fn background_starts(&self, app: &App, seconds: i64) -> Vec<i64> {
        let (begin, mut seen, mut starts) = (app.now(), self.job(app).await.guid, Vec::new());
        let mut left = seconds;
        while left > 0 {
            app.pass(HOUR.min(left)).await;
            left -= HOUR;
            let job = self.job(app).await;
            if job.guid != seen {
                seen = job.guid;
                assert!(job.state.is_background);
                starts.push(job.created_at.micros_since(begin) / 1_000_000);
            }
        }
        starts
    }
}
