"""Policies of a few statements for tests."""


def document(*statements):
    """Return a policy."""
    return {"Version": "2012-10-17", "Statement": [dict(each) for each in statements]}


def allow(**elements):
    """Return an Allow of an identity-based policy."""
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", **elements}


def when(operator, key, value, **elements):
    """Return an Allow with one condition."""
    return allow(Condition={operator: {key: value}}, **elements)


def admit(principal, **elements):
    """Return an Allow of a resource-based policy."""
    return allow(Principal=principal, **elements)


def trust(principal, action="sts:AssumeRole", **elements):
    """Return an Allow of a role trust policy."""
    return {"Effect": "Allow", "Principal": principal, "Action": action, **elements}


def deny(**elements):
    """Return a Deny of an RCP."""
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", **elements}


def wide(action, resource="*", **elements):
    """Return an Allow of an action of IAM."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def without(statement, *names):
    """Return a statement without some elements."""
    return {name: value for name, value in statement.items() if name not in names}
