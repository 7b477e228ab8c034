"""Reading from AWS what is set up there: answers saved as they came. The only room that calls AWS.

Every call stands in one table (:mod:`policygen.fetch.calls`), from which both the run with boto3 and the script for the
AWS CLI are made. Nothing here decides what an answer means.
"""
