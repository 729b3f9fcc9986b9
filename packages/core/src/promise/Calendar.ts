/** What BCDA's year means for an export: whether there is anything new, and what January and the runout do. */

export type { Advice, AdviceInput, Attribution, Runout } from "../Calendar.ts"
export { advise, attribution, cadence, runout } from "../Calendar.ts"
