//! TLS inside TDS: during the handshake every TLS message travels in prelogin packets,
//! afterwards the bytes pass as they are.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::packet;

/// A stream that wraps what is written into packets, and unwraps what is read, until told to stop.
pub struct Wrapped<S> {
    inner: S,
    wrapping: bool,
    /// The header of the packet being read, and how much of it is there.
    header: [u8; packet::HEADER],
    have: usize,
    /// Bytes of the packet that are still to come.
    left: usize,
    /// A message being written, its header first.
    out: Vec<u8>,
    sent: usize,
}

impl<S> Wrapped<S> {
    pub fn new(inner: S) -> Wrapped<S> {
        let header = [0; packet::HEADER];
        Wrapped { inner, wrapping: true, header, have: 0, left: 0, out: Vec::new(), sent: 0 }
    }

    /// From here on bytes pass as they are.
    pub fn unwrap_from_now_on(&mut self) {
        self.wrapping = false;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wrapped<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.wrapping {
            return Pin::new(&mut this.inner).poll_read(cx, buf);
        }
        while this.left == 0 {
            let Some(missing) = this.header.get_mut(this.have..) else { return Poll::Ready(Ok(())) };
            let mut header = ReadBuf::new(missing);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut header))?;
            match header.filled().len() {
                0 => return Poll::Ready(Ok(())),
                read => this.have += read,
            }
            if this.have == packet::HEADER {
                this.have = 0;
                let header = packet::Header::read(this.header);
                // Some servers answer with the type of their results here.
                if !matches!(header.kind, packet::PRELOGIN | packet::RESULT) {
                    return Poll::Ready(Err(io::Error::other("no TLS in the server's packets")));
                }
                this.left = header.content()?;
            }
        }
        let mut part = buf.take(this.left);
        ready!(Pin::new(&mut this.inner).poll_read(cx, &mut part))?;
        let read = part.filled().len();
        this.left -= read;
        // `part` was initialised by the inner stream as far as it is filled.
        let filled = buf.filled().len() + read;
        buf.initialize_unfilled_to(read);
        buf.set_filled(filled);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wrapped<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if !this.wrapping {
            return Pin::new(&mut this.inner).poll_write(cx, buf);
        }
        if this.sent > 0 {
            ready!(this.poll_out(cx))?;
        }
        if this.out.is_empty() {
            this.out.extend([0; packet::HEADER]);
        }
        this.out.extend_from_slice(buf);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.wrapping {
            ready!(this.poll_out(cx))?;
        }
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

impl<S: AsyncWrite + Unpin> Wrapped<S> {
    /// Sends the collected message as one packet.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.sent == 0 && !self.out.is_empty() {
            let length = u16::try_from(self.out.len()).map_err(io::Error::other)?;
            let header = packet::header(packet::PRELOGIN, true, length);
            self.out.splice(..packet::HEADER, header);
        }
        while let Some(rest) = self.out.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.inner).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.sent += written,
            }
        }
        self.out.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}
