//! The smallest server that a scripted client can talk to: it signs people in, answers what is asked of it, and passes
//! on what one says to another.

use std::collections::BTreeMap;
use std::time::Instant;

use rapport_sip::framing::{Decoder, Frame};
use rapport_sip::{HeaderName, Limits, Message, Method, Request, Response, StatusCode};
use rapport_sipauth::association::{Acceptor, Association, HalfOpen, Opaque, REALM, Version};
use rapport_sipauth::header::AuthParams;
use rapport_sipauth::message::{credential_lines, fields_of};
use rapport_sipauth::ntlm::{NtHash, Policy, TargetNames};
use rapport_testkit::client::{Failure, ScriptedClient};

/// A server, the people who talk to it, and what it does wrong on purpose.
pub(crate) struct Pool {
    pub(crate) people: BTreeMap<String, ScriptedClient>,
    pub(crate) spoil: Spoil,
    ends: BTreeMap<String, End>,
    acceptor: Acceptor,
    now: Instant,
    number: u32,
}

/// How the server's messages are spoiled before they reach a client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoil {
    Nothing,
    Unsigned,
    WrongTag,
}

struct End {
    decoder: Decoder,
    half_open: Option<HalfOpen>,
    association: Option<Association>,
}

impl Pool {
    pub(crate) fn new(people: impl IntoIterator<Item = ScriptedClient>) -> Self {
        let names = TargetNames {
            netbios_domain: "EXAMPLE",
            netbios_computer: "OCS",
            dns_domain: "example.com",
            dns_computer: "ocs.example.com",
            dns_tree: "example.com",
        };
        let people: BTreeMap<_, _> =
            people.into_iter().map(|client| (client.profile().address.clone(), client)).collect();
        let end = || End { decoder: Decoder::new(Limits::default()), half_open: None, association: None };
        Self {
            ends: people.keys().map(|address| (address.clone(), end())).collect(),
            people,
            spoil: Spoil::Nothing,
            acceptor: Acceptor::new(REALM, "ocs.example.com", &names).unwrap(),
            now: tokio::time::Instant::now().into_std(),
            number: 0,
        }
    }

    /// Carries messages until nobody has anything more to say.
    pub(crate) fn drive(&mut self) -> Result<(), Failure> {
        loop {
            let mut is_quiet = true;
            for address in self.people.keys().cloned().collect::<Vec<_>>() {
                let said = self.people.get_mut(&address).unwrap().take_output();
                let decoder = &mut self.ends.get_mut(&address).unwrap().decoder;
                decoder.push(&said);
                let mut messages = Vec::new();
                while let Some(frame) = decoder.next().unwrap() {
                    match frame {
                        Frame::Message(message) => messages.push(message),
                        Frame::KeepAlive => {}
                        Frame::Bad(bad) => panic!("{}", bad.error),
                    }
                }
                for message in messages {
                    is_quiet = false;
                    self.take(&address, message)?;
                }
            }
            if is_quiet {
                return Ok(());
            }
        }
    }

    fn take(&mut self, from: &str, message: Message) -> Result<(), Failure> {
        if let Message::Request(request) = &message
            && request.method == Method::Register
        {
            let response = self.register(from, request);
            return self.tell(from, response.into());
        }
        let association = self.ends.get_mut(from).unwrap().association.as_mut().unwrap();
        let line = credential_lines(message.headers()).next().expect("every message is signed");
        let status = message.as_response().map(|response| response.status.as_u16());
        let fields = fields_of(message.headers(), status).unwrap();
        association.verify(&AuthParams::parse(line).unwrap(), &fields, self.now).unwrap();

        let mut message = message;
        message.headers_mut().remove(HeaderName::Authorization);
        match message {
            Message::Request(request) if matches!(request.method, Method::Subscribe | Method::Service) => {
                let response = Response::to(&request, StatusCode::OK, "")
                    .with_to_tag("pool")
                    .with(HeaderName::Contact, "<sip:ocs.example.com;transport=tls>");
                self.tell(from, response.into())
            }
            Message::Request(mut request) => {
                let to = address_of(request.headers.to_addr().unwrap().uri_text());
                request
                    .headers
                    .push_top(HeaderName::Via, &format!("SIP/2.0/TLS ocs.example.com;branch=z9hG4bK{from}"))
                    .unwrap();
                self.tell(&to, request.into())
            }
            Message::Response(mut response) => {
                let to = address_of(response.headers.from_addr().unwrap().uri_text());
                response.headers.remove(HeaderName::Via);
                response.headers.push_front(HeaderName::Via, "SIP/2.0/tls 127.0.0.1:5070").unwrap();
                self.tell(&to, response.into())
            }
        }
    }

    fn register(&mut self, from: &str, request: &Request) -> Response {
        self.number += 1;
        let end = self.ends.get_mut(from).unwrap();
        let mut value = String::new();
        let credentials =
            credential_lines(&request.headers).next().map(|line| AuthParams::parse(line).unwrap());
        let Some(credentials) = credentials else {
            self.acceptor.offer(&mut value);
            return Response::to(request, StatusCode::UNAUTHORIZED, "")
                .with_to_tag("r")
                .with(HeaderName::WwwAuthenticate, "Kerberos realm=\"x\", targetname=\"sip/x\", version=4")
                .with(HeaderName::WwwAuthenticate, &value);
        };
        let fields = fields_of(&request.headers, None).unwrap();
        match credentials.gssapi_data {
            Some("") => {
                let version = Version::negotiate(credentials.version).unwrap();
                let opaque = Opaque(0x1000 + self.number);
                let half_open = self.acceptor.challenge(opaque, [7; 8], version, self.now);
                half_open.write(&mut value);
                end.half_open = Some(half_open);
                Response::to(request, StatusCode::UNAUTHORIZED, "")
                    .with_to_tag("r")
                    .with(HeaderName::WwwAuthenticate, &value)
            }
            Some(_) => {
                let claim = end.half_open.take().unwrap().claim(&credentials, self.now).unwrap();
                let hashes = [NtHash::of_password("secret")];
                let policy = Policy::default();
                match claim.accept(&hashes, &credentials, &fields, &policy, from, self.now) {
                    Ok(signed_in) => {
                        end.association = Some(signed_in.association);
                        self.registered(from, request)
                    }
                    Err(_) => {
                        self.acceptor.offer(&mut value);
                        Response::to(request, StatusCode::UNAUTHORIZED, "")
                            .with_to_tag("r")
                            .with(HeaderName::WwwAuthenticate, &value)
                    }
                }
            }
            None => {
                end.association.as_mut().unwrap().verify(&credentials, &fields, self.now).unwrap();
                self.registered(from, request)
            }
        }
    }

    fn registered(&self, from: &str, request: &Request) -> Response {
        let contact = request.headers.contact().unwrap();
        let value = format!(
            "<{}>;expires=7200;+sip.instance=\"<{}>\";gruu=\"sip:{from};opaque=user:epid:given;gruu\"",
            contact.uri_text(),
            contact.instance().unwrap()
        );
        Response::to(request, StatusCode::OK, "").with_to_tag("r").with(HeaderName::Contact, &value)
    }

    /// Signs a message and gives it to a client.
    fn tell(&mut self, to: &str, mut message: Message) -> Result<(), Failure> {
        let status = message.as_response().map(|response| response.status.as_u16());
        if let (Some(association), true) =
            (&mut self.ends.get_mut(to).unwrap().association, self.spoil != Spoil::Unsigned)
        {
            let mut value = String::new();
            association.sign(&fields_of(message.headers(), status).unwrap(), 42, &mut value);
            message.headers_mut().push(HeaderName::AuthenticationInfo, &value).unwrap();
        }
        if self.spoil == Spoil::WrongTag {
            let from = message.headers().get(HeaderName::From).unwrap().to_owned();
            message.headers_mut().set(HeaderName::From, &from.replace(";tag=", ";tag=9")).unwrap();
        }
        self.people.get_mut(to).unwrap().receive(&message.to_bytes())
    }
}

fn address_of(uri: &str) -> String {
    uri.trim_start_matches("sip:").split(';').next().unwrap_or_default().to_owned()
}
