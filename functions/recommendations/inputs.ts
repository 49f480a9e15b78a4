/**
 * The inputs of a run: the actions of some days, the two files of a model and, with `clientIds`, the pairs of ids and texts of the
 * days whose ids were assigned. In `run.inputs` the actions come first, so a shard of the actions alone is also a shard of all
 * inputs.
 */
import { EmptyModelError, NoInputError } from '../../shared/errors.ts';
import { sentence } from '../../shared/in-words.ts';
import { dayFolders, listFolder } from '../../shared/job/inputs.ts';
import type { InputListing, InputRequest, InputSource, Run } from '../../shared/job/job.ts';
import { readManifest } from '../../shared/job/manifest.ts';
import { contentsInWords } from '../../shared/job/root-contents.ts';
import { IDS, idPairFiles } from '../../shared/model/id-pairs.ts';
import { ACTIONS, dayFolder } from '../../shared/store/keys.ts';
import type { ObjectInfo } from '../../shared/store/store.ts';
import { type Side, VECTOR_FILES } from './file-names.ts';
import { ALLOWED, DENIED, itemsSnapshot } from './listed-items.ts';
import { factsOf, factsSnapshot, MODEL_FACTS } from './model-facts.ts';
import type { RecommendationSettings } from './settings.ts';

/** The job whose models are read, which is also the name of its folder. */
const MODEL = 'matrix-factorization';

const actions = dayFolders(ACTIONS, 'group-actions');

export const inputs: InputSource<RecommendationSettings> = {
  folders: [MODEL, ...actions.folders],
  writers: { [MODEL]: MODEL, ...actions.writers },
  list,
};

async function list(request: InputRequest<RecommendationSettings>): Promise<InputListing> {
  const { client, day, settings, openStore } = request;
  const store = await openStore(settings.inputPath);
  const folder = dayFolder(client as string, MODEL, day);
  const warnings: string[] = [];
  const warn = (warning: string): void => void warnings.push(warning);
  const manifest = await readManifest(store, folder);
  const facts = factsOf(manifest);
  const files = await listFolder(store, folder, { owner: { job: MODEL, client: client as string, day }, warn });
  if (files.length === 0) {
    throw new NoInputError(
      `there is no model in ${store.root}/${folder}: ${sentence(await contentsInWords(store, client as string, MODEL))} ` +
        `Run ${MODEL} for this day first, or give the day of a model as startDay`,
    );
  }
  const model = Object.values(VECTOR_FILES).map((name) => modelFile(files, `${folder}${name}`, store.root));
  const days = settings.days ?? facts.days;
  if (manifest === undefined && settings.days === undefined) {
    warn(`${store.root}/${folder} does not say from how many days it was made, so ${days} is read: set days`);
  }
  const listing = await actions.list({ ...request, settings: { ...settings, days } });
  const pairs: ObjectInfo[] = [];
  for (let read = day - days + 1; settings.clientIds && read <= day; read++) {
    pairs.push(...((await idPairFiles(store, client as string, read)) ?? []));
  }
  const reading = { maxRejectRatio: settings.maxRejectRatio, openStore, warn };
  const snapshots = {
    ...listing.snapshots,
    [MODEL_FACTS]: factsSnapshot(facts),
    [ALLOWED]: await itemsSnapshot('allowItemsPath', settings.allowItemsPath, reading),
    [DENIED]: await itemsSnapshot('denyItemsPath', settings.denyItemsPath, reading),
  };
  return {
    ...listing,
    objects: [...listing.objects, ...model, ...pairs],
    warnings: [...listing.warnings, ...warnings],
    snapshots,
  };
}

/** Returns a file of the model, plain if it is there, because only plain text can be read in several shards. */
function modelFile(files: readonly ObjectInfo[], key: string, root: string): ObjectInfo {
  const found = files.find((file) => file.key === key) ?? files.find((file) => file.key === `${key}.gz`);
  if (found !== undefined) return found;
  throw new EmptyModelError(`${root}/${key} is missing or empty, and so is its gzip: run ${MODEL} for this day again`);
}

/** Returns the folder of an input's job, and its day: `<client>/<job folder>/<day>/<name>`. */
function placeOf({ key }: Pick<ObjectInfo, 'key'>): { readonly folder: string; readonly day: number } {
  const segments = key.split('/');
  return { folder: segments.at(-3)!, day: Number(segments.at(-2)) };
}

const inputsIn = ({ inputs: all }: Pick<Run, 'inputs'>, folder: string): ObjectInfo[] =>
  all.filter((file) => placeOf(file).folder === folder);

/** Returns the actions among a run's inputs. */
export const actionInputs = (run: Pick<Run, 'inputs'>): ObjectInfo[] => inputsIn(run, ACTIONS);

/** Returns the files of the model among a run's inputs: the users' file, and then the items' file. */
export const modelInputs = (run: Pick<Run, 'inputs'>): ObjectInfo[] => inputsIn(run, MODEL);

/**
 * Returns the inputs that hold texts of ids, by ascending day: the pairs of the days that have them, and the actions of all other
 * days.
 */
export function textInputs(run: Pick<Run, 'inputs'>): ObjectInfo[] {
  const pairs = inputsIn(run, IDS);
  const assigned = new Set(pairs.map((file) => placeOf(file).day));
  const given = actionInputs(run).filter((file) => !assigned.has(placeOf(file).day));
  return [...pairs, ...given].sort((a, b) => placeOf(a).day - placeOf(b).day);
}

/** What an input holds: the vectors of a side, pairs of ids and texts, or actions. */
export function kindOf(file: Pick<ObjectInfo, 'key'>): Side | 'pairs' | 'actions' {
  const { folder } = placeOf(file);
  if (folder !== MODEL) return folder === IDS ? 'pairs' : 'actions';
  return file.key.split('/').at(-1)!.startsWith(VECTOR_FILES.users) ? 'users' : 'items';
}
