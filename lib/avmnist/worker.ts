/** A process that trains Audiovision-MNIST for experiments, one training after another. */
import { serveCells } from '../experiment/run';
import { avMnist } from './problem';

serveCells(avMnist);
