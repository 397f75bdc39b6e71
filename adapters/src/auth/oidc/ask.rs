//! Asking a provider, within bounds of time and size.

use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use axum::http::{Request, StatusCode, Uri};
use data_encoding::BASE64;
use form_urlencoded::byte_serialize;
use http_body_util::{BodyExt as _, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Trouble, shown};
use crate::way::{Way, inmost};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many bytes it may have.
const MOST: usize = 1 << 20;

/// Asks a provider.
#[derive(Debug)]
pub(super) struct Asker {
    plain: Client<Way, Body>,
    secured: Client<Way, Body>,
}

/// What a token endpoint answers when it says no (RFC 6749, section 5.2).
#[derive(Deserialize)]
struct No {
    error: String,
    error_description: Option<String>,
}

impl Asker {
    /// Trusts whom the system trusts, or the authority whose certificate is in this file.
    pub(super) fn new(authority: Option<&Path>) -> Result<Self, Trouble> {
        let client = |way| Client::builder(TokioExecutor::new()).build(way);
        let secured = Way::secured(authority).map_err(|error| Trouble::SetUp(error.to_string()))?;
        Ok(Self { plain: client(Way::Plain), secured: client(secured) })
    }

    /// What stands at an address.
    pub(super) async fn get<T: DeserializeOwned>(&self, address: &str) -> Result<T, Trouble> {
        self.read(request(Request::get(uri(address)?), Body::empty())?).await
    }

    /// What the provider tells besides of whoever gave this token; nothing if it is in no form that is read here.
    pub(super) async fn more(&self, address: &str, token: &str) -> Result<Map<String, Value>, Trouble> {
        let mut request = request(Request::get(uri(address)?), Body::empty())?;
        request.headers_mut().insert(AUTHORIZATION, secret(&format!("Bearer {token}"))?);
        self.read(request).await
    }

    /// What it answers to a form, from whoever shows this login.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        address: &str,
        form: String,
        login: Option<(&str, &str)>,
    ) -> Result<T, Trouble> {
        let builder = Request::post(uri(address)?).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let mut request = request(builder, Body::from(form))?;
        if let Some((name, password)) = login {
            // Each is written as in a form first (RFC 6749, section 2.3.1).
            let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let pair = format!("{}:{}", encode(name), encode(password));
            let basic = format!("Basic {}", BASE64.encode(pair.as_bytes()));
            request.headers_mut().insert(AUTHORIZATION, secret(&basic)?);
        }
        self.read(request).await
    }

    async fn read<T: DeserializeOwned>(&self, request: Request<Body>) -> Result<T, Trouble> {
        let address = request.uri().clone();
        let (status, body) = tokio::time::timeout(PATIENCE, self.ask(request)).await.map_err(|_| {
            Trouble::Away(format!("{address} did not answer within {} s", PATIENCE.as_secs()))
        })??;
        if !status.is_success() {
            if let Ok(no) = serde_json::from_slice::<No>(&body) {
                let description = no.error_description.map(|why| format!(": {why}")).unwrap_or_default();
                return Err(Trouble::Refused(shown(&format!("{}{description}", no.error))));
            }
            let what = format!("{address} answered {status}");
            return Err(if status.is_server_error() { Trouble::Away(what) } else { Trouble::Odd(what) });
        }
        serde_json::from_slice(&body)
            .map_err(|error| Trouble::Odd(format!("what stands at {address}: {error}")))
    }

    async fn ask(&self, request: Request<Body>) -> Result<(StatusCode, Vec<u8>), Trouble> {
        let address = request.uri().clone();
        let is_secured = address.scheme_str() == Some("https");
        let client = if is_secured { &self.secured } else { &self.plain };
        let away = |error: &(dyn std::error::Error + 'static)| {
            Trouble::Away(format!("{address}: {}", inmost(error)))
        };
        let answer = client.request(request).await.map_err(|error| away(&error))?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), MOST).collect().await.map_err(|error| away(&*error))?;
        Ok((status, body.to_bytes().to_vec()))
    }
}

fn uri(address: &str) -> Result<Uri, Trouble> {
    address.parse().map_err(|_| Trouble::Odd(format!("{:?} is not an address", shown(address))))
}

fn request(builder: axum::http::request::Builder, body: Body) -> Result<Request<Body>, Trouble> {
    let request = builder.header(ACCEPT, "application/json").body(body);
    request.map_err(|error| Trouble::Odd(error.to_string()))
}

fn secret(text: &str) -> Result<HeaderValue, Trouble> {
    let mut value =
        HeaderValue::from_str(text).map_err(|_| Trouble::Odd("a token fits in no header".into()))?;
    value.set_sensitive(true);
    Ok(value)
}
