//! What a connector said, as events of the state machine.
use crate::{
    Engine, Result,
    case::Case,
    job::Wanted,
    numbers::{found_nothing, replace_earlier},
};
use connectors::{Outcome, Refusal};
use domain::{enums::ConnectionStatus, env::Clock, machine::Event, timeline::Happened};
use store::Tx;

impl Engine {
    pub(super) fn write_outcome(&self, tx: &mut Tx<'_>, case: &mut Case, outcome: &Outcome) -> Result<()> {
        let Some(job) = case.job.clone() else { return Ok(()) };
        let wanted = Wanted::of(&job);
        if !matches!(outcome, Outcome::Renewed(_)) {
            tx.delete_challenges(case.scope, job.guid)?;
        }
        let event = match outcome {
            Outcome::Progress | Outcome::Data(_) => return self.write_job(tx, case, job),
            Outcome::Renewed(credentials) => {
                self.keep_renewed(tx, case, credentials)?;
                return self.write_job(tx, case, job);
            }
            Outcome::Authenticated => Event::Authenticated,
            Outcome::Challenge(challenges) => {
                self.raise_challenges(tx, case.scope, job.guid, challenges)?;
                if let Some(job) = case.job.as_mut() {
                    let kinds = challenges.iter().map(|challenge| challenge.field_type).collect();
                    job.timeline.push(job.created_at, self.clock().now(), &Happened::Asked(kinds));
                }
                Event::Challenge
            }
            Outcome::Done { then } => {
                let nothing_found = found_nothing(tx, case, &job)?;
                if !self.expect(tx, case, Event::Fetched, wanted)?
                    || !self.expect(tx, case, Event::Stored { nothing_found }, wanted)?
                {
                    return Ok(());
                }
                replace_earlier(tx, case, &job)?;
                tx.accounts_imported(case.scope, case.member.no, self.clock().now())?;
                if let Some(status) = then {
                    let _refused = self.apply(tx, case, moved_to(*status), wanted)?;
                }
                return Ok(());
            }
            Outcome::Refused(refusal) => refused(*refusal),
            Outcome::Failed { reason } => {
                note_reason(case, reason);
                Event::Failed { timed_out: false }
            }
            Outcome::Forced(status) => Event::Forced(*status),
        };
        self.expect(tx, case, event, wanted).map(drop)
    }

    /// Applies an event of the connector. One that has no row from this state is the connector's mistake: the job
    /// fails, with a reason for the operator.
    fn expect(&self, tx: &mut Tx<'_>, case: &mut Case, event: Event, wanted: Wanted) -> Result<bool> {
        if self.apply(tx, case, event, wanted)?.is_ok() {
            return Ok(true);
        }
        note_reason(case, &format!("the connector said {event:?} out of order"));
        let _ended = self.apply(tx, case, Event::Failed { timed_out: false }, wanted)?;
        Ok(false)
    }
}

/// Keeps why a job failed, for the operator: one line that can be printed and stored.
pub(super) fn note_reason(case: &mut Case, reason: &str) {
    if let Some(job) = case.job.as_mut() {
        let printable = reason.chars().map(|c| if c.is_control() { ' ' } else { c });
        job.reason = Some(printable.take(500).collect());
    }
}

fn refused(refusal: Refusal) -> Event {
    match refusal {
        Refusal::Credentials => Event::CredentialsRefused,
        Refusal::Answer => Event::AnswerRefused,
        Refusal::AnswerTooLate => Event::AnswerTooLate,
        Refusal::Locked => Event::Locked,
        Refusal::Impeded => Event::Impeded,
        Refusal::Impaired => Event::Impaired,
    }
}

/// What moves a member after its job completed.
fn moved_to(status: ConnectionStatus) -> Event {
    match status {
        ConnectionStatus::Reconnected => Event::MovedConnector,
        other => Event::Forced(other),
    }
}
