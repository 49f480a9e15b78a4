/** The paths of all nodes that jobs read and set, in one place. The serving system knows the same ones. */
import { pathSegment } from '../config/node-path.ts';

/** Below it, a node for every client. */
export const ALL_CLIENTS = '/all_clients';

/** Exists for every client that the serving system knows; never created here. */
export const clientNode = (client: string): string => `${ALL_CLIENTS}/${pathSegment(client)}`;

/** Has a node for every job that is configured for the client. */
export const configFolder = (client: string): string => `${clientNode(client)}/offline`;

/** The client's configuration of one job: a JSON object. */
export const configNode = (client: string, job: string): string => `${configFolder(client)}/${pathSegment(job)}`;

/** Holds the location of the client's active model; the serving system watches it. */
export const runtimeNode = (client: string, name: string): string => `${clientNode(client)}/${pathSegment(name)}`;

/** Below it, a list of clients for every runtime node. */
export const CLIENT_LISTS = '/config';

/** The clients, separated by commas, that the serving system loads this kind of model for. */
export const clientListNode = (name: string): string => `${CLIENT_LISTS}/${pathSegment(name)}`;

/** Has a live record for every runtime node of the client. */
export const liveFolder = (client: string): string => `${configFolder(client)}/_live`;

/** What is known of the model that a runtime node names (`shared/live/record.ts`). */
export const liveNode = (client: string, name: string): string => `${liveFolder(client)}/${pathSegment(name)}`;
