/** The paths of all nodes that jobs read and set, in one place. The serving system knows the same ones. */
import { pathSegment } from '../config/node-path.ts';

/** Exists for every client that the serving system knows; never created here. */
export const clientNode = (client: string): string => `/all_clients/${pathSegment(client)}`;

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
