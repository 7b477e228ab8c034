"""What people have, read as it is: answers of AWS, Terraform plans and states, CloudFormation templates.

Files are recognised by their shape alone. From the bottom: ``opened`` is a file's value and where its parts stand;
``shapes`` says what it is; ``terraform`` and ``cloudformation`` open what holds resources; ``records`` is what was
read, with the policies in it; ``subjects`` finds out whose it is; ``environments`` makes an environment of it; ``read``
opens files and folders.
"""

from policygen.reading.environments import values_of
from policygen.reading.read import Reading, read_paths, read_text_as
from policygen.reading.records import Found, Record

__all__ = ["Found", "Reading", "Record", "read_paths", "read_text_as", "values_of"]
