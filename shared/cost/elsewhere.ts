/**
 * The price of the same work in other places: in one container of Fargate, and by Spark on EMR Serverless. The figures are for
 * a comparison in `offline plan`. Nothing in this project runs there.
 *
 *   Fargate          one vCPU and the least memory that holds twice the peak, for the seconds of a folded run. The requests
 *                    to S3 are those of a folded run
 *   EMR Serverless   executors of one vCPU and 4 GB for `SPARK_FACTOR` times these seconds, and a driver of this size for the
 *                    least time that is billed. The requests to S3 are unknown and left out
 */
import type { FoldedPrediction } from './predict-folded.ts';
import { billOf, OTHER_PRICES } from './prices.ts';

export interface Elsewhere {
  /** Dollars. */
  readonly fargate: number;
  /** Dollars. */
  readonly emrServerless: number;
}

/** Both services bill at least so many seconds for a container or a worker. */
const LEAST_SECONDS = 60;

/** A container of one vCPU may have 2 to 8 GB. */
const LEAST_CONTAINER_GB = 2;

/** The memory of a Spark worker with one vCPU. */
const WORKER_GB = 4;

/** The CPU seconds of Spark for one of ours, on 5M actions (`test/benchmark/results.md`, *against Spark*: 10 to 24). */
const SPARK_FACTOR = 12;

export function elsewhere(folded: FoldedPrediction): Elsewhere {
  const { seconds, peakMemoryMb } = folded;
  const containerGb = Math.max(LEAST_CONTAINER_GB, Math.ceil((2 * peakMemoryMb) / 1024));
  const { fargateCpuHour, fargateGbHour, emrCpuHour, emrGbHour } = OTHER_PRICES;
  const worker = emrCpuHour + WORKER_GB * emrGbHour;
  return {
    fargate: hours(seconds) * (fargateCpuHour + containerGb * fargateGbHour) + billOf(folded).s3,
    emrServerless: (hours(0) + hours(SPARK_FACTOR * seconds)) * worker,
  };
}

/** Returns the hours that are billed. */
const hours = (seconds: number): number => Math.max(LEAST_SECONDS, seconds) / 3600;
