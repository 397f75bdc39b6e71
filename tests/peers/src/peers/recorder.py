"""The package `eventsourcing` on its SQLite recorder: cells of the benchmark, asked for by lines of JSON.

Measured at the recorder, below the package's aggregates and mappers, with events of the same size: that is
the part it has in common with the other stores, and kind to it.
"""

import json
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

A_LIFE = 200
BATCH = 1_000


@dataclass
class Recorded:
    """A typed event."""

    position: int
    incident: str
    revision: int
    recorded_at: str
    command_id: uuid.UUID
    index: int
    actor: dict
    occurred: str
    kind: str
    event: dict


def typed(position, state):
    header, payload = state.split(b"\n", 1)
    header = json.loads(header)
    return Recorded(
        position,
        header["incident"],
        header["revision"],
        header["recorded_at"],
        uuid.UUID(header["command_id"]),
        header["index"],
        header["actor"],
        header["occurred"],
        header["type"],
        json.loads(payload),
    )


def event(incident, before, command, index):
    """One stored event: the same two lines of JSON that the other stores are given."""
    if before == 0:
        kind = "declared"
        payload = {
            "title": "Imports of large lists time out",
            "tier": "engineering",
            "severity": "sev3",
            "detected_by": "monitoring",
        }
    elif before % 20 == 0:
        kind = "severity_changed"
        payload = {
            "from": "sev2" if before % 40 == 0 else "sev3",
            "to": "sev3" if before % 40 == 0 else "sev2",
            "why": "customers on the largest plan are hit as well",
        }
    else:
        kind = "noted"
        payload = {"text": f"Imports of lists larger than ten thousand profiles time out {before}"}
    header = {
        "type": kind,
        "version": 1,
        "incident": incident,
        "revision": before + 1,
        "recorded_at": "2026-01-01T00:00:00.000000Z",
        "command_id": str(command),
        "index": index,
        "actor": {"who": "Zac Bentley", "via": "bench"},
        "occurred": "2023-01-04T18:05Z",
    }
    text = json.dumps(header, separators=(",", ":")) + "\n" + json.dumps(payload, separators=(",", ":"))
    return StoredEvent(incident, before + 1, kind, text.encode())


class Bench:
    """The recorder, and the writers' places."""

    def __init__(self, folder, incidents):
        store = SQLiteDatastore(
            str(Path(folder) / "events.sqlite"),
            # Writers wait for their turn; by default some of 64 would give up.
            lock_timeout=120,
            pool_timeout=120,
            pool_size=16,
            max_overflow=16,
            originator_id_type="text",
        )
        self.store = store
        self.recorder = SQLiteApplicationRecorder(store)
        self.recorder.create_table()
        self.incidents = incidents
        self.turn = threading.Lock()
        self.places = []

    def fresh(self):
        with self.turn:
            self.incidents += 1
            return f"20230104-incident-{self.incidents - 1}"

    def head(self):
        return self.recorder.max_notification_id() or 0

    def fill(self, events):
        """Whole turns in one transaction: a row an event lies in the file as if each had come alone."""
        incidents = [self.fresh() for _ in range(events // A_LIFE)]
        for first in range(0, len(incidents), 512):
            some = incidents[first : first + 512]
            for before in range(A_LIFE):
                self.recorder.insert_events([event(one, before, uuid.uuid4(), 0) for one in some])

    def append(self, writers, events, seconds):
        while len(self.places) < writers:
            self.places.append([self.fresh(), 0])
        times, wrong = [], []
        begun = time.perf_counter()

        def write(place):
            mine = []
            try:
                while time.perf_counter() - begun < seconds:
                    if place[1] >= A_LIFE:
                        place[:] = [self.fresh(), 0]
                    command = uuid.uuid4()
                    some = [event(place[0], place[1] + index, command, index) for index in range(events)]
                    asked = time.perf_counter()
                    self.recorder.insert_events(some)
                    mine.append((time.perf_counter() - asked) * 1e6)
                    place[1] += events
            except Exception as error:  # told to the harness, which stops
                wrong.append(repr(error))
            with self.turn:
                times.extend(mine)

        threads = [threading.Thread(target=write, args=(place,)) for place in self.places[:writers]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        taken = time.perf_counter() - begun
        if wrong:
            return {"error": wrong[0]}
        times.sort()
        at = lambda part: times[round((len(times) - 1) * part)]
        return {"appends": len(times), "seconds": taken, "p50": at(0.5), "p99": at(0.99)}

    def times(self, events, times):
        incident, revision = self.fresh(), 0
        for _ in range(times):
            if revision >= A_LIFE:
                incident, revision = self.fresh(), 0
            self.recorder.insert_events([event(incident, revision + i, uuid.uuid4(), i) for i in range(events)])
            revision += events

    def read(self):
        after = 0
        while batch := self.recorder.select_notifications(after + 1, BATCH):
            yield from batch
            after = batch[-1].id

    def look(self, look, number, kind):
        begun = time.perf_counter()
        count = 0
        if look == "raw":
            for found in self.read():
                count += len(found.state) > 0
        elif look == "typed":
            for found in self.read():
                count += typed(found.id, found.state).revision > 0
        elif look == "kind":
            after = 0
            while batch := self.recorder.select_notifications(after + 1, BATCH, topics=[kind]):
                for found in batch:
                    count += typed(found.id, found.state).revision > 0
                after = batch[-1].id
        elif look == "incident":
            for found in self.recorder.select_events(f"20230104-incident-{number}"):
                count += typed(0, found.state).revision > 0
        else:
            return {"error": f"no {look} here"}
        return [count, time.perf_counter() - begun]


def main():
    bench = Bench(sys.argv[1], int(sys.argv[2]))
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(bench, request.pop("do"))(**request)
        print(json.dumps(answer), flush=True)
    bench.store.close()


main()
