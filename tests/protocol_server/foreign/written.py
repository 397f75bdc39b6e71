"""What scribe wrote into a cluster, as it must be read by anybody: made from scribe's own export.

    written.py EXPORT INCIDENT      one line of JSON an event, as `client.py read` tells the stream

Takes the export's lines apart by hand, since a JSON parser would not give back the bytes that it was given.
"""
import base64, hashlib, json, re, sys, uuid


def event_id(command, index):
    """A name-based UUID (RFC 9562, version 5) of four bytes under the command's id."""
    name = uuid.UUID(command).bytes + index.to_bytes(4, "big")
    return str(uuid.UUID(bytes=hashlib.sha1(name).digest()[:16], version=5))


def header_end(line):
    """Where the header ends: before the first "payload" that leaves JSON."""
    for found in re.finditer(rb',"payload":', line):
        try:
            json.loads(line[line.index(b'"header":') + 9:found.start()])
            return found
        except ValueError:
            continue
    raise SystemExit(f"not an event: {line!r}")


def main(export, incident):
    appends = []
    for line in open(export, "rb").read().splitlines():
        if not line.startswith(b'{"position"'):
            continue
        split = header_end(line)
        header = line[line.index(b'"header":') + 9:split.start()]
        payload, salt = re.fullmatch(rb'(.*),"salt":"([0-9a-f]{32})"\}', line[split.end():]).groups()
        told = json.loads(header)
        if told["incident"] != incident:
            continue
        if told["index"] == 0:
            appends.append([])
        appends[-1].append((header, payload, salt, told))
    assert appends, "the export has no event of this incident"
    for append in appends:
        for header, payload, salt, told in append:
            trailer = b',"append":[%d,%d],"salt":"%s"}' % (told["index"], len(append), salt)
            print(json.dumps({
                "revision": told["revision"] - 1,
                "id": event_id(told["command_id"], told["index"]),
                "type": told["type"], "json": True,
                "data": base64.b64encode(payload).decode(),
                "metadata": base64.b64encode(header[:-1] + trailer).decode(),
            }, separators=(",", ":")))


main(*sys.argv[1:])
