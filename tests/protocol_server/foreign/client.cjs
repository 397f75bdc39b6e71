// The protocol server, driven by the Node.js client that others wrote.
//
//     node client.cjs MODULES check CONNECTION          append, read, subscribe, delete; fails where anything differs
//     node client.cjs MODULES read CONNECTION STREAM    the stream's events, one line of JSON each, bytes in base64
"use strict";
const assert = require("node:assert/strict");
const { randomUUID } = require("node:crypto");
const path = require("node:path");

const [modules, mode, connection, name] = process.argv.slice(2);
const home = path.resolve(modules, "@eventstore/db-client");
const db = require(home);
const { END, FORWARDS, BACKWARDS, NO_STREAM, STREAM_EXISTS, ANY, START, jsonEvent, binaryEvent } = db;

// The client parses what calls itself JSON. The bytes are kept beside it, before it does.
const records = require(path.join(home, "dist/utils/convertGrpcEvent.js"));
const converted = records.convertGrpcRecord;
records.convertGrpcRecord = (record) => ({
  ...converted(record),
  bytes: { data: record.getData_asU8(), metadata: record.getCustomMetadata_asU8() },
});

const event = (text, more = {}) => jsonEvent({ type: "noted", data: { text }, ...more });
const all = async (stream) => {
  const seen = [];
  for await (const resolved of stream) if (resolved.event) seen.push(resolved.event);
  return seen;
};
const revisions = (events) => events.map((at) => Number(at.revision));
const wrong = (append, current) =>
  assert.rejects(append, (error) => {
    assert.equal(error.type, "wrong-expected-version", error);
    assert.equal(error.actualVersion, current);
    return true;
  });

async function appends(client, stream) {
  const append = (expectedRevision, events) => client.appendToStream(stream, events, { expectedRevision });
  const first = [
    event("a"),
    event("b", { metadata: { by: "me" } }),
    binaryEvent({ type: "noted", data: new Uint8Array([0, 1, 255]), metadata: new Uint8Array([7, 0]) }),
  ];
  await wrong(append(0n, first), "no_stream");
  await wrong(append(STREAM_EXISTS, first), "no_stream");
  const answer = await append(NO_STREAM, first);
  assert.equal(answer.nextExpectedRevision, 2n);
  assert.deepEqual(await append(NO_STREAM, first), answer, "a resend is the first append again");
  for (const expected of [NO_STREAM, 0n, 1n, 3n, 99n]) await wrong(append(expected, [event("x")]), 2n);
  await wrong(append(NO_STREAM, [first[0], event("other")]), 2n);
  const later = [await append(2n, [event("d")]), await append(ANY, [event("e")]), await append(STREAM_EXISTS, [event("f"), event("g")])];
  assert.deepEqual(later.map((at) => at.nextExpectedRevision), [3n, 4n, 6n]);
  // Many at once over one call, and one that is told in several messages.
  const many = await Promise.all(
    Array.from({ length: 40 }, (_, at) => client.appendToStream(`${stream}-many-${at}`, [event("m")], { expectedRevision: NO_STREAM })),
  );
  assert.equal(new Set(many.map((at) => at.position.commit)).size, 40);
  const large = Array.from({ length: 30 }, () => event("x".repeat(400)));
  const split = await client.appendToStream(`${stream}-large`, large, { expectedRevision: NO_STREAM, batchAppendSize: 1024 });
  assert.equal(split.nextExpectedRevision, 29n);
  const huge = binaryEvent({ type: "noted", data: new Uint8Array(1024 * 1024) });
  await assert.rejects(client.appendToStream(`${stream}-huge`, [huge]), (error) => error.type === "maximum-append-size-exceeded");
  return first;
}

async function reads(client, stream, first) {
  const forwards = await all(client.readStream(stream));
  assert.deepEqual(revisions(forwards), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(forwards.slice(0, 3).map((at) => at.id), first.map((at) => at.id));
  assert.deepEqual(forwards[1].metadata, { by: "me" });
  assert.deepEqual([...forwards[2].data], [0, 1, 255]);
  assert.equal(forwards[2].isJson, false);
  assert.ok(Date.now() - forwards[0].created.getTime() < 60_000);
  assert.deepEqual(revisions(await all(client.readStream(stream, { direction: BACKWARDS, fromRevision: END }))), [6, 5, 4, 3, 2, 1, 0]);
  assert.deepEqual(revisions(await all(client.readStream(stream, { fromRevision: 2n, maxCount: 3 }))), [2, 3, 4]);
  assert.deepEqual(revisions(await all(client.readStream(stream, { fromRevision: 2n, maxCount: 2, direction: BACKWARDS }))), [2, 1]);
  await assert.rejects(all(client.readStream(`${stream}-none`)), (error) => error.type === "stream-not-found");
  const middle = forwards[3].position;
  const ours = async (options) => revisions((await all(client.readAll(options))).filter((at) => at.streamId === stream));
  assert.deepEqual(await ours({ direction: FORWARDS, fromPosition: START }), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(await ours({ direction: FORWARDS, fromPosition: middle }), [3, 4, 5, 6]);
  assert.deepEqual(await ours({ direction: BACKWARDS, fromPosition: middle }), [2, 1, 0]);
}

async function subscribes(client, stream) {
  const filter = db.streamNameFilter({
    prefixes: [stream],
    maxSearchWindow: 2,
    checkpointInterval: 2,
    checkpointReached: (_, position) => checkpoints.push(position),
  });
  const [seen, checkpoints] = [[], []];
  let confirmed = 0;
  const subscription = client.subscribeToAll({ fromPosition: START, filter });
  subscription.on("confirmation", () => (confirmed += 1));
  const before = await all(client.readAll({ fromPosition: START }));
  const expected = before.filter((at) => at.streamId.startsWith(stream)).map((at) => at.id);
  const late = event("late");
  let wrote = false;
  for await (const { event: told } of subscription) {
    seen.push(told.id);
    if (!wrote && seen.length === expected.length) {
      wrote = true;
      await client.appendToStream(`${stream}-live`, [late, event("later")], { expectedRevision: NO_STREAM });
    }
    if (told.id === late.id) break;
  }
  await subscription.unsubscribe();
  assert.deepEqual(seen, [...expected, late.id]);
  assert.equal(confirmed, 1);
  const behind = (one, other) => one.commit > other.commit || (one.commit === other.commit && one.prepare > other.prepare);
  assert.ok(checkpoints.length >= 4, checkpoints);
  assert.ok(checkpoints.every((at, index) => index === 0 || behind(at, checkpoints[index - 1])), checkpoints);
  const one = client.subscribeToStream(stream, { fromRevision: 4n });
  const two = [];
  for await (const { event: told } of one) if (two.push(Number(told.revision)) === 2) break;
  await one.unsubscribe();
  assert.deepEqual(two, [5, 6]);
}

async function removes(client, stream) {
  // Delete answers with an error of gRPC where append answers with a result.
  await assert.rejects(client.deleteStream(stream, { expectedRevision: 2n }), (error) => error.type === "wrong-expected-version");
  const { position } = await client.deleteStream(stream, { expectedRevision: 6n });
  assert.ok(position.commit > 0n);
  await assert.rejects(all(client.readStream(stream)), (error) => error.type === "stream-not-found");
  const again = await client.appendToStream(stream, [event("again")], { expectedRevision: NO_STREAM });
  assert.equal(again.nextExpectedRevision, 7n);
  assert.deepEqual(revisions(await all(client.readStream(stream))), [7]);
  await client.tombstoneStream(stream, { expectedRevision: 7n });
  await assert.rejects(client.appendToStream(stream, [event("never")]), (error) => error.type === "stream-deleted");
  await assert.rejects(all(client.readStream(stream)), (error) => error.type === "stream-deleted");
}

async function check() {
  const client = db.EventStoreDBClient.connectionString([connection]);
  const stream = `foreign-node-${randomUUID()}`;
  const first = await appends(client, stream);
  await reads(client, stream, first);
  await subscribes(client, stream);
  await removes(client, stream);
  // The same client without the batch append: `Append`, one event a message.
  const plain = `foreign-node-plain-${randomUUID()}`;
  const old = db.EventStoreDBClient.connectionString([connection]);
  Object.defineProperty(old, "capabilities", { value: Promise.resolve({ supports: () => false }) });
  await wrong(old.appendToStream(plain, [event("a")], { expectedRevision: 3n }), "no_stream");
  assert.equal((await old.appendToStream(plain, [event("a"), event("b")], { expectedRevision: NO_STREAM })).nextExpectedRevision, 1n);
  for (const expected of [NO_STREAM, 0n, 7n]) await wrong(old.appendToStream(plain, [event("x")], { expectedRevision: expected }), 1n);
  await wrong(old.appendToStream(`${plain}-none`, [event("x")], { expectedRevision: STREAM_EXISTS }), "no_stream");
}

async function read() {
  const client = db.EventStoreDBClient.connectionString([connection]);
  const base64 = (bytes) => Buffer.from(bytes).toString("base64");
  for (const at of await all(client.readStream(name))) {
    const line = { revision: Number(at.revision), id: at.id, type: at.type, json: at.isJson, data: base64(at.bytes.data), metadata: base64(at.bytes.metadata) };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}

setTimeout(() => { console.error("stuck"); process.exit(1); }, 60_000).unref();
({ check, read })[mode]().then(
  () => process.exit(0),
  (error) => { console.error(error); process.exit(1); },
);
