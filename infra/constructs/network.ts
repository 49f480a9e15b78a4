/**
 * The network, in an existing VPC, of the functions that reach ZooKeeper or a database. From it they reach those servers, S3
 * through a gateway endpoint and, when the environment asks for it, Secrets Manager through an interface endpoint and name
 * servers. They reach nothing else, and no NAT is needed.
 */
import { Stack } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { parseZooKeeperHosts } from '../../shared/config/zookeeper-hosts.ts';
import { type Environment, readsZooKeeper } from '../environment.ts';

const DNS = 53;
const HTTPS = 443;

export interface NetworkProps {
  readonly vpc: NonNullable<Environment['vpc']>;
  readonly configRoot?: string | undefined;
}

export class Network extends Construct {
  readonly vpcConfig: CfnFunction.VpcConfigProperty;

  constructor(scope: Construct, id: string, { vpc, configRoot }: NetworkProps) {
    super(scope, id);
    const group = new CfnSecurityGroup(this, 'SecurityGroup', {
      vpcId: vpc.id,
      groupDescription: 'Functions that read the configuration, activate models, and read or fill a database',
      securityGroupEgress: [
        to(HTTPS, 'S3 and Secrets Manager, by their endpoints'),
        ...zooKeeperPorts(configRoot).map((port) => to(port, 'ZooKeeper')),
        ...vpc.databasePorts.map((port) => to(port, 'databases')),
        ...vpc.dnsServers.flatMap(toNameServer),
      ],
    });
    this.vpcConfig = { subnetIds: vpc.subnets, securityGroupIds: [group.attrGroupId] };
    const service = (name: string) => `com.amazonaws.${Stack.of(this).region}.${name}`;
    if (vpc.routeTables.length > 0) {
      new CfnVPCEndpoint(this, 'S3', {
        vpcId: vpc.id,
        vpcEndpointType: 'Gateway',
        serviceName: service('s3'),
        routeTableIds: vpc.routeTables,
      });
    }
    if (!vpc.secretsEndpoint) return;
    const entrance = new CfnSecurityGroup(this, 'SecretsEntrance', {
      vpcId: vpc.id,
      groupDescription: 'The endpoint of Secrets Manager: the functions that read secrets may connect to it',
      securityGroupIngress: [
        { ipProtocol: 'tcp', fromPort: HTTPS, toPort: HTTPS, sourceSecurityGroupId: group.attrGroupId },
      ],
      // An endpoint answers and never begins a connection. This rule allows it no destination.
      securityGroupEgress: [{ ipProtocol: 'icmp', fromPort: 252, toPort: 86, cidrIp: '255.255.255.255/32' }],
    });
    new CfnVPCEndpoint(this, 'SecretsManager', {
      vpcId: vpc.id,
      vpcEndpointType: 'Interface',
      serviceName: service('secretsmanager'),
      subnetIds: vpc.subnets,
      securityGroupIds: [entrance.attrGroupId],
      privateDnsEnabled: true,
    });
  }
}

/** Allows a port at every address, because the servers are known by names only, which may lead to any address. */
const to = (port: number, description: string): CfnSecurityGroup.EgressProperty => ({
  ipProtocol: 'tcp',
  fromPort: port,
  toPort: port,
  cidrIp: '0.0.0.0/0',
  description,
});

/** Allows a name server of one's own. No rule of a security group holds for the VPC's own one. */
const toNameServer = (server: string): CfnSecurityGroup.EgressProperty[] =>
  ['udp', 'tcp'].map((ipProtocol) => ({
    ipProtocol,
    fromPort: DNS,
    toPort: DNS,
    cidrIp: server.includes('/') ? server : `${server}/32`,
    description: 'a name server',
  }));

const zooKeeperPorts = (configRoot: string | undefined): number[] =>
  readsZooKeeper(configRoot)
    ? [...new Set(parseZooKeeperHosts(configRoot.slice('zookeeper:'.length)).servers.map(({ port }) => port))]
    : [];
