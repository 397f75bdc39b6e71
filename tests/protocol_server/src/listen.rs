//! Connections. They are held here rather than in `tonic`'s own server so that a test can cut them.

use std::convert::Infallible;
use std::sync::Arc;

use data_encoding::BASE64;
use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, DATE, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tonic::body::BoxBody;
use tonic::codegen::Service;
use tonic::service::Routes;

use crate::asked::Connection;
use crate::figures::{Counted, Open};
use crate::proto::event_store::client::gossip::gossip_server::GossipServer;
use crate::proto::event_store::client::server_features::server_features_server::ServerFeaturesServer;
use crate::proto::event_store::client::streams::streams_server::StreamsServer;
use crate::refuse;
use crate::service::Node;
use crate::settings::{Login, Settings};
use crate::tls::Tls;

/// The largest message that the real server's library takes: 16 MiB less some room.
const LARGEST_MESSAGE: usize = 16 * 1024 * 1024 - 10_000;

/// As many calls as Kestrel allows over one connection.
const CALLS: u32 = 100;

/// Which connections are to be cut: all that were made before the number rose; and whether new ones are taken.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cut {
    pub(crate) count: u64,
    pub(crate) stop: bool,
    /// Whether nothing is taken nor said, until that is over.
    pub(crate) silent: bool,
}

/// Who calls, once it is known that the password is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Caller {
    /// No credentials came with the call.
    #[default]
    Nobody,
    /// May read and write streams, but not the server's own.
    User,
    /// May do anything.
    Administrator,
}

/// Takes connections for a node until it is told to stop; whatever is open is then cut.
pub(crate) async fn listen(listener: TcpListener, node: Node, tls: Option<Tls>, cuts: watch::Receiver<Cut>) {
    let mut routes = Routes::builder();
    routes.add_service(StreamsServer::new(node.clone()).max_decoding_message_size(LARGEST_MESSAGE));
    routes.add_service(GossipServer::new(node.clone()));
    routes.add_service(ServerFeaturesServer::new(node.clone()));
    let routes = routes.routes().prepare();
    let (mut stop, mut silence) = (cuts.clone(), cuts.clone());
    loop {
        // Whoever connects meanwhile is taken by the system, and hears nothing.
        let taken = async {
            let _ = silence.wait_for(|cut| !cut.silent).await;
            listener.accept().await
        };
        tokio::select! {
            taken = taken => {
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
    tokio::pin!(served);
    let (taken, mut silence) = (cuts.borrow().count, cuts.clone());
    let speak = async {
        loop {
            // What is not polled neither hears nor says anything.
            let _ = silence.wait_for(|cut| !cut.silent).await;
            tokio::select! {
                biased;
                _ = silence.wait_for(|cut| cut.silent) => {}
                () = &mut served => return,
            }
        }
    };
    tokio::select! {
        () = speak => {}
        _ = cuts.wait_for(|cut| cut.count != taken || cut.stop) => {}
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, node: Node, routes: Routes) {
    let connection = Connection::default();
    let of_calls = connection.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        let mut routes = routes.clone();
        let caller = caller(&node.shared.settings, &request);
        request.extensions_mut().insert(of_calls.clone());
        let (open, shared) = (node.figures.call(), Arc::clone(&node.shared));
        async move {
            match caller {
                Some(caller) => request.extensions_mut().insert(caller),
                None => return Ok::<_, Infallible>(refuse::unauthenticated().into_http()),
            };
            let answer = routes.call(request.map(tonic::body::boxed)).await;
            let answer = answer.map(|answer| answer.map(|body| counted(body, open)));
            let mut answer = answer.unwrap_or_else(|_| refuse::unforeseen().into_http());
            // As Kestrel has it.
            if shared.settings.dates
                && let Ok(date) = HeaderValue::try_from(shared.clock.date())
            {
                answer.headers_mut().insert(DATE, date);
            }
            Ok(answer)
        }
    });
    let served = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .max_concurrent_streams(CALLS)
        // Else it would be this machine's.
        .auto_date_header(false)
        .initial_stream_window_size(768 * 1024)
        .initial_connection_window_size(1024 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = served => {}
        () = connection.is_cut() => {}
    }
}

/// An answer whose call is open until it is told to its end.
fn counted(body: BoxBody, open: Open) -> BoxBody {
    body.map_frame(move |frame| {
        let _ = &open;
        frame
    })
    .boxed_unsync()
}

/// Wrong credentials never come as far as a service; with none at all it is the service that decides.
fn caller(settings: &Settings, request: &Request<Incoming>) -> Option<Caller> {
    let Some(administrator) = &settings.login else { return Some(Caller::Administrator) };
    let Some(header) = request.headers().get(AUTHORIZATION) else { return Some(Caller::Nobody) };
    if is_right(administrator, header) {
        return Some(Caller::Administrator);
    }
    settings.users.iter().any(|user| is_right(user, header)).then_some(Caller::User)
}

fn is_right(login: &Login, header: &HeaderValue) -> bool {
    let right = format!("{}:{}", login.user, login.password);
    let given = header.to_str().ok().and_then(|text| text.split_once(' '));
    given.is_some_and(|(scheme, told)| {
        scheme.eq_ignore_ascii_case("basic")
            && BASE64.decode(told.as_bytes()).is_ok_and(|told| told == right.as_bytes())
    })
}
