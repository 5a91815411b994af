"""What runs around the rules in Python. Its functions are called by the process that holds the interpreter, with text.

It keeps nothing that only it relies on for safety: the process around it has no files, no network and no environment. What is done
here keeps rules from changing each other, and names what they may not do.
"""

import base64, binascii, builtins, calendar, collections, copy, dataclasses, datetime, difflib, enum, fnmatch, functools  # noqa
import hashlib, hmac, html, importlib, ipaddress, itertools, json, logging, math, operator, os, random, re, shlex, statistics  # noqa
import string, sys, textwrap, time, traceback, types, typing, unittest.mock, urllib.parse, uuid, zoneinfo  # noqa
import collections.abc, contextlib, decimal, json.decoder, json.encoder, socket, threading, urllib.request  # noqa

import pawprint_caching as caching
import pawprint_events as event_types
import pawprint_tracing as tracing
from pawprint_events import DataModel, PantherEvent, freeze_object, to_plain

AUXILIARIES = (
    "title",
    "dedup",
    "severity",
    "description",
    "reference",
    "runbook",
    "destinations",
    "alert_context",
    "unique",
)
ALERT_CONTEXT_SIZE_MAX = 204_800
UNAVAILABLE_MODULES = ("requests", "boto3", "botocore")
LIBRARIES = "/lib/rule-libraries"
FORBIDDEN_MODULES = ("js", "pyodide_js", "pyodide", "ctypes", "subprocess", "multiprocessing", "pty")
FORBIDDEN_PREFIXES = ("_pyodide", "_ctypes", "_posixsubprocess", "_multiprocessing", "_emscripten")
FORBIDDEN_EVENTS = ("socket.", "subprocess.", "os.", "ctypes.", "shutil.", "tempfile.", "webbrowser.", "pty.", "mmap.")
# Asked about by imports and harmless.
ALLOWED_EVENTS = ("os.listdir", "os.scandir", "os.putenv", "os.unsetenv")


class Rule:
    __slots__ = ("module", "main", "auxiliaries", "source", "file_name", "takes_plain_dict")


_rules = {}
_models = {}
_events = []
_position = None
_wrapped = []
_mode = "batch"
_mocks = []
_log_type = None
_known = None
_host = None
_guarded = []


def connect(call_host):
    """Called once in each process, with a function that takes and gives JSON."""
    global _host

    def ask(operation, args):
        answer = json.loads(call_host(json.dumps({"operation": operation, "args": args, "event": _position}, default=_plain)))
        if answer.get("error") is not None:
            raise RuntimeError(answer["error"])
        return answer.get("value")

    _host = caching._host = ask
    for name in list(sys.modules):
        if _is_forbidden(name):
            del sys.modules[name]
    sys.path.append(LIBRARIES)
    for name in UNAVAILABLE_MODULES:
        if os.path.isdir(f"{LIBRARIES}/{name}"):
            del sys.modules[name]
    sys.meta_path.insert(0, _ForbiddenFinder())
    guard()
    sys.addaudithook(_auditor())


def _plain(value):
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be kept")


def _is_forbidden(name):
    return name.partition(".")[0] in FORBIDDEN_MODULES or name.startswith(FORBIDDEN_PREFIXES)


class _ForbiddenFinder:
    """`importlib.import_module` asks no audit hook, so the finders are asked, too."""

    @staticmethod
    def find_spec(name, _path=None, _target=None):
        if _is_forbidden(name):
            raise ImportError(f"rules may not import {name}", name=name)


def _auditor():
    """What is asked before anything that reaches outside the language. It can't be taken away, nor what it knows be changed."""
    is_forbidden, forbidden_events, allowed_events = _is_forbidden, FORBIDDEN_EVENTS, ALLOWED_EVENTS

    def audit(event, args):
        if event == "import":
            if is_forbidden(args[0]):
                raise ImportError(f"rules may not import {args[0]}")
        elif event == "open":
            path, mode, flags = args
            # Modules and the data of libraries are read, nothing is written.
            writes = (isinstance(mode, str) and mode[:1] in "wax") or (isinstance(flags, int) and flags & 3)
            if writes or not (isinstance(path, str) and path.startswith("/lib/")):
                raise PermissionError(f"rules have no files: {path}")
        elif event.startswith(forbidden_events) and event not in allowed_events:
            raise PermissionError(f"rules may not use {event}")

    return audit


def _unavailable_module(name):
    """A module that content imports and that only a mock can make useful."""

    def attribute(attribute_name):
        if attribute_name.startswith("__"):
            raise AttributeError(attribute_name)
        if attribute_name.endswith(("Error", "Exception", "Timeout")):
            return type(attribute_name, (Exception,), {})
        if attribute_name in ("exceptions", "adapters", "auth"):
            return _unavailable_module(f"{name}.{attribute_name}")

        def unavailable(*_args, **_kwargs):
            raise RuntimeError(f"{name}.{attribute_name} is not available: rules have no network")

        return unavailable

    module = types.ModuleType(name)
    module.__getattr__ = attribute
    return module


def install_modules():
    """The modules that detections written for Panther import; called before the snapshot is taken."""
    core = types.ModuleType("panther_core")
    core.PantherEvent = PantherEvent
    for name, names in {
        "enriched_event": ("PantherEvent",),
        "immutable": ("ImmutableCaseInsensitiveDict", "ImmutableList"),
        "data_model": ("DataModel",),
        "exceptions": ("PantherError",),
    }.items():
        module = types.ModuleType(f"panther_core.{name}")
        for each in names:
            setattr(module, each, getattr(event_types, each))
        setattr(core, name, module)
        sys.modules[module.__name__] = module
    core.immutable.ImmutableDict = event_types.ImmutableCaseInsensitiveDict
    helpers = types.ModuleType("panther_detection_helpers")
    helpers.caching = caching
    helpers.__path__ = []
    core.__path__ = []
    sys.modules.update({"panther_core": core, "panther_detection_helpers": helpers})
    sys.modules["panther_detection_helpers.caching"] = caching
    for name in UNAVAILABLE_MODULES:
        sys.modules[name] = _unavailable_module(name)
    guard()


def guard():
    """Remembers what rules share, to see that none changes it."""
    shared = [
        builtins, base64, binascii, collections, collections.abc, copy, datetime, enum, fnmatch, functools, hashlib,
        importlib, ipaddress, itertools, json, json.decoder, json.encoder, logging, math, operator, os, random, re, string,
        sys, time, traceback, types, typing, unittest.mock, urllib.parse, uuid, caching, event_types, tracing,
        sys.modules[__name__],
    ]  # fmt: skip
    classes = [
        each
        for module in (json.decoder, json.encoder, ipaddress, collections)
        for each in vars(module).values()
        if isinstance(each, type)
    ]
    events = [each for each in vars(event_types).values() if isinstance(each, type)]
    _guarded.clear()
    for owner in [*shared, *classes, *events]:
        kept = {name: value for name, value in vars(owner).items() if callable(value)}
        # Of an event's class not even an addition is right: it could hide what it inherits.
        _guarded.append((owner, kept.items(), kept, frozenset(vars(owner)) if owner in events else None))
    _lists[:] = [(name, getattr(sys, name), list(getattr(sys, name))) for name in ("meta_path", "path", "path_hooks")]
    _modules.clear()
    _modules.update({module.__name__: module for module in shared})


_lists = []
_modules = {}


def _changed():
    """Puts back what a rule has changed and says what it was, or None."""
    changed = None
    for owner, items, kept, names in _guarded:
        if names is not None and owner.__dict__.keys() != names:
            for name in owner.__dict__.keys() - names:
                changed = f"{owner.__name__}.{name}"
                delattr(owner, name)
        if not items <= owner.__dict__.items():
            for name, value in kept.items():
                if owner.__dict__.get(name) is not value:
                    changed = f"{owner.__name__}.{name}"
                    setattr(owner, name, value)
    for name, value, elements in _lists:
        # Libraries may add to the end.
        if getattr(sys, name) is not value or value[: len(elements)] != elements:
            changed = f"sys.{name}"
            value[:] = elements
            setattr(sys, name, value)
    if not _modules.items() <= sys.modules.items():
        changed = "sys.modules"
        sys.modules.update(_modules)
    return changed


def set_global(name, source):
    """A module that rules import by its name."""
    module = types.ModuleType(name)
    _sources[f"{name}.py"] = source
    _pending[name] = (module, compile(source, f"{name}.py", "exec"))


_sources = {}
_pending = {}


class _GlobalFinder:
    """Runs a global module when it is first imported; they import each other in any order."""

    @staticmethod
    def find_spec(name, _path=None, _target=None):
        if name not in _pending:
            return None
        return importlib.machinery.ModuleSpec(name, _GlobalLoader())


class _GlobalLoader:
    @staticmethod
    def create_module(spec):
        return _pending[spec.name][0]

    @staticmethod
    def exec_module(module):
        exec(_pending[module.__name__][1], module.__dict__)


sys.meta_path.append(_GlobalFinder())


def set_model(log_type, name, paths_json, methods_json, source):
    """A data model; `source` is its Python, or None."""
    module = types.ModuleType(name)
    if source is not None:
        exec(compile(source, f"{name}.py", "exec"), module.__dict__)
    functions = {}
    for field, method in json.loads(methods_json).items():
        functions[field] = getattr(module, method, None) or _missing_method(name, method)
    _models[log_type] = DataModel(name, json.loads(paths_json), functions)


def _missing_method(model, method):
    def missing(_event):
        raise PantherError(f"data model {model} has no function {method} in Python")

    return missing


PantherError = event_types.PantherError


def load(rule_id, file_name, source, main, main_is_optional):
    module = types.ModuleType(re.sub(r"\W", "_", file_name.removesuffix(".py")))
    _sources[file_name] = source
    try:
        exec(compile(source, file_name, "exec"), module.__dict__)
    except BaseException as error:
        raise RuntimeError(_describe(error)) from None
    finally:
        changed = _changed()
    if changed is not None:
        raise RuntimeError(f"changes {changed}, which other rules use")
    rule = Rule()
    rule.module = module
    rule.source = source
    rule.file_name = file_name
    rule.main = main
    rule.takes_plain_dict = main == "policy"
    if not callable(getattr(module, main, None)):
        if not main_is_optional:
            raise RuntimeError(f"{file_name} defines no function {main}")
        setattr(module, main, lambda _event: True)
    # Looked up at each call: a mock or the module itself may replace one.
    rule.auxiliaries = tuple(name for name in AUXILIARIES if callable(getattr(module, name, None)))
    _rules[rule_id] = rule


def drop(rule_id):
    _rules.pop(rule_id, None)


def open_batch(events_json, log_type, mode, mocks_json, known_json=None):
    global _events, _wrapped, _mode, _mocks, _log_type, _known
    _events = json.loads(events_json, object_hook=freeze_object)
    _mode = mode
    _mocks = json.loads(mocks_json)
    _log_type = log_type
    _known = None if known_json is None else frozenset(json.loads(known_json))
    model = _models.get(log_type)
    _wrapped = [PantherEvent(event, model, _host) for event in _events]
    return len(_events)


def evaluate(rule_id, positions_json):
    rule = _rules[rule_id]
    positions = range(len(_events)) if positions_json is None else json.loads(positions_json)
    with contextlib.ExitStack() as stack:
        if _mocks:
            mocks = {name: unittest.mock.MagicMock(return_value=value) for name, value in _mocks}
            stack.enter_context(unittest.mock.patch.multiple(rule.module, **mocks))
        hits = _run(rule, positions)
    changed = _changed()
    if changed is not None:
        raise RuntimeError(f"changes {changed}, which other rules use")
    return f"[{','.join(hits)}]" if hits else ""


def _run(rule, positions):
    global _position
    if _mode == "trace":
        return _trace(rule, positions)
    hits = []
    main = getattr(rule.module, rule.main)
    batch = _mode == "batch"
    # A policy is about what it refuses.
    passing = rule.takes_plain_dict
    for position in positions:
        _position = position
        event = to_plain(_events[position]) if rule.takes_plain_dict else _wrapped[position]
        try:
            said = main(event)
        except BaseException as error:
            hits.append(f'{{"event":{position},"error":{json.dumps(_describe(error))},"functions":{{}}}}')
            continue
        if batch and said is passing:
            continue
        if said is not True and said is not False:
            hits.append(f'{{"event":{position},"returned":{json.dumps(type(said).__name__)},"functions":{{}}}}')
            continue
        functions = ",".join(f'"{name}":{_auxiliary(rule, name, event)}' for name in rule.auxiliaries)
        matched = "true" if said is not passing else "false"
        hits.append(f'{{"event":{position},"matched":{matched},"functions":{{{functions}}}}}')
    return hits


def _trace(rule, positions):
    """What fails or can't be told is left out."""
    traceable = tracing.traceable_functions(rule.source, (rule.main, *rule.auxiliaries))
    if rule.takes_plain_dict or rule.main not in traceable:
        return []
    hits = []
    main = getattr(rule.module, rule.main)
    is_whole = traceable.issuperset(rule.auxiliaries)
    model = _models.get(_log_type)
    for position in positions:
        event = tracing.TracedEvent(_events[position], model, _known)
        said = None
        try:
            said = main(event)
        except BaseException:
            if not event.missed:
                continue
        told = ""
        if not event.missed:
            if said is False:
                told = ',"matched":false'
            elif said is True and is_whole:
                values = [_auxiliary(rule, name, event) for name in rule.auxiliaries]
                told = ',"matched":true'
                if not event.missed:
                    if any(value.startswith('{"e":') for value in values):
                        continue
                    functions = (f'"{name}":{value}' for name, value in zip(rule.auxiliaries, values))
                    told += f',"functions":{{{",".join(functions)}}}'
            else:
                continue
        reads = event.reads()
        if reads is not None:
            hits.append(f'{{"event":{position},"reads":{json.dumps(reads)}{told}}}')
    return hits


def _auxiliary(rule, name, event):
    try:
        value = getattr(rule.module, name)(event)
        kind = json.dumps(type(value).__name__)
        text = json.dumps(value, allow_nan=False)
        if name == "alert_context" and len(text) > ALERT_CONTEXT_SIZE_MAX:
            size = f"alert_context size is [{len(text)}] characters, bigger than maximum of [{ALERT_CONTEXT_SIZE_MAX}] characters"
            return f'{{"t":{kind},"e":{json.dumps(size)}}}'
        return f'{{"t":{kind},"v":{text}}}'
    except BaseException as error:
        return f'{{"e":{json.dumps(repr(error) if name == "alert_context" else _describe(error))}}}'


def _describe(error):
    """The message and the place in the content, as `division by zero: a.py, line 4, in rule 1/0`."""
    try:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in _sources]
        text = f"{type(error).__name__}: {error}" if not str(error) or isinstance(error, KeyError) else str(error)
        if not frames:
            return text
        frame = frames[-1]
        lines = _sources[frame.filename].splitlines()
        line = lines[frame.lineno - 1].strip() if 0 < (frame.lineno or 0) <= len(lines) else ""
        return f"{text}: {frame.filename}, line {frame.lineno}, in {frame.name} {line}"
    except BaseException:
        return "raised something that cannot be shown"


install_modules()
