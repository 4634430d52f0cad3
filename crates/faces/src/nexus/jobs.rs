//! Jobs (`spec: nexus-core, 6`).
use crate::{
    app::App,
    auth::{Audit, NexusSession},
    call::{Answer, Call, Params},
    dialect::Dialect,
    error::ApiError,
    nexus::institutions::docs::CredentialsAnswer,
    nexus::writable,
    object::{array, rooted},
    openapi::{Entry, boolean, integer, text, time},
};
use axum::extract::State;

mod render;

const JOB: &[Entry] = &[
    time("created_at", "When it was asked for."),
    text("error_message", "Why it ended as it did.").or_null(),
    integer("error_message_code", "Code of that.").or_null(),
    time("finished_at", "When it ended.").or_null(),
    text("guid", "`JOB-`."),
    text("institution_guid", "`INS-`."),
    boolean("is_authenticated", "Credentials and answers were accepted."),
    text("member_guid", "`MBR-`."),
    time("started_at", "When a worker took it.").or_null(),
    integer("status", "Where it is; 6 to 9 are final."),
    text("status_name", "Name of `status`."),
    time("updated_at", "Latest change."),
    text("user_guid", "`USR-`."),
];

crate::schemas! {
    /// A conversation with an institution.
    Job = entries(JOB);
    /// The answer of `GET /jobs/{job_guid}`.
    JobAnswer = root("job", Job);
}

/// Read a job
///
/// A job can be read for 90 days after it ended, and a member's most recent one as long as the member exists.
#[utoipa::path(
    get,
    path = "/jobs/{job_guid}",
    responses((status = 200, description = "The job.", body = JobAnswer))
)]
pub async fn read(
    State(app): State<App>,
    session: NexusSession,
    Params(guid): Params<String>,
    _call: Call,
) -> Result<Answer, ApiError> {
    let job = app.engine().job(session.scope, &guid).await?;
    Ok(Answer::ok(rooted("job", 640, |out| render::job(out, &job, session.user_guid))))
}

/// List the open challenges of a job
///
/// As credential objects, in `display_order`; none when the job is not CHALLENGED or the lifetime of the set is
/// over. Never paged.
#[utoipa::path(
    get,
    path = "/jobs/{job_guid}/mfa_credentials",
    responses((status = 200, description = "The challenges.", body = CredentialsAnswer))
)]
pub async fn mfa_credentials(
    State(app): State<App>,
    session: NexusSession,
    Params(guid): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    let reads = async {
        let job = app.engine().job(session.scope, &guid).await?;
        let open = app.engine().open_challenges(session.scope, &job).await?;
        Ok::<_, ApiError>((job, open))
    };
    let (job, open) = app.engine().db().together(reads).await??;
    let old = call.dialect() == Dialect::Old;
    Ok(Answer::ok(rooted("credentials", 700 * open.len() + 20, |out| {
        array(out, &open, |out, challenge| render::credential(out, challenge, job.institution, old));
    })))
}

/// Resume a job
///
/// Lets a CHALLENGED job go on with the answers that were written one by one before.
#[utoipa::path(
    method(get, put),
    path = "/jobs/{job_guid}/resume",
    responses(
        (status = 200, description = "The job, RECEIVED.", body = JobAnswer),
        (status = 400, description = "4002: a challenge is not answered."),
        (status = 403, description = "4031: the user is restricted."),
        (status = 405, description = "4050: the job is not challenged, or no longer."),
    )
)]
#[deprecated = "members are resumed with all answers at once"]
pub async fn resume(
    State(app): State<App>,
    session: NexusSession,
    Audit(audit): Audit,
    Params(guid): Params<String>,
    call: Call,
) -> Result<Answer, ApiError> {
    writable(&app, &session).await?;
    call.json()?;
    let job = app.engine().resume_job(&audit, session.scope, &guid).await?;
    Ok(Answer::ok(rooted("job", 640, |out| render::job(out, &job, session.user_guid))))
}
