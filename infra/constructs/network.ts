/** The part of an existing VPC for the functions that reach ZooKeeper: S3 through a gateway endpoint, no way outside. */
import { Stack } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Environment } from '../environment.ts';

export class Network extends Construct {
  readonly vpcConfig: CfnFunction.VpcConfigProperty;

  constructor(scope: Construct, id: string, vpc: NonNullable<Environment['vpc']>) {
    super(scope, id);
    const group = new CfnSecurityGroup(this, 'SecurityGroup', {
      vpcId: vpc.id,
      groupDescription: 'Functions that read the configuration and activate models',
      securityGroupEgress: [
        { ipProtocol: '-1', cidrIp: '0.0.0.0/0', description: 'ZooKeeper, and S3 by the endpoint' },
      ],
    });
    this.vpcConfig = { subnetIds: vpc.subnets, securityGroupIds: [group.attrGroupId] };
    if (vpc.routeTables.length === 0) return;
    new CfnVPCEndpoint(this, 'S3', {
      vpcId: vpc.id,
      vpcEndpointType: 'Gateway',
      serviceName: `com.amazonaws.${Stack.of(this).region}.s3`,
      routeTableIds: vpc.routeTables,
    });
  }
}
