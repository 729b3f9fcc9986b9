import { type DataSource, generated, type Selection } from "@bcda-kit/sandbox"
import { startSandbox } from "@bcda-kit/sandbox/node"
import { kickOff, login } from "../Bcda.ts"

/**
 * Generated claims as they stand on one day, so that every job of a bench has the same bytes, and its files can be told
 * in advance.
 */
export const claims = (): DataSource => {
  const source = generated()
  return { plan: (selection) => source.plan({ ...selection, until: new Date("2026-10-06T10:00:00Z") }) }
}

/** What the data source is asked for when a persona exports everything. */
export const selectionOf = async (persona: string): Promise<Selection> => {
  const seen: Array<Selection> = []
  await using sandbox = await startSandbox({
    data: {
      plan: (selection) => {
        seen.push(selection)
        return []
      }
    }
  })
  await kickOff(sandbox.baseUrl, await login(sandbox.baseUrl, persona))
  const [selection] = seen
  if (selection === undefined) throw new Error(`nothing was planned for ${persona}`)
  return selection
}
