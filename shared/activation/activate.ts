/**
 * Activation: telling the serving system that a client has a new model.
 *
 * The serving system watches the client's runtime node, reads a location from it and loads what lies there; it does so
 * for the clients in a list. So, once the output is complete:
 *
 * 1. the client must be known; one that is not is never made known (that would register it with the server),
 * 2. the runtime node is set to the location, or created with it (the reader fails on an empty node); a node that holds
 *    it already is set again, so that the server reloads,
 * 3. then the client is added to the list where it is missing: a client in the list must have a runtime node.
 *
 * Both writes are compare-and-set: two activations at the same time lose nothing of each other. All of it together takes
 * at most `deadlineMs`, and may be done again at any time: it only ever leads to the same state.
 */
import { type ConfigNode, type ConfigRoot, DEADLINE_MS } from '../config/config-root.ts';
import { withDeadline } from '../config/deadline.ts';
import { ActivationUnavailableError, ConfigError, UnknownClientError } from '../errors.ts';
import { checkListable, withClient } from './client-list.ts';
import { CLIENT_LISTS, clientListNode, clientNode, runtimeNode } from './nodes.ts';

export interface ActivationRequest {
  readonly client: string;
  /** Its name below the client: `mf`. */
  readonly runtimeNode: string;
  /** Where the output lies, as the serving system reads it: `s3n://bucket/path` or `/path`, no slash at the end. */
  readonly location: string;
  /** Whether to add the client to the list of those the model is loaded for. */
  readonly registerClient: boolean;
}

export interface Activation {
  /** The node that now holds the location. */
  readonly node: string;
  readonly location: string;
  /** What it held before; undefined where it was created. */
  readonly previous: string | undefined;
  /** Whether the client was added to the list now. */
  readonly registered: boolean;
}

/**
 * @param deadlineMs the most that all of it may take
 * @throws UnknownClientError; ConfigError for a location or client that cannot be; ActivationUnavailableError when there
 * is no answer in time (the outcome is not known then: do it again)
 */
export async function activate(
  root: ConfigRoot,
  request: ActivationRequest,
  deadlineMs: number = DEADLINE_MS,
): Promise<Activation> {
  const { client, location, registerClient } = request;
  checkLocation(location);
  if (registerClient) checkListable(client);
  const node = runtimeNode(client, request.runtimeNode);
  const late = () =>
    new ActivationUnavailableError(
      `${root.describe}: activating ${node} was not done within ${deadlineMs / 1000} s, nor is it known how far it came. Run it again: that does no harm`,
    );
  return withDeadline(deadlineMs, late, async (signal) => {
    if (!(await root.exists(clientNode(client)))) throw unknownClient(root, client);
    const previous = await update(root, node, () => location, signal);
    const registered = registerClient && (await register(root, request, signal));
    return { node, location, previous: previous?.data, registered };
  });
}

/** What the client's runtime node holds; undefined where there is none. */
export async function readActivation(root: ConfigRoot, client: string, name: string): Promise<string | undefined> {
  return (await root.read(runtimeNode(client, name)))?.data;
}

/** Adds the client to the list. Says whether it was missing. */
async function register(root: ConfigRoot, request: ActivationRequest, signal: AbortSignal): Promise<boolean> {
  await root.ensureFolder(CLIENT_LISTS);
  let added = false;
  const grown = (list: string): string | undefined => {
    const longer = withClient(list, request.client);
    added = longer !== undefined;
    return longer;
  };
  await update(root, clientListNode(request.runtimeNode), grown, signal);
  return added;
}

/**
 * Sets a node to what `next` makes of its data (the empty text where there is no node), undefined for leaving it alone.
 * Whoever comes between reading and writing makes it start over. Resolves to the node that was replaced.
 */
async function update(
  root: ConfigRoot,
  path: string,
  next: (data: string) => string | undefined,
  signal: AbortSignal,
): Promise<ConfigNode | undefined> {
  for (;;) {
    signal.throwIfAborted();
    const found = await root.read(path);
    const data = next(found?.data ?? '');
    if (data === undefined) return found;
    signal.throwIfAborted();
    const done = found === undefined ? await root.create(path, data) : await root.set(path, data, found.version);
    if (done) return found;
  }
}

/** Source: the serving system's reader understands these and absolute paths only. */
const S3_LOCATION = /^s3[na]?:\/\/[^/]+(\/|$)/;

function checkLocation(location: string): void {
  const understood = S3_LOCATION.test(location) || (location.startsWith('/') && !location.startsWith('//'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a line break would become part of the path
  if (understood && !location.endsWith('/') && !/[\u0000-\u001f]/.test(location)) return;
  throw new ConfigError(
    `${JSON.stringify(location)} is no location that the serving system reads: s3n://bucket/path or /path, without a slash or line break at its end`,
  );
}

const unknownClient = (root: ConfigRoot, client: string): UnknownClientError =>
  new UnknownClientError(
    `${root.describe} knows no client ${JSON.stringify(client)}: there is no ${clientNode(client)}, and activation never registers a client. ` +
      `If the name is right, register it with the serving system (in ZooKeeper: create ${clientNode(client)} ""; in a folder: put its configuration below ${clientNode(client).slice(1)}/)`,
  );
