use jsonwebtoken::{EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::json;

use super::*;

const NONCE: &str = "n-0S6_WzA2Mj";

fn settings() -> ProviderSettings {
    toml::from_str("issuer = \"https://idp.example\"\nclient_id = \"scribe\"").unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-11-28T09:00:00Z".parse().unwrap()
}

/// A provider's key, with its name.
struct Signer {
    key: EncodingKey,
    kid: &'static str,
}

impl Signer {
    fn new(kid: &'static str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        Self { key: EncodingKey::from_ec_der(pair.serialized_der()), kid }
    }

    fn shown(&self) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(&self.key, Algorithm::ES256).unwrap();
        jwk.common.key_id = Some(self.kid.to_owned());
        jwk
    }

    fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.kid.to_owned()), ..Header::new(Algorithm::ES256) };
        encode(&header, claims, &self.key).unwrap()
    }
}

fn good() -> Value {
    let now = now().timestamp();
    json!({
        "iss": "https://idp.example", "sub": "248289761001", "aud": "scribe", "nonce": NONCE,
        "exp": now + 300, "iat": now, "name": "Ada Okafor", "email": "ada@example.com", "email_verified": true,
        "groups": ["sre", "leads"]
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut claims = good();
    claims[field] = value;
    claims
}

fn without(field: &str) -> Value {
    let mut claims = good();
    claims.as_object_mut().unwrap().remove(field);
    claims
}

#[test]
fn a_token_of_the_provider_for_this_program_and_this_sign_in_says_who_it_is() {
    let signer = Signer::new("one");
    let keys = JwkSet { keys: vec![Signer::new("other").shown(), signer.shown()] };
    let read = |claims: &Value| super::claims(&signer.sign(claims), &keys, &settings(), NONCE, now());
    let subject = read(&good()).unwrap().subject(&settings());
    assert_eq!((subject.subject.as_str(), subject.name.as_deref()), ("248289761001", Some("Ada Okafor")));
    assert_eq!(subject.mail.as_deref(), Some("ada@example.com"));
    assert_eq!(subject.groups, ["sre", "leads"]);
    // An address that nobody has looked at is nobody's.
    for unverified in [json!(false), json!("true"), Value::Null] {
        assert_eq!(read(&with("email_verified", unverified)).unwrap().subject(&settings()).mail, None);
    }
    let seconds = |seconds: i64| json!(now().timestamp() + seconds);
    for fine in [
        with("aud", json!(["scribe"])),
        with("exp", seconds(-60)),
        with("iat", seconds(60)),
        with("azp", json!("scribe")),
        with("groups", json!("sre")),
        without("groups"),
    ] {
        assert!(read(&fine).is_ok(), "{fine}");
    }
    let two = with("aud", json!(["scribe", "other"]));
    assert_eq!(read(&two).unwrap_err(), Bad::Audience, "for whom it was made is not said");
    let mut for_us = two;
    for_us["azp"] = json!("scribe");
    assert!(read(&for_us).is_ok());
}

#[test]
fn any_other_token_proves_nothing() {
    let signer = Signer::new("one");
    let keys = JwkSet { keys: vec![signer.shown()] };
    let read = |token: &str| super::claims(token, &keys, &settings(), NONCE, now()).unwrap_err();
    let seconds = |seconds: i64| json!(now().timestamp() + seconds);
    for (claims, bad) in [
        (with("iss", json!("https://evil.example")), Bad::Issuer),
        (with("iss", json!("https://idp.example/")), Bad::Issuer),
        (with("aud", json!("another")), Bad::Audience),
        (with("aud", json!([])), Bad::Audience),
        (with("azp", json!("another")), Bad::Audience),
        (with("nonce", json!("another")), Bad::Nonce),
        (without("nonce"), Bad::Nonce),
        (with("sub", json!("")), Bad::Subject),
        (with("sub", json!("x".repeat(256))), Bad::Subject),
    ] {
        assert_eq!(read(&signer.sign(&claims)), bad, "{claims}");
    }
    for late in [
        with("exp", seconds(-600)),
        with("iat", seconds(600)),
        with("nbf", seconds(600)),
        with("exp", json!(0)),
    ] {
        assert!(matches!(read(&signer.sign(&late)), Bad::Time { .. }), "{late}");
    }
    for lacking in ["iss", "sub", "aud", "exp", "iat"] {
        assert!(matches!(read(&signer.sign(&without(lacking))), Bad::Form(_)), "{lacking}");
    }
    // Another key of the same name, a name that nobody has, another's signature, none at all, and one by what both know.
    assert_eq!(read(&Signer::new("one").sign(&good())), Bad::Signature);
    assert_eq!(read(&Signer::new("two").sign(&good())), Bad::UnknownKey);
    let token = signer.sign(&good());
    let (before, _) = token.rsplit_once('.').unwrap();
    assert_eq!(read(&format!("{before}.AAAA")), Bad::Signature);
    let known =
        encode(&Header::new(Algorithm::HS256), &good(), &EncodingKey::from_secret(b"secret")).unwrap();
    assert_eq!(read(&known), Bad::Algorithm);
    let none = data_encoding::BASE64URL_NOPAD.encode(br#"{"alg":"none"}"#);
    let (_, rest) = before.split_once('.').unwrap();
    assert!(matches!(read(&format!("{none}.{rest}.")), Bad::Form(_)));
    for no_token in ["", "a.b.c", "....", "eyJhbGciOiJFUzI1NiJ9"] {
        assert!(matches!(read(no_token), Bad::Form(_)), "{no_token}");
    }
}

#[test]
fn what_is_told_besides_is_of_the_same_person_and_never_in_place_of_what_was_signed() {
    let signer = Signer::new("one");
    let keys = JwkSet { keys: vec![signer.shown()] };
    let claims =
        || super::claims(&signer.sign(&without("groups")), &keys, &settings(), NONCE, now()).unwrap();
    let more =
        |sub: &str| json!({ "sub": sub, "name": "Zac", "groups": ["leads"] }).as_object().cloned().unwrap();
    let mut told = claims();
    told.add(more("248289761001")).unwrap();
    let subject = told.subject(&settings());
    assert_eq!((subject.name.as_deref(), subject.groups), (Some("Ada Okafor"), vec!["leads".to_owned()]));
    assert!(claims().add(more("another")).is_err());
}

#[test]
fn that_an_address_is_verified_is_said_of_that_very_address() {
    let signer = Signer::new("one");
    let keys = JwkSet { keys: vec![signer.shown()] };
    let mail = |told: &str| {
        let token = signer.sign(&without("email_verified"));
        let mut claims = claims(&token, &keys, &settings(), NONCE, now()).unwrap();
        let more = json!({ "sub": "248289761001", "email": told, "email_verified": true });
        claims.add(more.as_object().cloned().unwrap()).unwrap();
        claims.subject(&settings()).mail
    };
    assert_eq!(mail("ada@example.com").as_deref(), Some("ada@example.com"));
    assert_eq!(mail("mallory@example.com"), None, "another address was");
}
