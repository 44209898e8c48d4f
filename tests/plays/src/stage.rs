//! Where a play is performed: one node or several over one store, and the way to each of them.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use rapport_fabric::{Fabric, Inbox};
use rapport_face_sip::{Face, Peer, Settings, Transport};
use rapport_secrets::{Cost, PasswordHasher, ServiceKey};
use rapport_service::clock::Clock;
use rapport_service::secret::Secrets;
use rapport_service::{Services, Wire};
use rapport_store::Store;
use tokio::io::{AsyncRead, AsyncWrite, duplex};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What a pipe between client and server holds; more than any play says at once.
const PIPE_BYTES: usize = 1 << 20;
const SERVER_NAME: &str = "ocs.example.com";

/// Both halves of a connection.
pub trait Both: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Both for S {}

/// A connection of whatever kind.
pub type Stream = Box<dyn Both>;

type Dialled = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;
type Dial = Box<dyn Fn() -> Dialled + Send + Sync>;

/// A fabric whose connections may move between threads while somebody looks at them.
pub trait Live: Fabric<Message = Wire, Call: Sync, Inbox: Sync + Inbox<Message = Wire, Reply: Sync>> {}

impl<F> Live for F where
    F: Fabric<Message = Wire, Call: Sync, Inbox: Sync + Inbox<Message = Wire, Reply: Sync>>
{
}

/// A service to play on.
pub struct Stage<F: Live> {
    services: Vec<Arc<Services<F>>>,
    way: Way<F>,
    /// What runs for the nodes; it ends with the stage.
    tasks: JoinSet<()>,
}

/// How a client comes to a node.
enum Way<F: Live> {
    /// By a pipe to the node's face.
    Pipes { faces: Vec<Arc<Face<F>>>, _closing: watch::Sender<bool> },
    /// Over a network.
    Dial(Dial),
}

impl<F: Live> Stage<F> {
    /// Starts a node on each of the fabrics, over one store, reached by pipes.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn new(
        store: &Arc<dyn Store>,
        fabrics: impl IntoIterator<Item = F>,
        clock: &Arc<dyn Clock>,
        settings: &Settings,
    ) -> Self {
        let settings = Settings { server_name: SERVER_NAME.to_owned(), ..settings.clone() };
        let (closing, closed) = watch::channel(false);
        let keys = ServiceKey::ephemeral().expect("the machine gives randomness");
        let hasher = PasswordHasher::new(Cost::TRIVIAL).expect("the trivial cost is valid");
        let secrets = Secrets::new(hasher, keys, 4);
        let (mut services, mut faces, mut tasks) = (Vec::new(), Vec::new(), JoinSet::new());
        for fabric in fabrics {
            let of_node = Arc::new(Services::new(
                store.clone(),
                fabric,
                clock.clone(),
                secrets.clone(),
                &settings.server(),
            ));
            let face = Face::new(of_node.clone(), settings.clone(), closed.clone());
            faces.push(Arc::new(face.expect("the server's name can stand in a challenge")));
            let running = of_node.clone();
            tasks.spawn(async move { running.run().await });
            services.push(of_node);
        }
        Self { services, way: Way::Pipes { faces, _closing: closing }, tasks }
    }

    /// Plays on a service that runs elsewhere and is reached by `dial`.
    pub fn reached_by<D, C>(services: Arc<Services<F>>, dial: D) -> Self
    where
        D: Fn() -> C + Send + Sync + 'static,
        C: Future<Output = io::Result<Stream>> + Send + 'static,
    {
        let dial: Dial = Box::new(move || Box::pin(dial()));
        Self { services: vec![services], way: Way::Dial(dial), tasks: JoinSet::new() }
    }

    /// The services of the first node: where the operator works.
    pub fn services(&self) -> &Arc<Services<F>> {
        self.services.first().expect("a stage has a node")
    }

    /// Connects a client; the numbers of clients go round the nodes.
    ///
    /// # Errors
    /// When the network refuses.
    pub async fn connect(&mut self, number: usize) -> io::Result<Stream> {
        match &self.way {
            Way::Pipes { faces, .. } => {
                let face = faces.get(number % faces.len()).expect("a stage has a node").clone();
                let (near, far) = duplex(PIPE_BYTES);
                let port = u16::try_from(50_000 + number % 10_000).unwrap_or(50_000);
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                self.tasks.spawn(async move {
                    face.serve(far, Peer { address, transport: Transport::Tls, channel_binding: None }).await;
                });
                Ok(Box::new(near))
            }
            Way::Dial(dial) => dial().await,
        }
    }
}

impl<F: Live> fmt::Debug for Stage<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a stage of {} nodes", self.services.len())
    }
}
