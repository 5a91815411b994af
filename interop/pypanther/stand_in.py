"""
The base classes that rules of the public package import, as plain data: what a rule says about itself and its tests. It stands in for the
package's own, which brings an engine and its dependencies along. Python's own and the one in the sandbox both load it.
"""

from dataclasses import dataclass, field
from typing import Any

from pypanther.log_types import LogType
from pypanther.severity import SEVERITY_DEFAULT, Severity


@dataclass
class RuleMock:
    object_name: str
    return_value: Any = None
    side_effect: Any = None
    new: Any = None


@dataclass
class RuleTest:
    name: str
    expected_result: bool
    log: Any
    mocks: list = field(default_factory=list)
    expected_severity: Any = None
    expected_title: Any = None
    expected_dedup: Any = None
    expected_runbook: Any = None
    expected_reference: Any = None
    expected_description: Any = None
    expected_alert_context: Any = None


class Rule:
    id = ""
    log_types: list = []
    tests: list = []
    enabled = True
    create_alert = True
    dedup_period_minutes = 60
    display_name = ""
    default_severity = Severity.INFO
    default_description = ""
    default_reference = ""
    default_runbook = ""
    default_destinations: list = []
    reports: dict = {}
    summary_attributes: list = []
    tags: list = []
    threshold = 1


def panther_managed(cls):
    return cls


class DataModel:
    id = ""
    enabled = True
    log_types: list = []
    mappings: list = []


@dataclass
class DataModelMapping:
    name: str
    path: Any = None
    method: Any = None
