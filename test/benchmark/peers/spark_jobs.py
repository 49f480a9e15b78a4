"""The project's jobs as Spark programs: DataFrames with explicit schemas, so that no row passes through Python.

Each program reads the files in `run["input"]`, which the project's job reads too, and writes the same lines to files in
`run["output"]`.
"""

import json
import sys

from pyspark.ml.fpm import FPGrowth
from pyspark.ml.recommendation import ALS
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from spark_session import PARTITIONS, measured

RECORD = (
    "timestamp_utc STRING, client STRING, client_userid STRING, userid BIGINT, itemid BIGINT, client_itemid STRING, "
    "rectag STRING, type INT, value DOUBLE, extra_data STRING"
)
ACTION = "timestamp_utc TIMESTAMP, userid BIGINT, itemid BIGINT, type INT"
ITEM = "itemid BIGINT, dims ARRAY<INT>, tags ARRAY<STRING>"
ADD, REMOVE = 1, 2


def start(spark: SparkSession, run: dict) -> None:
    """Does nothing, to measure a session alone."""


def group_actions(spark: SparkSession, run: dict) -> None:
    """Groups raw logs to actions by client, repairs unknown ids and orders each part."""
    fields = F.split("value", "\t", 3)
    lines = spark.read.text(run["input"]).select(fields[0].alias("at"), F.from_json(fields[2], RECORD).alias("record"))
    actions = (
        lines.select("record.*", "at")
        .where("client is not null and itemid is not null")
        .withColumn("timestamp_utc", F.col("at"))
        .drop("at")
        .withColumn("time", F.to_timestamp("timestamp_utc"))
        .persist()
    )
    known = actions.where("userid > 0")
    ids = known.groupBy("client", "client_userid").agg(
        F.max_by("userid", F.struct("time", "userid")).alias("repaired")
    )
    repaired = (
        actions.where("userid = 0")
        .join(F.broadcast(ids), ["client", "client_userid"])
        .withColumn("userid", F.col("repaired"))
        .select(known.columns)
    )
    keys = [field.split()[0] for field in RECORD.split(", ")]
    ordered = (
        known.union(repaired)
        .repartition(PARTITIONS, "userid")
        .sortWithinPartitions("client", "userid", "time", "itemid", "type")
    )
    text(ordered.select("client", F.to_json(F.struct(*keys)).alias("value")), run).partitionBy("client").text(
        run["output"]
    )


def sessionitems(spark: SparkSession, run: dict) -> None:
    """Writes the items of each user in order of time, cut at long gaps."""
    visits = with_visits(actions_of(spark, run), ["itemid"], F.lit(True), run)
    sessions = (
        visits.groupBy("userid", "visit")
        .agg(F.sort_array(F.collect_list(F.struct("timestamp_utc", "itemid"))).alias("items"))
        .sortWithinPartitions("userid", "visit")
    )
    write_items(sessions, F.col("items.itemid"), run)


def basketanalysis(spark: SparkSession, run: dict) -> None:
    """Writes the items that each user put into the basket and did not remove, cut at long gaps."""
    actions = actions_of(spark, run).where(F.col("type").isin(ADD, REMOVE))
    visits = with_visits(actions, ["itemid", "type"], F.col("type") == ADD, run)
    baskets = (
        visits.groupBy("userid", "visit", "itemid")
        .agg(F.max_by("type", F.struct("timestamp_utc", "type")).alias("last"))
        .where(F.col("last") == ADD)
        .groupBy("userid", "visit")
        .agg(F.sort_array(F.collect_list("itemid")).alias("items"))
        .sortWithinPartitions("userid", "visit")
    )
    write_items(baskets, F.col("items"), run)


def cluster_by_dimension(spark: SparkSession, run: dict) -> None:
    """Writes the dimensions on which each user acts more than all users do."""
    dims = catalogue(spark, run, "dims").distinct()
    counts = (
        actions_of(spark, run)
        .join(F.broadcast(dims), "itemid")
        .groupBy("userid", "feature")
        .agg(F.count("*").alias("count"))
        .persist()
    )
    shares = counts.groupBy("feature").agg(F.sum("count").alias("of"))
    shares = shares.withColumn("share", F.col("of") / F.sum("of").over(Window.partitionBy()))
    own = F.col("count") / F.sum("count").over(Window.partitionBy("userid"))
    drawn = counts.withColumn("weight", own).join(F.broadcast(shares), "feature").where("weight > share + 0.1").persist()
    large = drawn.groupBy("feature").count().where("count >= 200").select("feature")
    clusters = drawn.join(F.broadcast(large), "feature")
    rows = clusters.select(F.col("userid").alias("user"), F.col("feature").alias("dim"), "weight")
    write_file(rows, ["user", "dim"], run)


def tagaffinity(spark: SparkSession, run: dict) -> None:
    """Writes the tags that each user meets more often than all users do."""
    tags = catalogue(spark, run, "tags").select("itemid", F.trim(F.lower("feature")).alias("feature")).distinct()
    actions = actions_of(spark, run).select("userid", "itemid").persist()
    items = tags.select("itemid").distinct().withColumn("tagged", F.lit(1))
    users = (
        actions.join(F.broadcast(items), "itemid", "left")
        .groupBy("userid")
        .agg(F.count("*").alias("all"), F.count("tagged").alias("actions"))
        .where("all >= 10 and actions >= 10")
        .select("userid", "actions")
        .persist()
    )
    counts = (
        actions.join(F.broadcast(tags), "itemid")
        .groupBy("userid", "feature")
        .agg(F.count("*").alias("count"))
        .join(users, "userid")
        .persist()
    )
    total = users.agg(F.sum("actions").alias("total"))
    shares = counts.groupBy("feature").agg(F.sum("count").alias("of")).crossJoin(total)
    shares = shares.select("feature", (F.col("of") / F.col("total")).alias("share"))
    increase = (F.col("count") / F.col("actions") - F.col("share")) / F.col("share")
    drawn = (
        counts.join(F.broadcast(shares), "feature")
        .withColumn("weight", increase)
        .where("count > 4 and weight > 0.2")
        .withColumn("tastes", F.count("*").over(Window.partitionBy("userid")))
        .where("tastes <= 5")
    )
    rows = drawn.select(F.col("userid").alias("user"), F.col("feature").alias("tag"), "weight")
    write_file(rows, ["user", F.desc("weight"), "tag"], run)


def fpgrowth(spark: SparkSession, run: dict) -> None:
    """Writes association rules of baskets by Spark's FP-Growth."""
    items = F.array_distinct(F.split("value", " ").cast("array<bigint>")).alias("items")
    baskets = spark.read.text(run["input"]).select(items)
    model = FPGrowth(itemsCol="items", minSupport=run["minSupport"], minConfidence=0.2).fit(baskets)
    consequent = F.col("confidence") / F.col("lift")
    rules = (
        model.associationRules.where("size(antecedent) < 5 and confidence > 0.2 and lift > 0")
        .withColumn("interest", F.col("confidence") - consequent)
        .where("interest > 0.1")
        .withColumn("itemset", F.array_sort("antecedent"))
        .withColumn("item", F.col("consequent")[0])
    )
    score = F.col("confidence") * F.col("lift") * F.size("itemset")
    rows = rules.select("itemset", "item", "confidence", "lift", "interest")
    write_file(rows, [score.desc(), F.size("itemset"), "itemset", "item"], run)


def matrix_factorization(spark: SparkSession, run: dict) -> None:
    """Writes user and item vectors by Spark's ALS. A pair scores 1, however often it occurs."""
    pairs = actions_of(spark, run).where("type = 1").select(F.col("userid").cast("int"), F.col("itemid").cast("int"))
    scores = pairs.distinct().withColumn("score", F.lit(1.0).cast("float"))
    als = ALS(
        rank=30,
        maxIter=5,
        regParam=0.01,
        alpha=1.0,
        implicitPrefs=True,
        numUserBlocks=PARTITIONS,
        numItemBlocks=PARTITIONS,
        userCol="userid",
        itemCol="itemid",
        ratingCol="score",
        seed=1,
    )
    model = als.fit(scores)
    for name, factors in [("userFeatures", model.userFactors), ("productFeatures", model.itemFactors)]:
        line = F.concat_ws("|", "id", F.array_join(F.col("features").cast("array<string>"), ","))
        lines = factors.repartition(1).sortWithinPartitions("id").select(line.alias("value")).persist()
        lines.write.mode("overwrite").text(f"{run['output']}/{name}")
        lines.write.mode("overwrite").option("compression", "gzip").text(f"{run['output']}/{name}-gzip")


def actions_of(spark: SparkSession, run: dict) -> DataFrame:
    return spark.read.schema(ACTION).json(run["input"])


def catalogue(spark: SparkSession, run: dict, column: str) -> DataFrame:
    """Returns one row (itemid, feature) for each feature of an item."""
    return spark.read.schema(ITEM).json(run["items"]).select("itemid", F.explode(column).alias("feature"))


def with_visits(actions: DataFrame, ties: list[str], opens: Column, run: dict) -> DataFrame:
    """Numbers each user's visits. An action that may open a visit starts a new one when it comes after a long gap."""
    by_time = Window.partitionBy("userid").orderBy("timestamp_utc", *ties)
    micros = F.unix_micros("timestamp_utc")
    late = micros - F.lag(micros).over(by_time) > run["gapSecs"] * 1_000_000
    starts = F.coalesce(late & opens, F.lit(False)).cast("int")
    so_far = by_time.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    return actions.withColumn("starts", starts).withColumn("visit", F.sum("starts").over(so_far))


def write_items(visits: DataFrame, items: Column, run: dict) -> None:
    text(visits.select(F.array_join(items.cast("array<string>"), " ").alias("value")), run).text(run["output"])


def write_file(rows: DataFrame, order: list, run: dict) -> None:
    """Writes the rows to one file in this order."""
    lines = rows.repartition(1).sortWithinPartitions(*order).select(F.to_json(F.struct(*rows.columns)).alias("value"))
    lines.write.mode("overwrite").text(run["output"])


def text(lines: DataFrame, run: dict):
    return lines.write.mode("overwrite").option("compression", "gzip" if run.get("gzipOutput") else "none")


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    measured(globals()[asked["job"].replace("-", "_")], asked)
