/** The files of a published model, for those who rank items by it. They are streamed, because a model may be larger than the memory. */
import { CorruptInputError, MissingObjectError } from '../errors.ts';
import { type Manifest, readManifest } from '../job/manifest.ts';
import { eachModelLine, type TakeLine } from '../model/model-lines.ts';
import type { Store } from '../store/store.ts';

export class PublishedModel {
  /** Location of the model's folder, for messages. */
  readonly place: string;
  readonly manifest: Manifest;
  readonly #store: Store;
  readonly #folder: string;

  private constructor(store: Store, folder: string, manifest: Manifest) {
    this.place = `${store.root}/${folder}`;
    this.manifest = manifest;
    this.#store = store;
    this.#folder = folder;
  }

  /**
   * Opens the folder of a version, or of a day.
   * @param folder a prefix of keys, ending in `/`
   * @throws MissingObjectError when the folder does not hold the whole output of the run
   */
  static async open(store: Store, folder: string, run: string): Promise<PublishedModel> {
    const manifest = await readManifest(store, folder);
    if (manifest?.run === run) return new PublishedModel(store, folder, manifest);
    throw new MissingObjectError(
      `${store.root}/${folder} holds ${manifest ? `run ${manifest.run}` : 'no whole model'}, and run ${run} was chosen: ` +
        'it was removed or replaced. Run again, and the models are chosen anew',
    );
  }

  /** Returns the names of the model's parts, in their order. */
  parts(): string[] {
    return this.manifest.files.map(({ name }) => name).filter((name) => name.startsWith('part-'));
  }

  /**
   * Reads the lines of a file that are not blank.
   * @throws CorruptInputError for a file with another size than the manifest says, or with a line that `take` refuses by a
   *   RangeError
   */
  async lines(name: string, take: TakeLine): Promise<void> {
    const file = this.manifest.files.find((one) => one.name === name);
    if (file === undefined) throw new CorruptInputError(`${this.place}_SUCCESS names no file ${name}: ${CURE}`);
    const chunks = this.#store.stream(this.#folder + name, { transient: true });
    const bytes = await eachModelLine(chunks, take, (line, why) => {
      throw new CorruptInputError(`${this.place}${name}, line ${line}: ${why}: ${CURE}`);
    });
    if (bytes === file.size) return;
    throw new CorruptInputError(`${this.place}${name} has ${bytes} bytes in place of ${file.size}: ${CURE}`);
  }
}

const CURE = 'remove this folder, and run its day again';
