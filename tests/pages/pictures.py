"""The documentation's pictures: a terminal, the report's of a set-up with one wrong Region, how replays grow."""

import policygen as pg
from policygen.report.picture import picture_of
from policygen.report.svg import svg
from tests.pages.growth import growth_picture
from tests.pages.terminal import ROOT, recording

_ROLE = "111122223333/iam/s3-replication/permissions-policy.json"
_WRONG = ("s3.us-west-1.amazonaws.com", "s3.us-east-1.amazonaws.com")


def report_picture() -> str:
    """Return the picture of a sample whose role may use the replica key through S3 of the wrong Region."""
    spec = pg.load_spec(ROOT / "samples/mrk-replication/spec.yaml")
    documents = {path: document.to_json() for path, document in pg.generate(spec).items()}
    documents[_ROLE] = documents[_ROLE].replace(*_WRONG)
    return svg(picture_of(spec, pg.verify(spec, documents))) + "\n"


PICTURES = {
    "docs/terminal.svg": recording,
    "docs/report.svg": report_picture,
    "docs/replay-growth.svg": growth_picture,
}
