//! `tributary webhook`: from the command line to what is printed.
use super::read_secret;
use crate::{
    cli::{WebhookCommand, WebhookProof},
    commands::{Command, ProofOrder, WebhookOrder, WebhookReply},
    tables,
};
use anyhow::Result;
use domain::secret::SecretText;

/// What is asked.
pub(super) fn command(asked: WebhookCommand) -> Result<Command> {
    let (client_id, order) = match asked {
        WebhookCommand::Add { client_id, event, url, proof } => {
            (client_id, WebhookOrder::Add { event, url, proof: proof_order(proof)? })
        }
        WebhookCommand::List { client_id } => (client_id, WebhookOrder::List),
        WebhookCommand::Show { client_id, event } => (client_id, WebhookOrder::Show { event }),
        WebhookCommand::Remove { client_id, event } => (client_id, WebhookOrder::Remove { event }),
        WebhookCommand::Test { client_id, event } => (client_id, WebhookOrder::Test { event }),
        WebhookCommand::Failed { client_id, limit } => (client_id, WebhookOrder::Failed { limit }),
        WebhookCommand::Redeliver { client_id, id, .. } => (client_id, WebhookOrder::Redeliver { id }),
    };
    Ok(Command::Webhook { client_id, order })
}

fn proof_order(proof: WebhookProof) -> Result<ProofOrder> {
    let secret = |path: Option<std::path::PathBuf>| path.as_deref().map(read_secret).transpose();
    Ok(match proof {
        WebhookProof { user: Some(user), password_from, .. } => {
            ProofOrder::Basic { user, password: secret(password_from)? }
        }
        WebhookProof { certificate: Some(path), .. } => {
            ProofOrder::Certificate { pem: Some(read_secret(&path)?) }
        }
        WebhookProof {
            token_url: Some(token_url),
            oauth_client_id,
            oauth_secret_from,
            oauth_scope: scope,
            ..
        } => ProofOrder::OAuth {
            token_url,
            client_id: oauth_client_id.unwrap_or_default(),
            client_secret: secret(oauth_secret_from)?,
            scope,
        },
        _ => ProofOrder::None,
    })
}

/// The answer for people.
pub(super) fn text(reply: &WebhookReply) -> String {
    match reply {
        WebhookReply::Webhooks { webhooks } => {
            let secret = webhooks.iter().find_map(|line| line.secret.as_ref());
            let shown = secret.map(SecretText::expose).map_or_else(String::new, |secret| {
                format!("Signing secret; it is not shown again:\n{secret}\n")
            });
            format!("{}{shown}", tables::webhooks(webhooks))
        }
        WebhookReply::Failed { events } => tables::failed_events(events),
        WebhookReply::Tested { is_accepted: true, outcome } => format!("Accepted with {outcome}.\n"),
        WebhookReply::Tested { outcome, .. } => format!("Not accepted: {outcome}.\n"),
        WebhookReply::Again { sent_again } => format!("{sent_again} events are sent again.\n"),
    }
}
