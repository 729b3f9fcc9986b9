import { isList, type Resource, type Value } from "./Support.ts"

/** What a set of resources is made of: where there are values, of which kind, and which code systems, extensions and words are used where. */
export interface Structure {
  /** Path to kinds (`string`, `number`, `boolean`); array indices are left out. */
  readonly paths: Map<string, Set<string>>
  /** Path of a coding, identifier or extension to the systems and URLs there. */
  readonly systems: Map<string, Set<string>>
  /** Path of a coding that names a role, a category or a kind to the codes there. */
  readonly words: Map<string, Set<string>>
}

const empty = (): Structure => ({ paths: new Map(), systems: new Map(), words: new Map() })

const add = (map: Map<string, Set<string>>, key: string, value: string): void => {
  const known = map.get(key)
  if (known === undefined) map.set(key, new Set([value]))
  else known.add(value)
}

/** Numbered variables are one: months, years and ordinals. */
const unnumbered = (url: string): string =>
  url
    .replace(/\/\d{4}-\d+$/, "/YEAR-MONTH")
    .replace(
      /(dual_|buyin|ptc_cntrct_id_|ptc_pbp_id_|ptc_plan_type_cd_|hmo_ind_|ptdcntrct|ptdpbpid|sgmtid|cstshr|rdsind)\d\d/,
      "$1MM"
    )
    .replace(/_sw\d+$/, "_swN")

const WORDS =
  /((adjudication|supportingInfo|information|total|benefitBalance)\[\]\.category|role|subType|priority)\.coding\[\]\.code$/

export const structureOf = (resources: Iterable<Resource>): Structure => {
  const found = empty()
  const visit = (value: Value, path: string): void => {
    if (typeof value !== "object" || value === null) {
      add(found.paths, path, value === null ? "null" : typeof value)
      if (/\.(system|url)$/.test(path)) add(found.systems, path, unnumbered(String(value)))
      if (WORDS.test(path)) add(found.words, path, unnumbered(String(value)))
    } else if (isList(value)) for (const part of value) visit(part, `${path}[]`)
    else for (const [key, part] of Object.entries(value)) visit(part, path === "" ? key : `${path}.${key}`)
  }
  for (const resource of resources) visit(resource, "")
  return found
}

/** Several structures as one. */
export const union = (structures: ReadonlyArray<Structure>): Structure => {
  const all = empty()
  for (const structure of structures)
    for (const part of ["paths", "systems", "words"] as const)
      for (const [key, values] of structure[part]) for (const value of values) add(all[part], key, value)
  return all
}

/** Paths that every one of the resources has. */
export const common = (resources: ReadonlyArray<Resource>): ReadonlyArray<string> => {
  const [first, ...rest] = resources.map((resource) => structureOf([resource]).paths)
  return first === undefined ? [] : [...first.keys()].filter((path) => rest.every((other) => other.has(path)))
}
