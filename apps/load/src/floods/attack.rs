//! One attacking process: what it does until its time is over.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use rapport_sip::{HeaderName, Method, Request, StatusCode};
use rapport_testkit::client::{Profile, ScriptedClient, bodies};
use rapport_testkit::driver::{Client, Trust};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use crate::target::{DOMAIN, PASSWORD, now};

/// Accounts that each process has got hold of.
const SIGNED_IN: u32 = 2;

/// What an attacker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    HalfOpenTcp,
    HalfOpenTls,
    OneAddress,
    Slow,
    Chatty,
    EmptyLines,
    Register,
    Guess,
    Replay,
    Subscribe,
    Message,
    Publish,
    Chatter,
    Invite,
    ManyVictims,
    Deaf,
}

/// An attack, on the command line of an attacking process.
#[derive(Debug, Args)]
pub(crate) struct Order {
    #[arg(long, value_enum)]
    kind: Kind,
    #[arg(long)]
    address: SocketAddr,
    /// Which of the attackers this is.
    #[arg(long)]
    number: u32,
    #[arg(long)]
    seconds: u64,
    #[arg(long)]
    connections: u32,
    /// Connections that a source address has; an attacker knows the bound, too.
    #[arg(long)]
    per_address: u32,
    /// Connections under way at once in a flood that comes and goes.
    #[arg(long)]
    at_once: u32,
    /// The people who are signed in to be talked at: the number of the first account, and how many.
    #[arg(long, num_args = 2)]
    victims: Vec<u32>,
}

impl Kind {
    pub(crate) const ALL: [Self; 16] = [
        Self::HalfOpenTcp,
        Self::HalfOpenTls,
        Self::OneAddress,
        Self::Slow,
        Self::Chatty,
        Self::EmptyLines,
        Self::Register,
        Self::Guess,
        Self::Replay,
        Self::Subscribe,
        Self::Message,
        Self::Publish,
        Self::Chatter,
        Self::Invite,
        Self::ManyVictims,
        Self::Deaf,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::HalfOpenTcp => "half-open-tcp",
            Self::HalfOpenTls => "half-open-tls",
            Self::OneAddress => "one-address",
            Self::Slow => "slow",
            Self::Chatty => "chatty",
            Self::EmptyLines => "empty-lines",
            Self::Register => "register",
            Self::Guess => "guess",
            Self::Replay => "replay",
            Self::Subscribe => "subscribe",
            Self::Message => "message",
            Self::Publish => "publish",
            Self::Chatter => "chatter",
            Self::Invite => "invite",
            Self::ManyVictims => "many-victims",
            Self::Deaf => "deaf",
        }
    }

    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::HalfOpenTcp | Self::HalfOpenTls => "limits.handshake",
            Self::OneAddress => "limits.connections_per_address, limits.connection_rate_per_address",
            Self::Slow => "limits.sign_in",
            Self::Chatty | Self::EmptyLines => "200 messages before a sign-in",
            Self::Register => "limits.connection_rate_per_address",
            Self::Guess => "locks by account, source and network",
            Self::Replay => "8 refused signatures",
            Self::Subscribe | Self::Message | Self::Publish | Self::Chatter | Self::ManyVictims => {
                "limits.requests"
            }
            Self::Invite => "32 invitations of one caller",
            Self::Deaf => "limits.outbound",
        }
    }

    /// The samples that show the bound at work: name and a part of the labels.
    pub(crate) const fn bounds(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::HalfOpenTcp | Self::HalfOpenTls => {
                &[("rapport_edge_handshakes_failed_total", "handshake_timeout")]
            }
            Self::OneAddress => &[("rapport_edge_connections_refused_total", "")],
            Self::Slow => &[("rapport_sip_connections_ended_total", "no-sign-in")],
            Self::Chatty | Self::EmptyLines => &[("rapport_sip_connections_ended_total", "chatty")],
            Self::Register => &[("rapport_edge_connections_refused_total", "rate")],
            Self::Guess => &[
                ("rapport_sign_ins_refused_total", "account"),
                ("rapport_sign_ins_refused_total", "source"),
                ("rapport_sign_ins_refused_total", "network"),
            ],
            Self::Replay => &[("rapport_sip_connections_ended_total", "forgeries")],
            Self::Subscribe | Self::Message | Self::Publish | Self::Chatter | Self::ManyVictims => {
                &[("rapport_sip_requests_delayed_total", "")]
            }
            Self::Invite => &[("rapport_sip_calls_refused_total", "caller")],
            // Colleagues may fill half of what waits for somebody who doesn't read; the rest is for what the person asks for.
            Self::Deaf => &[
                ("rapport_sip_calls_refused_total", "octets"),
                ("rapport_requests_lost_total", ""),
                ("rapport_sip_connections_ended_total", "too-slow"),
            ],
        }
    }

    /// Whether the attackers have got hold of accounts.
    const fn is_signed_in(self) -> bool {
        match self {
            Self::Replay | Self::Subscribe | Self::Message | Self::Publish => true,
            Self::Chatter | Self::Invite | Self::ManyVictims | Self::Deaf => true,
            Self::HalfOpenTcp | Self::HalfOpenTls | Self::OneAddress | Self::Slow => false,
            Self::Chatty | Self::EmptyLines | Self::Register | Self::Guess => false,
        }
    }

    /// Whether it is aimed at many people who are signed in and answer no invitation.
    pub(crate) const fn has_victims(self) -> bool {
        matches!(self, Self::ManyVictims)
    }

    const fn holds_many(self) -> bool {
        matches!(self, Self::HalfOpenTcp | Self::HalfOpenTls | Self::OneAddress | Self::Slow)
    }
}

/// Attacks until the time is over.
pub(crate) async fn attack(order: &Order) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(order.seconds);
    let lines = if order.kind == Kind::Slow {
        // Each has a whole handshake behind it.
        order.connections / 4
    } else if order.kind.holds_many() {
        order.connections
    } else if order.kind.is_signed_in() {
        SIGNED_IN
    } else {
        order.at_once
    };
    let mut tasks = JoinSet::new();
    for number in 0..lines {
        let line = Line {
            kind: order.kind,
            address: order.address,
            source: source(order, number),
            account: match order.kind {
                // The honest caller's own, who is not to notice.
                Kind::Guess => 0,
                _ => 3 + 2 * (order.number * SIGNED_IN + number % SIGNED_IN),
            },
            seed: u64::from(order.number) << 32 | u64::from(number),
            victims: match *order.victims {
                [first, count] => (first, count),
                _ => (0, 0),
            },
        };
        tasks.spawn(async move {
            // What the server ends is begun anew: that is what an attacker would do.
            while Instant::now() < until {
                let _ = timeout_at(until, line.once()).await;
                sleep(Duration::from_millis(10)).await;
            }
        });
        if number % 100 == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    }
    while tasks.join_next().await.is_some() {}
    Ok(())
}

/// Where an attacker's connection comes from: as many addresses as the bound on each asks for.
fn source(order: &Order, line: u32) -> Ipv4Addr {
    let number = match order.kind {
        Kind::HalfOpenTcp | Kind::HalfOpenTls | Kind::Slow => {
            (order.number * order.connections + line) / order.per_address.max(1)
        }
        // Others than those that sign in: they are to be locked.
        Kind::Guess => 0x0001_0000 + order.number * order.at_once + line,
        _ => order.number,
    };
    Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 1).to_bits() + number)
}

/// One of an attacker's connections.
#[derive(Clone, Copy)]
struct Line {
    kind: Kind,
    address: SocketAddr,
    source: Ipv4Addr,
    account: u32,
    seed: u64,
    /// The first of those who are talked at, and how many there are.
    victims: (u32, u32),
}

impl Line {
    /// Connects and does harm until the server ends it.
    async fn once(self) -> Result<()> {
        match self.kind {
            Kind::HalfOpenTcp | Kind::OneAddress => read_to_end(&mut self.tcp(None).await?).await,
            Kind::HalfOpenTls => {
                let mut stream = self.tcp(None).await?;
                // The beginning of a ClientHello of 512 octets.
                stream.write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]).await?;
                read_to_end(&mut stream).await
            }
            Kind::Slow => {
                let mut stream = self.tls().await?;
                for octet in unsigned("REGISTER", 1).bytes().cycle() {
                    stream.write_all(&[octet]).await?;
                    let second = Instant::now() + Duration::from_secs(1);
                    if timeout_at(second, read_to_end(&mut stream)).await.is_ok() {
                        break;
                    }
                }
                Ok(())
            }
            Kind::Chatty => {
                let mut stream = self.tls().await?;
                let questions: String = (0..20).map(|number| unsigned("OPTIONS", number)).collect();
                let mut answers = vec![0; 16 * 1024];
                loop {
                    stream.write_all(questions.as_bytes()).await?;
                    if stream.read(&mut answers).await? == 0 {
                        return Ok(());
                    }
                }
            }
            Kind::EmptyLines => {
                let mut stream = self.tls().await?;
                let lines = b"\r\n\r\n".repeat(1024);
                loop {
                    stream.write_all(&lines).await?;
                }
            }
            Kind::Register => {
                let mut stream = self.tls().await?;
                stream.write_all(unsigned("REGISTER", 1).as_bytes()).await?;
                // The answer, or the end; then it begins anew.
                stream.read(&mut [0; 2048]).await.map(|_| ()).context("no answer")
            }
            Kind::Guess => {
                let mut client = self.client(self.account, "not-the-password-7").await?;
                for _ in 0..20 {
                    let request = client.register_anew();
                    client.answer(request).await?;
                }
                Ok(())
            }
            Kind::Replay => self.replay().await,
            Kind::Subscribe => {
                let mut client = self.signed_in(self.account).await?;
                let people: Vec<String> = (1..40).map(|number| format!("user{number}@{DOMAIN}")).collect();
                loop {
                    let request = client.subscribe_presence(people.iter().map(String::as_str)).0;
                    client.answer(request).await?;
                    client.forget();
                }
            }
            Kind::Message => self.message().await,
            Kind::Publish => self.publish().await,
            Kind::Chatter => self.chatter().await,
            Kind::Invite => self.invite().await,
            Kind::ManyVictims => self.many_victims().await,
            Kind::Deaf => self.deaf().await,
        }
    }

    /// Says what nobody needs as fast as it is read: keep-alives on one connection; questions to the server, messages to
    /// itself and answers to nothing on the other.
    async fn chatter(self) -> Result<()> {
        let mut client = self.signed_in(self.account).await?;
        let own = format!("user{}@{DOMAIN}", self.account + 1);
        for number in 0.. {
            if self.seed.is_multiple_of(2) {
                client.say_raw(&b"\r\n\r\n".repeat(8 * 1024));
                client.flush().await?;
                continue;
            }
            for part in 0..16 {
                let number = number * 16 + part;
                let (method, to) = match number % 4 {
                    0 => (Method::Options, DOMAIN),
                    1 => (Method::Notify, &*own),
                    2 => (Method::Info, &*own),
                    _ => (Method::Message, &*own),
                };
                let request = say(&client, method, to, number, "nothing");
                if number % 4 == 3 {
                    let answer = client.answer_to(&request, StatusCode::OK);
                    client.respond(answer);
                } else {
                    client.send(request);
                }
            }
            answered(&mut client).await?;
        }
        Ok(())
    }

    /// Invites the honest one, who answers no invitation any more, again and again.
    async fn invite(self) -> Result<()> {
        let mut client = self.signed_in(self.account).await?;
        let to = format!("user2@{DOMAIN}");
        loop {
            for _ in 0..64 {
                client.invite(&to);
            }
            answered(&mut client).await?;
        }
    }

    /// Talks at hundreds of people in every way that there is.
    async fn many_victims(self) -> Result<()> {
        let mut client = self.signed_in(self.account).await?;
        let (first, count) = self.victims;
        let people: Vec<String> =
            (first..first + count).map(|account| format!("user{}@{DOMAIN}", account + 1)).collect();
        for number in 0.. {
            for (part, person) in (0u32..).zip(&people) {
                match part % 3 {
                    0 => drop(client.invite(person)),
                    1 => {
                        let request = say(&client, Method::Message, person, number * count + part, "hello");
                        client.send(request);
                    }
                    _ => drop(client.subscribe_presence([person.as_str()])),
                }
                if part % 32 == 31 {
                    answered(&mut client).await?;
                }
            }
            let (everybody, _) = client.subscribe_presence(people.iter().map(String::as_str));
            client.answer(everybody).await?;
        }
        Ok(())
    }

    /// Says the same signed request over and over.
    async fn replay(self) -> Result<()> {
        let mut client = self.signed_in(self.account).await?;
        client.fetch_provisioning();
        let signed = client.take_output();
        for _ in 0..20 {
            client.say_raw(&signed);
        }
        client.flush().await?;
        loop {
            client.next_event().await?;
        }
    }

    /// Talks at the honest one without end, in conversations that don't exist and in new ones.
    async fn message(self) -> Result<()> {
        let mut client = self.signed_in(self.account).await?;
        let to = format!("user2@{DOMAIN}");
        for number in 0.. {
            if number % 10 == 9 {
                client.invite(&to);
            } else {
                let request = say(&client, Method::Message, &to, number, "hello ");
                client.send(request);
            }
            if number % 32 == 31 {
                answered(&mut client).await?;
            }
        }
        Ok(())
    }

    /// Changes its state without end.
    async fn publish(self) -> Result<()> {
        let mut client = self.signed_in(self.account).await?;
        let (uri, epid) = (client.profile().uri(), client.profile().epid.clone());
        for version in 0.. {
            let state = bodies::Batch::new(&uri).with_machine_state(&epid, 3500 + version % 7, version);
            client.publish(state.finish());
            if version % 8 == 7 {
                answered(&mut client).await?;
            }
        }
        Ok(())
    }

    /// Has another of its accounts talk at it, and reads nothing.
    async fn deaf(self) -> Result<()> {
        let stream = Trust::anyone().connect(self.tcp(Some(4096)).await?).await?;
        let mut deaf = Client::over(stream, ScriptedClient::new(self.profile(self.account, PASSWORD)));
        deaf.sign_in().await?;
        let mut talker = self.signed_in(self.account + 1).await?;
        let text = "still reading? ".repeat(4000);
        for number in 0..250 {
            let to = format!("user{}@{DOMAIN}", self.account + 1);
            let request = say(&talker, Method::Message, &to, number, &text);
            talker.send(request);
            talker.flush().await?;
        }
        let mut stream = deaf.into_stream();
        sleep(Duration::from_secs(5)).await;
        read_to_end(&mut stream).await
    }

    async fn tcp(self, receive: Option<u32>) -> Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        if let Some(octets) = receive {
            socket.set_recv_buffer_size(octets)?;
        }
        socket.bind(SocketAddr::new(IpAddr::V4(self.source), 0))?;
        let stream = socket.connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn tls(self) -> Result<impl AsyncRead + AsyncWrite + Unpin> {
        Ok(Trust::anyone().connect(self.tcp(None).await?).await?)
    }

    fn profile(self, account: u32, password: &str) -> Profile {
        Profile::new(&format!("user{}@{DOMAIN}", account + 1), password, self.seed).at(now())
    }

    async fn client(
        self,
        account: u32,
        password: &str,
    ) -> Result<Client<impl AsyncRead + AsyncWrite + Unpin>> {
        let profile = self.profile(account, password);
        Ok(Client::over(self.tls().await?, ScriptedClient::new(profile)))
    }

    async fn signed_in(self, account: u32) -> Result<Client<impl AsyncRead + AsyncWrite + Unpin>> {
        let mut client = self.client(account, PASSWORD).await?;
        client.sign_in().await.context("the attacker does not sign in")?;
        Ok(client)
    }
}

/// Waits until the server has read everything so far, and forgets what it had to say to it.
async fn answered<S>(client: &mut Client<S>) -> Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let question = client.fetch_provisioning();
    client.answer(question).await?;
    client.forget();
    Ok(())
}

async fn read_to_end(stream: &mut (impl AsyncRead + Unpin)) -> Result<()> {
    let mut octets = [0; 2048];
    while stream.read(&mut octets).await? > 0 {}
    Ok(())
}

/// A request with everything that it needs, as long as a client's, so that it is answered; and no credentials.
fn unsigned(method: &str, number: u32) -> String {
    format!(
        "{method} sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5070;branch=z9hG4bK{number}\r\nFrom: \
         <sip:user9@{DOMAIN}>;tag=27;epid=0a0b0c0d0e0f\r\nTo: <sip:user9@{DOMAIN}>\r\nCall-ID: \
         call{number}\r\nCSeq: {number} {method}\r\nMax-Forwards: 70\r\nUser-Agent: Purple/2.14.12 Sipe/1.25.0 \
         (linux-x86_64)\r\nSupported: gruu-10, adhoclist, msrtc-event-categories, \
         com.microsoft.msrtc.presence\r\nContent-Length: 0\r\n\r\n"
    )
}

/// A request outside of any conversation.
fn say<S>(client: &Client<S>, method: Method, to: &str, number: u32, text: &str) -> Request
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let profile = client.profile();
    let (address, epid, local) = (&profile.address, profile.epid.as_str(), &profile.local);
    let sequence = format!("{} {method}", number + 1);
    Request::new(method, &format!("sip:{to}"))
        .expect("an address makes a Request-URI")
        .with(HeaderName::Via, &format!("SIP/2.0/TLS {local};branch=z9hG4bKout{number}"))
        .with(HeaderName::From, &format!("<sip:{address}>;tag=77;epid={epid}"))
        .with(HeaderName::To, &format!("<sip:{to}>"))
        .with(HeaderName::MaxForwards, "70")
        .with(HeaderName::CSeq, &sequence)
        .with(HeaderName::CallId, &format!("out{number}of{epid}"))
        .with(HeaderName::Contact, client.contact())
        .with_body("text/plain", bytes::Bytes::copy_from_slice(text.as_bytes()))
}
