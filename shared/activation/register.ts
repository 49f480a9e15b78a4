/**
 * Adds clients to the serving system's list. The system watches the runtime nodes of the clients in this list and loads the
 * models that they name. This project never creates a client: a client that the system does not know is an error.
 */
import { clientsInWords } from '../clients-in-words.ts';
import type { ConfigRoot } from '../config/config-root.ts';
import { UnknownClientError } from '../errors.ts';
import { sentence } from '../in-words.ts';
import { checkListable, withClient } from './client-list.ts';
import { ALL_CLIENTS, CLIENT_LISTS, clientListNode, clientNode, runtimeNode } from './nodes.ts';

/**
 * Checks that the configuration root knows a client.
 * @param registers true when the client will be added to the list
 * @throws UnknownClientError for a client that the root does not know; ConfigError for one that the list cannot hold
 */
export async function checkClient(root: ConfigRoot, client: string, registers: boolean): Promise<void> {
  if (registers) checkListable(client);
  if (await root.exists(clientNode(client))) return;
  const list = clientsInWords(client, await root.children(ALL_CLIENTS));
  throw new UnknownClientError(
    `${root.describe} knows no client ${JSON.stringify(client)}: there is no ${clientNode(client)}, and activation never registers a client. ` +
      `It knows ${sentence(list)} If the name is right, create the client (in ZooKeeper: create ${clientNode(client)} ""; ` +
      `in a folder or in S3: put anything below ${clientNode(client).slice(1)}/)`,
  );
}

/** Adds the client to the list of clients for which the model is loaded. True when the client was missing. */
export async function register(root: ConfigRoot, client: string, node: string, signal: AbortSignal): Promise<boolean> {
  await root.ensureFolder(CLIENT_LISTS);
  const path = clientListNode(node);
  for (;;) {
    signal.throwIfAborted();
    const found = await root.read(path);
    const list = withClient(found?.data ?? '', client);
    if (list === undefined) return false;
    signal.throwIfAborted();
    const done = found === undefined ? await root.create(path, list) : await root.set(path, list, found.version);
    if (done) return true;
  }
}

/** Returns the data of the client's runtime node; undefined when the node does not exist. */
export async function readActivation(root: ConfigRoot, client: string, name: string): Promise<string | undefined> {
  return (await root.read(runtimeNode(client, name)))?.data;
}
