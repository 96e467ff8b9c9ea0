/** How well a predicted region fits the true one. */

/**
 * Dice of two masks, 2 |A and B| / (|A| + |B|). By BraTS' rule an empty truth gives 1 where the
 * prediction is empty too, and 0 otherwise.
 * @param prediction [voxels], not 0 inside
 * @param truth [voxels], not 0 inside
 */
export function diceScore(prediction: ArrayLike<number>, truth: ArrayLike<number>): number {
  let [both, sum] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    const [p, t] = [prediction[i] !== 0, truth[i] !== 0];
    if (p) sum += 1;
    if (t) sum += 1;
    if (p && t) both += 1;
  }
  return sum === 0 ? 1 : (2 * both) / sum;
}
