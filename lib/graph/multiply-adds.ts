/** How many multiplications of two numbers, each added to a sum, a computation has in its convolutions and matrix products. */
import type { tf } from '../nn/tf';
import { nodeBackend, withBinding } from './binding';

/**
 * Runs `f` op by op, and counts.
 * @param known tensors that `f` computes with beside those it makes
 */
export function multiplyAdds(f: () => void, known: readonly tf.Tensor[] = []): number {
  const backend = nodeBackend();
  const { binding } = backend;
  const shapes = new Map<number, readonly number[]>(
    backend.getInputTensorIds(known).map((id, i) => [id, known[i].shape]),
  );
  let count = 0;
  const methods: Parameters<typeof withBinding>[0] = {
    createTensor: (shape, dtype, values) => {
      const id = binding.createTensor(shape, dtype, values);
      shapes.set(id, [...shape]);
      return id;
    },
    executeOp: (op, attributes, ids, outputs) => {
      const made = binding.executeOp(op, attributes, ids, outputs);
      for (const { id, shape } of made) shapes.set(id, shape);
      const [a, b] = ids.map((id) => shapes.get(id) ?? []);
      count += productsOf(op, a, b, made[0]?.shape ?? []);
      return made;
    },
  };
  withBinding(methods, f);
  return count;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, side) => size * side, 1);

function productsOf(
  op: string,
  a: readonly number[],
  b: readonly number[],
  output: readonly number[],
): number {
  // Each output is a sum over a filter.
  if (op === 'Conv3D') return (sizeOf(output) * sizeOf(b)) / b[b.length - 1];
  if (!/MatMul/.test(op)) return 0;
  // [B, m, k] and [B, k, n] to [B, m, n], either of them transposed or not.
  const batch = sizeOf(output.slice(0, -2));
  const depth = Math.sqrt((sizeOf(a) * sizeOf(b)) / (sizeOf(output) * batch));
  return sizeOf(output) * Math.round(depth);
}
