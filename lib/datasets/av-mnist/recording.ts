/** One spoken digit, and how to read it. */
import { UserError } from '../../base/errors';
import { sha256 } from '../../base/sha256';
import { readWav } from '../../formats/wav';
import { parseRecordingName } from './fsdd';

/** One spoken digit. */
export interface Recording {
  /** `<digit>_<speaker>_<index>`, without `.wav`. */
  name: string;
  digit: number;
  speaker: string;
  /** Hz; 8000 for all. */
  sampleRate: number;
  /** Amplitudes in -1..1, [samples]. */
  samples: Float32Array;
  /** Of the wav file, in hex. */
  sha256: string;
}

/** All of them. */
export interface Recordings {
  /** 1,500, sorted by file name as text. */
  recordings: Recording[];
  /** Those of other speakers beside them, sorted likewise: for tests only. None in release v1.0.8 and in synthetic speech. */
  unseen: Recording[];
  /** `real`: the published data set. `synthetic`: digits from a speech synthesiser. */
  provenance: 'real' | 'synthetic';
  /** One line for a caption. */
  description: string;
}

/** A wav file as a `Recording`; the name gives digit and speaker. */
export function decode(fileName: string, bytes: Buffer, file: string): Recording {
  const parsed = parseRecordingName(fileName);
  if (!parsed) {
    throw new UserError(
      `${file}: the name is ${JSON.stringify(fileName)} and should be <digit>_<speaker>_<index>.wav; rename it`,
      { code: 'BAD_FILE', file, field: 'name', value: fileName },
    );
  }
  const sound = readWav(bytes, file);
  return {
    name: fileName.replace(/\.wav$/, ''),
    digit: parsed.digit,
    speaker: parsed.speaker,
    ...sound,
    sha256: sha256(bytes),
  };
}
