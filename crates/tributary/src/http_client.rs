//! A small HTTP/1.1 client: one call on one connection, without tasks of its own.
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{Request, Response, response::Parts};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use std::pin::pin;
use tokio::io::{AsyncRead, AsyncWrite};

/// Most bytes of an answer that is read whole.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// Sends a request and hands over the pieces of the answer's body as they come.
pub(crate) async fn stream(
    connection: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
    mut each: impl FnMut(&[u8]) -> Result<()>,
) -> Result<Parts> {
    let (mut sender, driver) = hyper::client::conn::http1::handshake(TokioIo::new(connection)).await?;
    let talk = async {
        let response: Response<Incoming> = sender.send_request(request).await.context("no answer")?;
        let (parts, mut body) = response.into_parts();
        while let Some(frame) = body.frame().await {
            if let Some(piece) = frame.context("the answer was cut off")?.data_ref() {
                each(piece)?;
            }
        }
        Ok(parts)
    };
    // The driver may end before the last piece was read; what it has read is still handed over.
    let driver = async {
        let _closed = driver.await;
        std::future::pending::<()>().await;
    };
    let (mut talk, mut driver) = (pin!(talk), pin!(driver));
    tokio::select! {
        answer = &mut talk => answer,
        () = &mut driver => bail!("the connection was closed"),
    }
}

/// Sends a request and reads the whole answer.
pub(crate) async fn call(
    connection: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<(Parts, Vec<u8>)> {
    let mut body = Vec::new();
    let parts = stream(connection, request, |piece| {
        if body.len() + piece.len() > ANSWER_BYTES_MAX {
            bail!("the answer is larger than {} MiB", ANSWER_BYTES_MAX >> 20);
        }
        body.extend_from_slice(piece);
        Ok(())
    });
    Ok((parts.await?, body))
}
