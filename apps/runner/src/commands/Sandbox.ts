import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { startEmbedded } from "../Embedded.ts"
import { readFaults } from "../FaultsFile.ts"
import * as Flags from "../Flags.ts"
import { json, note, result } from "../Output.ts"
import { catalogueText, guide } from "../SandboxGuide.ts"

const wholeNumber = (name: string, metavar: string, least: number, most: number, what: string) =>
  Flag.Int(name).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(what),
    Flag.filter(
      (n) => n >= least && n <= most,
      (n) => `expected ${least} to ${most}, got ${n}`
    ),
    Flag.optional,
    Flag.map(Option.getOrUndefined)
  )

/** What the command line says. */
interface SandboxInput {
  readonly port: number | undefined
  readonly enrollees: number | undefined
  readonly data: string | undefined
  readonly seed: string | undefined
  readonly fast: boolean
  readonly bugs: "today" | "fixed" | undefined
  readonly faults: string | undefined
  readonly control: boolean
  readonly controlPort: number | undefined
  readonly tls: boolean
  readonly http2: boolean
  readonly json: boolean
}

const listFaults = Effect.fnUntraced(function* (asJson: boolean) {
  const { faultCatalogue } = yield* Effect.promise(() => import("@bcda-kit/sandbox"))
  if (asJson) yield* Effect.forEach(faultCatalogue, json, { discard: true })
  else yield* result(catalogueText(faultCatalogue))
})

/** What each persona is, for people. */
const personaLabels = Effect.map(
  Effect.promise(() => import("@bcda-kit/sandbox")),
  ({ defaultPersonas }) => new Map(defaultPersonas.map(({ id, label }) => [id, label]))
)

const serving = Effect.fnUntraced(function* (input: SandboxInput) {
  const { controlPort, faults, json: asJson, ...options } = input
  const served = yield* startEmbedded({
    ...options,
    control: controlPort === undefined ? options.control : { port: controlPort },
    faults: faults === undefined ? undefined : yield* readFaults(faults)
  })
  const { baseUrl, certificate, controlUrl, credentials } = served
  yield* asJson
    ? json({ baseUrl, credentials, controlUrl, certificate })
    : result(guide({ ...served, labels: yield* personaLabels }))
  yield* note("serving until Ctrl-C")
  return yield* Effect.never
}, Effect.scoped)

const flags = {
  port: wholeNumber("port", "N", 0, 65535, "Port on 127.0.0.1. Default: any free one"),
  enrollees: wholeNumber("enrollees", "N", 1, 10_000_000, "How many people the small entity has"),
  data: Flags.text(
    "data",
    "DIR",
    "Serve the *.ndjson files below DIR, line by line as they are, instead of made-up claims"
  ),
  seed: Flags.text("seed", "WORD", "Which made-up people and claims; the same seed gives the same bytes. Default: 1"),
  fast: Flags.yes("fast", "Jobs complete as soon as their files are written"),
  bugs: Flag.Literals("bugs", ["today", "fixed"]).pipe(
    Flag.withDescription("BCDA's bugs as they are today, or all of them fixed. Default: today"),
    Flag.optional,
    Flag.map(Option.getOrUndefined)
  ),
  faults: Flags.text("faults", "FILE", "What goes wrong: a JSON array of { fault, where?, when?, times?, ... }"),
  listFaults: Flags.yes("list-faults", "Print what can go wrong, and end"),
  control: Flags.yes("control", "Take orders over HTTP from this machine, on any free port: faults, time, log"),
  controlPort: wholeNumber("control-port", "N", 0, 65535, "The same on this port"),
  tls: Flags.yes("tls", "Speak TLS, with a certificate made for this run"),
  http2: Flags.yes("http2", "Speak HTTP/2 too, over TLS"),
  json: Flags.json
}

export const sandboxCommand = Command.make("sandbox", flags, (input) =>
  input.listFaults ? listFaults(input.json) : serving(input)
).pipe(
  Command.withDescription("A BCDA on this machine, with made-up claims; serves until Ctrl-C"),
  Command.withExamples([
    { command: "bcda sandbox", description: "Prints the base URL, credentials and curl lines to paste" },
    { command: "bcda sandbox --enrollees 5000 --port 3000", description: "More people, at a known port" },
    { command: "bcda sandbox --data ./claims", description: "Serve NDJSON files that you have" },
    {
      command: "bcda sandbox --faults faults.json --control",
      description: "Something goes wrong; change it on the way"
    },
    { command: "bcda sandbox --list-faults", description: "What can go wrong" }
  ])
)
