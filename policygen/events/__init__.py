"""Events: from a record of CloudTrail to the requests that AWS decided on, and what the record leaves open."""

from policygen.events.causes import Cause, Unknown
from policygen.events.draw import signature
from policygen.events.event import Event, EventRequest, Outcome, event_of
from policygen.events.forms import records_of
from policygen.events.judge import EventVerdict, RequestVerdict, Verdict, judge
from policygen.events.reading import records_in, records_in_text
from policygen.events.record import Record

__all__ = [
    "Cause",
    "Event",
    "EventRequest",
    "EventVerdict",
    "Outcome",
    "Record",
    "RequestVerdict",
    "Unknown",
    "Verdict",
    "event_of",
    "judge",
    "records_in",
    "records_in_text",
    "records_of",
    "signature",
]
