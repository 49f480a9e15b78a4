/** Says if a log group is kept when its function, its job or the stack is removed. */
import { RemovalPolicy } from 'aws-cdk-lib';
import type { Environment } from './environment.ts';

/** A group that a failed deployment has just made is removed in any case: its name would be in the way of the next one. */
export const logRemoval = ({ logRemovalPolicy }: Environment): RemovalPolicy =>
  logRemovalPolicy === 'retain' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
