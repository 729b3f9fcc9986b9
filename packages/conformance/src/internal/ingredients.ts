/**
 * What steps work with: values by name, as their templates use them, and the files of manifests. Some are known from the start, the others
 * come out of answers. Nothing here sends or judges.
 */
import { SmartBackendServices, type Target } from "@bcda-kit/core"
import { Result } from "effect"
import type { Sent } from "../Recorder.ts"
import { type Keep, manifestName, type Step } from "../Scenario.ts"
import { exportPaths, type TargetDescriptor } from "../TargetDescriptor.ts"
import { absent, absolute, at, type File, filesOf, parsed } from "./reading.ts"

export interface Ingredients {
  readonly get: (name: string) => string | undefined
  readonly set: (name: string, value: string) => void
  /** Whether a step that needs this can have it. */
  readonly has: (name: string) => boolean
  /** A template with its names filled in. */
  readonly fill: (template: string) => string
  /** Where to ask for tokens, as far as it is known by now; undefined on a BCDA, which has one place for them. */
  readonly tokenEndpoint: () => SmartBackendServices.TokenEndpoint | undefined
  /** Says that a name stays empty through nobody's fault. */
  readonly leaveEmpty: (name: string, because: string) => void
  readonly emptyBecause: (name: string) => string | undefined
  /** Takes what a step keeps of an answer, and gives the token among it, if there is one. */
  readonly take: (keeps: ReadonlyArray<Keep>, sent: Sent["raw"], requestUrl: string) => string | undefined
  /** Takes over the files of a manifest. An empty list is nobody's fault: what was to come from it is not applicable. */
  readonly takeFiles: (step: Extract<Step, { _tag: "Poll" }>, manifest: unknown, url: string) => void
  readonly files: (name: string) => ReadonlyArray<File>
}

const levels = ["group", "patient", "system"] as const

/** A value in the form in which later templates use it. */
const formed = (as: Exclude<Keep["as"], "token-endpoint">, value: string, requestUrl: string): string => {
  switch (as) {
    case "url":
      return absolute(value, requestUrl)
    case "absent":
      return absent(absolute(value, requestUrl))
    case "query":
      return encodeURIComponent(value)
    case "text":
    case "token":
      return value
  }
}

/** Where tokens come from, if that is known without asking; otherwise the server's SMART configuration says it. */
export const tokenUrlOf = (target: Target): string | undefined =>
  target.isBcda && target.auth !== "smart" ? target.tokenUrl : target.tokenEndpoint

/** Begins with what is known of a target before anything is asked. `tomorrow` is an instant that has not come. */
export const makeIngredients = (
  target: Target,
  descriptor: TargetDescriptor,
  { tomorrow, types }: { readonly tomorrow: string; readonly types: ReadonlyArray<string> }
): Ingredients => {
  const known = new Map<string, string>([
    ["api", target.apiBase],
    ["types", types.join(",")],
    ["repeatedTypes", types.map((type) => `_type=${type}`).join("&")],
    ["future", tomorrow],
    ["unknownJob", "999999999"]
  ])
  let endpoint = SmartBackendServices.declared(target)
  const tokenUrl = tokenUrlOf(target)
  if (tokenUrl !== undefined) known.set("tokenUrl", tokenUrl)
  const voids = new Map<string, string>()
  const manifests = new Map<string, ReadonlyArray<File>>()
  const paths = exportPaths(descriptor)
  const main = paths.group ?? paths.patient ?? paths.system
  if (main !== undefined) {
    known.set("export", target.api(main))
    known.set("plainExport", target.api(main.replace("$", "")))
  }
  for (const level of levels) {
    const path = paths[level]
    if (path === undefined) voids.set(`${level}Export`, `the target has no export at the level of the ${level}`)
    else known.set(`${level}Export`, target.api(path))
  }
  if (paths.group === undefined) voids.set("group", "the target has no groups")
  else known.set("group", target.api(paths.group.replace("/$export", "")))

  return {
    get: (name) => known.get(name),
    set: (name, value) => void known.set(name, value),
    has: (name) => known.has(name) || manifests.has(name) || (name === "token" && target.auth === "none"),
    fill: (template) => template.replaceAll(/\{(\w+)\}/g, (_, name: string) => known.get(name) ?? ""),
    tokenEndpoint: () => endpoint,
    leaveEmpty: (name, because) => {
      known.delete(name)
      voids.set(name, because)
    },
    emptyBecause: (name) => voids.get(name),
    take: (keeps, sent, requestUrl) => {
      let token: string | undefined
      for (const { name, status, from, as, mayLack } of keeps) {
        const found = "header" in from ? sent.headers[from.header] : at(parsed(sent.text), from.json)
        const value = sent.status === status ? found : undefined
        if (typeof value !== "string" || value === "") {
          if (mayLack !== undefined) voids.set(name, mayLack)
          continue
        }
        if (as === "token-endpoint") {
          // what the target itself says comes first
          if (tokenUrl !== undefined) continue
          const discovered = SmartBackendServices.discovered(target, sent.text)
          if (Result.isFailure(discovered)) continue
          endpoint = discovered.success
          known.set(name, endpoint.url)
          continue
        }
        known.set(name, formed(as, value, requestUrl))
        if (as === "token") token = value
      }
      return token
    },
    takeFiles: (step, manifest, url) => {
      for (const list of ["output", "error"] as const) {
        // the ballot calls it outcome
        const items = at(manifest, [list]) ?? (list === "error" ? at(manifest, ["outcome"]) : undefined)
        const name = manifestName(step.id, list)
        if (Array.isArray(items) && items.length > 0) manifests.set(name, filesOf(items, url))
        else if (list === "error") voids.set(name, "the manifest lists no errors")
        else if (Array.isArray(items))
          for (const one of [name, ...step.keep.map((keep) => keep.name)]) voids.set(one, "the export is empty")
      }
    },
    files: (name) => manifests.get(name) ?? []
  }
}
