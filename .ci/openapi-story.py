"""An incident from its declaration to its postmortem, told by a client that nobody wrote by hand."""

import sys

from scribe_client import Client
from scribe_client.api.commands import assign_role, declare, receipt, resolve, update_status
from scribe_client.api.incidents import list_, postmortem, show, timeline
from scribe_client.api.record import events
from scribe_client.models import (
    CommandAssignRole,
    CommandDeclare,
    CommandResolve,
    CommandUpdateStatus,
    ComponentStatus,
    FormDeclare,
    ListState,
    ProblemDetails,
)

client = Client(base_url=sys.argv[1])
WHO = "Zac Bentley"


def kept(answer):
    """What a command added; a refusal ends the story."""
    assert answer.status_code in (200, 201), answer.content
    return answer.parsed


first = kept(declare.sync_detailed(client=client, idempotency_key="story-1", body=CommandDeclare.from_dict(
    {"title": "Generated clients work", "actor": WHO, "tier": "internal", "severity": "sev2"})))
again = kept(receipt.sync_detailed(client=client, key="story-1"))
assert (again.incident, again.revision) == (first.incident, 1), again
incident = first.incident

refused = resolve.sync_detailed(client=client, incident="20230101-nobody-knows", body=CommandResolve.from_dict({"actor": WHO}))
assert refused.status_code == 404 and isinstance(refused.parsed, ProblemDetails), refused
assert refused.parsed.code == "unknown_incident", refused.parsed

kept(assign_role.sync_detailed(client=client, incident=incident, body=CommandAssignRole.from_dict(
    {"role": "incident commander", "to": WHO, "actor": WHO})))
kept(update_status.sync_detailed(client=client, incident=incident, body=CommandUpdateStatus.from_dict(
    {"audience": "internal", "status": "identified", "text": "A client was generated; it speaks.", "actor": WHO,
     "components": [{"component": "API", "state": "degraded_performance"}]})))
kept(resolve.sync_detailed(client=client, incident=incident, if_match='"3"',
                           body=CommandResolve.from_dict({"summary": "It speaks well.", "actor": WHO})))

now = show.sync(client=client, incident=incident)
assert now.phase == "resolved" and now.title == "Generated clients work", now
review = postmortem.sync(client=client, incident=incident)
assert review.title == "Generated clients work", review
assert len(timeline.sync(client=client, incident=incident).entries) == 4
assert incident in {line.incident for line in list_.sync(client=client, state=ListState.ALL).incidents}
lines = [line for line in events.sync(client=client, incident=incident).splitlines() if line]
assert len(lines) == 4, lines

form = kept(declare.sync_detailed(client=client, body=FormDeclare.from_dict({"title": "A form says it", "actor": WHO, "drill": True})))
assert show.sync(client=client, incident=form.incident).drill, form
assert ComponentStatus.from_dict({"component": "API", "state": "degraded_performance"}).component == "API"
print(f"a generated Python client told {incident} from its declaration to its postmortem, and a form")
