//! The cable between a browser and the server, which a scenario can pull out, cut at any octet, and stop up.

use std::fmt;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A relay of octets, which knows nothing of what they mean.
#[derive(Debug)]
pub struct Cable {
    address: SocketAddr,
    line: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    line: Mutex<Line>,
    /// Told when octets pass again.
    flows: Condvar,
}

#[derive(Debug, Default)]
struct Line {
    pulled_out: bool,
    /// Whether every connection stays open, and nothing passes.
    stopped_up: bool,
    /// Octets of the server that still pass before everything is cut.
    left: Option<usize>,
    cuts: u32,
    open: Vec<TcpStream>,
    /// What is to be done as soon as the browser's next octets have gone to the server.
    when_sent: Option<Act>,
}

struct Act(Box<dyn FnOnce() + Send>);

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Act")
    }
}

impl Cable {
    /// Leads to a server, from an address of its own.
    #[must_use]
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let line = Arc::new(Shared::default());
        let shared = Arc::clone(&line);
        thread::spawn(move || {
            for browser in listener.incoming().map_while(Result::ok) {
                // Whoever can't be connected is closed, as by a cable that leads nowhere.
                let _ = connect(&shared, browser, server);
            }
        });
        Self { address, line }
    }

    /// Where browsers find the server.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Pulls it out: every connection is lost, and nobody gets another.
    pub fn pull_out(&self) {
        let mut line = self.line.lock();
        line.pulled_out = true;
        line.cut();
    }

    /// Puts it back.
    pub fn put_back(&self) {
        self.line.lock().pulled_out = false;
    }

    /// Stops it up: connections stay open and new ones are taken, as far as either side sees, and nothing passes.
    pub fn stall(&self) {
        self.line.lock().stopped_up = true;
    }

    /// Lets through what was held up, and whatever comes.
    pub fn flow(&self) {
        self.line.lock().stopped_up = false;
        self.line.flows.notify_all();
    }

    /// Cuts every connection when so many more octets have come from the server, wherever in a message that is; new
    /// connections pass.
    pub fn cut_after(&self, octets: usize) {
        self.line.lock().left = Some(octets);
    }

    /// Does something in the moment in which the browser's next octets have gone to the server, before it can answer.
    pub fn when_sent(&self, act: impl FnOnce() + Send + 'static) {
        self.line.lock().when_sent = Some(Act(Box::new(act)));
    }

    /// How often it was cut so far.
    #[must_use]
    pub fn cuts(&self) -> u32 {
        self.line.lock().cuts
    }
}

impl Line {
    fn cut(&mut self) {
        self.left = None;
        self.cuts += 1;
        for connection in self.open.drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// Passes on what came from the server, as far as it may; then there may be no cable any more.
    fn pass(&mut self, octets: &[u8], mut to: &TcpStream) {
        match self.left {
            Some(left) if octets.len() >= left => {
                let _ = to.write_all(&octets[..left]);
                self.cut();
            }
            left => {
                self.left = left.map(|left| left - octets.len());
                let _ = to.write_all(octets);
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As soon as octets pass.
    fn flowing(&self) -> MutexGuard<'_, Line> {
        let flowing = self.flows.wait_while(self.lock(), |line| line.stopped_up);
        flowing.unwrap_or_else(PoisonError::into_inner)
    }
}

fn connect(line: &Arc<Shared>, browser: TcpStream, server: SocketAddr) -> std::io::Result<()> {
    let server = TcpStream::connect(server)?;
    let (from_server, to_browser) = (server.try_clone()?, browser.try_clone()?);
    let both = [server.try_clone()?, browser.try_clone()?];
    let mut there = line.lock();
    if there.pulled_out {
        return Ok(());
    }
    there.open.extend(both);
    drop(there);
    let (shared, sending) = (Arc::clone(line), Arc::clone(line));
    thread::spawn(move || {
        pump(&from_server, &to_browser, |octets| shared.flowing().pass(octets, &to_browser))
    });
    thread::spawn(move || {
        pump(&browser, &server, |octets| {
            drop(sending.flowing());
            // A side that is gone is found out when the other is read.
            let _ = (&server).write_all(octets);
            let act = sending.lock().when_sent.take();
            if let Some(Act(act)) = act {
                act();
            }
        });
    });
    Ok(())
}

/// Hands on what comes until a side closes.
fn pump(mut from: &TcpStream, to: &TcpStream, pass: impl Fn(&[u8])) {
    let mut chunk = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut chunk) {
        pass(&chunk[..read]);
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
