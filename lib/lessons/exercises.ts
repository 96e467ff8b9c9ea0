/** All exercises, and the judgement of an answer. */
import { UserError } from '../base/errors';
import { randomStream } from '../base/random';
import { tf } from '../nn/tf';
import { startHere } from './00-start-here';
import { dataPreparation } from './01-data-preparation';
import { baselineTraining } from './02-baseline-training';
import { importanceWeights } from './03-importance-weights';
import { pairwiseDistillationLesson } from './04-pairwise-distillation';
import { bratsTable } from './05-brats-table';
import { audiovisionMnist } from './06-audiovision-mnist';
import { ablations } from './07-ablations';
import { rivals } from './08-rivals';
import { agrees, describeShape, numbersOf, type Answer, type Exercise } from './exercise';

const EXERCISES = {
  ...startHere,
  ...dataPreparation,
  ...baselineTraining,
  ...importanceWeights,
  ...pairwiseDistillationLesson,
  ...bratsTable,
  ...audiovisionMnist,
  ...ablations,
  ...rivals,
};

/** The number of an exercise: notebook, point, place in it. */
export type ExerciseId = keyof typeof EXERCISES;

/** The numbers of an exercise. */
export type GivenOf<Id extends ExerciseId> = ReturnType<(typeof EXERCISES)[Id]['given']>;

/** In the order of the notebooks. */
export const EXERCISE_IDS = Object.keys(EXERCISES).sort() as ExerciseId[];

/** The number of an exercise's notebook: `04` of `04.1`. */
export const lessonOf = (id: string): string => id.split('.')[0];

/** Whether an answer is right, and why, or what to think about. */
export interface Verdict {
  id: ExerciseId;
  result: 'right' | 'wrong';
  /** The reason, or a hint. */
  text: string;
  /** The answer as numbers. */
  answer: Answer;
}

/** @throws UserError for an id that no notebook has */
export function exerciseOf(id: string): Exercise<unknown> {
  if (Object.hasOwn(EXERCISES, id)) return EXERCISES[id as ExerciseId] as Exercise<unknown>;
  const near = EXERCISE_IDS.filter((one) => lessonOf(one) === lessonOf(id));
  throw new UserError(
    `"${id}" is no exercise; ${near.length > 0 ? `notebook ${lessonOf(id)} has ${near.join(', ')}` : 'they are named as in their headings, such as 04.1'}`,
    { code: 'BAD_VALUE', field: 'id', value: id },
  );
}

/** The numbers of an exercise, the same at every call; new arrays each time. */
export function exerciseNumbers<Id extends ExerciseId>(id: Id): GivenOf<Id> {
  return exerciseOf(id).given(randomStream(0, `lessons/${id}`)) as GivenOf<Id>;
}

/**
 * Judges an answer by the kit's own functions. Three digits are enough.
 * @param answer a number, nested arrays or a tensor
 * @throws UserError for an unknown id, and for an answer of another type or shape than the exercise asks for
 */
export function judge(id: string, answer: unknown): Verdict {
  const { solve, tolerance, why, hint, mistakes, asks } = exerciseOf(id);
  const known = id as ExerciseId;
  const given = exerciseNumbers(known);
  const right = solve(given);
  const found = readAnswer(answer, right, `${id} asks for ${asks}`);
  if (agrees(found, right, tolerance))
    return { id: known, result: 'right', text: why, answer: found };
  const mistake = mistakes.find((one) => agrees(found, one.answer(given), tolerance));
  return { id: known, result: 'wrong', text: mistake?.hint ?? hint, answer: found };
}

/** The answer as plain numbers, in the shape of the right one. */
function readAnswer(answer: unknown, right: Answer, asks: string): Answer {
  const plain = plainOf(answer);
  const wanted = describeShape(right);
  const refuse = (found: string): never => {
    throw new UserError(`${asks}: ${wanted}; the answer is ${found}`, {
      code: 'BAD_VALUE',
      field: 'answer',
      value: answer,
    });
  };
  if (!isAnswer(plain)) return refuse(describeOther(answer));
  if (shapeOf(plain) !== shapeOf(right)) return refuse(describeShape(plain));
  const odd = numbersOf(plain).find((value) => !Number.isFinite(value));
  return odd === undefined ? plain : refuse(`${describeShape(plain)}, one of them ${odd}`);
}

function plainOf(answer: unknown): unknown {
  if (answer instanceof tf.Tensor) return answer.arraySync();
  if (ArrayBuffer.isView(answer)) return Array.from(answer as unknown as ArrayLike<unknown>);
  return Array.isArray(answer) ? answer.map(plainOf) : answer;
}

function isAnswer(value: unknown): value is Answer {
  const isNumber = (one: unknown): boolean => typeof one === 'number';
  if (isNumber(value)) return true;
  if (!Array.isArray(value) || value.length === 0) return false;
  const rows = value as unknown[];
  if (rows.every(isNumber)) return true;
  const first = rows[0];
  return rows.every(
    (row) =>
      Array.isArray(row) &&
      row.length > 0 &&
      row.length === (first as unknown[]).length &&
      row.every(isNumber),
  );
}

function shapeOf(answer: Answer): string {
  if (typeof answer === 'number') return '';
  const [first] = answer;
  return [answer.length, ...(Array.isArray(first) ? [first.length] : [])].join();
}

function describeOther(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value))
    return value.length === 0
      ? 'an empty list'
      : 'a list with something else than numbers, or rows of several lengths';
  if (value instanceof Promise) return 'a promise; put `await` before it';
  if (typeof value === 'string') return 'a text';
  return `of type ${typeof value}`;
}
