"""Events as detections in Python see them: immutable, with keys found in any letter case."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone


class PantherError(Exception):
    """What a detection did with an event that cannot be done."""


_set = object.__setattr__


def _refuse(self, *_args, **_kwargs):
    raise TypeError(f"{type(self).__name__} is immutable: copy it first")


class ImmutableCaseInsensitiveDict(dict):
    """A dict that cannot change. A key that is absent is looked for in any letter case; the first one wins."""

    __slots__ = ("_folded",)

    def __missing__(self, key):
        if isinstance(key, str):
            own = self._names_by_folded().get(key.lower())
            if own is not None:
                return dict.__getitem__(self, own)
        raise KeyError(key)

    def _names_by_folded(self):
        """Made when a key is first missed: most are written as they are."""
        try:
            return self._folded
        except AttributeError:
            names = {}
            for own in self:
                if isinstance(own, str):
                    names.setdefault(own.lower(), own)
            _set(self, "_folded", names)
            return names

    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key):
        try:
            self[key]
        except KeyError:
            return False
        return True

    def __copy__(self):
        return to_plain(self)

    def __deepcopy__(self, _memo):
        return to_plain(self)

    copy = to_dict = __copy__
    __setattr__ = __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse


class ImmutableList(list):
    """A list that cannot change."""

    __slots__ = ()

    def __copy__(self):
        return to_plain(self)

    def __deepcopy__(self, _memo):
        return to_plain(self)

    copy = __copy__
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = remove = pop = clear = sort = reverse = _refuse


def freeze(value):
    """The immutable form of plain JSON values."""
    if isinstance(value, (ImmutableCaseInsensitiveDict, ImmutableList)):
        return value
    if isinstance(value, Mapping):
        return ImmutableCaseInsensitiveDict((key, freeze(each)) for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return ImmutableList(map(freeze, value))
    return value


def freeze_object(pairs):
    """For json: an object whose objects are frozen already."""
    for key, value in pairs.items():
        if value.__class__ is list:
            pairs[key] = freeze(value)
    return ImmutableCaseInsensitiveDict(pairs)


def to_plain(value):
    """A mutable copy, all the way down."""
    if isinstance(value, Mapping):
        return {key: to_plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(each) for each in value]
    return value


class PantherEvent(ImmutableCaseInsensitiveDict):
    """The event a detection is asked about."""

    __slots__ = ("_model", "_host")

    def __init__(self, event, data_model=None, host=None):
        if event.__class__ is not ImmutableCaseInsensitiveDict:
            event = freeze(event)
        dict.__init__(self, event)
        _set(self, "_model", data_model)
        _set(self, "_host", host)

    def deep_get(self, *keys, default=None):
        """The value behind the keys, or the default where there is none or None."""
        at = self
        for key in keys:
            # Nothing but objects is gone through.
            if not isinstance(at, dict):
                return default
            at = at.get(key)
        return default if at is None else at

    def deep_walk(self, *keys, default=None, return_val="all"):
        """The values behind the keys, going through each element of lists on the way, each value once."""
        return deep_walk(self, keys, default, return_val)

    def udm(self, *key, default=None):
        """The value of a standard field: what the log source gave, else the data model's, else the event's own."""
        given = self.deep_get("p_udm", *key)
        if given is not None:
            return given
        if self._model is not None and len(key) == 1 and self._model.has(key[0]):
            found = self._model.value(self, key[0])
            return default if found is None else found
        return self.deep_get(*key, default=default)

    def udm_path(self, key):
        """Where in this event the data model finds a standard field, or the name of its function."""
        if self._model is None:
            raise PantherError(f"a data model hasn't been specified for log type: {self.get('p_log_type')}")
        return self._model.path(self, key)

    def lookup(self, lookup_name, lookup_key):
        """The row of a lookup table with this primary key, or None."""
        return None if self._host is None else freeze(self._host("lookup", [lookup_name, lookup_key]))

    def event_time_epoch(self, force_utc=True):
        """When it happened, in whole seconds since 1970; 0 if it does not say."""
        text = self.get("p_event_time")
        try:
            when = datetime.strptime(str(text)[:19], "%Y-%m-%d %H:%M:%S")
        except ValueError:
            return 0
        return int(when.replace(tzinfo=timezone.utc).timestamp())


def deep_walk(value, keys, default, return_val):
    if not keys:
        return default if _holds_nothing(value) else value
    if isinstance(value, Mapping):
        inner = value.get(keys[0])
        return default if inner is None else deep_walk(inner, keys[1:], default, return_val)
    if isinstance(value, str) or not isinstance(value, Sequence):
        return default
    found = []
    for element in value:
        inner = deep_walk(element, keys, default, return_val)
        several = isinstance(inner, Sequence) and not isinstance(inner, str)
        for one in inner if several else [inner]:
            if one is not None and one not in found:
                found.append(one)
    if not found:
        return default
    if return_val == "first":
        return found[0]
    if return_val == "last":
        return found[-1]
    return found[0] if len(found) == 1 else found


def _holds_nothing(value):
    return (
        isinstance(value, Sequence) and not isinstance(value, str) and all(_holds_nothing(each) for each in value)
    )


class DataModel:
    """Standard fields of one log type: steps of a path, or functions."""

    def __init__(self, name, paths, functions):
        self._name = name
        self._paths = paths
        self._functions = functions

    def has(self, field):
        return field in self._paths or field in self._functions

    def first_step(self, field):
        """Where its path begins; of a function all is possible, which is `[*]`. None if there is no such field."""
        if field in self._functions:
            return "[*]"
        return self._paths[field][1][0] if field in self._paths else None

    def path(self, event, field):
        if field in self._functions:
            return self._functions[field].__name__
        return self._find(event, field)[0] if field in self._paths else None

    def value(self, event, field):
        if field in self._functions:
            return self._functions[field](event)
        return self._find(event, field)[1]

    def _find(self, event, field):
        """The one place where the path leads, and what is there."""
        text, steps = self._paths[field]
        found = [("", event)]
        for step in steps:
            found = [each for path, value in found for each in _steps_into(path, value, step)]
        if len(found) > 1:
            raise PantherError(f"JSONPath [{text}] in DataModel [{self._name}], matched multiple fields.")
        return found[0] if found else (None, None)


def _steps_into(path, value, step):
    prefix = f"{path}." if path else ""
    if isinstance(value, dict):
        keys = list(value) if step == "[*]" else [step] if dict.__contains__(value, step) else []
        return [(f"{prefix}{key}", dict.__getitem__(value, key)) for key in keys]
    if isinstance(value, list):
        indexes = range(len(value)) if step == "[*]" else [step] if isinstance(step, int) and step < len(value) else []
        return [(f"{prefix}[{index}]", value[index]) for index in indexes]
    return []
