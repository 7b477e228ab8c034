"""Verification of many variants of one spec's documents: what the spec generates is made once."""

import policygen as pg
from policygen.verification import documents_of_bundle, read_documents, verify_spec, with_mends
from policygen.verification.asked import asked_of
from policygen.verification.proved import KINDS, attachment_of
from policygen.verification.requests import derive


class Judged:
    """A spec with what it generates.

    Attributes:
        spec: The spec.
        texts: Each generated document as text, by path, the manifest left out.
    """

    def __init__(self, spec):
        self.spec = spec
        bundle = pg.generate(spec)
        self.texts = {path: each.to_json() for path, each in bundle.items() if path != "manifest.json"}
        self._generated = documents_of_bundle({path: each.value for path, each in bundle.items()})

    def attached(self, path):
        """Return the kind of a policy, and what it is attached to."""
        _, grants = derive(self.spec)
        asked = next(each for each in asked_of(self.spec, grants) if each.path == path)
        return KINDS[asked.kind], attachment_of(asked)

    def verify(self, changes=None):
        """Return the report on the generated documents with some of them changed, as ``pg.verify`` gives it."""
        documents = read_documents({**self.texts, **changes}) if changes else self._generated
        return verify_spec(self.spec, documents, self._generated)

    def mends(self, changes):
        """Return the mends of the generated documents with some of them changed."""
        documents = read_documents({**self.texts, **changes})
        report = verify_spec(self.spec, documents, self._generated)

        def judge(those):
            return verify_spec(self.spec, those, self._generated)

        return with_mends(report, documents, self._generated, judge).mends
