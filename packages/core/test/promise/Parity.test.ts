/** Whoever uses promises can do what users of Effect can: every operation, every option, every name. */
import { readFileSync } from "node:fs"
import * as Core from "@bcda-kit/core"
import * as Node from "@bcda-kit/core/node"
import * as Promises from "@bcda-kit/core/promise"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"

type Policy = Required<Core.PolicyOptions>

/** What the types of the one side have and those of the other do not: by the name of what is compared, or of the options. */
interface Missing {
  operations: Exclude<keyof Core.BcdaClient["Service"] & string, keyof Promises.Bcda>
  reasons: Exclude<ReasonName, Promises.BcdaError["reason"]["_tag"]>
  ClientOptions: Exclude<keyof Core.ClientOptions, keyof Promises.ConnectOptions>
  TargetOptions: Exclude<keyof Core.TargetOptions, keyof Promises.ConnectOptions>
  Target: Exclude<DataOf<typeof Core.Target>, keyof Promises.Target>
  JobRef: Exclude<DataOf<typeof Core.JobRef>, keyof Promises.JobRef>
  ExportRequest: Exclude<DataOf<typeof Core.ExportRequest>, keyof Promises.RequestOptions>
  KickOffOptions: Exclude<keyof Core.KickOffOptions, keyof Promises.KickOffOptions>
  OpenOptions: Exclude<keyof Core.OpenOptions, keyof Promises.OpenOptions>
  FileResponse: Exclude<keyof Core.FileResponse, keyof Promises.OpenFile>
  ExportOptions: Exclude<keyof Node.ExportOptions, keyof Promises.ExportOptions>
  SinceLastOptions: Exclude<keyof Node.SinceLastOptions, keyof Promises.SinceLastOptions>
  SaveOptions: Exclude<keyof Node.SaveOptions, keyof Promises.SaveOptions>
  ResourcesOptions: Exclude<keyof Core.ResourcesOptions, keyof Promises.ResourcesOptions>
  ReadOptions: Exclude<keyof Core.ReadOptions, keyof Promises.ReadOptions>
  ManifestOptions: Exclude<keyof Core.ManifestOptions, keyof Promises.ManifestOptions>
  FileOptions: Exclude<keyof Core.FileOptions, keyof Promises.FileOptions>
  SinkExportOptions: Exclude<keyof Core.SinkExportOptions, keyof Promises.SinkExportOptions>
  SinkDefinition: Exclude<keyof Core.SinkDefinition, keyof Promises.Sink>
  SinkWriter: Exclude<keyof Core.SinkWriter, keyof Promises.SinkWriter>
  decode: Exclude<Extract<Core.Decode, string>, Promises.Decode>
  PolicyOptions: Exclude<keyof Policy, keyof Promises.PolicyOptions>
  Policy: Exclude<keyof Core.Policy, keyof Promises.Policy>
  pollPolicy: Exclude<keyof Policy["poll"], keyof NonNullable<Promises.PolicyOptions["poll"]>>
  retryPolicy: Exclude<keyof Policy["retry"], keyof NonNullable<Promises.PolicyOptions["retry"]>>
}
type DataOf<C extends { readonly Encoded: unknown }> = keyof C["Encoded"]
type ReasonName = {
  [K in keyof typeof Core]: (typeof Core)[K] extends {
    new (...given: never): { readonly _tag: K; readonly next: string; readonly reason?: never }
  }
    ? Exclude<K, "TargetError">
    : never
}[keyof typeof Core]

/** Does not compile while anything is missing; the compiler's message names it. */
const compared: { readonly [K in keyof Missing]: [Missing[K]] extends [never] ? "all there" : Missing[K] } = {
  operations: "all there",
  reasons: "all there",
  ClientOptions: "all there",
  TargetOptions: "all there",
  Target: "all there",
  JobRef: "all there",
  ExportRequest: "all there",
  KickOffOptions: "all there",
  OpenOptions: "all there",
  FileResponse: "all there",
  ExportOptions: "all there",
  SinceLastOptions: "all there",
  SaveOptions: "all there",
  ResourcesOptions: "all there",
  ReadOptions: "all there",
  ManifestOptions: "all there",
  FileOptions: "all there",
  SinkExportOptions: "all there",
  SinkDefinition: "all there",
  SinkWriter: "all there",
  decode: "all there",
  PolicyOptions: "all there",
  Policy: "all there",
  pollPolicy: "all there",
  retryPolicy: "all there"
}

type Place =
  | keyof typeof Promises
  | `Bcda.${keyof Promises.Bcda & string}`
  | `ConnectOptions.${keyof Promises.ConnectOptions}`

/** Where names of the entries with effects are that have another one here, or why they are nowhere. */
const elsewhere: Readonly<Record<string, Place | { readonly type: string } | { readonly needless: string }>> = {
  AnyCredentials: "ConnectOptions.credentials",
  BcdaClient: "connect",
  BearerReason: { needless: "no operation has exactly these" },
  ClientOptions: { type: "ConnectOptions" },
  Credentials: "ConnectOptions.credentials",
  ExchangeReason: { type: "MetadataReason" },
  ExportRequest: { type: "RequestOptions" },
  FileResponse: { type: "OpenFile" },
  KeyCredentials: "ConnectOptions.credentials",
  NodeTransport: "nodeFetch",
  Scope: { type: "RequestOptions" },
  DirectorySink: "Bcda.export",
  SinkDefinition: { type: "Sink" },
  SmartBackendServices: { needless: "its pieces are for those who judge a token endpoint; a client takes the whole" },
  SystemType: "TypeFilter",
  WritableSink: "Sinks",
  exportToSink: "Bcda.exportToSink",
  Transport: "ConnectOptions.fetch",
  exportEvents: "Bcda.exportEvents",
  DecodingServices: { needless: "schemas of other libraries need none" },
  forEachResource: "Bcda.forEachResource",
  resources: "Bcda.resources",
  resourcesOf: "Bcda.resourcesOf",
  resourcesOfFile: "Bcda.resourcesOfFile",
  exportSinceLastEvents: "Bcda.exportSinceLastEvents",
  exportToDirectory: "Bcda.export",
  makePolicy: "ConnectOptions.policy",
  saveFile: "Bcda.saveFile"
}

const source = (path: string) => readFileSync(new URL(`../../src/${path}`, import.meta.url), "utf8")

/** Names that a module hands on: values and types. Those of `export *` are asked of the module itself. */
const namesIn = (path: string): ReadonlyArray<string> => {
  const text = source(path)
  const listed = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gms)].flatMap(([, list = ""]) => list.split(","))
  const own = [...text.matchAll(/^export (?:\* as|interface|type|class|const) (\w+)/gm)].map(([, name = ""]) => name)
  const typesOf = [...text.matchAll(/^export (?:type )?\* from "\.\/(.*)"$/gm)].flatMap(([, file = ""]) =>
    namesIn(file)
  )
  const names = [...listed.map((name) => name.replace(/\btype\b/, "").trim()), ...own, ...typesOf]
  return [...new Set(names)].filter((name) => name !== "")
}

const theirs = [
  ...new Set([...namesIn("index.ts"), ...namesIn("node/index.ts"), ...Object.keys(Core), ...Object.keys(Node)])
]
const ours = new Set([...namesIn("promise.ts"), ...Object.keys(Promises)])
const reasons = new Set<string>(
  Object.entries(Core).flatMap(([name, value]) =>
    typeof value === "function" && "fields" in value && isReason(value) ? [name] : []
  )
)
function isReason(value: { readonly prototype: unknown }): boolean {
  const { prototype } = value
  return prototype instanceof Error && "next" in prototype
}

describe("the entry with promises", () => {
  it("has the types of all operations and options", () => {
    const options = theirs.filter((name) => name.endsWith("Options"))
    assert.includeMembers(options, ["ExportOptions", "SinceLastOptions", "OpenOptions"])
    assert.deepStrictEqual(
      options.filter((name) => !Object.hasOwn(compared, name)),
      [],
      "options that are not compared"
    )
  })

  it.effect("has the client's operations", () =>
    Effect.gen(function* () {
      const client = Promises.connect({ target: "sandbox" })
      const service = yield* Core.BcdaClient
      assert.isAbove(Object.keys(service).length, 10)
      assert.deepStrictEqual(
        Object.keys(service).filter((name) => !(name in client)),
        []
      )
    }).pipe(
      Effect.provide(
        Core.BcdaClient.layer({ target: Core.Target.sandbox() }).pipe(Layer.provide(Node.NodeTransport.layer))
      )
    )
  )

  it("has every name, or another one for it", () => {
    assert.isAbove(theirs.length, 100)
    assert.isAbove(reasons.size, 30)
    const lost = theirs.filter((name) => !ours.has(name) && !reasons.has(name) && !Object.hasOwn(elsewhere, name))
    assert.deepStrictEqual(lost, [])
  })

  it("keeps no list of names that are there or gone", () => {
    const idle = Object.keys(elsewhere).filter((name) => ours.has(name) || !theirs.includes(name))
    assert.deepStrictEqual(idle, [])
    const types = Object.values(elsewhere).flatMap((place) =>
      typeof place === "object" && "type" in place ? [place.type] : []
    )
    assert.deepStrictEqual(
      types.filter((name) => !ours.has(name)),
      []
    )
  })

  it("has every function of every module", () => {
    const modules: Readonly<Record<string, object>> = { ...Core, ...Node }
    const mine: Readonly<Record<string, unknown>> = { ...Promises }
    const isModule = (name: string) => Object.prototype.toString.call(modules[name]) === "[object Module]"
    const shared = Object.keys(modules).filter((name) => isModule(name) && !Object.hasOwn(elsewhere, name))
    assert.includeMembers(shared, ["Calendar", "Migration", "RequestRules", "Expires", "Estimate"])
    for (const name of shared) {
      const here = mine[name]
      if (typeof here !== "object" || here === null) return assert.fail(`there is no module ${name}`)
      const functions = Object.entries(modules[name] ?? {}).filter(
        ([, value]) => typeof value === "function" && !("ast" in value)
      )
      assert.deepStrictEqual(
        functions.map(([key]) => key).filter((key) => !(key in here)),
        [],
        name
      )
    }
    return undefined
  })
})
