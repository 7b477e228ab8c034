"""docs/causes.md: every cause of failing replication."""

from policygen.verification import CAUSES
from tests.pages.facts import fact_links, fact_urls

_HEAD = """# Causes of failing replication

`verify` names the cause of what fails, with S3's own failure code where S3 names that cause. A failed request that must
be allowed stops replication by itself; of the checks of the configuration those do whose cause says so, and those of a
rule that is missing, disabled, narrower or for another bucket, of versioning that no file shows, of a destination in
another account that is Requester Pays ([R4](facts.md#r4)). `works` is false then; what else fails makes `exact` false.

A check that fails names its mends by their numbers in `mends`: edits `{"document", "statement", "op", "value"}` that
were applied, all of a run's together, and judged. `statement` is the Sid or `#index` of the statement as the document
was before every edit, `op` is `replace`, `add` or `remove`, `value` the statement. An `add` has no `statement`; to a
policy that is not there it makes one. A replication configuration and a bucket's settings are the `value` as a whole,
without `statement`; a policy that goes as a whole has neither. Where nothing is known that works, the check's `detail`
says that no mend is known: policies of the organization are not weakened, Bucket Keys are not switched, and no text
stands in for the id of a key.

| cause | why replication fails | shows as | stops replication | S3's failure codes | facts |
| --- | --- | --- | --- | --- | --- |"""


def causes_page() -> str:
    """Return the page of the causes as Markdown: what each is, how it shows, and what it stops."""
    lines, urls = [_HEAD], fact_urls()
    for cause in CAUSES.values():
        name = f'<a id="{cause.code.lower()}"></a>[{cause.code}]({urls[cause.code][0]})'
        stops = "yes" if cause.stops_replication else ""
        codes = ", ".join(cause.s3_failure_codes)
        cells = (name, cause.words, cause.kind.value, stops, codes, fact_links((cause.code, *cause.facts)))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
