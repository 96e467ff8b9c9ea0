/** For tests of the sections: the kit on both sides, so that a peer needs no Python. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { BenchRow, BenchSetting } from './compare';
import type { WorkSpec } from './kit-works';
import { openPartner, type Environment, type Partner } from './partner';

const WORKER = join(__dirname, 'worker.js');

/** Quick settings; `change` alters the second side's work. */
export function kitAsPeer(change: (spec: WorkSpec) => WorkSpec = (spec) => spec): BenchSetting {
  const open = (spec: WorkSpec, env?: Environment): Promise<Partner> =>
    openPartner(process.execPath, [WORKER, JSON.stringify(spec)], env);
  return {
    quick: true,
    openOurs: open,
    openPeer: (spec, _device, env) => open(change(spec), env),
    tell: () => undefined,
  };
}

export const noPeer = (): BenchSetting => ({ ...kitAsPeer(), openPeer: undefined });

/** Asserts that a row has a time, and the ratio of both. */
export function requireSound({ work, ours, peer, ratio }: BenchRow): void {
  assert.ok(ours > 0, `${work}: ${ours}`);
  if (peer !== null) assert.ok(Math.abs((ratio ?? NaN) - ours / peer) < 1e-12, work);
}
