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


def is_traceable(source, main):
    """Whether the function looks at its event only in ways that TracedEvent notices, and at nothing that changes."""
    tree = ast.parse(source)
    function = next((each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == main), None)
    if function is None or function.decorator_list or not all(map(_is_steady, ast.walk(tree))):
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


class TracedEvent(PantherEvent):
    """An event that remembers which of its own keys were asked for; what is behind one counts as looked at."""

    __slots__ = ("looked", "untold")

    def __init__(self, event, data_model=None):
        PantherEvent.__init__(self, event, data_model)
        object.__setattr__(self, "looked", {})
        object.__setattr__(self, "untold", [])

    def __getitem__(self, key):
        self._look(key)
        return PantherEvent.__getitem__(self, key)

    def udm(self, *key, default=None):
        steps = None if self._model is None or len(key) != 1 else self._model.first_step(key[0])
        if steps is not None:
            self._look(steps)
        return PantherEvent.udm(self, *key, default=default)

    def _look(self, key):
        if isinstance(key, str) and key != "[*]":
            self.looked[key] = None
        else:
            self.untold.append(key)

    def reads(self):
        """In the order of the first look; None if not all of them can be told."""
        return None if self.untold else [{"path": [key], "whole": True} for key in self.looked]
