//! A time-stamping authority that others wrote: `openssl ts`, with certificates of its own, on loopback; and the foreign
//! judge of every token.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::thread;

use tempfile::TempDir;

use crate::budget::skipped;

/// The settings of the certificate authority, and of that which stamps.
const SETTINGS: &str = "
[ca]
default_ca = own
[own]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
default_md = sha256
policy = any
default_crl_days = 3650
crl_extensions = list
unique_subject = no
[any]
commonName = supplied
[list]
authorityKeyIdentifier = keyid
[req]
distinguished_name = nobody
prompt = no
[nobody]
CN = nobody
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[stamps]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[no_purpose]
basicConstraints = critical,CA:FALSE
[not_critical]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = timeStamping
[two_purposes]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = critical,timeStamping,codeSigning
[other_usage]
basicConstraints = critical,CA:FALSE
keyUsage = critical,keyEncipherment
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = stamping
[stamping]
serial = stamps
crypto_device = builtin
default_policy = 1.2.3.4.1
digests = sha256,sha512
ordering = yes
ess_cert_id_chain = no
";

/// A key's algorithm.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    /// RSA, 2048 bits.
    Rsa,
    /// ECDSA on P-256.
    P256,
}

/// How an authority stamps.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// The digest that it signs.
    pub digest: &'static str,
    /// The digest by which it names its certificate.
    pub names: &'static str,
    /// What else it says of itself.
    pub more: &'static str,
}

impl Default for Habits {
    fn default() -> Self {
        Self { digest: "sha256", names: "sha256", more: "" }
    }
}

/// Certificates, keys and `openssl`, in a folder.
pub struct Authority {
    folder: TempDir,
}

impl Authority {
    /// A root of its own, which goes with this; none where there is no `openssl`, which is then said.
    pub fn new() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            skipped(
                "time stamps",
                "there is no openssl to stamp and to judge (Debian: apt-get install openssl)",
            );
            return None;
        }
        let own = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        for (name, text) in
            [("settings", SETTINGS), ("index.txt", ""), ("serial", "1000"), ("crlnumber", "01")]
        {
            fs::write(own.path(name), text).expect("the folder takes it");
        }
        for (name, title) in [("root", "Test Root"), ("other", "Another Root")] {
            own.ok(&format!(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.pem \
                 -days 3650 -config settings -extensions root -sha256"
            ), &["-subj", &format!("/CN={title}")]);
        }
        Some(own)
    }

    /// Something in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The text of something in its folder.
    pub fn text(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn run(&self, words: &str, more: &[&str]) -> Output {
        let mut command = Command::new("openssl");
        command.args(words.split_whitespace()).args(more).current_dir(self.folder.path());
        command.output().expect("openssl runs")
    }

    fn ok(&self, words: &str, more: &[&str]) -> Vec<u8> {
        let Output { status, stdout, stderr } = self.run(words, more);
        assert!(status.success(), "openssl {words}: {}", String::from_utf8_lossy(&stderr));
        stdout
    }

    /// A certificate `NAME.pem` with its key, for whom these extensions are, issued by `issuer`; `more` may say when it is
    /// valid.
    pub fn issue(&self, name: &str, key: Key, extensions: &str, issuer: &str, more: &str) {
        match key {
            Key::Rsa => self.ok(&format!("genrsa -out {name}.key 2048"), &[]),
            Key::P256 => self.ok(&format!("ecparam -name prime256v1 -genkey -noout -out {name}.key"), &[]),
        };
        self.ok(&format!("req -new -key {name}.key -config settings -out {name}.csr -subj /CN={name}"), &[]);
        let more = if more.is_empty() { "-days 3000" } else { more };
        self.ok(
            &format!(
                "ca -batch -notext -config settings -cert {issuer}.pem -keyfile {issuer}.key -in {name}.csr \
                 -out {name}.pem -extensions {extensions} {more}"
            ),
            &[],
        );
    }

    /// Takes certificates back, and writes the list of those, `NAME`.
    pub fn revoke(&self, certificates: &[&str], list: &str) {
        for name in certificates {
            self.ok(&format!("ca -config settings -cert root.pem -keyfile root.key -revoke {name}.pem"), &[]);
        }
        self.list("root", list);
    }

    /// Writes the list of what an issuer took back.
    pub fn list(&self, issuer: &str, list: &str) {
        self.ok(
            &format!("ca -gencrl -config settings -cert {issuer}.pem -keyfile {issuer}.key -out {list}"),
            &[],
        );
    }

    /// What it answers to a request, in the name of one of its certificates.
    pub fn reply(&self, query: &[u8], signer: &str, habits: Habits) -> Vec<u8> {
        let name = self.scratch("query", query);
        let Habits { digest, names, more } = habits;
        let settings = format!("{SETTINGS}ess_cert_id_alg = {names}\nsigner_digest = {digest}\n{more}");
        let settings = self.scratch("how", settings.as_bytes());
        if !self.path("stamps").exists() {
            fs::write(self.path("stamps"), "01").expect("the folder takes it");
        }
        let config = settings.to_str().expect("a path");
        self.ok(
            &format!("ts -reply -signer {signer}.pem -inkey {signer}.key"),
            &["-config", config, "-queryfile", name.to_str().expect("a path")],
        )
    }

    /// The token that it answers.
    pub fn token(&self, query: &[u8], signer: &str, habits: Habits) -> Vec<u8> {
        let answer = self.reply(query, signer, habits);
        let answer = self.scratch("answer", &answer);
        self.ok("ts -reply -token_out", &["-in", answer.to_str().expect("a path")])
    }

    /// A token with this content, signed by one of whom `openssl ts` would not sign it.
    pub fn signed_by_hand(&self, content: &[u8], kind: &str, signer: &str) -> Vec<u8> {
        let content = self.scratch("content", content);
        self.ok(
            &format!(
                "cms -sign -binary -nodetach -cades -md sha256 -outform DER -signer {signer}.pem -inkey {signer}.key"
            ),
            &["-econtent_type", kind, "-in", content.to_str().expect("a path")],
        )
    }

    /// What is signed in a token.
    pub fn content(&self, token: &[u8]) -> Vec<u8> {
        let token = self.scratch("token", token);
        self.ok("cms -verify -noverify -binary -inform DER", &["-in", token.to_str().expect("a path")])
    }

    /// Whether `openssl ts -verify` believes a token of this request, with the certificates in a file, at a time; with
    /// lists, whether it was revoked.
    pub fn judges(&self, token: &[u8], query: &[u8], ca: &Path, lists: bool, at: i64) -> Result<(), String> {
        let (token, query) = (self.scratch("token", token), self.scratch("query", query));
        let paths = ["-in", path(&token), "-queryfile", path(&query), "-CAfile", path(ca)];
        let lists = if lists { "-crl_check" } else { "" };
        let Output { status, stderr, .. } =
            self.run(&format!("ts -verify -token_in -attime {at} {lists}"), &paths);
        if status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&stderr).into_owned()) }
    }

    /// A file of its own for these bytes.
    fn scratch(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let file = tempfile::Builder::new().prefix(name).tempfile_in(self.folder.path()).expect("a file");
        let (mut file, path) = file.keep().expect("it stays");
        file.write_all(bytes).expect("it takes them");
        path
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path in Unicode")
}

/// What whoever is asked over HTTP answers: status line and content type, and the body; nothing at all if it hangs.
pub type Answer = Option<(&'static str, &'static str, Vec<u8>)>;

/// An authority's answer, as it should be sent.
pub fn answer(reply: Vec<u8>) -> Answer {
    Some(("200 OK", "application/timestamp-reply", reply))
}

/// Listens on loopback until the process ends, and answers each request in this way; its address.
pub fn listen(answers: impl Fn(&[u8]) -> Answer + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port can be had");
    let address = format!("http://{}/", listener.local_addr().expect("it has one"));
    let answers = Arc::new(answers);
    thread::spawn(move || {
        // Whoever hangs keeps the connection open.
        for stream in listener.incoming().flatten() {
            let answers = Arc::clone(&answers);
            thread::spawn(move || serve(stream, &*answers));
        }
    });
    address
}

fn serve(stream: TcpStream, answers: &dyn Fn(&[u8]) -> Answer) {
    let mut reader = BufReader::new(stream.try_clone().expect("a connection has two ends"));
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(told) = line.strip_prefix("content-length:") {
            length = told.trim().parse().expect("a number");
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let Some((status, kind, body)) = answers(&body) else {
        thread::park();
        return;
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nlocation: http://127.0.0.1:9/\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    // Whoever asked may have gone.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}
