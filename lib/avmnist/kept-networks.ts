/** Networks that were trained alone, kept in files: the trainings of several methods start from the same ones. */
import {
  openSafetensors,
  readFloats,
  writeSafetensors,
  type TensorToWrite,
} from '../formats/safetensors';
import type { Network } from '../models/audio-visual';
import { tf } from '../nn/tf';

const variablesOf = ({ parameters, statistics }: Network): [string, tf.Variable][] => [
  ...Object.entries(parameters),
  ...Object.entries(statistics),
];

/** Writes the network in the kit's names and axis order. @throws UserError naming the file if it can't be written */
export function keepNetwork(file: string, network: Network): void {
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, variable] of variablesOf(network)) {
    const values = variable.dataSync() as Float32Array;
    tensors[name] = { dtype: 'F32', shape: variable.shape, values };
  }
  writeSafetensors(file, tensors);
}

/** Assigns what `keepNetwork` wrote. @throws UserError naming file and tensor if it is of another network or damaged */
export async function readNetwork(file: string, network: Network): Promise<void> {
  const source = await openSafetensors(file);
  try {
    for (const [name, variable] of variablesOf(network)) {
      const wanted = { shape: variable.shape, fix: 'delete the file' };
      const { shape, values } = await readFloats(source, name, wanted);
      tf.tidy(() => variable.assign(tf.tensor(values, shape)));
    }
  } finally {
    await source.close();
  }
}
