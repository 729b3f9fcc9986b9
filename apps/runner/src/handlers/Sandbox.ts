import { Effect } from "effect"
import { startEmbedded } from "../Embedded.ts"
import { readFaults } from "../FaultsFile.ts"
import { json, note, result } from "../Output.ts"
import { catalogueText, guide } from "../SandboxGuide.ts"

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
  readonly listFaults: boolean
  readonly json: boolean
}

const listFaults = Effect.fnUntraced(function* (asJson: boolean) {
  const { faultCatalogue } = yield* Effect.promise(() => import("@bcda-kit/sandbox"))
  if (!asJson) return yield* result(catalogueText(faultCatalogue))
  yield* Effect.forEach(faultCatalogue, json, { discard: true })
  yield* json({ faults: faultCatalogue.length })
})

/** What each persona is, for people. */
const personaLabels = Effect.map(
  Effect.promise(() => import("@bcda-kit/sandbox")),
  ({ defaultPersonas }) => new Map(defaultPersonas.map(({ id, label }) => [id, label]))
)

const serving = Effect.fnUntraced(function* (input: SandboxInput) {
  const { controlPort, faults, json: asJson, listFaults: _, ...options } = input
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

/** Serves until it is interrupted, or lists what can go wrong. */
export const sandbox = (input: SandboxInput) => (input.listFaults ? listFaults(input.json) : serving(input))
