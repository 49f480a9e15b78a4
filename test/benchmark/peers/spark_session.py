"""A Spark session on two threads, and the usage of a program in it: of this process and of the Java virtual machine."""

import json
import resource
import sys
import time
from typing import Callable

from pyspark.sql import SparkSession

# There are twice as many partitions as threads, so that no thread waits long for the last task. Adaptive execution merges
# small partitions.
PARTITIONS = 4


def session() -> SparkSession:
    return (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "6g")
        # FP-Growth serializes its trees recursively, as deep as a basket is long.
        .config("spark.driver.extraJavaOptions", "-Xss16m")
        .config("spark.sql.shuffle.partitions", PARTITIONS)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "ERROR")
        # The fastest level, as in the project.
        .config("spark.hadoop.zlib.compress.level", "BEST_SPEED")
        .getOrCreate()
    )


def measured(program: Callable[[SparkSession, dict], None], run: dict) -> None:
    """Runs a program and prints its measurement, including the start and the end of the session."""
    started = time.perf_counter()
    spark = session()
    gateway = spark.sparkContext._gateway
    program(spark, run)
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    # The usage of a child process counts only after it was waited for.
    gateway.proc.wait(timeout=60)
    own = resource.getrusage(resource.RUSAGE_SELF)
    machine = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = max(own.ru_maxrss, machine.ru_maxrss) / (2**20 if sys.platform == "darwin" else 2**10)
    print(
        json.dumps(
            {
                "cpuSeconds": own.ru_utime + own.ru_stime + machine.ru_utime + machine.ru_stime,
                "seconds": time.perf_counter() - started,
                "peakMemoryMb": peak,
            }
        )
    )
