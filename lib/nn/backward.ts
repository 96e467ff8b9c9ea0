/**
 * The backward pass over tfjs's tape, as PyTorch walks its graph: what a layer saved is freed as soon as its gradient
 * is computed, and so is the gradient of its output. tfjs's own keeps all of them to the end, which for
 * this network takes several times the memory.
 */
import { tf } from './tf';

/** The record of one op on tfjs's tape. */
interface TapeNode {
  kernelName: string;
  inputs: Record<string, tf.Tensor>;
  outputs: tf.Tensor[];
  gradient?: (dys: tf.Tensor[]) => Record<string, () => tf.Tensor>;
  saved?: tf.Tensor[];
}

/** The parts of tfjs's engine that its own `gradients` is made of. */
interface TapeEngine {
  state: { activeTape: TapeNode[] | null; gradientDepth: number; kernelDepth: number };
  startTape(): void;
  endTape(): void;
}

export interface Recording<T> {
  value: T;
  tape: TapeNode[];
}

/** Runs `f` with the tape on. What ops save for their gradients stays until `backward` or `discard`. */
export function record<T extends tf.TensorContainer>(f: () => T): Recording<T> {
  const engine = tf.engine() as unknown as TapeEngine;
  if (engine.state.gradientDepth > 0) {
    throw new Error('a gradient inside of a function that is being differentiated: not supported');
  }
  engine.startTape();
  const tape = engine.state.activeTape as TapeNode[];
  try {
    return { value: tf.tidy(f), tape };
  } catch (error) {
    discard(tape);
    throw error;
  } finally {
    engine.endTape();
    engine.state.activeTape = null;
  }
}

/**
 * Runs `f` with the tape off: what it gives is a constant of a gradient around it, and its ops save nothing. In a tidy, or
 * the caller disposes of it.
 */
export function untaped<T extends tf.TensorContainer>(f: () => T): T {
  const { state } = tf.engine() as unknown as TapeEngine;
  // tfjs records only ops that are not inside of another one.
  state.kernelDepth += 1;
  try {
    return tf.tidy(f);
  } finally {
    state.kernelDepth -= 1;
  }
}

/** Frees what the ops of a tape saved. */
function discard(tape: TapeNode[]): void {
  for (const node of tape) free(node);
}

function free(node: TapeNode): void {
  node.saved?.forEach((tensor) => tensor.dispose());
  node.saved = undefined;
}

/**
 * Gradients of recorded outputs with respect to `xs`, in their order; undefined where none reaches. Consumes the tape.
 *
 * @param outputs recorded tensors and d loss / d each; the gradients given become this function's to free
 * @returns the caller disposes of them (or a tidy around does)
 */
export function backward(
  tape: TapeNode[],
  outputs: readonly { output: tf.Tensor; gradient: tf.Tensor }[],
  xs: readonly tf.Tensor[],
): (tf.Tensor | undefined)[] {
  const gradients = new Map<number, tf.Tensor>();
  const add = (id: number, gradient: tf.Tensor): void => {
    const sum = gradients.get(id);
    gradients.set(id, sum ? tf.add(sum, gradient) : gradient);
    if (sum) tf.dispose([sum, gradient]);
  };
  for (const { output, gradient } of outputs) add(output.id, gradient);
  const fromXs = reachedFrom(tape, xs);
  try {
    for (const node of [...tape].reverse()) {
      const dys = node.outputs.map(({ id }) => gradients.get(id) ?? null);
      const inputs = Object.entries(node.inputs).filter(([, { id }]) => fromXs.has(id));
      if (inputs.length > 0 && dys.some((dy) => dy !== null)) {
        const dxs = inputGradients(
          node,
          dys,
          inputs.map(([name]) => name),
        );
        inputs.forEach(([, { id }], i) => add(id, dxs[i]));
      }
      for (const { id } of node.outputs) {
        gradients.get(id)?.dispose();
        gradients.delete(id);
      }
      free(node);
    }
  } catch (error) {
    discard(tape);
    throw error;
  }
  const wanted = xs.map(({ id }) => gradients.get(id));
  for (const gradient of gradients.values()) if (!wanted.includes(gradient)) gradient.dispose();
  return wanted;
}

/** Ids of the tensors that are functions of `xs`, and their own. */
function reachedFrom(tape: TapeNode[], xs: readonly tf.Tensor[]): Set<number> {
  const reached = new Set(xs.map(({ id }) => id));
  for (const { inputs, outputs } of tape) {
    if (Object.values(inputs).some(({ id }) => reached.has(id))) {
      for (const { id } of outputs) reached.add(id);
    }
  }
  return reached;
}

/** d loss / d input for the named inputs of one op, tensors of their own. */
function inputGradients(node: TapeNode, dys: (tf.Tensor | null)[], names: string[]): tf.Tensor[] {
  const { gradient, kernelName, outputs } = node;
  if (!gradient) throw new Error(`TensorFlow.js has no gradient for ${kernelName}`);
  return tf.tidy(() => {
    // An output that the loss does not reach: tfjs's gradient of a split, for one, wants zeros there.
    const byName = gradient(dys.map((dy, i) => dy ?? tf.zeros(outputs[i].shape)));
    const seen = new Set<tf.Tensor | null>(dys);
    return names.map((name) => {
      const dx = byName[name]();
      if (!seen.has(dx)) {
        seen.add(dx);
        return dx;
      }
      return dx.clone();
    });
  });
}
