"""Events: from a record of CloudTrail to the requests that AWS decided on, and what the record leaves open."""

from policygen.events.causes import POLICIES_OF, Cause, Unknown
from policygen.events.columns import record_of_row
from policygen.events.draw import FIELDS, FIELDS_OF_KEYS, PARTS, caller_named, signature
from policygen.events.event import Event, EventRequest, Outcome, event_of
from policygen.events.forms import record_of, records_of
from policygen.events.judge import EventVerdict, RequestVerdict, Verdict, judge, judge_request
from policygen.events.keys import ONLY_CONDITIONS_LOOK
from policygen.events.ocsf import PATHS_OF_OCSF, record_of_ocsf
from policygen.events.reading import records_in, records_in_text
from policygen.events.record import Record

__all__ = [
    "FIELDS",
    "FIELDS_OF_KEYS",
    "ONLY_CONDITIONS_LOOK",
    "PARTS",
    "PATHS_OF_OCSF",
    "POLICIES_OF",
    "Cause",
    "Event",
    "EventRequest",
    "EventVerdict",
    "Outcome",
    "Record",
    "RequestVerdict",
    "Unknown",
    "Verdict",
    "caller_named",
    "event_of",
    "judge",
    "judge_request",
    "record_of",
    "record_of_ocsf",
    "record_of_row",
    "records_in",
    "records_in_text",
    "records_of",
    "signature",
]
