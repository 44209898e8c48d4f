//! A browser's socket: the handshake, the frames to it, the few frames from it (RFC 6455).

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Buf;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use rapport_fabric::Fabric;
use rapport_service::Wire;
use sha1::{Digest as _, Sha1};
use tokio::io::AsyncWriteExt as _;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::{Agents, Arrival, Command, Ending, Frame, Handle, Told};
use crate::code::Code;
use crate::problem::Problem;
use crate::web::budget;
use crate::web::frames::{Pulse, Said};

/// The subprotocol.
const PROTOCOL: &str = "rapport.v1";
/// How often the browser is asked whether it is still there, and told that the server is; and how long it may be silent.
pub(super) const PING: Duration = Duration::from_secs(30);
const SILENT: Duration = Duration::from_secs(75);
/// How long a frame may take to be written, and the closing of the socket.
const WRITING: Duration = Duration::from_secs(20);
/// Octets of a frame from the browser.
const LARGEST: usize = 1024;
/// Octets that are read from the browser at once: its frames are short.
const READ: usize = 128;
/// Octets that stand before the text in a frame (RFC 6455 §5.2).
const LONGEST_HEAD: usize = 10;
/// Frames from the browser in a minute.
const FRAMES_A_MINUTE: u32 = 240;

/// A ping, which the browser answers and no script of it sees, and the sign of life for the scripts, which is no event: in
/// one piece, since an idle browser is woken by it.
static BEAT: LazyLock<Bytes> = LazyLock::new(|| {
    let text = serde_json::to_string(&Pulse::Beat { seq: 0 }).unwrap_or_default();
    let mut octets = Vec::with_capacity(2 * LONGEST_HEAD + text.len());
    for (opcode, text) in [(OpCode::Control(Control::Ping), ""), (OpCode::Data(Data::Text), &*text)] {
        let (head, length) = head(opcode, text.len()).unwrap_or_default();
        octets.extend_from_slice(head.get(..length).unwrap_or_default());
        octets.extend_from_slice(text.as_bytes());
    }
    octets.into()
});

/// Answers a request to speak by WebSocket, and serves the socket from then on.
pub(crate) fn upgrade<F: Fabric<Message = Wire>>(
    agents: &Arc<Agents<F>>,
    agent: Arc<Handle>,
    arrival: Arrival,
    headers: &HeaderMap,
    on_upgrade: Option<OnUpgrade>,
) -> Result<Response, Problem> {
    let has = |name: header::HeaderName, token: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    let key = headers.get(header::SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok());
    let key = key.filter(|key| STANDARD.decode(key).is_ok_and(|octets| octets.len() == 16));
    let is_asked = has(header::UPGRADE, "websocket") && has(header::CONNECTION, "upgrade");
    let (Some(key), true, true, Some(on_upgrade)) =
        (key, is_asked, has(header::SEC_WEBSOCKET_VERSION, "13"), on_upgrade)
    else {
        return Err(Problem::new(
            StatusCode::UPGRADE_REQUIRED,
            Code::NotAWebsocket,
            "events are told by WebSocket",
        ));
    };
    if !has(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL) {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            Code::WrongSubprotocol,
            format!("the subprotocol should be {PROTOCOL}"),
        ));
    }
    let accept = STANDARD.encode(
        Sha1::new().chain_update(key).chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11").finalize(),
    );
    let here = agents.clone();
    agents.spawn(async move {
        match timeout(WRITING, on_upgrade).await {
            // In a task of its own, which has no room for what came before.
            Ok(Ok(upgraded)) => here.spawn(serve(TokioIo::new(upgraded), agent, arrival)),
            Ok(Err(error)) => tracing::debug!(%error, "a browser went before its socket was there"),
            Err(_) => {}
        }
    });
    let switching = (
        StatusCode::SWITCHING_PROTOCOLS,
        [
            (header::UPGRADE, "websocket".to_owned()),
            (header::CONNECTION, "Upgrade".to_owned()),
            (header::SEC_WEBSOCKET_ACCEPT, accept),
            (header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL.to_owned()),
        ],
    );
    Ok(switching.into_response())
}

/// Serves one socket until it is closed by either side.
async fn serve<S>(stream: S, agent: Arc<Handle>, arrival: Arrival)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    metrics::gauge!("rapport_web_sockets").increment(1.0);
    let _counted = Counted;
    // What happens once is boxed: the task has no room for it while it waits.
    let asked = Box::pin(agent.ask_itself(|reply| Command::Attach { arrival, reply })).await;
    let (mut socket, ending) = match asked {
        Ok(attached) => {
            let (id, mut socket) = (attached.socket, framed(stream).await);
            let ending = talk(&mut socket, &agent, attached).await;
            agent.tell(Command::Detach { socket: id }).await;
            (socket, ending)
        }
        Err(_) => {
            let ending = Ending { code: 1001, reason: "the session is being begun anew" };
            (framed(stream).await, Some(ending))
        }
    };
    if let Some(Ending { code, reason }) = ending {
        let frame = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
        // Whoever doesn't read why is not waited for.
        let closed = async {
            socket.close(Some(frame)).await?;
            while socket.next().await.is_some_and(|read| read.is_ok()) {}
            Ok::<_, tokio_tungstenite::tungstenite::Error>(())
        };
        let _ = timeout(WRITING, Box::pin(closed)).await;
    }
}

/// Frames on a stream. What waits is the agent's to bound: nothing is buffered here beside one frame. Boxed, because a task
/// has room for whatever it moves at every place to which it moves it.
async fn framed<S>(stream: S) -> Box<WebSocketStream<S>>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(READ)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * 1024 * 1024)
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST));
    Box::new(WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await)
}

/// Says a text past the buffer that answers are written from: it keeps the length of whatever was the longest in it. None
/// when the browser is gone.
async fn say<S>(socket: &mut WebSocketStream<S>, text: Frame) -> Option<()>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let (head, length) = head(OpCode::Data(Data::Text), text.len())?;
    put(socket, head.as_slice().take(length).chain(Bytes::from(text))).await
}

/// Writes the head of a frame of so many octets, and returns it with its length.
fn head(opcode: OpCode, octets: usize) -> Option<([u8; LONGEST_HEAD], usize)> {
    let mut head = [0; LONGEST_HEAD];
    let mut left = head.as_mut_slice();
    let header = FrameHeader { opcode, ..FrameHeader::default() };
    header.format(u64::try_from(octets).ok()?, &mut left).ok()?;
    let length = LONGEST_HEAD - left.len();
    Some((head, length))
}

/// Writes whole frames past the buffer. None when the browser is gone.
async fn put<S>(socket: &mut WebSocketStream<S>, mut octets: impl Buf) -> Option<()>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let said = async {
        // The answer to a ping goes before it as a whole.
        socket.flush().await.ok()?;
        let stream = socket.get_mut();
        stream.write_all_buf(&mut octets).await.ok()?;
        stream.flush().await.ok()
    };
    timeout(WRITING, said).await.ok()?
}

/// Brings frames to the browser and takes its own, each boxed, since a socket is nearly always idle; says how the socket is to be closed, if it still can be.
async fn talk<S>(socket: &mut WebSocketStream<S>, agent: &Handle, attached: super::Attached) -> Option<Ending>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let super::Attached { socket: id, first, mut frames } = attached;
    for text in first {
        Box::pin(say(socket, text)).await?;
    }
    let mut pings = interval(PING);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.reset();
    let mut heard = tokio::time::Instant::now();
    let (mut minute, mut said_in_it) = (heard, 0u32);
    loop {
        tokio::select! {
            told = frames.recv() => match told? {
                Told::Frame(frame) => Box::pin(say(socket, frame)).await?,
                Told::End(ending) => return Some(ending),
            },
            read = socket.next() => {
                heard = tokio::time::Instant::now();
                if heard - minute > Duration::from_secs(60) {
                    (minute, said_in_it) = (heard, 0);
                }
                said_in_it += 1;
                let said = match read {
                    Some(Ok(Message::Text(text))) => serde_json::from_str::<Said>(&text).ok(),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) if said_in_it <= FRAMES_A_MINUTE => continue,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                    Some(Ok(_)) => None,
                };
                match said.filter(|_| said_in_it <= FRAMES_A_MINUTE) {
                    Some(said) => Box::pin(agent.tell(Command::Said { socket: id, said })).await,
                    None => {
                        budget::met("frames");
                        return Some(Ending { code: 1008, reason: "not a frame of this protocol" });
                    }
                }
            }
            _ = pings.tick() => {
                if heard.elapsed() > SILENT {
                    return None;
                }
                Box::pin(put(socket, BEAT.clone())).await?;
            }
        }
    }
}

/// Counts a socket as long as it lives, a panic included.
struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!("rapport_web_sockets").decrement(1.0);
    }
}
