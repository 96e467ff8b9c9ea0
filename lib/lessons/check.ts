/** What a notebook's exercises call: the numbers of a question, and the check of an answer. */
import { showMarkdown } from '../report/display';
import type { Answer } from './exercise';
import { exerciseNumbers, exerciseOf, judge, type ExerciseId, type GivenOf } from './exercises';

/** The type under which an output holds what was checked, for the grading. */
export const CHECK_MIME = 'application/vnd.mckd.check+json';

/** What an output says of an exercise. */
export interface CheckRecord {
  id: string;
  result: 'right' | 'wrong' | 'open';
  /** Absent where there is none yet. */
  answer?: Answer;
}

/**
 * The numbers of an exercise: seeded, so everyone has the same.
 * @throws UserError for an unknown id
 */
export function given<Id extends ExerciseId>(id: Id): GivenOf<Id> {
  return exerciseNumbers(id);
}

/**
 * Checks an answer and shows whether it is right, and why, or a hint. Three digits are enough. The right answer comes from
 * the functions of this kit that train and score; it is never shown.
 *
 * @param id as in the exercise's heading, such as `04.1`
 * @param answer a number, a list, rows of numbers, or a tensor of them; `undefined` while there is none
 * @throws UserError for an unknown id, and for an answer of another type or shape than the exercise asks for
 */
export function check(id: ExerciseId, answer: unknown): void {
  if (answer === undefined) {
    const { asks } = exerciseOf(id);
    return show({ id, result: 'open' }, `**${id}** has no answer yet. It asks for ${asks}.`);
  }
  const { result, text, answer: found } = judge(id, answer);
  const words = result === 'right' ? 'Right' : 'Not yet';
  show({ id, result, answer: found }, `**${id}** ${words}: ${text}.`);
}

function show(record: CheckRecord, words: string): void {
  showMarkdown(words, { [CHECK_MIME]: record });
}
