"""Reads a file of NDJSON line by line with orjson and adds up the items' ids."""

import json
import resource
import sys
import time

import orjson

run = json.loads(sys.argv[1])
wall, cpu = time.perf_counter(), time.process_time()
lines = 0
items = 0
with open(run["path"], "rb") as file:
    for line in file:
        items += orjson.loads(line)["itemid"]
        lines += 1
seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(json.dumps({"cpuSeconds": cpu_seconds, "seconds": seconds, "peakMemoryMb": peak, "lines": lines, "items": items}))
