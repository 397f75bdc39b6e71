use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{away, barred, why};

/// A server that secures connections by a certificate for these names, valid for so many days from 2020 on if told.
struct Secured {
    at: SocketAddr,
    authority: tempfile::NamedTempFile,
}

async fn secured(names: &[&str], until: Option<i32>) -> Secured {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    if let Some(year) = until {
        params.not_before = rcgen::date_time_ymd(year - 1, 1, 1);
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let leaf = params.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // As a server under .NET: no word to whoever does not speak TLS.
                let mut first = [0];
                let _ = stream.peek(&mut first).await;
                if first != [0x16] {
                    return;
                }
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let _ = stream.read(&mut [0; 1_024]).await;
                }
            });
        }
    });
    let authority = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(authority.path(), issuer.pem()).unwrap();
    Secured { at, authority }
}

#[tokio::test]
async fn certificates_that_will_not_do() {
    let good = secured(&["127.0.0.1"], None).await;
    let other = secured(&["127.0.0.1"], None).await;
    let with = |server: &Secured, authority: &Secured| {
        format!("{}?tlsCaFile={}", server.at, authority.authority.path().display())
    };
    let told = barred(why(&with(&good, &other)).await);
    assert!(told.contains("was signed by nobody who is trusted here | name the certificates"), "{told}");
    let expired = secured(&["127.0.0.1"], Some(2021)).await;
    let told = barred(why(&with(&expired, &expired)).await);
    assert!(told.contains("has expired"), "{told}");
    let early = secured(&["127.0.0.1"], Some(2_400)).await;
    let told = barred(why(&with(&early, &early)).await);
    assert!(told.contains("not valid yet"), "{told}");
    let elsewhere = secured(&["node1.example"], None).await;
    let told = barred(why(&with(&elsewhere, &elsewhere)).await);
    assert!(told.contains("is for another name") && told.contains("node1.example"), "{told}");
    // This one will do, and then says nothing of use.
    let told = away(why(&with(&good, &good)).await);
    assert!(told.contains(&format!("the connection to {} broke", good.at)), "{told}");
}

#[tokio::test]
async fn an_open_client_and_a_secured_server() {
    let server = secured(&["127.0.0.1"], None).await;
    let told = barred(why(&format!("{}?tls=false", server.at)).await);
    assert!(told.starts_with(&format!("{} speaks TLS, and this side without it", server.at)), "{told}");
}
