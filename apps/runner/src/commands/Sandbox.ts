import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { startEmbedded } from "../Embedded.ts"
import * as Flags from "../Flags.ts"
import { json, note, result } from "../Output.ts"

interface Served {
  readonly baseUrl: string
  readonly credentials: ReadonlyArray<{
    readonly persona: string
    readonly clientId: string
    readonly clientSecret: string
  }>
}

/** The whole path with curl, ready to paste: token, export, state, and one file. */
const curl = ({ baseUrl, credentials }: Served): string => {
  const [first] = credentials
  const login = `${first?.clientId}:${first?.clientSecret}`
  const bearer = '-H "Authorization: Bearer $TOKEN"'
  return [
    `TOKEN=$(curl -s -X POST -u ${login} ${baseUrl}/auth/token | grep -o '"access_token": *"[^"]*' | cut -d'"' -f4)`,
    `JOB=$(curl -si ${bearer} -H 'Accept: application/fhir+json' -H 'Prefer: respond-async' '${baseUrl}/api/v3/Group/all/$export' | grep -i '^content-location:' | cut -d' ' -f2 | tr -d '\\r')`,
    `until curl -s ${bearer} -o manifest.json -w '%{http_code}\\n' "$JOB" | grep 200; do sleep 1; done`,
    `FILE=$(grep -o '"url":"[^"]*' manifest.json | head -1 | cut -d'"' -f4)`,
    `curl -s ${bearer} -H 'Accept-Encoding: gzip' "$FILE" | gunzip | head -c 300`
  ].join("\n")
}

const person = ({ baseUrl, credentials }: Served): string => {
  const width = Math.max(...credentials.map(({ persona }) => persona.length))
  return [
    `A BCDA of your own at ${baseUrl}`,
    "",
    "Credentials (client id, secret):",
    ...credentials.map(
      ({ clientId, clientSecret, persona }) => `  ${persona.padEnd(width)}  ${clientId}  ${clientSecret}`
    ),
    "",
    "To paste:",
    curl({ baseUrl, credentials })
  ].join("\n")
}

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

export const sandboxCommand = Command.make(
  "sandbox",
  {
    port: wholeNumber("port", "N", 0, 65535, "Port on 127.0.0.1. Default: any free one"),
    enrollees: wholeNumber("enrollees", "N", 1, 10_000_000, "How many people the small entity has"),
    data: Flags.text(
      "data",
      "DIR",
      "Serve the *.ndjson files below DIR, line by line as they are, instead of made-up claims"
    ),
    json: Flags.json
  },
  Effect.fnUntraced(function* (input) {
    const { baseUrl, credentials } = yield* startEmbedded(input)
    yield* input.json ? json({ baseUrl, credentials }) : result(person({ baseUrl, credentials }))
    yield* note("serving until Ctrl-C")
    return yield* Effect.never
  }, Effect.scoped)
).pipe(
  Command.withDescription("A BCDA on this machine, with made-up claims; serves until Ctrl-C"),
  Command.withExamples([
    { command: "bcda sandbox", description: "Prints the base URL, credentials and curl lines to paste" },
    { command: "bcda sandbox --enrollees 5000 --port 3000", description: "More people, at a known port" },
    { command: "bcda sandbox --data ./claims", description: "Serve NDJSON files that you have" }
  ])
)
