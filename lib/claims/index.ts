/** The paper's claims as a weighted tree, and what recorded runs say of each. */
export {
  CLAIM_STATES,
  claimsOf,
  isGroup,
  type Claim,
  type ClaimGroup,
  type ClaimNode,
  type ClaimNumber,
  type ClaimState,
  type Judgement,
} from './claim';
export { CLAIMS } from './paper';
export { readRecords, type Kept, type Records } from './records';
export {
  judgeTree,
  judgedClaims,
  scoreOf,
  scoreSentence,
  shareText,
  statesText,
  type JudgedClaim,
  type JudgedGroup,
  type JudgedNode,
  type Score,
} from './score';
