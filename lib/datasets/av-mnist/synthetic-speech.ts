/**
 * The default without recordings: 1,500 digits spoken by eSpeak NG (npm `espeak-ng`,
 * WebAssembly), three voices x 50 deliveries, named as the published recordings are. It is a substitute
 * to run everything on; its scores must not be compared with published ones.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { UserError } from '../../base/errors';
import { randomStream } from '../../base/random';
import { readArchive, readArchiveFile } from '../../formats/archive';
import { writeFileAtomic } from '../../base/atomic-write';
import { RECORDINGS_PER_SPEAKER } from './fsdd';
import { decode, type Recording, type Recordings } from './recording';
import { resample } from '../../volume/resample';
import { compareText } from '../../base/compare-text';
import { encodeWav, readWav } from '../../formats/wav';
import { shippedFile } from '../../base/shipped-file';

/** Speaker's name -> eSpeak NG's voice. Voices with breath noise don't fall silent between words. */
const VOICES: Record<string, string> = {
  american: 'en-us+m3',
  british: 'en-gb+f2',
  caribbean: 'en-029+m7',
};

const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const PAUSE_MS = 500;
/** Rate that eSpeak NG writes, and rate of the published recordings (Hz). */
const SPOKEN_RATE = 22050;
const RATE = 8000;
/** Standard deviation of the noise that is added, as of a microphone: -54 dB of full scale. */
const NOISE = 0.002;
/** A part of the cache file's name: raise it when a change here changes the sound. */
const VERSION = 1;

const DESCRIPTION =
  'synthetic speech: 1,500 digits spoken by eSpeak NG in three voices, varied in pitch and speed';

export interface SyntheticSpeechOptions {
  /** Folder of the finished set. */
  cacheDirectory: string;
  /** Path of the npm package's main file; by default where Node finds it. */
  espeak?: string;
}

/**
 * The synthetic recordings: from the cache, or made (about half a minute) and cached. The same on
 * every machine.
 *
 * @throws UserError when eSpeak NG is needed and not installed, naming both fixes
 */
export async function loadSyntheticRecordings(
  options: SyntheticSpeechOptions,
): Promise<Recordings> {
  const file = path.join(options.cacheDirectory, `synthetic-speech-${VERSION}.tar.gz`);
  const recordings = (await fromCache(file)) ?? (await make(file, options));
  return { recordings, unseen: [], provenance: 'synthetic', description: DESCRIPTION };
}

/** undefined if there is no cache or it is damaged (gzip checks it): then it is made again, identically. */
async function fromCache(file: string): Promise<Recording[] | undefined> {
  if (!existsSync(file)) return undefined;
  const recordings: Recording[] = [];
  try {
    await readArchiveFile(
      file,
      (name) => name.endsWith('.wav'),
      (name, bytes) => {
        recordings.push(decode(name, bytes, `${name} in ${file}`));
      },
    );
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
  const whole = Object.keys(VOICES).length * RECORDINGS_PER_SPEAKER * WORDS.length;
  return recordings.length === whole ? recordings : undefined;
}

async function make(file: string, options: SyntheticSpeechOptions): Promise<Recording[]> {
  const wavs = await speakDigits(options.espeak ?? findEspeak());
  const archive = pack();
  // A fixed date, so that the same sounds are the same file.
  for (const [name, wav] of [...wavs].sort(([a], [b]) => compareText(a, b))) {
    archive.entry({ name, mtime: new Date(0) }, wav);
  }
  archive.finalize();
  const bytes = gzipSync(await buffer(archive));
  writeFileAtomic(file, bytes);
  const recordings: Recording[] = [];
  await readArchive(
    Readable.from([bytes]),
    file,
    () => true,
    (name, wav) => {
      recordings.push(decode(name, wav, `${name} in ${file}`));
    },
  );
  return recordings;
}

function findEspeak(): string {
  try {
    return require.resolve('espeak-ng');
  } catch (cause) {
    throw new UserError(
      'no recordings were found and the optional npm package espeak-ng, which speaks the synthetic ones, is not installed; ' +
        'install it with `npm install --include=optional`, or get the recordings with `npm run data -- av-mnist` ' +
        '(or set MCKD_DATA to a folder or archive that holds them)',
      { code: 'MISSING', file: 'espeak-ng', field: 'MCKD_DATA', value: process.env.MCKD_DATA },
      { cause },
    );
  }
}

/** One way of saying all ten digits. */
interface Delivery {
  speaker: string;
  index: number;
  /** Command-line arguments of eSpeak NG. */
  spoken: string[];
  /** Loudness, 0..1. */
  gain: number;
}

/**
 * Speaks all digits of one delivery at once, and splits them at the pauses.
 *
 * @param espeak path of eSpeak NG's main file
 * @param perSpeaker deliveries of each voice
 * @returns file name -> wav file at 8000 Hz
 */
export async function speakDigits(
  espeak: string,
  perSpeaker = RECORDINGS_PER_SPEAKER,
): Promise<Map<string, Buffer>> {
  const all = deliveries(perSpeaker);
  const output = await runEspeak(
    espeak,
    all.map(({ spoken }) => spoken),
  );
  const wavs = new Map<string, Buffer>();
  let offset = 0;
  for (const { speaker, index, gain } of all) {
    const length = output.readUInt32LE(offset);
    const wav = output.subarray(offset + 4, offset + 4 + length);
    offset += 4 + length;
    const { samples } = readWav(finishHeader(wav), `eSpeak NG's ${speaker} ${index}`, SPOKEN_RATE);
    const words = cutAtPauses(samples);
    if (words.length !== WORDS.length) {
      throw new Error(
        `eSpeak NG's ${speaker} ${index} has ${words.length} words, not ${WORDS.length}`,
      );
    }
    words.forEach((word, digit) => {
      const name = `${digit}_${speaker}_${index}`;
      const noise = randomStream(VERSION, `synthetic speech/${name}`);
      const sound = resample(word, SPOKEN_RATE, RATE).map(
        (amplitude) => gain * amplitude + NOISE * noise.normal(),
      );
      wavs.set(`${name}.wav`, encodeWav(sound, RATE));
    });
  }
  return wavs;
}

function deliveries(perSpeaker: number): Delivery[] {
  const text = WORDS.map((word) => `${word}<break time="${PAUSE_MS}ms"/>`).join(' ');
  return Object.entries(VOICES).flatMap(([speaker, voice]) =>
    Array.from({ length: perSpeaker }, (_, index) => {
      const draw = randomStream(VERSION, `synthetic speech/${speaker}/${index}`);
      // eSpeak NG's units: pitch 0..99 (50 is normal), words per minute (175 is normal).
      const pitch = 20 + draw.integer(61);
      const speed = 110 + draw.integer(111);
      const gain = 0.3 + 0.6 * draw.uniform();
      const spoken = ['-m', '-v', voice, '-p', String(pitch), '-s', String(speed), text];
      return { speaker, index, spoken, gain };
    }),
  );
}

async function runEspeak(espeak: string, spoken: string[][]): Promise<Buffer> {
  const wasm = path.join(path.dirname(espeak), 'espeak-ng.wasm');
  const child = spawn(
    process.execPath,
    [shippedFile('datasets', 'av-mnist', 'espeak-process.mjs'), espeak, wasm],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A child that dies at once closes its stdin; its output below gives the reason.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(spoken));
  const [output, said, status] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    ended,
  ]);
  if (status !== 0) {
    const reason =
      said
        .toString('utf8')
        .trim()
        .split('\n')
        .find((line) => line.includes('Error')) ?? '';
    throw new UserError(
      `eSpeak NG (${espeak}) ended with status ${status} (${reason}); install the npm packages again, ` +
        'or get the recordings with `npm run data -- av-mnist`',
      { code: 'PROCESS', file: espeak, field: 'status', value: status },
    );
  }
  return output;
}

/** eSpeak NG writes the header before it knows the length; the true sizes follow from the file's. */
function finishHeader(wav: Buffer): Buffer {
  const finished = Buffer.from(wav);
  finished.writeUInt32LE(finished.length - 8, 4);
  finished.writeUInt32LE(finished.length - 44, 40);
  return finished;
}

/** The stretches between silences (exact zeros) of at least half the pause. */
function cutAtPauses(samples: Float32Array): Float32Array[] {
  const gap = (SPOKEN_RATE * PAUSE_MS) / 2000;
  const words: Float32Array[] = [];
  let start = -1;
  let last = -1;
  samples.forEach((amplitude, i) => {
    if (amplitude === 0) return;
    if (start >= 0 && i - last > gap) {
      words.push(samples.slice(start, last + 1));
      start = -1;
    }
    if (start < 0) start = i;
    last = i;
  });
  if (start >= 0) words.push(samples.slice(start, last + 1));
  return words;
}
