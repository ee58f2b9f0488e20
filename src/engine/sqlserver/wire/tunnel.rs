//! The stream that tiberius speaks through: already connected, already encrypted.
//!
//! It passes packets on and watches them, which tiberius does not offer:
//! * the prelogin was done before TLS, so tiberius' own is answered here;
//! * the columns of an answer are read as they pass (`metadata`);
//! * values without a limit are cut (`cut`);
//! * a request to stop is sent while an answer is still being decoded; what comes after it is
//!   skipped unread up to the acknowledgement, and the connection is known to be clean again;
//! * it counts what a single row brings, and when the last byte came.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::cut::Cutter;
use super::framing::{Inbox, Outgoing};
use super::metadata::{self, Found};
use super::packet::{self, HEADER, Header};
use super::prelogin::{self, Encryption};
use super::watch::{Attention, Columns, Watch};

/// What lies below: TCP, with or without TLS.
pub trait Below: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Below for T {}

/// The stream for tiberius.
pub struct Tunnel {
    below: Box<dyn Below>,
    watch: Arc<Watch>,
    outgoing: Outgoing,
    /// Bytes read that are not yet passed on.
    inbox: Inbox,
    /// Packets for tiberius, and how much of them it has taken.
    ready: Vec<u8>,
    taken: usize,
    /// Content kept back until the columns in it are complete.
    kept: Vec<u8>,
    /// Cuts the values of the running answer, where any can be too long.
    cutter: Option<Cutter>,
    /// The last bytes of the running message: where its DONE stands.
    tail: Vec<u8>,
    /// Bytes of the request to stop that were sent.
    attention_sent: usize,
    /// Whether the last message was passed on to its end: until the next request there is
    /// nothing more to wait for.
    over: bool,
}

impl Tunnel {
    pub fn new(below: Box<dyn Below>) -> (Tunnel, Arc<Watch>) {
        let watch = Arc::new(Watch::new());
        let tunnel = Tunnel {
            below,
            watch: Arc::clone(&watch),
            outgoing: Outgoing::default(),
            inbox: Inbox::default(),
            ready: Vec::new(),
            taken: 0,
            kept: Vec::new(),
            cutter: None,
            tail: Vec::new(),
            attention_sent: 0,
            over: false,
        };
        (tunnel, watch)
    }

    /// Sends the request to stop, if one is wanted and no other message is half sent.
    fn poll_attention(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wanted = self.watch.state(|state| state.attention == Attention::Wanted);
        if !wanted || !self.outgoing.between_messages() {
            return Poll::Ready(Ok(()));
        }
        let message = packet::message(packet::ATTENTION, &[]);
        while let Some(rest) = message.get(self.attention_sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.below).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.attention_sent += written,
            }
        }
        ready!(Pin::new(&mut self.below).poll_flush(cx))?;
        self.attention_sent = 0;
        self.watch.state(|state| state.attention = Attention::Sent);
        Poll::Ready(Ok(()))
    }

    /// Reads until there is a packet for tiberius; `false` at the end of the stream.
    fn poll_packet(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            let mut inbox = std::mem::take(&mut self.inbox);
            let passed = self.pass_all(&mut inbox);
            self.inbox = inbox;
            passed?;
            if self.taken < self.ready.len() {
                return Poll::Ready(Ok(true));
            }
            let mut free = ReadBuf::new(self.inbox.room());
            ready!(Pin::new(&mut self.below).poll_read(cx, &mut free))?;
            match free.filled().len() {
                0 => return Poll::Ready(Ok(false)),
                read => self.inbox.filled(read),
            }
            self.watch.touched();
        }
    }

    fn pass_all(&mut self, inbox: &mut Inbox) -> io::Result<()> {
        while let Some(packet) = inbox.next_packet()? {
            self.pass(packet)?;
        }
        Ok(())
    }

    /// Looks at a packet from the server and passes it on, or keeps it back.
    fn pass(&mut self, packet: &[u8]) -> io::Result<()> {
        let Some((header, content)) = packet.split_first_chunk::<HEADER>() else { return Ok(()) };
        let header = Header::read(*header);
        self.tail.extend(content.get(content.len().saturating_sub(DONE)..).unwrap_or_default());
        self.tail.drain(..self.tail.len().saturating_sub(DONE));
        let acknowledgement = if header.last { std::mem::take(&mut self.tail) } else { Vec::new() };
        let acknowledges = acknowledges(&acknowledgement);
        let (attention, looking) = self.watch.state(|state| {
            state.answered = true;
            if acknowledges && state.attention == Attention::Sent {
                state.attention = Attention::Acknowledged;
            }
            (state.attention, matches!(state.columns, Columns::Wanted))
        });
        let mut passed = content.len();
        match attention {
            // Nobody wants the rest any more: neither rows nor, where the answer had ended of
            // itself, its end. The acknowledgement comes in any case, as a message's last token.
            Attention::Sent => self.kept.clear(),
            Attention::Acknowledged => {
                self.kept.clear();
                packet::append(&mut self.ready, header.kind, true, &acknowledgement);
            }
            Attention::None | Attention::Wanted if looking => {
                self.kept.extend(content);
                self.look_for_columns(header);
            }
            Attention::None | Attention::Wanted => match &mut self.cutter {
                Some(cutter) => {
                    let mut cut = Vec::with_capacity(content.len());
                    cutter.pass(content, &mut cut);
                    packet::append(&mut self.ready, header.kind, header.last, &cut);
                    passed = cut.len();
                }
                None => self.ready.extend(packet),
            },
        }
        self.over = header.last && attention != Attention::Sent;
        if header.last {
            self.cutter = None;
        }
        let skipped = matches!(attention, Attention::Sent | Attention::Acknowledged);
        if !skipped && !self.watch.holds(passed) {
            return Err(io::Error::other("a row too large"));
        }
        Ok(())
    }

    /// Reads the columns out of what was kept back, and passes that on when it is settled.
    fn look_for_columns(&mut self, header: Header) {
        let found = match metadata::read(&self.kept) {
            Found::NotYet if !header.last => return,
            Found::NotYet | Found::Nothing => Columns::Unwatched,
            Found::Columns { columns, patches, end } => {
                for (at, byte) in patches {
                    if let Some(place) = self.kept.get_mut(at) {
                        *place = byte;
                    }
                }
                self.cutter = Cutter::of(&columns);
                if let Some(cutter) = &mut self.cutter {
                    let rows = self.kept.split_off(end.min(self.kept.len()));
                    cutter.pass(&rows, &mut self.kept);
                }
                Columns::Found(columns)
            }
        };
        self.watch.state(|state| state.columns = found);
        packet::append(&mut self.ready, header.kind, header.last, &self.kept);
        self.kept.clear();
    }
}

/// Bytes of a DONE token.
const DONE: usize = 13;

/// Whether a message ends with a DONE that acknowledges a request to stop.
fn acknowledges(tail: &[u8]) -> bool {
    const DONE_ATTENTION: u8 = 0x20;
    match tail {
        [0xFD..=0xFF, status, ..] if tail.len() == DONE => status & DONE_ATTENTION != 0,
        _ => false,
    }
}

impl AsyncRead for Tunnel {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.taken >= this.ready.len() {
            this.ready.clear();
            this.taken = 0;
            if this.over {
                return Poll::Ready(Err(io::Error::other("the answer ends too early")));
            }
            ready!(this.poll_attention(cx))?;
            if !ready!(this.poll_packet(cx))? {
                return Poll::Ready(Ok(()));
            }
        }
        let rest = this.ready.get(this.taken..).unwrap_or_default();
        let taken = rest.get(..buf.remaining()).unwrap_or(rest);
        buf.put_slice(taken);
        this.taken += taken.len();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tunnel {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.over = false;
        if this.outgoing.prelogin_done {
            let written = ready!(Pin::new(&mut this.below).poll_write(cx, buf))?;
            this.outgoing.follow(buf.get(..written).unwrap_or_default());
            return Poll::Ready(Ok(written));
        }
        // tiberius' own prelogin: answered here, for there is nothing left to agree upon.
        let taken = this.outgoing.follow(buf);
        if this.outgoing.between_messages() {
            this.outgoing.prelogin_done = true;
            let answer = prelogin::message(Encryption::NotSupported);
            this.ready.extend(packet::message(packet::RESULT, &answer));
        }
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().below).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().below).poll_shutdown(cx)
    }
}
