"""Runs gensim's Word2Vec (skip-gram with hierarchical softmax) on one thread over sessions as lists of words in memory.

The time to build the vocabulary does not count. `vectors`, if given, is the file for the vectors, (words,size) float32, in
the order of the words' numbers.
"""

import json
import resource
import sys
import time

import numpy as np
from gensim.models import Word2Vec

run = json.loads(sys.argv[1])
words = np.fromfile(f"{run['sessions']}.words", np.uint32)
ptr = np.fromfile(f"{run['sessions']}.ptr", np.uint32)
sentences = [[str(word) for word in words[start:end]] for start, end in zip(ptr[:-1], ptr[1:], strict=True)]
rate = run["learningRate"]
model = Word2Vec(
    vector_size=run["vectorSize"],
    window=run["window"],
    sg=1,
    hs=1,
    negative=0,
    sample=0,
    min_count=1,
    workers=1,
    seed=run["seed"],
    alpha=rate,
    min_alpha=rate * 0.0001,
)
model.build_vocab(sentences)

wall, cpu = time.perf_counter(), time.process_time()
model.train(sentences, total_examples=len(sentences), epochs=run["iterations"])
seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu

if "vectors" in run:
    np.stack([model.wv[str(word)] for word in range(len(model.wv))]).astype(np.float32).tofile(run["vectors"])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(json.dumps({"cpuSeconds": cpu_seconds, "seconds": seconds, "peakMemoryMb": peak}))
