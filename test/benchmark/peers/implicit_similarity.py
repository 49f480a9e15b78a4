"""Computes implicit's cosine similarities of all items on one thread, with the users' rows in memory."""

import json
import resource
import sys
import time

import numpy as np
import scipy.sparse as sp
import threadpoolctl
from implicit.nearest_neighbours import CosineRecommender

run = json.loads(sys.argv[1])
threadpoolctl.threadpool_limits(1)
path = f"{run['folder']}/users"
ptr = np.fromfile(f"{path}.ptr", np.uint32).astype(np.int32)
idx = np.fromfile(f"{path}.idx", np.uint32).astype(np.int32)
users = sp.csr_matrix((np.ones(idx.size), idx, ptr), shape=(ptr.size - 1, run["items"]))
# K is one more than the limit, because an item is among its own neighbours.
model = CosineRecommender(K=run["limit"] + 1, num_threads=1)

wall, cpu = time.perf_counter(), time.process_time()
model.fit(users, show_progress=False)
seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu

total = float(model.similarity.sum() - model.similarity.diagonal().sum())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(json.dumps({"cpuSeconds": cpu_seconds, "seconds": seconds, "peakMemoryMb": peak, "sum": total}))
