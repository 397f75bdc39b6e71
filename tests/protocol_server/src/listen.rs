//! Connections. They are held here rather than in `tonic`'s own server so that a test can cut them.

use std::convert::Infallible;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tonic::service::Routes;

use crate::figures::{Counted, Figures};
use crate::proto::event_store::client::gossip::gossip_server::GossipServer;
use crate::proto::event_store::client::server_features::server_features_server::ServerFeaturesServer;
use crate::proto::event_store::client::streams::streams_server::StreamsServer;
use crate::service::Node;

/// As many calls as Kestrel allows over one connection.
const CALLS: u32 = 100;

/// Takes connections for a node until it is told to stop; whatever is open is then cut.
pub(crate) async fn listen(
    listener: TcpListener,
    node: Node,
    figures: Arc<Figures>,
    mut cuts: watch::Receiver<Cut>,
) {
    let mut routes = Routes::builder();
    // The real server takes appends of any size up to its own limit, which it tells in its own words.
    routes.add_service(StreamsServer::new(node.clone()).max_decoding_message_size(64 << 20));
    routes.add_service(GossipServer::new(node.clone()));
    routes.add_service(ServerFeaturesServer::new(node));
    let routes = routes.routes().prepare();
    let of_connections = cuts.clone();
    loop {
        tokio::select! {
            taken = listener.accept() => {
                if let Ok((stream, _)) = taken {
                    tokio::spawn(connection(stream, routes.clone(), Arc::clone(&figures), of_connections.clone()));
                }
            }
            _ = cuts.wait_for(|cut| cut.stop) => return,
        }
    }
}

/// Which connections are to be cut: all that were made before the number rose.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cut {
    pub(crate) count: u64,
    pub(crate) stop: bool,
}

async fn connection(
    stream: TcpStream,
    routes: Routes,
    figures: Arc<Figures>,
    mut cuts: watch::Receiver<Cut>,
) {
    cuts.borrow_and_update();
    // As Kestrel has it; and a cut connection is reset, not ended in good order.
    if stream.set_nodelay(true).is_err() || stream.set_zero_linger().is_err() {
        return;
    }
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut routes = routes.clone();
        async move {
            let answer = tonic::codegen::Service::call(&mut routes, request.map(tonic::body::boxed)).await;
            Ok::<_, Infallible>(answer.unwrap_or_else(|_| tonic::Status::internal("no answer").into_http()))
        }
    });
    let io = TokioIo::new(Counted::new(stream, figures));
    let served = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .max_concurrent_streams(CALLS)
        .initial_stream_window_size(768 * 1024)
        .initial_connection_window_size(1024 * 1024)
        .serve_connection(io, service);
    tokio::select! {
        _ = served => {}
        _ = cuts.changed() => {}
    }
}
