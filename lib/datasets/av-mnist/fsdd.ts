/**
 * The Free Spoken Digit Dataset (Jakobovski et al., CC BY-SA 4.0): names and checksums of the 1,500
 * recordings that SMIL uses (release v1.0.8; later releases hold the same bytes).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../base/errors';
import { sha256 } from '../../base/sha256';
import { KIT_ROOT } from '../../base/shipped-file';
import { dataSource, requireKnown } from '../data-sources';

/** Recordings of one digit by one speaker: indices 0..49. */
export const RECORDINGS_PER_SPEAKER = 50;

/** The speakers of the 1,500; releases after v1.0.8 have more. */
const SPEAKERS = ['jackson', 'nicolas', 'theo'];

/** Whether a file is named as a recording of a speaker that the 1,500 do not have. */
export function isOfUnseenSpeaker(fileName: string): boolean {
  const speaker = fileName.endsWith('.wav') ? parseRecordingName(fileName)?.speaker : undefined;
  return speaker !== undefined && !SPEAKERS.includes(speaker);
}

/** The parts of `<digit>_<speaker>_<index>.wav`. */
export interface RecordingName {
  digit: number;
  speaker: string;
  index: number;
}

/** `3_theo_49` or `3_theo_49.wav` -> its parts; undefined if it is no such name. */
export function parseRecordingName(name: string): RecordingName | undefined {
  const match = /^(\d)_([a-z]+)_(\d{1,2})(?:\.wav)?$/.exec(name);
  return match
    ? { digit: Number(match[1]), speaker: match[2], index: Number(match[3]) }
    : undefined;
}

let checksums: Map<string, string> | undefined;

/** File name (`0_jackson_0.wav`) -> sha256 in hex, 1,500 of them, sorted by name. */
export function fsddChecksums(): ReadonlyMap<string, string> {
  checksums ??= new Map(
    Object.entries(JSON.parse(readFileSync(checksumFile(), 'utf8')) as Record<string, string>),
  );
  return checksums;
}

function checksumFile(): string {
  const source = dataSource('fsdd');
  return path.join(KIT_ROOT, requireKnown(source, 'checksums', source.checksums));
}

/**
 * Checks one recording against the committed list.
 *
 * @param name its file name, one of the 1,500
 * @param file where it came from, for the message
 * @param fix what the user should do
 * @throws UserError naming the file and the two checksums
 */
export function verifyRecording(name: string, bytes: Uint8Array, file: string, fix: string): void {
  const expected = fsddChecksums().get(name);
  const found = sha256(bytes);
  if (found !== expected) {
    throw new UserError(
      `${file}: its sha256 is ${found} and should be ${expected}, so it is not the published recording; ${fix}`,
      { code: 'MISMATCH', file, field: 'sha256', value: found },
    );
  }
}
