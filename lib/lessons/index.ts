/** Exercises of the notebooks: their numbers, and a checker that knows the usual wrong answers. */
export { check, CHECK_MIME, given, type CheckRecord } from './check';
export type { Answer } from './exercise';
export {
  EXERCISE_IDS,
  judge,
  lessonOf,
  type ExerciseId,
  type GivenOf,
  type Verdict,
} from './exercises';
