//! Connections. They are held here rather than in `tonic`'s own server so that a test can cut them.

use std::convert::Infallible;

use data_encoding::BASE64;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tonic::body::{BoxBody, empty_body};
use tonic::codegen::Service;
use tonic::service::Routes;

use crate::asked::Connection;
use crate::cluster::Login;
use crate::figures::Counted;
use crate::proto::event_store::client::gossip::gossip_server::GossipServer;
use crate::proto::event_store::client::server_features::server_features_server::ServerFeaturesServer;
use crate::proto::event_store::client::streams::streams_server::StreamsServer;
use crate::refuse;
use crate::service::Node;
use crate::tls::Tls;

/// As many calls as Kestrel allows over one connection.
const CALLS: u32 = 100;

/// Which connections are to be cut: all that were made before the number rose; and whether new ones are taken.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cut {
    pub(crate) count: u64,
    pub(crate) stop: bool,
}

/// Takes connections for a node until it is told to stop; whatever is open is then cut.
pub(crate) async fn listen(listener: TcpListener, node: Node, tls: Option<Tls>, cuts: watch::Receiver<Cut>) {
    let mut routes = Routes::builder();
    // The real server takes appends of any size up to its own limit, which it tells in its own words.
    routes.add_service(StreamsServer::new(node.clone()).max_decoding_message_size(64 << 20));
    routes.add_service(GossipServer::new(node.clone()));
    routes.add_service(ServerFeaturesServer::new(node.clone()));
    let routes = routes.routes().prepare();
    let mut stop = cuts.clone();
    loop {
        tokio::select! {
            taken = listener.accept() => {
                if let Ok((stream, _)) = taken {
                    tokio::spawn(connection(stream, node.clone(), tls.clone(), routes.clone(), cuts.clone()));
                }
            }
            _ = stop.wait_for(|cut| cut.stop) => return,
        }
    }
}

async fn connection(
    stream: TcpStream,
    node: Node,
    tls: Option<Tls>,
    routes: Routes,
    mut cuts: watch::Receiver<Cut>,
) {
    if cuts.borrow_and_update().stop {
        return;
    }
    // As Kestrel has it; and a cut connection is reset, not ended in good order.
    if stream.set_nodelay(true).is_err() || stream.set_zero_linger().is_err() {
        return;
    }
    let stream = Counted::new(stream, node.figures.clone());
    let served = async {
        match tls {
            None => serve(stream, node, routes).await,
            Some(tls) => {
                if let Ok(stream) = tls.acceptor.accept(stream).await {
                    serve(stream, node, routes).await;
                }
            }
        }
    };
    tokio::select! {
        () = served => {}
        _ = cuts.changed() => {}
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, node: Node, routes: Routes) {
    let connection = Connection::default();
    let of_calls = connection.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        let mut routes = routes.clone();
        let refusal = refused(node.shared.settings.login.as_ref(), &request);
        request.extensions_mut().insert(of_calls.clone());
        async move {
            if let Some(refusal) = refusal {
                return Ok::<_, Infallible>(refusal);
            }
            let answer = routes.call(request.map(tonic::body::boxed)).await;
            Ok(answer.unwrap_or_else(|_| refuse::unforeseen().into_http()))
        }
    });
    let served = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .max_concurrent_streams(CALLS)
        .initial_stream_window_size(768 * 1024)
        .initial_connection_window_size(1024 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = served => {}
        () = connection.is_cut() => {}
    }
}

/// Wrong credentials never come as far as a service; none at all are good enough to ask who is there.
fn refused(login: Option<&Login>, request: &Request<Incoming>) -> Option<Response<BoxBody>> {
    let login = login?;
    match request.headers().get(AUTHORIZATION) {
        None if request.uri().path().starts_with("/event_store.client.streams.") => {
            Some(refuse::access_denied().into_http())
        }
        None => None,
        Some(header) if is_right(login, header) => None,
        Some(_) => {
            let mut answer = Response::new(empty_body());
            *answer.status_mut() = StatusCode::UNAUTHORIZED;
            Some(answer)
        }
    }
}

fn is_right(login: &Login, header: &HeaderValue) -> bool {
    let right = format!("{}:{}", login.user, login.password);
    let given = header.to_str().ok().and_then(|text| text.split_once(' '));
    given.is_some_and(|(scheme, told)| {
        scheme.eq_ignore_ascii_case("basic")
            && BASE64.decode(told.as_bytes()).is_ok_and(|told| told == right.as_bytes())
    })
}
