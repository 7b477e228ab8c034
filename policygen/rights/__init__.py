"""Who may do what: read off the proofs, over all requests, with a request each that the evaluator allows.

``who`` asks everybody in an environment about one action, ``survey`` goes from resource to resource and from caller to
caller, ``question`` lays out what their policies say of it, ``alternatives`` makes few large boxes of that, and
``expressions`` says them in words. No rule of AWS stands here.
"""

from policygen.rights.who import NotKnown, Right, WhoCan, who_can

__all__ = ["NotKnown", "Right", "WhoCan", "who_can"]
