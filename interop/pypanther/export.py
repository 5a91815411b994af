"""
Reads the rules and data models of the package in a folder and prints them as JSON: `export.py <folder>`. The folder holds the package with
its base classes replaced by `stand_in.py`, and what our runtime offers to rules under the names they import.
"""

import importlib
import inspect
import json
import pathlib
import pkgutil
import sys

folder = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(folder))

import pypanther  # noqa: E402

FUNCTIONS = (
    "title", "dedup", "severity", "description", "reference", "runbook", "destinations", "alert_context", "unique",
)  # fmt: skip

problems = []


def modules(package):
    root = importlib.import_module(package)
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        try:
            yield importlib.import_module(found.name)
        except Exception as error:
            problems.append({"id": found.name, "reason": f"cannot be imported: {error!r}"})


def own_classes(module, base):
    for each in vars(module).values():
        if inspect.isclass(each) and issubclass(each, base) and each is not base and each.__module__ == module.__name__:
            yield each


def adapter(cls):
    """A rule of functions, as Panther has them in files, of a class. Methods and constants beside them can be mocked as names of the module."""
    names = [name for name in FUNCTIONS if hasattr(cls, name)]
    lines = [f"\n\n_rule = {cls.__name__}()", "def rule(event):", "    return _rule.rule(event)"]
    for name in names:
        lines += [f"def {name}(event):", f"    return _rule.{name}(event)"]
    for name in vars(cls):
        if name.isupper():
            lines += [
                f"if {name!r} not in globals():",
                f"    {name} = _rule.{name}",
                f"    {cls.__name__}.{name} = property(",
                f"        lambda _self: globals()[{name!r}], lambda _self, value: globals().__setitem__({name!r}, value))",
            ]
    for name, value in inspect.getmembers(cls, inspect.isfunction):
        if name not in names and name != "rule" and not name.startswith("__"):
            lines += [
                f"if {name!r} not in globals():",
                f"    {name} = _rule.{name}",
                f"    _rule.{name} = lambda *args, **kwargs: globals()[{name!r}](*args, **kwargs)",
            ]
    return "\n".join(lines) + "\n"


def plain(value):
    return json.loads(json.dumps(value, default=str))


def test_of(test):
    log = json.loads(test.log) if isinstance(test.log, str) else test.log
    mocks, replaced = [], {}
    for mock in test.mocks:
        if mock.side_effect is not None:
            raise ValueError(f"the mock of {mock.object_name} runs code")
        if mock.new is not None:
            try:
                replaced[mock.object_name] = repr(plain(mock.new)) if json.dumps(mock.new) else ""
            except TypeError:
                return_value = getattr(mock.new, "return_value", mock)
                if return_value is mock:
                    raise ValueError(f"the mock of {mock.object_name} is code") from None
                mocks.append({"objectName": mock.object_name, "returnValue": plain(return_value)})
        else:
            mocks.append({"objectName": mock.object_name, "returnValue": plain(mock.return_value)})
    return {
        "name": test.name, "expectedResult": test.expected_result, "event": plain(log), "mocks": mocks, "replaced": replaced,
    }  # fmt: skip


rules = []
for module in modules("pypanther.rules"):
    source = pathlib.Path(module.__file__).read_text()
    for cls in own_classes(module, pypanther.Rule):
        if not hasattr(cls, "rule") or not cls.id:
            continue
        tests = []
        for test in cls.tests:
            try:
                tests.append(test_of(test))
            except ValueError as error:
                problems.append({"id": cls.id, "test": test.name, "reason": str(error)})
        rules.append({
            "id": cls.id,
            "fileName": f"{module.__name__.rpartition('.')[2]}_{cls.__name__}.py",
            "source": source + adapter(cls),
            "logTypes": [str(getattr(each, "value", each)) for each in cls.log_types],
            "severity": str(getattr(cls.default_severity, "value", cls.default_severity)).upper(),
            "tests": tests,
        })  # fmt: skip

models = []
for module in modules("pypanther.data_models"):
    for cls in own_classes(module, pypanther.DataModel):
        models.append({
            "id": cls.id,
            "logType": str(getattr(cls.log_types[0], "value", cls.log_types[0])),
            "enabled": cls.enabled,
            "mappings": [
                {"name": each.name, "path": each.path} if each.method is None else {"name": each.name, "method": each.method.__name__}
                for each in cls.mappings
            ],
            "code": {"language": "python", "source": pathlib.Path(module.__file__).read_text()},
        })  # fmt: skip

json.dump({"rules": rules, "models": models, "problems": problems}, sys.stdout)
