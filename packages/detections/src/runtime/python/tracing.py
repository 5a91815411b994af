"""Tells where in an event a rule looked, of rules so simple that no look goes unnoticed."""

import ast

from pawprint_events import PantherEvent

# Modules that give the same for the same, whenever they are asked.
STEADY_MODULES = frozenset(
    "base64 binascii collections dataclasses difflib enum fnmatch functools html ipaddress itertools json math operator "
    "panther_core.enriched_event re shlex string textwrap typing urllib.parse".split()
)
UNSTEADY_NAMES = frozenset(
    "globals locals vars eval exec compile __import__ open id hash dir input breakpoint getattr setattr delattr".split()
)
NOTICED_METHODS = frozenset(("get", "deep_get", "deep_walk", "udm"))


def traceable_functions(source, names):
    """Those of the functions that look at their event only in ways that TracedEvent notices, and at nothing that changes."""
    tree = ast.parse(source)
    if not all(map(_is_steady, ast.walk(tree))):
        return frozenset()
    functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
    return frozenset(name for name in names if name in functions and _is_traceable(functions[name]))


def _is_traceable(function):
    if function.decorator_list:
        return False
    arguments = function.args
    if len(arguments.args) != 1 or arguments.posonlyargs or arguments.kwonlyargs or arguments.vararg or arguments.kwarg:
        return False
    event = arguments.args[0].arg
    parents = {child: parent for parent in ast.walk(function) for child in ast.iter_child_nodes(parent)}
    names = (each for each in ast.walk(function) if isinstance(each, ast.Name) and each.id == event)
    return all(_is_noticed(name, parents) for name in names)


def _is_steady(node):
    if isinstance(node, ast.Import):
        return all(alias.name in STEADY_MODULES for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return node.level == 0 and node.module in STEADY_MODULES
    if isinstance(node, ast.Name):
        return node.id not in UNSTEADY_NAMES
    return not isinstance(node, (ast.Global, ast.Nonlocal))


def _is_noticed(name, parents):
    parent = parents[name]
    if isinstance(parent, ast.Attribute):
        call = parents[parent]
        return parent.attr in NOTICED_METHODS and isinstance(call, ast.Call) and call.func is parent
    if isinstance(parent, ast.Subscript):
        return parent.value is name and isinstance(parent.ctx, ast.Load)
    return (
        isinstance(parent, ast.Compare)
        and parent.left is not name
        and all(isinstance(each, (ast.In, ast.NotIn)) for each in parent.ops)
    )


class Missed(BaseException):
    """It is not known what the event holds there."""


class TracedEvent(PantherEvent):
    """
    An event that remembers which of its own keys were asked for; what is behind one counts as looked at. With `known`, it tells
    of these keys alone.
    """

    __slots__ = ("looked", "untold", "known", "missed")

    def __init__(self, event, data_model=None, known=None):
        PantherEvent.__init__(self, event, data_model)
        object.__setattr__(self, "looked", {})
        object.__setattr__(self, "untold", [])
        object.__setattr__(self, "known", known)
        object.__setattr__(self, "missed", [])

    def __getitem__(self, key):
        self._look(key)
        return PantherEvent.__getitem__(self, key)

    def udm(self, *key, default=None):
        steps = None if self._model is None or len(key) != 1 else self._model.first_step(key[0])
        if steps is not None:
            self._look(steps)
        return PantherEvent.udm(self, *key, default=default)

    def _look(self, key):
        if not isinstance(key, str) or key == "[*]":
            self.untold.append(key)
        elif not self.missed:
            # What is said after a miss was said of another event.
            self.looked[key] = None
        if self.known is not None and key not in self.known:
            self.missed.append(key)
            raise Missed(key)

    def reads(self):
        """In the order of the first look; None if not all of them can be told."""
        return None if self.untold else [{"path": [key], "whole": True} for key in self.looked]
