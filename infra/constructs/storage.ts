/** The buckets, which this stack makes or the environment names, and the places in them. */
import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { parseLocation } from '../../shared/store/location.ts';
import { CONFIG_PREFIX, type Environment, logPrefix } from '../environment.ts';
import type { PlaceInBucket, Places } from '../function-policy.ts';

/** The parts of an interrupted upload are kept for this time. */
const ABORT_UPLOADS = Duration.days(1);

/** The names of the buckets: text, a reference to a bucket of the same stack, or a parameter of a nested stack. */
export interface BucketNames {
  readonly logs: string;
  readonly outputs: string;
}

/** The places of an environment, as one stack refers to them. */
export interface Storage {
  readonly buckets: BucketNames;
  readonly places: Places;
  /** `s3://bucket/prefix`. */
  readonly outputRoot: string;
  /** `s3://bucket/actions.%y/%m%d/*` and so on. */
  readonly logPattern: string;
  /** `s3://bucket/config`, or `zookeeper:hosts`. */
  readonly configRoot: string;
}

export function storageIn(environment: Environment, buckets: BucketNames): Storage {
  const { outputPrefix, configRoot, logPattern, readablePaths } = environment;
  const outputs = bucketArn(buckets.outputs);
  return {
    buckets,
    outputRoot: `s3://${buckets.outputs}/${outputPrefix}`,
    logPattern: `s3://${buckets.logs}/${logPattern}`,
    configRoot: configRoot ?? `s3://${buckets.outputs}/${CONFIG_PREFIX}`,
    places: {
      logs: [{ bucketArn: bucketArn(buckets.logs), prefix: logPrefix(environment) }],
      outputs: [{ bucketArn: outputs, prefix: `${outputPrefix}/` }],
      work: [{ bucketArn: outputs, prefix: `${outputPrefix}/.work/` }],
      config: configRoot === undefined ? [{ bucketArn: outputs, prefix: `${CONFIG_PREFIX}/` }] : placesInS3(configRoot),
      readable: readablePaths.flatMap((path) =>
        placesInS3(path).map((place) => ({ ...place, key: place.prefix.slice(0, -1) })),
      ),
    },
  };
}

const bucketArn = (name: string): string => `arn:${Aws.PARTITION}:s3:::${name}`;

/** Returns the place of an S3 location; none for a configuration in ZooKeeper. */
function placesInS3(location: string): PlaceInBucket[] {
  if (location.startsWith('zookeeper:')) return [];
  const at = parseLocation(location);
  if (at.scheme !== 's3') return [];
  return [{ bucketArn: bucketArn(at.bucket), prefix: at.prefix === '' ? '' : `${at.prefix}/` }];
}

/** The buckets that the environment does not name. */
export class Buckets extends Construct {
  readonly names: BucketNames;

  constructor(scope: Construct, id: string, environment: Environment) {
    super(scope, id);
    const { logBucket, outputBucket, outputPrefix, workDays } = environment;
    this.names = {
      logs: logBucket ?? this.#bucket('LogBucket', environment, []),
      outputs:
        outputBucket ??
        this.#bucket('OutputBucket', environment, [
          {
            id: 'work-areas',
            prefix: `${outputPrefix}/.work/`,
            expiration: Duration.days(workDays),
            // Nobody needs what a run has replaced. This has an effect where somebody has switched on versions of the bucket.
            noncurrentVersionExpiration: Duration.days(1),
          },
        ]),
    };
  }

  #bucket(id: string, { removalPolicy }: Environment, rules: LifecycleRule[]): string {
    const bucket = new Bucket(this, id, {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: removalPolicy === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      lifecycleRules: [{ id: 'broken-off-uploads', abortIncompleteMultipartUploadAfter: ABORT_UPLOADS }, ...rules],
    });
    // The `eventBridgeEnabled` of Bucket makes a custom resource with a function. This is a property of the bucket.
    (bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'The account records who reads models (CloudTrail data events); the pipeline needs no access log.',
    });
    return bucket.bucketName;
  }
}
