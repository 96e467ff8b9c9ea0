/** A thread that makes phantoms, one after another, for `workers.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../../base/errors';
import type { Anatomy } from './anatomy';
import { makePhantomCase, phantomName } from './case';
import { writePhantomCase } from './files';
import type { PhantomGrid } from './grid';

/** What all cases of a set have in common. */
export interface PhantomJob {
  directory: string;
  anatomy: Anatomy;
  grid: PhantomGrid;
  seed: number;
}

export type PhantomReply =
  { kind: 'case'; name: string } | { kind: 'failed'; message: string; expected: boolean };

function make(index: number): PhantomReply {
  const { directory, anatomy, grid, seed } = workerData as PhantomJob;
  try {
    writePhantomCase(directory, makePhantomCase(anatomy, grid, seed, index));
    return { kind: 'case', name: phantomName(index) };
  } catch (error) {
    const expected = error instanceof UserError;
    const { message, stack } = error as Error;
    return { kind: 'failed', message: expected ? message : (stack ?? message), expected };
  }
}

parentPort?.on('message', (index: number) => parentPort?.postMessage(make(index)));
