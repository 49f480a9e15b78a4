"""Finds all frequent item sets by PyFIM's eclat. The time to make Python lists of the baskets does not count."""

import json
import resource
import sys
import time
import zlib
from array import array

import fim

run = json.loads(sys.argv[1])


def read(name: str) -> array:
    """Returns the numbers in a file, unsigned 32 bits in the machine's byte order."""
    numbers = array("I")
    with open(f"{run['path']}.{name}", "rb") as file:
        numbers.frombytes(file.read())
    return numbers


ptr, items = read("ptr").tolist(), read("items").tolist()
baskets = [items[start:end] for start, end in zip(ptr, ptr[1:])]

wall, cpu = time.perf_counter(), time.process_time()
# A negative support means a number of baskets.
sets = fim.eclat(baskets, target="s", supp=-run["minCount"], zmin=1, zmax=run["maxSize"], report="a")
seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu

peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
digest = sum(zlib.crc32(f"{' '.join(map(str, sorted(ids)))}:{count}".encode()) for ids, count in sets)
print(
    json.dumps(
        {"cpuSeconds": cpu_seconds, "seconds": seconds, "peakMemoryMb": peak, "sets": len(sets), "digest": digest}
    )
)
