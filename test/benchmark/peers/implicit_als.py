"""Runs five sweeps of implicit's ALS on one thread over scores in memory, and writes the factors.

implicit solves its "users" first and the project solves items first, so implicit gets the items as its users. The sweeps are
those of `AlternatingLeastSquares.fit`. The matrix is transposed before, and that time does not count.
"""

import json
import resource
import sys
import time

import implicit
import numpy as np
import scipy.sparse as sp
import threadpoolctl

run = json.loads(sys.argv[1])
threadpoolctl.threadpool_limits(1)


def read_scores(side: str, columns: int) -> sp.csr_matrix:
    """Returns the confidences 1 + r of the rows of one side."""
    path = f"{run['folder']}/{side}"
    ptr = np.fromfile(f"{path}.ptr", np.uint32).astype(np.int32)
    idx = np.fromfile(f"{path}.idx", np.uint32).astype(np.int32)
    score = np.fromfile(f"{path}.score", np.float32)
    return sp.csr_matrix((1 + score, idx, ptr), shape=(ptr.size - 1, columns))


users = read_scores("users", run["items"])
items = read_scores("items", run["users"])
rank = run["rank"]
x = np.fromfile(run["start"], np.float32).reshape(-1, rank)
y = np.zeros((run["items"], rank), np.float32)
model = implicit.als.AlternatingLeastSquares(
    factors=rank, regularization=run["lambda"], use_cg=run["solver"] == "cg", use_gpu=False, num_threads=1
)

wall, cpu = time.perf_counter(), time.process_time()
for _ in range(run["iterations"]):
    model.solver(items, y, x, run["lambda"], num_threads=1)
    model.solver(users, x, y, run["lambda"], num_threads=1)
seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu

if "factors" in run:
    x.tofile(run["factors"]["users"])
    y.tofile(run["factors"]["items"])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(json.dumps({"cpuSeconds": cpu_seconds, "seconds": seconds, "peakMemoryMb": peak}))
