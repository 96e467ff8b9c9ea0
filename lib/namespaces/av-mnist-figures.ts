/** The figures of Audiovision-MNIST: plotly JSON, which `book.show` shows and saves. */
export {
  accuracyFigure as accuracy,
  avConfusionFigure as confusion,
  lossFigure as losses,
  pairedFigure as paired,
  pairsFigure as pairs,
  trainingFigure as training,
  weightsFigure as weights,
} from '../avmnist/figures';
export {
  bestEpochFigure as bestEpoch,
  outcomesFigure as outcomes,
  pullFigure as pull,
} from '../avmnist/answers';
