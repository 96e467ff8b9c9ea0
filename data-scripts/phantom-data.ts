/** The made-up data set that stands in where a command is given none. */
import { ensurePhantom, type Config } from '@mckd/lib';
import { phantomBar } from './phantom';

/**
 * The folder of the preset's phantoms in the cache, made where it isn't there.
 * @throws ReaderError as `ensurePhantom`
 */
export async function phantomOf({ brats }: Config): Promise<string> {
  const bar = phantomBar();
  try {
    return await ensurePhantom({ ...brats.phantom, onEvent: bar.show, say: console.log });
  } finally {
    bar.stop();
  }
}
