"""Finds the best items of every user by implicit's `recommend` on one thread, with factors in memory, and writes the lists."""

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
path = f"{run['folder']}/users"
ptr = np.fromfile(f"{path}.ptr", np.uint32).astype(np.int32)
idx = np.fromfile(f"{path}.idx", np.uint32).astype(np.int32)
model = implicit.als.AlternatingLeastSquares(factors=run["rank"], use_gpu=False, num_threads=1)
model.user_factors = np.fromfile(run["factors"]["users"], np.float32).reshape(-1, run["rank"])
model.item_factors = np.fromfile(run["factors"]["items"], np.float32).reshape(-1, run["rank"])
shape = (len(model.user_factors), len(model.item_factors))
seen = sp.csr_matrix((np.ones(idx.size, np.float32), idx, ptr), shape=shape)
users = np.arange(shape[0])

wall, cpu = time.perf_counter(), time.process_time()
for _ in range(run["times"]):
    items, scores = model.recommend(users, seen, N=run["count"], filter_already_liked_items=True)
seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu

items.astype(np.uint32).tofile(run["lists"]["items"])
scores.astype(np.float32).tofile(run["lists"]["scores"])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(json.dumps({"cpuSeconds": cpu_seconds, "seconds": seconds, "peakMemoryMb": peak}))
