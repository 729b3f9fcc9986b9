import type { DataSource, ResourceType } from "@bcda-kit/sandbox"

/** One invented resource, as a line. */
export const lineOf = (type: ResourceType, n: number): string =>
  JSON.stringify({ id: `-${n}`, note: "é ".repeat(n), resourceType: type })

/** Small invented claims, one file for each type; the same on every API version. */
export const claims: DataSource = {
  plan: ({ types }) =>
    types.map((type) => ({
      type,
      people: 3,
      lines: () => [1, 2, 3].map((n) => lineOf(type, n))
    }))
}
