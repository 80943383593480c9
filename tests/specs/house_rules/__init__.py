"""The house rules for specifications.

A rule is a pure function from a document, an operation or a schema to a list of complaints; an
empty list is a pass. A complaint says what is wrong and how to mend it. A new rule joins its tuple
here and needs a case in `test_house_rules_can_fail.py`.
"""

from tests.specs.house_rules.documents import DOCUMENT_RULES as DOCUMENT_RULES
from tests.specs.house_rules.operations import OPERATION_RULES as OPERATION_RULES
from tests.specs.house_rules.schemas import SCHEMA_RULES as SCHEMA_RULES
