"""Trains a peer that recommends items, and writes its vectors or similarities as float32 matrices, or its lists.

`pairs` is the path of the training pairs: `<pairs>.ptr` (U + 1) and `<pairs>.idx` are the items of each user, `sessions` that
of the words of each session. With U users, I items and T test users:

- `als`: `first` is (U,K) and `second` (I,K), the factors of implicit's ALS.
- `cosine`: `first` is (I,I), the cosine of the items' columns.
- `ease`: `first` is (T,N) uint32, the best items of the test users by EASE (Steck, "Embarrassingly Shallow Autoencoders for
  Sparse Data", 2019): X B with B = I - P diag(1 / diag(P)), P = (X'X + lambda I)^-1. `met` is the path of the items that they met.
- `gensim`: `first` is (V,K), the vectors of the words in the order of `<first>.words` (V).
"""

import json
import sys

import numpy as np
import scipy.sparse as sp
import threadpoolctl
from scipy.linalg import lapack

run = json.loads(sys.argv[1])
threadpoolctl.threadpool_limits(1)
settings = run["settings"]


def rows(path: str, items: str) -> tuple[np.ndarray, np.ndarray]:
    return np.fromfile(f"{path}.ptr", np.uint32).astype(np.int32), np.fromfile(f"{path}.{items}", np.uint32).astype(np.int32)


def pairs() -> sp.csr_matrix:
    ptr, idx = rows(run["pairs"], "idx")
    return sp.csr_matrix((np.ones(idx.size, np.float32), idx, ptr), shape=(ptr.size - 1, run["items"]))


def als() -> None:
    import implicit

    model = implicit.als.AlternatingLeastSquares(**settings, random_state=run["seed"], num_threads=1, use_gpu=False)
    model.fit(pairs(), show_progress=False)
    model.user_factors.astype(np.float32).tofile(run["first"])
    model.item_factors.astype(np.float32).tofile(run["second"])


def gram() -> np.ndarray:
    x = pairs().astype(np.float64)
    return (x.T @ x).toarray()


def cosine() -> None:
    counts = gram()
    length = np.sqrt(np.maximum(np.diag(counts), 1))
    (counts / np.outer(length, length)).astype(np.float32).tofile(run["first"])


def ease() -> None:
    x = pairs()
    # Nobody chose the other items, so their weights are 0. Single precision halves the time.
    chosen = np.flatnonzero(np.diff(x.tocsc().indptr))
    part = x[:, chosen]
    counts = np.asfortranarray((part.T @ part).toarray(), np.float32)
    counts[np.diag_indices_from(counts)] += settings["lambda"]
    # By the Cholesky factor, which takes a third of the time of numpy's inverse. Only the lower half is computed.
    factor, _ = lapack.spotrf(counts, lower=1, overwrite_a=1)
    half, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    inverse = np.tril(half) + np.tril(half, -1).T
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    users = np.array(run["users"], np.int64)
    scores = np.zeros((users.size, x.shape[1]), np.float32)
    scores[:, chosen] = part[users] @ weights
    ptr, met = rows(run["met"], "idx")
    for user, (start, end) in enumerate(zip(ptr[:-1], ptr[1:], strict=True)):
        scores[user, met[start:end]] = -np.inf
    np.argsort(-scores, axis=1, kind="stable")[:, : run["length"]].astype(np.uint32).tofile(run["first"])


def gensim() -> None:
    from gensim.models import Word2Vec

    ptr, words = rows(run["sessions"], "words")
    sentences = [[str(word) for word in words[start:end]] for start, end in zip(ptr[:-1], ptr[1:], strict=True)]
    hierarchical = settings["negative"] == 0
    model = Word2Vec(sentences, sg=1, hs=int(hierarchical), workers=1, seed=run["seed"], **settings)
    model.wv.vectors.astype(np.float32).tofile(run["first"])
    np.array([int(word) for word in model.wv.index_to_key], np.uint32).tofile(f"{run['first']}.words")


{"als": als, "cosine": cosine, "ease": ease, "gensim": gensim}[run["peer"]]()
print(json.dumps({}))
