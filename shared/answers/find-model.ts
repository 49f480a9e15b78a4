/** Opens the published model that a command asks: that of a day, the live one, or else the newest one. */
import { MissingObjectError } from '../errors.ts';
import { PublishedModel } from '../evaluation/published-model.ts';
import type { AnyJob } from '../job/job.ts';
import { findOutput, type OutputRequest, withoutManifest } from '../live/published-output.ts';

export interface FoundModel {
  readonly job: AnyJob;
  readonly model: PublishedModel;
  readonly isLive: boolean;
}

/** @throws as `findOutput`; MissingObjectError for a folder that no run of the job wrote for the client */
export async function findModel(request: OutputRequest): Promise<FoundModel> {
  const { client, job } = request;
  const { store, folder, manifest, isLive } = await findOutput(request);
  const place = `${store.root}/${folder}`.replace(/\/$/, '');
  if (manifest === undefined) throw withoutManifest(place);
  if (manifest.job !== job.name || manifest.client !== client) {
    throw new MissingObjectError(
      `${place} holds a model of ${manifest.job} of ${manifest.client}: choose another one with --day`,
    );
  }
  return { job, model: await PublishedModel.open(store, folder, manifest.run), isLive };
}
