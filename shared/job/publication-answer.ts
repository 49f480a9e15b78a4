/**
 * Checks the answer of a job's `publish`. A field with an unknown name is refused, because the compiler does not check what a
 * function with an inferred return type returns: a misspelt `end` of a piece would publish other bytes.
 */
import { isRecord } from '../json.ts';
import type { DayOutput, OutputFile, OutputFolder, Piece, Publication } from './job.ts';
import { kindOf, unexpected } from './step-answers.ts';

const EXPECTED =
  'what it publishes: {files: […], counts: {…}}, or {folders: [{prefix: "<folder>/", files: […], counts: {…}}]}, where a ' +
  'file is {name: "…", pieces: [{key: "…"}]}';

/** The names of the fields that an object of type T can have. */
type Fields<T> = Readonly<Record<keyof T, true>>;

const DAY_OUTPUT: Fields<DayOutput> = { files: true, counts: true };
const PUBLICATION: Fields<Publication> = { folders: true, removed: true };
const FOLDER: Fields<OutputFolder> = { prefix: true, files: true, counts: true };
const FILE: Fields<OutputFile> = { name: true, pieces: true };
const PIECE: Fields<Piece> = { key: true, start: true, end: true, read: true };

/** @throws StepAnswerError for another form, and for a field with an unknown name */
export function checkedPublication(value: unknown): DayOutput | Publication {
  if (isDayOutput(value)) {
    checkNames(value, DAY_OUTPUT, '');
    checkFiles(value.files, '');
    return value;
  }
  if (!isPublication(value)) throw unexpected(kindOf(value), EXPECTED);
  checkNames(value, PUBLICATION, '');
  for (const [at, folder] of value.folders.entries()) {
    if (!isOutputFolder(folder)) throw unexpected(`as folder ${at} ${kindOf(folder)}`, EXPECTED);
    checkNames(folder, FOLDER, `as folder ${at} `);
    checkFiles(folder.files, ` of folder ${at}`);
  }
  return value;
}

function checkFiles(files: readonly unknown[], where: string): void {
  for (const [at, file] of files.entries()) {
    if (!isOutputFile(file)) throw unexpected(`as file ${at}${where} ${kindOf(file)}`, EXPECTED);
    checkNames(file, FILE, `as file ${at}${where} `);
    for (const [index, piece] of file.pieces.entries()) {
      const place = `as piece ${index} of file ${at}${where} `;
      if (!isPiece(piece)) throw unexpected(place + kindOf(piece), EXPECTED);
      checkNames(piece, PIECE, place);
    }
  }
}

/** @param place the beginning of the message, which names the place of `value` in the answer */
function checkNames<T extends object>(value: T, known: Fields<T>, place: string): void {
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  throw unexpected(
    `${place}an object with the unknown field '${unknown}' (known: ${Object.keys(known).join(', ')})`,
    EXPECTED,
  );
}

const isDayOutput = (value: unknown): value is DayOutput =>
  isRecord(value) && Array.isArray(value.files) && isRecord(value.counts);

const isPublication = (value: unknown): value is Publication => isRecord(value) && Array.isArray(value.folders);

const isOutputFolder = (value: unknown): value is OutputFolder =>
  isDayOutput(value) && 'prefix' in value && typeof value.prefix === 'string' && value.prefix.endsWith('/');

const isOutputFile = (value: unknown): value is OutputFile =>
  isRecord(value) && typeof value.name === 'string' && Array.isArray(value.pieces);

const isPiece = (value: unknown): value is Piece => isRecord(value) && typeof value.key === 'string';
