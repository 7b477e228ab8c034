"""Does one element of a statement match one request? Compiled once, used often.

Wildcards, variables, actions, resources, principals and conditions. Combining statements and policy types is
:mod:`policygen.evaluation`.
"""
