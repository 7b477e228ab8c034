"""What diagnosing answers: for each replication that was read, the report on it and the spec that was inferred."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policygen.inference.values import InferredField
from policygen.verification import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosedReplication:
    """One replication, or several that share buckets.

    Attributes:
        sources: The names of the source buckets.
        report: The report on it; its documents are the files that were read, or for what was not read the path where
            ``generate -o`` would write it.
        answers: Verify's two answers in words: does it work, and is nothing else allowed.
        inferred: Each value of the spec, with where it comes from.
        assumed: What had to be assumed, in words.
        spec: The spec that it was judged by, as plain values.
        unread: Policies of the role, in words, that may allow what fails and were not read.
        is_partial: Whether something that was read could not be judged; ``assumed`` says what.
        off: Whether every rule is disabled, so that nothing replicates.
    """

    sources: tuple[str, ...]
    report: Report
    answers: str
    inferred: tuple[InferredField, ...]
    assumed: tuple[str, ...]
    spec: Mapping[str, Any] = field(repr=False)
    unread: tuple[str, ...] = ()
    is_partial: bool = False
    off: bool = False

    @property
    def works(self) -> bool:
        """Whether it works."""
        return self.report.works and not self.off

    @property
    def exact(self) -> bool | None:
        """Whether nothing else is allowed, and the rest is as it should be; None where that was not asked."""
        return self.report.exact

    @property
    def ok(self) -> bool:
        """Whether it works; with ``exact``, whether it is exact as well."""
        return self.works and self.report.ok

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values: as verify's report, with what was inferred and assumed."""
        told = self.report.to_dict() | {"ok": self.ok, "works": self.works}
        return told | {"inferred": [each.to_dict() for each in self.inferred], "assumed": list(self.assumed)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosed:
    """The answer on everything that was read.

    Attributes:
        replications: One at least.
    """

    replications: tuple[DiagnosedReplication, ...]

    @property
    def works(self) -> bool:
        """Whether all of them work."""
        return all(each.works for each in self.replications)

    @property
    def exact(self) -> bool | None:
        """Whether all of them are exact; None where that was not asked, or is not known of one."""
        found = {each.exact for each in self.replications}
        return False if False in found else None if None in found else True

    @property
    def ok(self) -> bool:
        """Whether all of them are as they should be."""
        return all(each.ok for each in self.replications)

    def to_dict(self) -> dict[str, object]:
        """Return JSON-ready values: those of the one replication; of several a list, each with its ``sources``."""
        if len(self.replications) == 1:
            return self.replications[0].to_dict()
        listed = [{"sources": list(each.sources), **each.to_dict()} for each in self.replications]
        return {"ok": self.ok, "works": self.works, "exact": self.exact, "replications": listed}
