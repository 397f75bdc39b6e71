//! Who may do what.

use scribe_protocol_server::{Cluster, Like, Login, Proposed, Settings};
use serde_json::{Value, json};
use tonic::transport::{Certificate, Channel, ClientTlsConfig};

use super::asking::{all_backwards, stream};
use super::channel::Plain;
use super::recording;

fn login(user: &str) -> Login {
    Login { user: user.to_owned(), password: "mellon".to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn access() {
    for like in Like::ALL {
        let Some(recording) = recording(like, "access") else { continue };
        let settings = Settings {
            tls: true,
            login: Some(login("admin")),
            users: vec![login("plain")],
            ..Settings::like(like)
        };
        let cluster = Cluster::with(1, settings).unwrap();
        cluster.write("$server", vec![Proposed::json("$started", "{}")]);
        // Which of two the process has is for whoever connects to say.
        let _ = tokio_rustls::rustls::crypto::aws_lc_rs::default_provider().install_default();
        let authority = Certificate::from_pem(cluster.authority().unwrap());
        let channel = Channel::from_shared(format!("https://127.0.0.1:{}", cluster.port(0)))
            .unwrap()
            .tls_config(ClientTlsConfig::new().ca_certificate(authority))
            .unwrap()
            .connect()
            .await
            .unwrap();
        let mut lines = Vec::new();
        for line in &recording.lines[1..] {
            let (who, asked) = (line["who"].as_str().unwrap(), line["asked"].as_str().unwrap());
            let mut plain = Plain::over(channel.clone());
            plain.login = match who {
                "nobody" => None,
                "wrong password" => Some("admin:friend".to_owned()),
                "admin" => Some("admin:mellon".to_owned()),
                "a plain user" => Some("plain:mellon".to_owned()),
                "a client without TLS" => {
                    lines.push(without_tls(cluster.port(0), who, asked).await);
                    continue;
                }
                other => panic!("nobody knows {other}"),
            };
            let mut told = match asked {
                "read $all backwards 1" => plain.read(all_backwards(1)).await,
                "read an ordinary stream" => plain.read(stream("ordinary", false, 1)).await,
                "filtered $all subscription" => plain.subscribe("nothing").await,
                "Append any" => plain.try_append("ordinary").await,
                "BatchAppend any" => plain.try_batch("ordinary").await,
                other => panic!("nobody knows how to ask: {other}"),
            };
            (told["who"], told["asked"]) = (json!(who), json!(asked));
            lines.push(told);
        }
        recording.holds(&lines);
    }
}

/// What such a client says is its own; the server only does not understand it.
async fn without_tls(port: u16, who: &str, asked: &str) -> Value {
    let channel = Channel::from_shared(format!("http://127.0.0.1:{port}")).unwrap().connect_lazy();
    let told = Plain::over(channel).read(all_backwards(1)).await;
    assert!(told["error"]["code"].is_string(), "{told}");
    let error = json!({ "code": "UNAVAILABLE", "details": "No connection established", "trailers": {} });
    json!({ "who": who, "asked": asked, "got": told["got"], "error": error })
}
