"""Every problem code of policy documents: what it means."""

CODES: dict[str, str] = {
    "PG-D001": "A policy document that is not JSON.",
    "PG-D002": "A policy document in which a name is given twice.",
    "PG-D003": "A policy document that is nested too deep.",
    "PG-D004": "An element of the wrong type.",
    "PG-D005": "An element that is missing, without which a statement cannot be judged.",
    "PG-D006": "An Effect that is neither Allow nor Deny.",
    "PG-D007": "A condition operator that AWS does not know.",
    "PG-D008": "A KMS grant that cannot be read.",
    "PG-D009": "A function of a template, such as Fn::Sub, in a policy that is to be evaluated or validated.",
    "PG-D010": "A policy that does not fit its quota, however short it is written.",
    "PG-D011": "A policy that names principals, or none, unlike those of the quota it is minimised for.",
}
"""Code → what it means."""
