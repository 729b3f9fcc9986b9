import { type DataSource, generated } from "@bcda-kit/sandbox"

/**
 * Generated claims as they stand on one day, so that every job of a bench has the same bytes, and its files can be told
 * in advance.
 */
export const claims = (): DataSource => {
  const source = generated()
  return { plan: (selection) => source.plan({ ...selection, until: new Date("2026-10-06T10:00:00Z") }) }
}
