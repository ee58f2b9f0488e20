//! Answers as scripts: rows, errors, pauses, and the ways a connection can die.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt};
use tokio::io::AsyncWrite;
use tokio::sync::mpsc::UnboundedReceiver;

use super::types::{self, Column, Value};
use super::wire::{self, Message, Writer};
use super::{Answer, Session, reset};

/// A step of an answer.
#[derive(Debug, Clone)]
pub enum Step {
    Columns(Vec<Column>),
    Row(Vec<Value>),
    /// A row whose NULLs are packed.
    PackedRow(Vec<Value>),
    /// Bytes as they are.
    Raw(Vec<u8>),
    /// The same, made once for many answers.
    Shared(Arc<Vec<u8>>),
    Error(u32, u8, &'static str),
    /// Ends the message as it stands.
    EndHere,
    /// The end, with the number of rows.
    Done(u64),
    /// Sends what there is and waits.
    Pause(Duration),
    /// Sends what there is and waits, without looking at what arrives meanwhile.
    Finish(Duration),
    /// Sends what there is and works for ever, until told to stop.
    Hang,
    /// The same, and does not hear the request to stop.
    HangDeaf,
    /// Sends what there is; then the connection breaks off with a reset.
    Reset,
    /// Sends what there is, and closes.
    Close,
}

/// A whole answer of rows.
pub fn rows(columns: Vec<Column>, rows: Vec<Vec<Value>>) -> Answer {
    let count = rows.len() as u64;
    let steps = std::iter::once(Step::Columns(columns))
        .chain(rows.into_iter().map(Step::Row))
        .chain(std::iter::once(Step::Done(count)));
    futures::stream::iter(steps.collect::<Vec<_>>()).boxed()
}

/// A handler that gives the same answer to every query.
pub fn selects(steps: Vec<Step>) -> impl Fn(&str, &Session) -> Answer + Send + Sync + 'static {
    move |_, _| futures::stream::iter(steps.clone()).boxed()
}

pub(super) struct Running<S> {
    pub writer: Writer<S>,
    pub socket: socket2::Socket,
    pub obeys_limits: bool,
}

impl<S: AsyncWrite + Unpin> Running<S> {
    /// Plays an answer; `false` when the connection ends with it.
    pub async fn run(
        &mut self,
        mut answer: impl Stream<Item = Step> + Unpin,
        session: &Session,
        messages: &mut UnboundedReceiver<Message>,
    ) -> io::Result<bool> {
        let (mut columns, mut finishing) = (Vec::new(), false);
        let (mut left, text_size) = match session.row_count {
            _ if !self.obeys_limits => (u64::MAX, usize::MAX),
            0 => (u64::MAX, session.text_size),
            count => (count, session.text_size),
        };
        loop {
            let step = tokio::select! {
                biased;
                Some(message) = messages.recv(), if !finishing => match message.kind {
                    wire::ATTENTION => return self.stop().await,
                    other => panic!("a message {other} in the middle of an answer"),
                },
                step = answer.next() => step,
            };
            let Some(step) = step else {
                self.writer.put(&wire::done(0, 0)).await?;
                self.writer.end().await?;
                return Ok(true);
            };
            match step {
                Step::Columns(announced) => {
                    self.writer.put(&types::columns(&announced)).await?;
                    columns = announced;
                }
                Step::Row(_) | Step::PackedRow(_) if left == 0 => {
                    self.writer.put(&wire::done(wire::COUNTED, session.row_count)).await?;
                    self.writer.end().await?;
                    return Ok(true);
                }
                Step::Row(values) => {
                    left -= 1;
                    self.writer.put(&types::row(&columns, &values, text_size)).await?;
                }
                Step::PackedRow(values) => {
                    left -= 1;
                    self.writer.put(&types::packed_row(&columns, &values, text_size)).await?;
                }
                Step::Raw(bytes) => self.writer.put(&bytes).await?,
                Step::Shared(bytes) => self.writer.put(&bytes).await?,
                Step::Error(number, class, words) => {
                    self.writer.put(&wire::error(number, class, words)).await?;
                    self.writer.put(&wire::done(wire::FAILED, 0)).await?;
                    self.writer.end().await?;
                    return Ok(class < 20);
                }
                Step::EndHere => {
                    self.writer.end().await?;
                    return Ok(true);
                }
                Step::Done(count) => {
                    self.writer.put(&wire::done(wire::COUNTED, count)).await?;
                    self.writer.end().await?;
                    return Ok(true);
                }
                Step::Pause(time) => {
                    self.writer.push_out().await?;
                    tokio::select! {
                        () = tokio::time::sleep(time) => {}
                        message = messages.recv() => match message {
                            Some(_) => return self.stop().await,
                            None => return Ok(false),
                        },
                    }
                }
                Step::Finish(time) => {
                    self.writer.push_out().await?;
                    tokio::time::sleep(time).await;
                    finishing = true;
                }
                Step::Hang => {
                    self.writer.push_out().await?;
                    return match messages.recv().await {
                        Some(_) => self.stop().await,
                        None => Ok(false),
                    };
                }
                Step::HangDeaf => {
                    self.writer.push_out().await?;
                    while messages.recv().await.is_some() {}
                    return Ok(false);
                }
                Step::Reset => {
                    self.writer.push_out().await?;
                    // What was sent must arrive before the reset overtakes it.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    reset(&self.socket);
                    return Ok(false);
                }
                Step::Close => {
                    self.writer.push_out().await?;
                    return Ok(false);
                }
            }
        }
    }

    /// Ends the answer because the client wants no more of it.
    async fn stop(&mut self) -> io::Result<bool> {
        self.writer.put(&wire::done(wire::ACKNOWLEDGED, 0)).await?;
        self.writer.end().await?;
        Ok(true)
    }
}
