"""Runs five sweeps of Spark's implicit ALS on two threads over cached scores, and measures the fit alone.

Spark scales lambda by a row's length and draws its own start vectors, so its factors differ. Its work for each sweep is the
same.
"""

import json
import os
import sys
import time

import numpy as np
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession
from spark_session import PARTITIONS, session

run = json.loads(sys.argv[1])


def pairs_file() -> str:
    """Returns a file of the users' scores as lines `user,item,score`, which is written once."""
    path = f"{run['folder']}/pairs.csv"
    ptr = np.fromfile(f"{run['folder']}/users.ptr", np.uint32)
    idx = np.fromfile(f"{run['folder']}/users.idx", np.uint32)
    score = np.fromfile(f"{run['folder']}/users.score", np.float32)
    user = np.repeat(np.arange(ptr.size - 1), np.diff(ptr.astype(np.int64)))
    np.savetxt(path, np.column_stack((user, idx, score)), fmt="%d,%d,%g")
    return path


def cpu_seconds(spark: SparkSession) -> float:
    """Returns the CPU seconds of the Java virtual machine until now, user and system, from Linux's /proc."""
    with open(f"/proc/{spark.sparkContext._gateway.proc.pid}/stat") as stat:
        user, system = stat.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


spark = session()
scores = spark.read.schema("user INT, item INT, score FLOAT").csv(pairs_file()).repartition(PARTITIONS).cache()
scores.count()
als = ALS(
    rank=run["rank"],
    maxIter=run["iterations"],
    regParam=run["lambda"],
    alpha=1.0,
    implicitPrefs=True,
    numUserBlocks=PARTITIONS,
    numItemBlocks=PARTITIONS,
    userCol="user",
    itemCol="item",
    ratingCol="score",
    seed=1,
)
wall, cpu = time.perf_counter(), cpu_seconds(spark)
als.fit(scores)
seconds, cpu = time.perf_counter() - wall, cpu_seconds(spark) - cpu
memory = spark._jvm.java.lang.Runtime.getRuntime().totalMemory() / 2**20
print(json.dumps({"cpuSeconds": cpu, "seconds": seconds, "peakMemoryMb": memory}))
spark.stop()
