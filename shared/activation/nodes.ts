/** The paths of all nodes that jobs read and set. The serving system uses the same paths. */
import { pathSegment } from '../config/node-path.ts';

/** The parent of the nodes of all clients. */
export const ALL_CLIENTS = '/all_clients';

/** The node of a client. It exists for every client that the serving system knows, and this project never creates it. */
export const clientNode = (client: string): string => `${ALL_CLIENTS}/${pathSegment(client)}`;

/** The parent of the configurations of a client's jobs. */
export const configFolder = (client: string): string => `${clientNode(client)}/offline`;

/** The node with a client's configuration of one job, a JSON object. */
export const configNode = (client: string, job: string): string => `${configFolder(client)}/${pathSegment(job)}`;

/** The node with the location of a client's live model. The serving system watches it. */
export const runtimeNode = (client: string, name: string): string => `${clientNode(client)}/${pathSegment(name)}`;

/** The parent of the lists of clients, one list for each runtime node. */
export const CLIENT_LISTS = '/config';

/** The node with the clients, separated by commas, for which the serving system loads this kind of model. */
export const clientListNode = (name: string): string => `${CLIENT_LISTS}/${pathSegment(name)}`;

/** The parent of the live records of a client's runtime nodes. */
export const liveFolder = (client: string): string => `${configFolder(client)}/_live`;

/** The node with the live record of a runtime node (`shared/live/record.ts`). */
export const liveNode = (client: string, name: string): string => `${liveFolder(client)}/${pathSegment(name)}`;
