import type { FaultDescription } from "@bcda-kit/sandbox"
import type { RunningSandbox } from "@bcda-kit/sandbox/node"

/** What a person is told of a sandbox that serves. */
export type Served = Pick<RunningSandbox, "baseUrl" | "certificate" | "controlUrl" | "credentials"> & {
  /** What each persona is, by its id. */
  readonly labels: ReadonlyMap<string, string>
}

/** Columns, two spaces apart. */
const table = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = rows.reduce<ReadonlyArray<number>>(
    (widest, row) => row.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)),
    []
  )
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
}

/** The whole path with curl, ready to paste: token, export, state, and one file. */
const exporting = ({ baseUrl, certificate, credentials }: Served): ReadonlyArray<string> => {
  const [first] = credentials
  const login = `${first?.clientId}:${first?.clientSecret}`
  const bearer = '-H "Authorization: Bearer $TOKEN"'
  // A certificate that is made at the start is on nobody's list.
  const curl = certificate === undefined ? "curl" : "curl -k"
  return [
    `TOKEN=$(${curl} -s -X POST -u ${login} ${baseUrl}/auth/token | grep -o '"access_token": *"[^"]*' | cut -d'"' -f4)`,
    `JOB=$(${curl} -si ${bearer} -H 'Accept: application/fhir+json' -H 'Prefer: respond-async' '${baseUrl}/api/v3/Group/all/$export' | grep -i '^content-location:' | cut -d' ' -f2 | tr -d '\\r')`,
    `until ${curl} -s ${bearer} -o manifest.json -w '%{http_code}\\n' "$JOB" | grep 200; do sleep 1; done`,
    `FILE=$(grep -o '"url":"[^"]*' manifest.json | head -1 | cut -d'"' -f4)`,
    `${curl} -s ${bearer} -H 'Accept-Encoding: gzip' "$FILE" | gunzip | head -c 300`
  ]
}

const controlling = (controlUrl: string): ReadonlyArray<string> => [
  "",
  `Control at ${controlUrl}, for this machine only. To paste:`,
  `curl -s ${controlUrl}/catalogue                                         # what can go wrong`,
  `curl -s -X PUT ${controlUrl}/faults -d '[{"fault":"cut","where":"file","times":1,"bytes":100}]'`,
  `curl -s -X POST ${controlUrl}/clock -d '{"advance":"24 hours"}'           # a day passes`,
  `curl -s '${controlUrl}/log?area=file'                                   # what clients really sent`,
  `curl -s -X POST ${controlUrl}/reset`
]

/** Where it is, who may use it, and lines to paste. */
export const guide = (served: Served): string => {
  const { baseUrl, certificate, controlUrl, credentials, labels } = served
  const rows = credentials.map(({ clientId, clientSecret, persona }) => [
    persona,
    clientId,
    clientSecret,
    labels.get(persona) ?? ""
  ])
  return [
    `A BCDA of your own at ${baseUrl}`,
    ...(certificate === undefined ? [] : ["Its certificate is made for this run; --json prints it."]),
    "",
    "Credentials:",
    ...table([["persona", "client id", "client secret", ""], ...rows]),
    ...(controlUrl === undefined ? [] : controlling(controlUrl)),
    "",
    "To paste:",
    ...exporting(served)
  ].join("\n")
}

const optionText = ({ about, default: value, name }: FaultDescription["options"][number]): string =>
  `      ${name}: ${about} (${JSON.stringify(value)})`

/** The catalogue for a person: names, what they do, where they strike, and their options with defaults. */
export const catalogueText = (catalogue: ReadonlyArray<FaultDescription>): string =>
  catalogue
    .flatMap(({ group, kind, name, options, title, where }, index) => [
      ...(group === catalogue[index - 1]?.group ? [] : ["", group, ""]),
      `  ${name}${kind === "variant" ? " (variant)" : ""}: ${title}`,
      `      at ${where.join(", ")}`,
      ...options.map(optionText)
    ])
    .join("\n")
    .trimStart()
