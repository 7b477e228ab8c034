"""Who may do what: read off the proofs, over all requests, with a request each that the evaluator allows.

``who`` asks everybody in an environment about one action: ``survey`` goes from resource to resource and from caller to
caller, ``question`` lays out what their policies say of it, ``alternatives`` makes few large boxes of that, and
``expressions`` says them in words. ``access`` asks about one caller and any action: ``effective`` lays out what
decides, and ``elements`` writes it as statements. No rule of AWS stands here.
"""

from policygen.rights.access import Access, access, caller_of
from policygen.rights.who import NotKnown, Right, WhoCan, who_can

__all__ = ["Access", "NotKnown", "Right", "WhoCan", "access", "caller_of", "who_can"]
