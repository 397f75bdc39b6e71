//! Asking an authority over HTTP, within bounds of time and size (RFC 3161, section 3.4).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use axum::http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;

use super::NoStamp;
use super::reply;
use super::request::Asked;
use crate::way::{Way, inmost};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many bytes it may have. A token has some thousands.
const MOST: usize = 1 << 20;
/// What is sent, and what comes back.
const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";

/// Where an authority is asked: `http://` or `https://`, and no login in it, since it is kept in the record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TsaAddress(Uri);

impl fmt::Display for TsaAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for TsaAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(100).collect();
        if text.contains('@') {
            // It may hold a password, so it is not shown.
            return Err(
                "it holds an @: an address with a login would be kept in the record, and is not taken"
                    .to_owned(),
            );
        }
        let bad =
            || format!("{shown:?} is no address of an authority: write one such as https://tsa.example.com/");
        let uri: Uri = text.parse().map_err(|_| bad())?;
        let is_known = matches!(uri.scheme_str(), Some("http" | "https"));
        if is_known && uri.host().is_some_and(|host| !host.is_empty()) { Ok(Self(uri)) } else { Err(bad()) }
    }
}

impl TryFrom<String> for TsaAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The token that an authority answers. It is read by nobody yet.
pub async fn token(address: &TsaAddress, asked: &Asked) -> Result<Vec<u8>, NoStamp> {
    token_within(address, asked, PATIENCE).await
}

/// The same, waiting for so long.
pub async fn token_within(
    address: &TsaAddress,
    asked: &Asked,
    patience: Duration,
) -> Result<Vec<u8>, NoStamp> {
    let request = asked.request().map_err(|error| NoStamp::Odd(error.to_string()))?;
    let answer = tokio::time::timeout(patience, post(address, request)).await;
    let late = || NoStamp::Away(format!("{address} did not answer within {} s", patience.as_secs_f32()));
    reply::token(&answer.map_err(|_| late())??)
}

async fn post(address: &TsaAddress, body: Vec<u8>) -> Result<Vec<u8>, NoStamp> {
    let way = match address.0.scheme_str() {
        Some("https") => Way::secured(None).map_err(|error| NoStamp::Address(error.to_string()))?,
        _ => Way::Plain,
    };
    let request = Request::post(address.0.clone()).header(CONTENT_TYPE, QUERY).header(ACCEPT, REPLY);
    let request = request.body(Body::from(body)).map_err(|error| NoStamp::Address(error.to_string()))?;
    let client: Client<Way, Body> = Client::builder(TokioExecutor::new()).build(way);
    let answer = client.request(request).await.map_err(|error| away(address, &error))?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    if status.is_redirection() {
        let to = headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
        let to: String = to.chars().take(200).collect();
        let what = format!("{address} sends elsewhere, to {to}: name that address, if you trust it");
        return Err(NoStamp::Address(what));
    }
    if status != StatusCode::OK {
        let what = format!("{address} answered {status}");
        return Err(if status.is_server_error() { NoStamp::Away(what) } else { NoStamp::Odd(what) });
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("nothing");
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(REPLY) {
        let kind: String = kind.chars().take(100).collect();
        return Err(NoStamp::Odd(format!("{address} answered with {kind}, not {REPLY}")));
    }
    let read = Limited::new(answer.into_body(), MOST).collect().await;
    read.map(|body| body.to_bytes().to_vec()).map_err(|error| away(address, &*error))
}

fn away(address: &TsaAddress, error: &(dyn std::error::Error + 'static)) -> NoStamp {
    NoStamp::Away(format!("{address}: {}", inmost(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_that_is_spoken_here_a_host_and_no_login() {
        for good in ["http://127.0.0.1:3161", "https://tsa.example.com/tsr?x=1", "http://[::1]:80/"] {
            assert!(good.parse::<TsaAddress>().is_ok(), "{good}");
        }
        for bad in
            ["", "tsa.example.com", "ftp://tsa.example.com", "https://", "file:///etc/passwd", "http://a b"]
        {
            let error = bad.parse::<TsaAddress>().unwrap_err();
            assert!(error.contains("is no address of an authority"), "{bad}: {error}");
        }
        let error = "https://ada:secret@tsa.example.com".parse::<TsaAddress>().unwrap_err();
        assert!(error.contains("login") && !error.contains("secret"), "{error}");
    }
}
