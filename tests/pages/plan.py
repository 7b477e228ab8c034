"""docs/plan.md: how ``plan`` judges, and every rule."""

from policygen.migration import RULES
from tests.pages.facts import fact_links

_PLAN = """# Plans

`policygen plan SPEC` judges the proposals in the spec's `migration`, and finds ways to the target itself. The fields
and steps stand in [the spec's reference](spec.md#migration); the sample
[migrate-single-region-key](../samples/migrate-single-region-key/README.md) puts four proposals beside each other.

```yaml
migration:
  current: {bucket: legacy, key: old}     # entries of `buckets` and `keys`; how its objects are encrypted: `objects`
  require:
    replicate_to: us-west-1
    same_key_in_both_regions: true
    recovery_point_objective: 15m         # `15m`, `24h`, `1d`, `daily` …
    existing_objects: true
  proposals:
    A:
      - create-key: {name: new, primary_region: us-east-1, replica_regions: [us-west-1]}
      - create-bucket: {name: fresh, region: us-east-1, key: new}
      - create-bucket: {name: copy, region: us-west-1, key: new}
      - enable-replication: {from: fresh, to: copy, replica_key: new}
      - copy-objects: {from: legacy, to: fresh}
```

## How it judges

- **A model of states.** It begins with the spec's keys, buckets and replication. Each step has AWS's preconditions and
  effects, and is judged on what the steps before it left; the order counts. A bucket that `create-bucket` makes has
  versioning when a later step replicates from or to it and nothing else is said (a note says so); an existing bucket
  has what its entry says.
- **A step that AWS would refuse** is named with the rule it breaks, and the rest is judged as if it had worked, so each
  broken rule stands for itself. Sharing a key moves it nowhere, so what needs it in another Region breaks too.
- **The end is judged by what is required.** Any bucket of the current Region may be what applications write to from
  then on; of several routes the one that misses least counts.
    - Live replication counts as 15 minutes; where replication time control is off, a note warns that nothing promises
      it. A scheduled copy counts as its interval.
    - Existing objects are there when they were copied while a rule was on, replicated by Batch Replication, or copied
      by hand; live replication alone leaves them behind.
    - The same key means: objects in both Regions are under one multi-Region key, each under the key of its Region.
- **A name that nothing has, a Region that is none, an unknown step or field** are no broken rules but problems of the
  spec, each with its place; nothing is judged then. A name that a later step creates is a broken rule.

A key is named by its name, as `NAME@REGION` where one of its Regions is meant, or by its alias. `broken[].step` is the
step's position, from 1, and its kind; null where it is what no step does. `notes` are what to know and to do besides.

## The ways it recommends

Two kinds of way, in place (UpdateObjectEncryption and Batch Replication) and over a new bucket (copies), each with
what can be done about the key, from nothing over a new replica to a new key. Where the same key is required, a third
whose rule names no key (`replica_key: source-multi-region`): each replica takes the related key of its object's own.
Every candidate goes through the same judge as a proposal; of each kind the first that satisfies is recommended, without
the steps that can be left out. `steps` can be pasted as a proposal. The sample
[compares them](../samples/migrate-single-region-key/README.md#the-three-ways-compared). Where no way satisfies (less
than 15 minutes, for example), the list is empty.

## Exit status

0 when some proposal satisfies, or, where no proposals are made, when a way was found; 1 when none does; 3 when the spec
cannot be used or has no `migration`.

## The rules
"""


def plan_page() -> str:
    """Return the page of ``plan`` as Markdown: how it judges, and every rule."""
    lines = [_PLAN, "| code | what must be so | facts |", "| --- | --- | --- |"]
    for code, rule in RULES.items():
        lines.append(f"| [{code}]({rule.doc_url}) | {rule.meaning} | {fact_links(rule.facts)} |")
    return "\n".join(lines) + "\n"
