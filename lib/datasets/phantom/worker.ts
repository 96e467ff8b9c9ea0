/** A thread that makes phantoms, one after another, for `workers.ts`. */
import { workerData } from 'node:worker_threads';
import { serveTasks } from '../../base/pool';
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

export interface PhantomRequest {
  index: number;
}

export interface PhantomReply {
  kind: 'done';
  name: string;
}

const { directory, anatomy, grid, seed } = workerData as PhantomJob;

serveTasks<PhantomRequest, PhantomReply>(function* ({ index }) {
  writePhantomCase(directory, makePhantomCase(anatomy, grid, seed, index));
  yield { kind: 'done', name: phantomName(index) };
});
