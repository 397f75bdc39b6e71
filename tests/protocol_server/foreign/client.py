"""The protocol server, driven by the Python clients that others wrote.

    client.py check CONNECTION          append, read, subscribe, delete; fails where anything differs
    client.py read CONNECTION STREAM    the stream's events, one line of JSON each, bytes in base64
    client.py write CONNECTION STREAM   odd bytes into a stream, told as `read` must tell them
    client.py cluster PROGRAM           three nodes: the leader is lost, another elected, the client goes on

Works with `esdbclient` and `kurrentdbclient`, whichever is installed: the second is the first under its new name.
"""
import base64, json, os, subprocess, sys, threading, uuid

try:
    import kurrentdbclient as package
    from kurrentdbclient import KurrentDBClient as Client, exceptions
except ImportError:
    import esdbclient as package
    from esdbclient import EventStoreDBClient as Client, exceptions

NewEvent, StreamState = package.NewEvent, package.StreamState
EXISTS, ANY, NO_STREAM = StreamState.EXISTS, StreamState.ANY, StreamState.NO_STREAM


def error(name):
    """The newer package adds "Error" to the names."""
    return getattr(exceptions, name, None) or getattr(exceptions, name + "Error")


WrongVersion, NotFound, Deleted = error("WrongCurrentVersion"), error("NotFound"), error("StreamIsDeleted")
Unusual = getattr(exceptions, "KurrentDBClientError", None) or exceptions.EventStoreDBClientException


def refused(kind, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except kind as refusal:
        return refusal
    raise AssertionError(f"{call.__name__}{arguments}{named} was not refused")


def event(text, kind="noted", **more):
    return NewEvent(type=kind, data=json.dumps({"text": text}).encode(), **more)


def appends(client, stream):
    append = client.append_to_stream
    first = [event("a"), event("b", metadata=b'{"by":"me"}'), event("c", content_type="application/octet-stream")]
    refused(WrongVersion, append, stream, current_version=0, events=first)
    refused(WrongVersion, append, stream, current_version=EXISTS, events=first)
    at = append(stream, current_version=NO_STREAM, events=first)
    assert append(stream, current_version=NO_STREAM, events=first) == at, "a resend is the first append again"
    for wrong in (NO_STREAM, 0, 1, 3, 99):
        # A list goes by the batch append, a single event by `Append`.
        for events in ([event("x")], event("x")):
            refusal = refused(WrongVersion, append, stream, current_version=wrong, events=events)
            assert getattr(refusal, "actual_version", 2) == 2, refusal
            assert wrong is NO_STREAM or "2" in str(refusal), refusal
    for wrong in (EXISTS, 0):
        refused(WrongVersion, append, stream + "-none", current_version=wrong, events=event("x"))
    refused(WrongVersion, append, stream, current_version=NO_STREAM, events=[first[0], event("other")])
    second = append(stream, current_version=2, events=[event("d")])
    third = append(stream, current_version=ANY, events=event("e"))
    fourth = append(stream, current_version=EXISTS, events=[event("f"), event("g")])
    assert at < second < third < fourth, (at, second, third, fourth)
    assert client.get_current_version(stream) == 6
    assert client.get_current_version(stream + "-none") is NO_STREAM
    return first


def reads(client, stream, first):
    forwards = client.get_stream(stream)
    assert [at.stream_position for at in forwards] == list(range(7)), forwards
    assert [(at.id, at.type, at.data, at.metadata, at.content_type) for at in forwards[:3]] == [
        (at.id, at.type, at.data, at.metadata, at.content_type) for at in first
    ]
    positions = lambda events: [at.stream_position for at in events]
    assert positions(client.get_stream(stream, backwards=True)) == list(range(6, -1, -1))
    assert positions(client.get_stream(stream, stream_position=2, limit=3)) == [2, 3, 4]
    assert positions(client.get_stream(stream, stream_position=2, backwards=True, limit=2)) == [2, 1]
    assert positions(client.get_stream(stream, stream_position=7)) == []
    refused(NotFound, client.get_stream, stream + "-none")

    # Of the whole log: inclusive forwards, exclusive backwards.
    middle = forwards[3].commit_position
    ours = lambda events: [at.stream_position for at in events if at.stream_name == stream]
    assert ours(client.read_all()) == list(range(7))
    assert ours(client.read_all(commit_position=middle)) == [3, 4, 5, 6]
    assert ours(client.read_all(commit_position=middle, backwards=True)) == [2, 1, 0]
    assert [at.id for at in client.read_all(commit_position=middle, limit=1)] == [forwards[3].id]
    kept = list(client.read_all(filter_include=[stream + ".*"], filter_by_stream_name=True))
    assert positions(kept) == list(range(7)), kept
    everything = list(client.read_all(filter_exclude=()))
    assert any(at.type.startswith("$") for at in everything) and not any(at.type.startswith("$") for at in client.read_all())
    commits = [(at.commit_position, at.prepare_position) for at in everything]
    assert commits == sorted(set(commits)), "positions rise"


def subscribes(client, stream):
    live = stream + "-live"
    with client.subscribe_to_all(
        filter_include=[stream + ".*"], filter_by_stream_name=True,
        include_caught_up=True, include_checkpoints=True, window_size=2, checkpoint_interval_multiplier=1,
    ) as subscription:
        seen, checkpoints, caught_up = [], [], False
        for told in subscription:
            if told.is_caught_up:
                caught_up = True
                client.append_to_stream(live, current_version=NO_STREAM, events=[event(str(at)) for at in range(4)])
            elif told.is_checkpoint:
                assert not checkpoints or checkpoints[-1] < told.commit_position
                checkpoints.append(told.commit_position)
            else:
                seen.append((told.stream_name, told.stream_position))
                assert (told.stream_name == live) == caught_up
            if (live, 3) in seen:
                break
    assert seen == [(stream, at) for at in range(7)] + [(live, at) for at in range(4)], seen
    assert len(checkpoints) >= 4, checkpoints

    # What a subscription is given as its beginning, it does not tell again.
    third = client.get_stream(stream)[2]
    with client.subscribe_to_all(commit_position=third.commit_position) as subscription:
        assert next(subscription).stream_position == 3
    with client.subscribe_to_stream(stream, stream_position=4) as subscription:
        assert [next(subscription).stream_position for _ in range(2)] == [5, 6]
    # A subscription may be to what does not exist yet.
    with client.subscribe_to_stream(stream + "-later") as subscription:
        client.append_to_stream(stream + "-later", current_version=NO_STREAM, events=event("late"))
        assert next(subscription).stream_position == 0


def removes(client, stream):
    append = client.append_to_stream
    refused(WrongVersion, client.delete_stream, stream, current_version=2)
    client.delete_stream(stream, current_version=6)
    refused(NotFound, client.get_stream, stream)
    append(stream, current_version=NO_STREAM, events=event("again"))
    assert [at.stream_position for at in client.get_stream(stream)] == [7]
    client.tombstone_stream(stream, current_version=7)
    refused(Deleted, append, stream, current_version=ANY, events=[event("never")])
    assert "is deleted" in str(refused(Unusual, append, stream, current_version=ANY, events=event("never")))
    refused(Deleted, client.get_stream, stream)

    short = stream + "-short"
    append(short, current_version=NO_STREAM, events=[event(str(at)) for at in range(5)])
    client.set_stream_metadata(short, metadata={"$maxCount": 2})
    assert [at.stream_position for at in client.get_stream(short)] == [3, 4]
    assert client.get_stream_metadata(short)[0] == {"$maxCount": 2}


def check(connection):
    client = Client(connection)
    stream = f"foreign-python-{uuid.uuid4()}"
    first = appends(client, stream)
    client.set_stream_metadata(stream + "-other", metadata={"$maxCount": 9})
    reads(client, stream, first)
    subscribes(client, stream)
    removes(client, stream)
    client.close()


def read(connection, stream):
    client = Client(connection)
    for at in client.get_stream(stream):
        tell(at.stream_position, at)
    client.close()


def tell(revision, at):
    print(json.dumps({
        "revision": revision, "id": str(at.id), "type": at.type, "json": at.content_type == "application/json",
        "data": base64.b64encode(at.data).decode(), "metadata": base64.b64encode(at.metadata).decode(),
    }, separators=(",", ":")))


def write(connection, stream):
    """Bytes that a client may be tempted to read as something else; told as `read` must tell them."""
    client = Client(connection)
    odd = [
        (b'{ "a":1.0,\n"b" : "\\u00e9" }', b'{"z":1,"a":2 }', "application/json"), (b"", b"", "application/json"),
        (bytes(range(256)), bytes(reversed(range(256))), "application/octet-stream"), (b"null", b"not json", "application/json"),
    ]
    events = [NewEvent(type="odd", data=data, metadata=metadata, content_type=kind) for data, metadata, kind in odd]
    client.append_to_stream(stream, current_version=NO_STREAM, events=events)
    for at, one in enumerate(events):
        tell(at, one)
    client.close()


def cluster(program):
    with subprocess.Popen([program, "--nodes", "3"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        connection = server.stdout.readline().strip()

        def tell(command):
            server.stdin.write(command + "\n")
            server.stdin.flush()
            answer = server.stdout.readline().strip()
            assert answer == "ok", (command, answer)

        client = Client(connection + "&NodePreference=leader&MaxDiscoverAttempts=20&DiscoveryInterval=100")
        stream = f"foreign-cluster-{uuid.uuid4()}"
        client.append_to_stream(stream, current_version=NO_STREAM, events=[event("a"), event("b")])
        # The leader steps down but lives: the client is told where the new one is.
        tell("elect 1")
        client.append_to_stream(stream, current_version=1, events=event("c"))
        # The leader is lost: the client finds the new one by gossip.
        tell("kill 1")
        tell("elect 2")
        client.append_to_stream(stream, current_version=2, events=event("d"))
        assert [at.stream_position for at in client.get_stream(stream)] == [0, 1, 2, 3]
        # A majority is lost: a write is not acknowledged until there is one again.
        tell("lag 0 held")
        unknown = [event("e")]
        refused(Unusual, client.append_to_stream, stream, current_version=3, events=unknown)
        tell("restart 1")
        client.append_to_stream(stream, current_version=3, events=unknown)
        assert [at.id for at in client.get_stream(stream, stream_position=4)] == [unknown[0].id]
        client.close()
        server.stdin.close()


if __name__ == "__main__":
    stuck = threading.Timer(60, lambda: (print("stuck", file=sys.stderr), os._exit(1)))
    stuck.daemon = True
    stuck.start()
    {"check": check, "read": read, "write": write, "cluster": cluster}[sys.argv[1]](*sys.argv[2:])
    sys.stdout.flush()
    os._exit(0)
