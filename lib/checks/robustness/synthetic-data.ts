/** Small synthetic data for the fault runs, in their own folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { findDataSet, type BratsData } from '../../brats/data-set';
import { hashDataSet } from '../../brats/hash-data-set';
import { buildConfig, type Config } from '../../config';
import { writeMadeCase } from '../fixtures/prepared';
import { encodeWav } from '../../formats/wav';
import { writeFileAtomic } from '../../base/atomic-write';

/** Both stages, with meta events in each: 9 steps of a tenth of a second. */
export function smallConfig(): Config {
  return buildConfig('smoke', { brats: { width: 1 / 32 } });
}

/** Five cases under `folder`, written if missing. */
export async function syntheticCases(folder: string): Promise<BratsData> {
  const own = join(folder, 'data');
  if (!existsSync(own)) for (const name of ['a', 'b', 'c', 'd', 'e']) writeMadeCase(own, name);
  const data = findDataSet(own);
  const sha256 = await hashDataSet(data, { folder: join(folder, 'cache', 'prepared') });
  return { ...data, folder: own, sha256, description: 'made up' };
}

const RATE = 8000;
const SPEAKERS = ['american', 'british', 'caribbean'];

/** Replaces the synthetic speech of a cache folder: 1,500 tones, with a different pitch per digit. */
export async function writeTones(cacheDirectory: string): Promise<void> {
  const archive = pack();
  for (const [s, speaker] of SPEAKERS.entries()) {
    for (let k = 0; k < 500; k++) {
      const [digit, index] = [k % 10, Math.floor(k / 10)];
      const hertz = 200 + 150 * digit + 5 * s + index;
      const samples = Float32Array.from(
        { length: 0.3 * RATE },
        (_, i) => 0.3 * Math.sin((2 * Math.PI * hertz * i) / RATE),
      );
      const name = `${digit}_${speaker}_${index}.wav`;
      archive.entry({ name, mtime: new Date(0) }, encodeWav(samples, RATE));
    }
  }
  archive.finalize();
  const file = join(cacheDirectory, 'synthetic-speech-1.tar.gz');
  writeFileAtomic(file, gzipSync(await buffer(archive), { level: 1 }));
}
