//! Somebody else's clock. `openssl ts` stamps, and judges every token: what it believes, scribe believes, and nothing else.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use scribe::time_stamping::fetch::{self, TsaAddress};
use scribe::time_stamping::request::Asked;
use scribe::time_stamping::token::TimeStamp;
use scribe::time_stamping::verify::Authorities;
use scribe::time_stamping::{NoStamp, WrongToken};
use scribe_domain::values::Digest;
use scribe_tests::authority::{Answer, Authority, Habits, Key, answer, listen};
use scribe_tests::program::Program;

use super::file::{ID, notes, record};

/// A time stamp, as what is signed is named.
const TIME_STAMP: &str = "1.2.840.113549.1.9.16.1.4";

fn asked() -> Asked {
    Asked::draw(Digest::of(b"a checkpoint")).unwrap()
}

/// An authority with everybody who signs in these tests.
fn authority() -> Option<Authority> {
    let own = Authority::new()?;
    own.issue("rsa", Key::Rsa, "stamps", "root", "");
    own.issue("p256", Key::P256, "stamps", "root", "");
    Some(own)
}

/// What scribe says of a token: when it was made, or what is wrong with it.
type Said = Result<DateTime<Utc>, WrongToken>;

/// One token of the matrix.
struct Case {
    name: &'static str,
    token: Vec<u8>,
    /// What it is held against.
    asked: Asked,
    /// The files of whom to believe, the lists of revoked ones among them.
    ca: &'static [&'static str],
    lists: bool,
    /// What scribe must say.
    says: fn(&Said) -> bool,
}

impl Case {
    fn good(name: &'static str, token: Vec<u8>, asked: Asked) -> Self {
        Self { name, token, asked, ca: &["root.pem"], lists: false, says: Result::is_ok }
    }

    fn wrong(self, says: fn(&Said) -> bool) -> Self {
        Self { says, ..self }
    }

    fn by(self, ca: &'static [&'static str]) -> Self {
        Self { ca, ..self }
    }

    fn with_lists(self, ca: &'static [&'static str]) -> Self {
        Self { ca, lists: true, ..self }
    }

    fn is_judged_alike(&self, own: &Authority) {
        let pem: Vec<u8> = self.ca.iter().flat_map(|file| own.text(file)).collect();
        let file = own.path(&format!("believed by {}", self.name));
        fs::write(&file, &pem).unwrap();
        let ours = Authorities::read(&pem)
            .map_err(|error| WrongToken::Chain(error.to_string()))
            .and_then(|authorities| authorities.verify(&self.token, &self.asked))
            .map(|stamp| stamp.gen_time);
        // Both are asked about the moment that the token names.
        let at = TimeStamp::read(&self.token).map_or_else(|_| Utc::now(), |stamp| stamp.gen_time);
        let query = self.asked.request().unwrap();
        let theirs = own.judges(&self.token, &query, &file, self.lists, at.timestamp());
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{}: scribe: {ours:?}; openssl: {theirs:?}", self.name);
        assert!((self.says)(&ours), "{}: {ours:?}", self.name);
    }
}

#[test]
fn what_openssl_believes_scribe_believes_and_nothing_else() {
    use WrongToken as W;
    let Some(own) = authority() else { return };
    let plain = Habits::default();
    own.issue("expired", Key::P256, "stamps", "root", "-startdate 20200101000000Z -enddate 20210101000000Z");
    own.issue("early", Key::P256, "stamps", "root", "-startdate 20400101000000Z -enddate 20410101000000Z");
    own.issue("revoked", Key::P256, "stamps", "root", "");
    own.issue("between", Key::P256, "root", "root", "");
    own.issue("below", Key::P256, "stamps", "between", "");
    own.issue("stranger", Key::P256, "stamps", "other", "");
    for purpose in ["no_purpose", "not_critical", "two_purposes", "other_usage"] {
        own.issue(purpose, Key::P256, purpose, "root", "");
    }
    own.revoke(&["revoked"], "root.crl");
    own.list("other", "other.crl");
    let one = asked();
    let query = one.request().unwrap();
    let token = |signer: &str| own.token(&query, signer, plain);
    let by_hand = |signer: &str| own.signed_by_hand(&own.content(&token("rsa")), TIME_STAMP, signer);
    let with = |digest, names, more| own.token(&query, "rsa", Habits { digest, names, more });
    let by_hand_in_another_name = {
        let named = own.token(&query, "rsa", Habits { more: "tsa_name = yes\n", ..plain });
        own.signed_by_hand(&own.content(&named), TIME_STAMP, "p256")
    };
    let without_certificate = {
        // The last field asks for it.
        let mut query = query.clone();
        query.truncate(query.len() - 3);
        query[1] -= 3;
        own.token(&query, "rsa", plain)
    };
    let altered = {
        let mut token = token("rsa");
        let year = token.windows(4).position(|four| four == b"\x18\x0f20" || four == b"\x18\x1320").unwrap();
        token[year + 5] ^= 1;
        token
    };
    let chained = own.path("chained");
    fs::write(&chained, own.text("between.pem")).unwrap();
    let cases = [
        Case::good("RSA", token("rsa"), one),
        Case::good("P-256", token("p256"), one),
        Case::good("RSA with SHA-512", with("sha512", "sha256", ""), one),
        Case::good("RSA with SHA-384", with("sha384", "sha384", ""), one),
        Case::good("a certificate named by SHA-1", with("sha256", "sha1", ""), one),
        Case::good("a certificate named by SHA-512", with("sha256", "sha512", ""), one),
        Case::good(
            "parts of a second, an accuracy and a name",
            with(
                "sha256",
                "sha256",
                "clock_precision_digits = 3\naccuracy = secs:1, millisecs:500\ntsa_name = yes\n",
            ),
            one,
        ),
        Case::good("signed by hand", by_hand("p256"), one),
        Case::good("two roots", token("rsa"), one).by(&["other.pem", "root.pem"]),
        Case::good("one between, who is named", token("below"), one).by(&["between.pem", "root.pem"]),
        Case::good("one between, who is not there", token("below"), one)
            .wrong(|said| *said == Err(W::Stranger)),
        Case::good("no root", token("below"), one).by(&["between.pem"]).wrong(Result::is_err),
        Case::good("another root", token("rsa"), one)
            .by(&["other.pem"])
            .wrong(|said| *said == Err(W::Stranger)),
        Case::good("a stranger", token("stranger"), one).wrong(|said| *said == Err(W::Stranger)),
        Case::good("expired", token("expired"), one).wrong(|said| matches!(said, Err(W::NotValid(..)))),
        Case::good("not valid yet", token("early"), one).wrong(|said| matches!(said, Err(W::NotValid(..)))),
        Case::good("revoked", token("revoked"), one)
            .with_lists(&["root.pem", "root.crl"])
            .wrong(|said| *said == Err(W::Revoked)),
        Case::good("revoked, and nobody says so", token("revoked"), one),
        Case::good("not revoked", token("rsa"), one).with_lists(&["root.pem", "root.crl"]),
        Case::good("a list of somebody else's", token("rsa"), one)
            .with_lists(&["root.pem", "other.crl"])
            .wrong(|said| *said == Err(W::NotListed)),
        Case::good("no purpose", by_hand("no_purpose"), one).wrong(|said| matches!(said, Err(W::Purpose(_)))),
        Case::good("a purpose by the way", by_hand("not_critical"), one)
            .wrong(|said| matches!(said, Err(W::Purpose(_)))),
        Case::good("two purposes", by_hand("two_purposes"), one)
            .wrong(|said| matches!(said, Err(W::Purpose(_)))),
        Case::good("a key for something else", by_hand("other_usage"), one)
            .wrong(|said| matches!(said, Err(W::Purpose(_)))),
        Case::good("another digest", token("rsa"), Asked { digest: Digest::of(b"another"), ..one })
            .wrong(|said| matches!(said, Err(W::Digest { .. }))),
        Case::good("another nonce", token("rsa"), asked()).wrong(|said| matches!(said, Err(W::Nonce { .. }))),
        Case::good("another name", by_hand_in_another_name, one).wrong(|said| *said == Err(W::OtherName)),
        Case::good("no certificate", without_certificate, one).wrong(|said| *said == Err(W::NoCertificate)),
        Case::good("altered", altered, one).wrong(|said| *said == Err(W::Altered)),
        Case::good("something else signed", own.signed_by_hand(b"x", "1.2.840.113549.1.7.1", "rsa"), one)
            .wrong(|said| matches!(said, Err(W::Unreadable(_)))),
        Case::good("not a time stamp within", own.signed_by_hand(b"x", TIME_STAMP, "rsa"), one)
            .wrong(|said| matches!(said, Err(W::Unreadable(_)))),
        Case::good("cut off", token("rsa")[..900].to_vec(), one)
            .wrong(|said| matches!(said, Err(W::Unreadable(_)))),
        Case::good("nothing", Vec::new(), one).wrong(|said| matches!(said, Err(W::Unreadable(_)))),
    ];
    for case in &cases {
        case.is_judged_alike(&own);
    }
}

/// No byte of a token can be another: nothing in it is passed over.
#[test]
fn a_token_in_which_anything_was_changed_is_worth_nothing() {
    let Some(own) = authority() else { return };
    let one = asked();
    let root = Authorities::read(&own.text("root.pem")).unwrap();
    for signer in ["rsa", "p256"] {
        let token = own.token(&one.request().unwrap(), signer, Habits::default());
        root.verify(&token, &one).unwrap();
        for place in 0..token.len() {
            for change in [1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0xff] {
                let mut other = token.clone();
                other[place] ^= change;
                let said = root.verify(&other, &one);
                assert!(said.is_err(), "{signer}: byte {place} changed by {change:#x} is believed");
            }
            assert!(
                root.verify(&token[..place], &one).is_err(),
                "{signer}: {place} bytes of it are believed"
            );
        }
        assert!(root.verify(&[token.as_slice(), &[0]].concat(), &one).is_err());
    }
}

fn at(own: &Authority, name: &str) -> String {
    own.path(name).to_str().unwrap().to_owned()
}

/// An authority on loopback that does as it should.
fn on_loopback(own: &Arc<Authority>) -> String {
    let own = Arc::clone(own);
    listen(move |query| answer(own.reply(query, "p256", Habits::default())))
}

#[test]
fn a_stamp_goes_along_wherever_the_record_goes_and_tells_when_it_was() {
    let Some(own) = authority().map(Arc::new) else { return };
    let (tsa, root, other) = (on_loopback(&own), at(&own, "root.pem"), at(&own, "other.pem"));
    let began: DateTime<Utc> = Utc::now();
    let program = record(1);
    let said = program.ok(&["audit", "stamp", "--tsa", &tsa, "--tsa-ca", &root]);
    assert!(
        said.starts_with("the first 2 events were there at ") && said.ends_with("(position 3)\n"),
        "{said}"
    );
    notes(&program, 2);
    program.ok(&["audit", "stamp", "--tsa", &tsa]);

    let without = program.ok(&["audit", "verify"]);
    assert!(without.contains("2 time stamps: not checked who signed them: "), "{without}");
    let is_proven = |said: &str| {
        assert!(said.contains("2 time stamps: all of them hold\n"), "{said}");
        for (positions, after, before) in
            [("positions 1–2", None, Some(3)), ("positions 3–5", Some(3), Some(6))]
        {
            let line =
                said.lines().find(|line| line.starts_with(positions)).unwrap_or_else(|| panic!("{said}"));
            let names = |word: &str, stamp: Option<u64>| match stamp {
                Some(stamp) => line.contains(word) && line.contains(&format!("(stamp of position {stamp})")),
                None => !line.contains(word),
            };
            assert!(names("after", after) && names("before", before), "{line}");
        }
        assert!(said.contains("position 6: recorded after "), "{said}");
    };
    is_proven(&program.ok(&["audit", "verify", "--tsa-ca", &root]));
    let json = program.json(&["audit", "verify", "--tsa-ca", &root]);
    let bound: DateTime<Utc> =
        json["time_stamps"]["intervals"][0]["before"]["at"].as_str().unwrap().parse().unwrap();
    assert!(bound > began && bound < Utc::now() + Duration::from_secs(2), "{json:#}");

    // An export is checked by whoever has nothing else, and so is a copy.
    let export = program.folder().join("export.jsonl");
    fs::write(&export, program.ok(&["export"])).unwrap();
    let export = export.to_str().unwrap();
    let auditor = Program::new();
    is_proven(&auditor.ok(&["audit", "verify", "--export", export, "--tsa-ca", &root]));
    assert!(!auditor.data().exists(), "whoever checks an export needs no folder");
    let copy = program.folder().join("copy");
    let (from, to) = (program.data(), copy.to_str().unwrap().to_owned());
    program.ok(&["copy", "--from", from.to_str().unwrap(), "--to", &to]);
    is_proven(&program.run(&["--data", &to, "audit", "verify", "--tsa-ca", &root]).stdout);
    program.ok(&["audit", "prove", "3"]);

    for args in [
        &["audit", "verify", "--tsa-ca", &other][..],
        &["audit", "verify", "--export", export, "--tsa-ca", &other],
    ] {
        let outcome = program.run(args);
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        let wrong = "WRONG: its certificate was issued by none of the authorities that you named";
        assert!(outcome.stdout.contains(wrong) && outcome.stdout.contains("2 DO NOT HOLD"), "{outcome:#?}");
    }
    own.revoke(&["p256"], "root.crl");
    let outcome = program.run(&["audit", "verify", "--tsa-ca", &root, "--tsa-crl", &at(&own, "root.crl")]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert!(outcome.stdout.contains("or one above it, was revoked"), "{outcome:#?}");
}

/// A token is moved into another record, or its event is changed: it proves nothing there.
#[test]
fn a_stamp_of_another_record_is_found_out() {
    let Some(own) = authority().map(Arc::new) else { return };
    let (tsa, root) = (on_loopback(&own), at(&own, "root.pem"));
    let (one, other) = (record(1), record(1));
    for program in [&one, &other] {
        program.ok(&["audit", "stamp", "--tsa", &tsa]);
    }
    let line = |program: &Program| program.ok(&["export"]).lines().nth(2).unwrap().to_owned();
    let (ours, theirs) = (line(&one), line(&other));
    let payload = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        value["payload"].to_string()
    };
    let json = one.json(&["audit", "verify", "--tsa-ca", &root]);
    assert_eq!(json["time_stamps"]["holds"], true, "{json:#}");
    // Whoever keeps the record writes another one's stamp into an export, and makes it add up.
    let theirs: serde_json::Value = serde_json::from_str(&theirs).unwrap();
    let stamp: scribe_domain::system::TimeStamped =
        serde_json::from_value(theirs["payload"].clone()).unwrap();
    let kept = scribe::time_stamping::kept::KeptStamp {
        position: scribe_domain::ids::Position(3),
        recorded_at: Utc::now(),
        root: Some(Digest::of(b"the root of another record")),
        stamp,
    };
    let pem = own.text("root.pem");
    let said = kept.judge(Some(&Authorities::read(&pem).unwrap())).unwrap_err().to_string();
    assert!(said.starts_with("it is of another record: the root of the first 2 events is "), "{said}");
    assert!(payload(&ours).contains("\"token\":"), "{ours}");
}

#[test]
fn whatever_an_authority_does_is_said_and_nothing_is_recorded() {
    let Some(own) = authority().map(Arc::new) else { return };
    let root = at(&own, "root.pem");
    let program = record(1);
    let other = own.reply(&asked().request().unwrap(), "rsa", Habits::default());
    let refusal = own.reply(b"no request", "rsa", Habits::default());
    let kind = "application/timestamp-reply";
    let cases: [(Answer, &str); 8] = [
        (answer(other), "the authority's token cannot be used: it is of another digest (sha256:"),
        (answer(refusal), "the authority refused: "),
        (answer(b"garbage".to_vec()), "the authority's answer is no time stamp: it does not read"),
        (answer(Vec::new()), "the authority's answer is no time stamp: it does not read"),
        (answer(vec![0x30; 2 << 20]), "length limit exceeded"),
        (
            Some(("200 OK", "text/html", b"<html>".to_vec())),
            "answered with text/html, not application/timestamp-reply",
        ),
        (Some(("302 Found", kind, Vec::new())), "sends elsewhere, to http://127.0.0.1:9/"),
        (Some(("503 Service Unavailable", kind, Vec::new())), "answered 503 Service Unavailable"),
    ];
    for (answer, words) in cases {
        let tsa = listen(move |_| answer.clone());
        let outcome = program.run(&["audit", "stamp", "--tsa", &tsa]);
        assert!(matches!(outcome.code, Some(4 | 5)), "{outcome:#?}");
        assert!(outcome.stderr.contains(words), "{words}: {outcome:#?}");
    }
    let stranger = Arc::clone(&own);
    let tsa = listen(move |query| {
        // The nonce's last byte: what follows asks for the certificate.
        let mut query = query.to_vec();
        let last = query.len() - 4;
        query[last] ^= 1;
        answer(stranger.reply(&query, "rsa", Habits::default()))
    });
    let outcome = program.run(&["audit", "stamp", "--tsa", &tsa]);
    assert!(outcome.stderr.contains("token cannot be used: its nonce is 0x"), "{outcome:#?}");
    let outcome =
        program.run(&["audit", "stamp", "--tsa", &on_loopback(&own), "--tsa-ca", &at(&own, "other.pem")]);
    assert!(outcome.stderr.contains("issued by none of the authorities that you named"), "{outcome:#?}");
    let outcome = program.run(&["audit", "stamp", "--tsa", "http://127.0.0.1:9/"]);
    assert!(outcome.code == Some(5) && outcome.stderr.contains("refused"), "{outcome:#?}");
    for (args, words) in [
        (&["--tsa", "tsa.example.com"][..], "no address of an authority"),
        (&["--tsa", "http://ada:secret@tsa.example.com"], "an address with a login"),
        (&[], "it is not known whom to ask"),
        (&["--tsa", "http://127.0.0.1:9/", "--tsa-ca", "none.pem"], "cannot read the certificate"),
        (
            &["--tsa", "http://127.0.0.1:9/", "--tsa-ca", &at(&own, "rsa.key")],
            "no certificate of an authority",
        ),
    ] {
        let outcome = program.run(&[&["audit", "stamp"], args].concat());
        assert!(outcome.code != Some(0) && outcome.stderr.contains(words), "{words}: {outcome:#?}");
    }
    assert_eq!(program.count(), 2, "nothing of that was recorded");
    assert!(
        program.ok(&["audit", "verify", "--tsa-ca", &root]).contains("0 time stamps: nobody outside says")
    );
}

#[tokio::test]
async fn an_authority_that_hangs_is_not_waited_for() {
    let address: TsaAddress = listen(|_| None).parse().unwrap();
    let said = fetch::token_within(&address, &asked(), Duration::from_millis(500)).await.unwrap_err();
    assert_eq!(said, NoStamp::Away(format!("{address} did not answer within 0.5 s")));
}

#[test]
fn a_server_has_its_record_stamped_by_itself_and_waits_for_nobody_meanwhile() {
    let Some(own) = authority().map(Arc::new) else { return };
    let settings = |program: &Program, tsa: &str| {
        fs::write(program.data().join("authority.pem"), own.text("root.pem")).unwrap();
        let text = format!("[time_stamps]\ntsa = \"{tsa}\"\nevery = \"1h\"\nca = \"authority.pem\"\n");
        fs::write(program.data().join("scribe.toml"), text).unwrap();
    };
    let until = |program: &Program, what: &str, is_so: &dyn Fn(&Program) -> bool| {
        let began = Instant::now();
        while !is_so(program) {
            assert!(began.elapsed() < Duration::from_secs(40), "{what} never came");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let readiness = |address: &str| {
        let host = address.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET /readyz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };

    let mut program = record(1);
    settings(&program, &on_loopback(&own));
    let (server, address) = program.serve();
    program.speak_to(&address);
    let stamped = |program: &Program| program.ok(&["audit", "verify"]).contains("1 time stamp:");
    until(&program, "the stamp", &stamped);
    program.ok(&["audit", "verify", "--tsa-ca", &at(&own, "root.pem")]);
    drop(server);

    let mut program = record(1);
    settings(&program, &listen(|_| None));
    let (_server, address) = program.serve();
    program.speak_to(&address);
    until(&program, "the task", &|_| readiness(&address).contains("task time_stamps: running"));
    let began = Instant::now();
    program.ok(&["note", ID, "It goes on."]);
    assert!(began.elapsed() < Duration::from_secs(10), "a note waited for the authority");
    let failing = "task time_stamps: failing, without success since ";
    until(&program, "the failure", &|_| readiness(&address).contains(failing));
    let ready = readiness(&address);
    assert!(ready.starts_with("HTTP/1.1 200 ") && ready.contains("\r\n\r\nready\n"), "{ready}");
    assert!(program.ok(&["list"]).contains("List import problems"));
}
