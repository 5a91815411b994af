"""The key-value cache of detections. What is kept is kept outside the sandbox, which `_host` asks."""

import time as _time

_host = None
_days_90 = 90 * 24 * 60 * 60


def _ask(operation, *args):
    return _host(operation, list(args))


def _expiry(epoch_seconds):
    """Numbers below a year's worth of seconds are a time to live, others a moment."""
    if epoch_seconds is None:
        return None
    seconds = int(epoch_seconds)
    return seconds if seconds > 366 * 24 * 60 * 60 else int(_time.time()) + seconds


def _texts(val):
    return [val] if isinstance(val, str) else list(val)


def get_counter(key, force_ttl_check=False):
    return int(_ask("get_counter", key))


def increment_counter(key, val=1, epoch_seconds=_days_90):
    return int(_ask("increment_counter", key, val, _expiry(epoch_seconds)))


def reset_counter(key):
    _ask("reset_counter", key)


def set_key_expiration(key, epoch_seconds):
    _ask("set_key_expiration", key, _expiry(epoch_seconds))


def put_dictionary(key, val, epoch_seconds=None):
    if not isinstance(val, dict):
        raise TypeError("panther_detection_helpers.caching.put_dictionary: value is not a dictionary")
    _ask("put_dictionary", key, val, _expiry(epoch_seconds))


def get_dictionary(key, force_ttl_check=False):
    return _ask("get_dictionary", key) or {}


def get_string_set(key, force_ttl_check=False):
    return set(_ask("get_string_set", key))


def put_string_set(key, val, epoch_seconds=None):
    if not isinstance(val, (list, set, tuple)):
        raise TypeError("panther_detection_helpers.caching.put_string_set: value is not a list/set/tuple")
    _ask("put_string_set", key, _texts(val), _expiry(epoch_seconds))


def add_to_string_set(key, val, epoch_seconds=_days_90):
    return set(_ask("add_to_string_set", key, _texts(val), _expiry(epoch_seconds)))


def remove_from_string_set(key, val, epoch_seconds=_days_90):
    return set(_ask("remove_from_string_set", key, _texts(val), _expiry(epoch_seconds)))


def reset_string_set(key):
    _ask("reset_string_set", key)


def evaluate_threshold(key, threshold=10, expiry_seconds=3600):
    """Counts, and says when the count reaches the threshold; counting then starts again."""
    count = increment_counter(key)
    if count == 1:
        set_key_expiration(key, int(_time.time()) + expiry_seconds)
    if count >= threshold:
        reset_counter(key)
        return True
    return False


def check_account_age(key):
    """Whether an account is remembered as new."""
    return bool(isinstance(key, str) and key and get_string_set(key))
