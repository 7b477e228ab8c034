"""Every problem code of the spec room: what it means and why it is a problem."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-S001": "A field, or the name of an entry, that the spec does not know.",
    "PG-S003": "A value of the wrong kind: text where a list is needed, a word where true or false is needed …",
    "PG-S004": "A required field is missing.",
    "PG-S005": "A value that is none of the choices.",
    "PG-S006": "A value whose form AWS would not accept: an account id, a Region, a bucket name, an ARN …",
    "PG-S007": "A name that stands for no entry of the spec.",
    "PG-S008": "A Region that belongs to another partition than the spec.",
    "PG-S009": "A key that does not exist in the Region where it is needed.",
    "PG-S010": "A key of another account than the bucket that uses it.",
    "PG-S011": "Fields of one key that contradict each other.",
    "PG-S012": "A key policy that nobody could change any more.",
    "PG-S013": "The same S3 bucket in two entries.",
    "PG-S014": "Two replication entries with one source, or one role name used twice in an account.",
    "PG-S015": "Two rules of one replication entry that collide.",
    "PG-S016": "A destination that is the source itself.",
    "PG-S017": "Versioning is not enabled on a replicated bucket.",
    "PG-S018": "Object Lock on the source but not on the destination.",
    "PG-S019": "A destination in another account that is Requester Pays.",
    "PG-S020": "Delete markers replicated by a rule with a tag filter.",
    "PG-S021": "Replication time control without metrics.",
    "PG-S022": "SSE-C objects into a bucket that blocks SSE-C.",
    "PG-S023": "Objects under KMS without a usable replica key.",
    "PG-S024": "An encryption setting that cannot work.",
    "PG-S025": "A prefix that a policy cannot express.",
    "PG-S026": "A batch job that is missing, or that could not run.",
    "PG-S027": "A guard that asks for something the spec does not say, or spares somebody it never meets.",
    "PG-S028": "A guard that locks out the bucket's administrators.",
    "PG-S029": "A policy file that the spec names and that cannot be used.",
    "PG-S030": "A step of a migration creates something under a name that is taken.",
    "PG-S031": "A Region that is not known here: a warning, for AWS may have opened it since.",
}
"""Code → what it means."""
