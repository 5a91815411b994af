"""Runs the runtime's own Python on CPython, without its sandbox: `detections_cpython.py <folder of the runtime> <input>`."""

import importlib.util
import json
import pathlib
import sys
import time

runtime, source = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
for name in ("events", "caching", "tracing", "sandbox"):
    spec = importlib.util.spec_from_file_location(f"pawprint_{name}", runtime / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
sandbox = sys.modules["pawprint_sandbox"]

for index, text in enumerate(source["sources"]):
    sandbox.load(str(index), f"rule_{index}.py", text, "rule", False)
seconds = []
for round_ in range(-1, source["rounds"]):
    start = time.perf_counter()
    sandbox.open_batch(source["events"], "Panther.Audit", "batch", "[]")
    for index in range(len(source["sources"])):
        sandbox.evaluate(str(index), None)
    if round_ >= 0:
        seconds.append(time.perf_counter() - start)
print(json.dumps(seconds))
