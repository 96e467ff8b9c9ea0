/** The reading process, supervised by another that survives its hangs and crashes. */
import { makeInput, tryInput, type Tried } from './attempt';
import { heldMiB } from '../../base/memory';
import { fuzzTarget } from './targets';
import { FUZZ_LIMITS } from './types';

/** Inputs `from` to `to` (not included) of a target. */
export interface FuzzRequest {
  target: string;
  seed: number;
  from: number;
  to: number;
  /** CPU time over which an input counts as a hang. */
  cpuSeconds: number;
  /** This process's own folder. */
  folder: string;
}

/** `ready` comes before the first input, then one for each. */
export type FuzzReply = { kind: 'ready' } | ({ kind: 'tried'; index: number } & Tried);

/** Inputs after which garbage is collected. */
const COLLECT_EVERY = 100;

async function serve(request: FuzzRequest): Promise<void> {
  const { target: name, seed, from, to, cpuSeconds, folder } = request;
  const limits = { ...FUZZ_LIMITS, cpuSeconds };
  const target = fuzzTarget(name);
  await target.prepare?.();
  // The first read triggers lazy loading.
  if (!target.alone) await tryInput(target, () => makeInput(target, seed, from), folder, 0);
  const base = heldMiB();
  await reply({ kind: 'ready' });
  for (let index = from; index < to; index++) {
    const make = () => makeInput(target, seed, index);
    const tried = await tryInput(target, make, folder, base, limits);
    await reply({ kind: 'tried', index, ...tried });
    if (index % COLLECT_EVERY === 0) heldMiB();
  }
  process.disconnect();
}

/** Sent before each read, so that the supervisor knows the current input. */
function reply(message: FuzzReply): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error: Error | null) =>
      error ? reject(error) : resolve(),
    );
  });
}

process.once('message', (request: FuzzRequest) => void serve(request));
