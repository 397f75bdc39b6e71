// Signs people in, with a provider that others wrote and with one that lies. Arguments: the program, a folder, where screenshots go.
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import Provider from 'oidc-provider';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { chromium } from 'playwright-core';

const [program, work, screenshots] = process.argv.slice(2);
let said = 0;
const ok = (what) => { said += 1; console.log(`ok  ${what}`); };

const freePort = () => new Promise((done) => {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});

// --- the program ------------------------------------------------------------------------------------------------
function scribe(data, ...args) {
  return execFileSync(program, ['--data', data, ...args], { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: work } });
}
async function serve(name, settings) {
  const data = path.join(work, name);
  const port = await freePort();
  scribe(data, '--as', 'Root Example', 'declare', 'Checkout is slow', '--severity', 'sev2');
  scribe(data, '--as', 'Root Example', 'token', 'create', 'root', '--for', 'Root Example', '--scope', 'read,audit,admin');
  fs.writeFileSync(path.join(data, 'scribe.toml'), settings);
  const child = spawn(program, ['--data', data, 'serve', '--listen', `127.0.0.1:${port}`], { env: { PATH: process.env.PATH, HOME: work } });
  const log = [];
  child.stderr.on('data', (text) => log.push(String(text)));
  process.on('exit', () => child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries += 1) {
    try { if ((await fetch(`${url}/readyz`)).ok) break; } catch { /* not yet */ }
    if (tries > 100) throw new Error(`the server does not start: ${log.join('')}`);
    await new Promise((done) => setTimeout(done, 100));
  }
  return { data, url, log, child };
}

// --- a provider that others wrote ---------------------------------------------------------------------------------
const people = {
  ada: { name: 'Ada Okafor', email: 'ada@example.com', email_verified: true, groups: ['sre'] },
  sam: { name: 'Sam Rivera', email: 'sam@example.com', email_verified: true, groups: ['sre', 'leads'] },
  mallory: { name: 'Ada Okafor', email: 'ada@example.com', email_verified: false, groups: ['sre'] },
  eve: { name: 'Eve Long', email: 'eve@example.com', email_verified: true, groups: [] },
};
async function provider(port, redirect, keys) {
  const configuration = {
    clients: [{ client_id: 'scribe', client_secret: 'a secret of / both: 100%', redirect_uris: [redirect], grant_types: ['authorization_code'], response_types: ['code'] }],
    jwks: { keys },
    claims: { openid: ['sub'], profile: ['name', 'groups'], email: ['email', 'email_verified'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    pkce: { required: () => true, methods: ['S256'] },
    cookies: { keys: ['for the test only'] },
    clientBasedCORS: () => false,
  };
  const made = new Provider(`http://127.0.0.1:${port}`, configuration);
  const server = http.createServer(made.callback());
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  return server;
}
async function key(kid) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'RS256' };
}

const issuerPort = await freePort();
const settings = (port, more = '') => `
[sign_in]
everyone = ["read"]
${more}
[sign_in.groups]
sre = ["respond", "approve"]
[sign_in.oidc]
issuer = "http://127.0.0.1:${port}"
client_id = "scribe"
client_secret_file = "${work}/secret"
label = "the test's provider"
`;
fs.writeFileSync(path.join(work, 'secret'), 'a secret of / both: 100%\n', { mode: 0o600 });
const server = await serve('record', settings(issuerPort));
let idp = await provider(issuerPort, `${server.url}/sign-in/back`, [await key('one')]);

// --- two people, two browsers ---------------------------------------------------------------------------------------
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
async function signIn(login, size = { width: 1000, height: 900 }) {
  const context = await browser.newContext({ viewport: size });
  const page = await context.newPage();
  await page.goto(`${server.url}/v1/runs?format=html`);
  assert.match(page.url(), /\/sign-in\?next=/, 'whoever is not signed in is sent to sign in');
  await page.screenshot({ path: path.join(screenshots, `sign-in-${size.width}.png`) });
  await page.click('text=the test\'s provider');
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', 'any');
  await page.click('button[type=submit]');
  await page.click('button[type=submit]'); // consent
  await page.waitForLoadState();
  return { context, page };
}
const ada = await signIn('ada');
assert.equal(ada.page.url(), `${server.url}/v1/runs?format=html`, 'and on to where they wanted');
await ada.page.goto(`${server.url}/account`);
assert.match(await ada.page.textContent('main'), /Ada Okafor.*session:[0-9a-f]{12} oidc:http:\/\/127\.0\.0\.1:\d+#ada.*read, respond, approve/s);
ok('Ada signs in with the provider, and may what her groups may');
const cookie = (await ada.context.cookies()).find((one) => one.name === 'scribe');
assert.ok(cookie.httpOnly && cookie.sameSite === 'Lax');
// What a page may not (its policy lets it fetch nothing), a program with the same cookies does, as if from a page of the server's.
const asked = (who, path, { json, form } = {}) => (json || form
  ? who.context.request.post(server.url + path, { data: json, form, maxRedirects: 0, headers: { origin: server.url } })
  : who.context.request.get(server.url + path));
const { incident } = (await (await asked(ada, '/v1/incidents')).json()).incidents[0];
const propose = await asked(ada, `/v1/incidents/${incident}/commands/propose-run`, { json: { line: 'systemctl restart checkout', host: 'web-1', why: 'the pool is used up' } });
assert.equal(propose.status(), 200, await propose.text());
await ada.page.goto(`${server.url}/approvals`);
assert.match(await ada.page.textContent('main'), /systemctl restart checkout.*It is your own/s);
assert.equal(await ada.page.locator('text=Approve this line').count(), 0);
const { digest } = await (await asked(ada, `/v1/runs/${incident}/1`)).json();
const own = await asked(ada, '/approvals', { form: { incident, run: '1', digest, say: 'approve' } });
const why = await own.json();
assert.equal(own.status(), 409, JSON.stringify(why));
ok(`Ada's own approval is refused (${why.code})`);

const sam = await signIn('sam', { width: 390, height: 844 });
await sam.page.goto(`${server.url}/approvals`);
await sam.page.screenshot({ path: path.join(screenshots, 'approvals-390.png'), fullPage: true });
assert.ok(await sam.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is cut on a phone');
await sam.page.click('text=Approve this line');
assert.match(await sam.page.textContent('main'), /Nothing waits for an approval/);
const runs = await (await asked(sam, '/v1/runs?strength=proven')).json();
assert.equal(runs.runs[0].approved_by, 'Sam Rivera');
ok('Sam approves it in another browser; both are proven');
await sam.page.goto(`${server.url}/account`);
await sam.page.screenshot({ path: path.join(screenshots, 'account-390.png'), fullPage: true });

await ada.page.goto(`${server.url}/v1/tokens`);
await ada.page.screenshot({ path: path.join(screenshots, 'no-scope.png') });
assert.match(await ada.page.textContent('main'), /not given the scope admin.*missing_scope/s);
ok('what she may not see is a page that says why');

// A name proves nothing: another account that is called like Ada does not become her.
const mallory = await signIn('mallory');
assert.match(await mallory.page.textContent('main'), /Ada Okafor is, or looks like, somebody's name already.*scribe person link.*no_sign_in/s);
ok('another account that is called Ada Okafor is not let in as her');
// Nobody is let in for nothing, nor by groups that give nothing beyond what everybody has.
const eve = await signIn('eve');
await eve.page.goto(`${server.url}/account`);
assert.match(await eve.page.textContent('main'), /Eve Long.*You mayread/s);
ok('who is in no group may what everybody may');

// A code that was used is used up, and what came back to one browser counts in no other.
const replay = await browser.newContext();
const replayed = await replay.newPage();
let back;
replayed.on('request', (request) => { if (request.url().includes('/sign-in/back')) back = request.url(); });
await replayed.goto(`${server.url}/sign-in`);
await replayed.click('text=the test\'s provider');
await replayed.fill('input[name=login]', 'ada');
await replayed.fill('input[name=password]', 'any');
await replayed.click('button[type=submit]');
await replayed.click('button[type=submit]');
await replayed.waitForLoadState();
await replayed.goto(back);
assert.match(await replayed.textContent('main'), /did not begin in this browser/);
const stranger = await (await browser.newContext()).newPage();
await stranger.goto(back);
assert.match(await stranger.textContent('main'), /did not begin in this browser/);
ok('what a browser brought back counts once, and in no other browser');

// Keys change while people go on.
await new Promise((done) => { idp.close(done); idp.closeAllConnections(); });
idp = await provider(issuerPort, `${server.url}/sign-in/back`, [await key('two')]);
const again = await signIn('ada');
assert.equal(again.page.url(), `${server.url}/v1/runs?format=html`);
ok('the provider signs with another key, and Ada signs in');

// --- sessions that were stolen, fixed and replayed -----------------------------------------------------------------
const ask = (url, { cookie, method = 'GET', body, headers = {} } = {}) => fetch(url, {
  method, body, redirect: 'manual', headers: { ...(cookie ? { cookie } : {}), ...headers },
});
const stolen = `scribe=${cookie.value}`;
assert.equal((await ask(`${server.url}/v1/incidents`, { cookie: stolen })).status, 200);
const foreign = await ask(`${server.url}/v1/incidents/${incident}/commands/note`, { cookie: stolen, method: 'POST', body: '{"text":"x"}', headers: { origin: 'https://evil.example', 'content-type': 'application/json' } });
assert.equal(foreign.status, 403);
const silent = await ask(`${server.url}/v1/incidents/${incident}/commands/note`, { cookie: stolen, method: 'POST', body: '{"text":"x"}', headers: { 'content-type': 'application/json' } });
assert.equal((await silent.json()).code, 'cross_origin');
ok('a cookie writes nothing from another site, nor from where nobody says');
await ada.page.goto(`${server.url}/account`);
await ada.page.click('nav >> text=Sign out');
assert.match(ada.page.url(), /\/sign-in$/);
const replayedCookie = await ask(`${server.url}/v1/incidents`, { cookie: stolen });
assert.deepEqual([replayedCookie.status, (await replayedCookie.json()).code], [401, 'bad_session']);
ok('a session that was signed out of counts no longer, whoever has its cookie');
const token = scribe(server.data, '--as', 'Root Example', 'token', 'create', 'x', '--for', 'Tess Long', '--scope', 'read,audit').trim();
const fixed = await ask(`${server.url}/sign-in`, { cookie: stolen, method: 'POST', body: new URLSearchParams({ token }), headers: { 'sec-fetch-site': 'same-origin' } });
const given = fixed.headers.getSetCookie().find((line) => line.startsWith('scribe=')).split(';')[0];
assert.ok(fixed.status === 303 && given !== stolen, 'a session that was there before is never gone on with');
const second = await ask(`${server.url}/sign-in`, { cookie: given, method: 'POST', body: new URLSearchParams({ token }), headers: { 'sec-fetch-site': 'same-origin' } });
assert.equal(second.status, 303);
assert.equal((await ask(`${server.url}/v1/incidents`, { cookie: given })).status, 401, 'and ends when another begins');
ok('whoever signs in gets a session of their own, and the one before is over');
const last = second.headers.getSetCookie().find((line) => line.startsWith('scribe=')).split(';')[0];
const sessions = (await (await ask(`${server.url}/v1/sessions`, { cookie: last })).json()).sessions;
assert.ok(sessions.some((one) => one.who === 'Sam Rivera' && one.by.startsWith('oidc:') && !one.ended));
const samSession = sessions.find((one) => one.who === 'Sam Rivera').session;
scribe(server.data, '--as', 'Root Example', 'session', 'end', samSession, 'the phone was lost');
await sam.page.goto(`${server.url}/`);
assert.match(sam.page.url(), /\/sign-in/);
ok('an administrator ends a session, and it is over at once');

// --- a provider that lies -----------------------------------------------------------------------------------------
const liarPort = await freePort();
const issuer = `http://127.0.0.1:${liarPort}`;
const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
const other = await generateKeyPair('ES256', { extractable: true });
const shown = { ...(await exportJWK(publicKey)), kid: 'k', use: 'sig', alg: 'ES256' };
let lie = {};
const codes = new Map();
const liar = http.createServer(async (request, response) => {
  const url = new URL(request.url, issuer);
  const json = (body, status = 200) => { response.writeHead(status, { 'content-type': 'application/json' }); response.end(JSON.stringify(body)); };
  if (url.pathname === '/.well-known/openid-configuration') {
    return json({ issuer: lie.issuer ?? issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: lie.token_endpoint ?? `${issuer}/token`, userinfo_endpoint: `${issuer}/me`, jwks_uri: `${issuer}/keys`, ...lie.metadata });
  }
  if (url.pathname === '/keys') return json({ keys: lie.keys ?? [shown] });
  if (url.pathname === '/me') return json(lie.me ?? { sub: 'lena' });
  if (url.pathname === '/token') {
    let body = '';
    for await (const part of request) body += part;
    const form = new URLSearchParams(body);
    const begun = codes.get(form.get('code'));
    const proof = crypto.createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
    if (!begun || begun.challenge !== proof) return json({ error: 'invalid_grant' }, 400);
    codes.delete(form.get('code'));
    if (lie.token) return lie.token(json, begun);
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, sub: 'lena', aud: 'scribe', nonce: begun.nonce, iat: now, exp: now + 300, name: 'Lena Liar', ...lie.claims };
    const header = { alg: 'ES256', kid: 'k', ...lie.header };
    const signed = await new SignJWT(claims).setProtectedHeader(header).sign(lie.by ?? privateKey);
    return json({ access_token: 'a', token_type: 'Bearer', id_token: lie.id_token ? lie.id_token(signed, claims) : signed });
  }
  json({}, 404);
});
await new Promise((done) => liar.listen(liarPort, '127.0.0.1', done));
let nth = 0;
async function attempt(settingsOf = {}) {
  // Each asks a server of its own, so that nothing that was believed before is believed still.
  lie = settingsOf;
  nth += 1;
  const to = await ask(`${lied.url}/sign-in/provider?next=/account`);
  if (to.status !== 303) return { status: to.status, code: (await to.json()).code };
  const there = new URL(to.headers.get('location'));
  const cookie = to.headers.getSetCookie()[0].split(';')[0];
  const code = `code-${nth}`;
  codes.set(code, { nonce: there.searchParams.get('nonce'), challenge: there.searchParams.get('code_challenge') });
  const query = new URLSearchParams({ code, state: lie.state ?? there.searchParams.get('state'), ...lie.back });
  const answer = await ask(`${lied.url}/sign-in/back?${query}`, { cookie: lie.cookie ?? cookie });
  const session = answer.headers.getSetCookie().some((line) => line.startsWith('scribe=scribe_'));
  const body = answer.status === 303 ? {} : await answer.json();
  return { status: answer.status, code: body.code, detail: body.detail, session };
}
const seconds = (by) => Math.floor(Date.now() / 1000) + by;
const unsigned = (claims) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;
const secret = new TextEncoder().encode('a secret of / both: 100%');
let lied = await serve('lied', settings(liarPort));
const good = await attempt();
assert.deepEqual([good.status, good.session], [303, true], JSON.stringify(good));
const lies = {
  'another audience': { claims: { aud: 'another' } },
  'two audiences, and for whom is not said': { claims: { aud: ['scribe', 'another'] } },
  'another party': { claims: { azp: 'another' } },
  'another issuer': { claims: { iss: 'https://evil.example' } },
  'an expired token': { claims: { exp: seconds(-600) } },
  'a token of the future': { claims: { iat: seconds(600) } },
  'a token that does not count yet': { claims: { nbf: seconds(600) } },
  'another nonce': { claims: { nonce: 'another' } },
  'no nonce': { claims: { nonce: undefined } },
  'nobody': { claims: { sub: '' } },
  'another key of the same name': { by: other.privateKey },
  'a key that is not shown': { header: { kid: 'unknown' } },
  'no signature': { id_token: (_, claims) => unsigned(claims) },
  'a signature by what both know': { header: { alg: 'HS256' }, by: secret },
  'a signature of something else': { id_token: (signed) => signed.replace(/\.[^.]+\./, `.${Buffer.from('{"sub":"ada"}').toString('base64url')}.`) },
  'no token at all': { token: (json) => json({ access_token: 'a' }) },
  'what is no JSON': { token: (json) => json('x') },
  'no': { token: (json) => json({ error: 'invalid_grant', error_description: 'used' }, 400) },
  'of somebody else besides': { me: { sub: 'another', groups: ['sre'] } },
  'another state': { state: 'another' },
  'that another provider sent the browser': { back: { iss: 'https://evil.example' } },
  'that the user said no': { back: { error: 'access_denied' } },
};
for (const [what, told] of Object.entries(lies)) {
  const answer = await attempt(told);
  assert.deepEqual([answer.status, answer.code, answer.session], [403, 'sign_in_failed', false], `${what}: ${JSON.stringify(answer)}`);
  assert.ok(!answer.detail.includes('100%'), answer.detail);
}
ok(`${Object.keys(lies).length} lies of a provider are found out`);
for (const within of [{ claims: { exp: seconds(-60) } }, { claims: { iat: seconds(90), nbf: seconds(90) } }]) {
  assert.equal((await attempt(within)).status, 303, 'a clock that is a minute off is let pass');
}
assert.equal((await attempt({ cookie: 'x=y' })).code, 'sign_in_failed');
lied.child.kill();
for (const [what, told, code] of [
  ['calls itself something else', { issuer: 'https://evil.example' }, 'sign_in_failed'],
  ['says that it tells who answers, and does not', { metadata: { authorization_response_iss_parameter_supported: true } }, 'sign_in_failed'],
]) {
  lied = await serve(`lied-${nth}`, settings(liarPort));
  const answer = await attempt(told);
  assert.deepEqual([answer.status, answer.code], [403, code], `${what}: ${JSON.stringify(answer)}`);
  lied.child.kill();
}
await new Promise((done) => { liar.close(done); liar.closeAllConnections(); });
lied = await serve('away', settings(liarPort));
assert.deepEqual(await attempt(), { status: 503, code: 'provider_unavailable' });
assert.equal((await ask(`${lied.url}/healthz`)).status, 200);
ok('a provider that is away is told of as away, and nothing else stops');

// --- a proxy that names its user ---------------------------------------------------------------------------------------
const proxied = await serve('proxied', `
[sign_in]
everyone = ["read"]
[sign_in.groups]
sre = ["respond"]
[sign_in.proxy]
from = ["127.0.0.2"]
user = "Remote-User"
name = "Remote-Name"
groups = "Remote-Groups"
`);
const through = (localAddress, headers) => new Promise((done, failed) => {
  http.get(`${proxied.url}/v1/me`, { localAddress, headers }, async (answer) => {
    let body = '';
    for await (const part of answer) body += part;
    done([answer.statusCode, JSON.parse(body)]);
  }).on('error', failed);
});
const named = await through('127.0.0.2', { 'remote-user': 'ada', 'remote-name': 'Ada Okafor', 'remote-groups': 'staff, sre' });
assert.deepEqual(named, [200, { who: 'Ada Okafor', identity: 'proxy:ada', scopes: ['read', 'respond'] }]);
assert.equal((await through('127.0.0.1', { 'remote-user': 'ada' }))[0], 401, 'from an address that is not trusted it names nobody');
assert.equal((await through('127.0.0.2', {}))[0], 401);
assert.equal((await through('127.0.0.2', { 'remote-user': ['ada', 'root'] }))[0], 400);
assert.deepEqual((await through('127.0.0.2', { 'remote-user': 'zac', 'remote-name': 'Ada Okafor' }))[1].code, 'no_sign_in');
assert.match(proxied.log.join(''), /somebody who is not the proxy named a user/);
ok('a proxy names its user from its own address, and from no other');

await browser.close();
console.log(`signing in: ${said} stories as they must be; screenshots in ${screenshots}`);
process.exit(0);
