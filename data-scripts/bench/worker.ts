/**
 * The kit's side of the benchmark, its own process so that its memory is that of the work: prepares the work of the
 * first argument, then does it once for each line it reads, and answers with a line of JSON. The other side
 * is data-scripts/pytorch/peer.py.
 */
import { createInterface } from 'node:readline';
import { prepareWork, type Done, type WorkSpec } from './kit-works';
import { tf, usesGpu } from '@mckd/lib/nn';

export interface Answer extends Omit<Done, 'value'> {
  seconds: number;
  /** Largest resident size of the process so far. */
  peakBytes: number;
  /** A number that both sides must agree on; null if there is none. */
  value: number | null;
  /** Only on the kit's side. */
  residentBytes?: number;
  tensors?: number;
}

const write = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function main(spec: WorkSpec): Promise<void> {
  const work = await prepareWork(spec);
  write({ ready: true, gpu: usesGpu() });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === '') continue;
    const started = performance.now();
    const done = await work.once();
    write({
      seconds: (performance.now() - started) / 1000,
      peakBytes: process.resourceUsage().maxRSS * 1024,
      residentBytes: process.memoryUsage().rss,
      tensors: tf.memory().numTensors,
      value: null,
      ...done,
    } satisfies Answer);
  }
  await work.close?.();
}

main(JSON.parse(process.argv[2]) as WorkSpec).catch((error: Error) => {
  console.error(error.message);
  // It still listens for lines; without an exit the other process would wait for ever.
  process.exit(1);
});
