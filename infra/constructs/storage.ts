/** The buckets, which this stack makes or the environment names, and the places in them. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  type LifecycleRule,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { parseLocation } from '../../shared/store/location.ts';
import { CONFIG_PREFIX, type Environment, logPrefix } from '../environment.ts';
import type { PlaceInBucket, Places } from '../function-policy.ts';

/** The parts of an interrupted upload are kept for this time. */
const ABORT_UPLOADS = Duration.days(1);

/** The properties that a bucket of this stack and any other bucket have. */
export type NamedBucket = Pick<IBucket, 'bucketName' | 'bucketArn'>;

export class Storage extends Construct {
  readonly logBucket: NamedBucket;
  readonly outputBucket: NamedBucket;
  readonly places: Places;
  readonly work: PlaceInBucket;
  /** `s3://bucket/prefix`. */
  readonly outputRoot: string;
  /** `s3://bucket/actions.%y/%m%d/*` and so on. */
  readonly logPattern: string;
  /** `s3://bucket/config`, or `zookeeper:hosts`. */
  readonly configRoot: string;

  constructor(scope: Construct, id: string, environment: Environment) {
    super(scope, id);
    const { outputPrefix } = environment;
    this.logBucket = this.#bucket('LogBucket', environment.logBucket, environment, []);
    this.outputBucket = this.#bucket('OutputBucket', environment.outputBucket, environment, [
      { id: 'work-areas', prefix: `${outputPrefix}/.work/`, expiration: Duration.days(environment.workDays) },
    ]);
    this.outputRoot = `s3://${this.outputBucket.bucketName}/${outputPrefix}`;
    this.logPattern = `s3://${this.logBucket.bucketName}/${environment.logPattern}`;
    this.configRoot = environment.configRoot ?? `s3://${this.outputBucket.bucketName}/${CONFIG_PREFIX}`;

    const outputs = this.outputBucket.bucketArn;
    this.work = { bucketArn: outputs, prefix: `${outputPrefix}/.work/` };
    this.places = {
      logs: [{ bucketArn: this.logBucket.bucketArn, prefix: logPrefix(environment) }],
      outputs: [{ bucketArn: outputs, prefix: `${outputPrefix}/` }],
      work: [this.work],
      config: this.#config(environment),
      readable: environment.readablePaths.flatMap((path, at) =>
        this.#inS3(`Readable${at}`, path).map((place) => ({ ...place, key: place.prefix.slice(0, -1) })),
      ),
    };
  }

  /** The place of the configuration; none when it is not in S3. */
  #config({ configRoot }: Environment): PlaceInBucket[] {
    if (configRoot === undefined) return [{ bucketArn: this.outputBucket.bucketArn, prefix: `${CONFIG_PREFIX}/` }];
    return configRoot.startsWith('zookeeper:') ? [] : this.#inS3('ConfigBucket', configRoot);
  }

  #inS3(id: string, location: string): PlaceInBucket[] {
    const at = parseLocation(location);
    if (at.scheme !== 's3') return [];
    const { bucketArn } = Bucket.fromBucketName(this, id, at.bucket);
    return [{ bucketArn, prefix: at.prefix === '' ? '' : `${at.prefix}/` }];
  }

  #bucket(
    id: string,
    existing: string | undefined,
    { removalPolicy }: Environment,
    rules: LifecycleRule[],
  ): NamedBucket {
    if (existing !== undefined) return Bucket.fromBucketName(this, id, existing);
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
    return bucket;
  }
}
