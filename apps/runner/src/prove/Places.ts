import type { FaultDescription, FaultName, FaultPlace } from "@bcda-kit/sandbox"

/** Faults that at another place are another check's to see. */
const byPlace: ReadonlySet<string> = new Set([
  "Bearer checks",
  "How files are sent",
  "What is in files",
  "Trouble inside BCDA",
  "Manners of HTTP and JSON"
])

/**
 * The only ones of their groups, connections and what stands in front of BCDA, that are met everywhere: one piece of code finds all of them,
 * whatever was being read, and what is left to show for a place is that its checks look at what they got.
 */
const representatives: ReadonlySet<string> = new Set<FaultName>([
  "closed",
  "content-length-short",
  "bad-gateway",
  "html-page"
])

/** Strike at all their places at once unless told otherwise; each place alone is a fault too. */
const alone: ReadonlySet<string> = new Set<FaultName>(["invalid-token-accepted", "expired-token-accepted"])

interface Unseen {
  readonly at: ReadonlyArray<FaultPlace>
  readonly because: string
  readonly faults: ReadonlyArray<FaultName>
}

/** What is not to be seen at a place, and why. The rest has to turn a check red there. */
export const unseen: ReadonlyArray<Unseen> = [
  {
    at: ["error-file"],
    because:
      "a file of messages is read once, plain and with the run's token, for what it says; how it can be had is shown by data files",
    faults: [
      "invalid-token-accepted",
      "expired-token-accepted",
      "gzip-not-announced",
      "gzip-announced-only",
      "gzip-not-given",
      "gzip-not-asked-for",
      "gzip-cut",
      "gzip-damaged",
      "gzip-trailing-garbage",
      "gzip-differs",
      "range-refused",
      "range-shifted",
      "range-as-200",
      "unknown-file-accepted",
      "one-download-at-a-time",
      "error-with-200"
    ]
  },
  {
    at: ["error-file"],
    because: "of its lines is judged what each says, and no statement of their form goes beyond NDJSON",
    faults: ["line-keys-doubled", "file-bom"]
  },
  {
    at: ["attribution", "file", "error-file"],
    because: "no statement says what is in the body of a refusal there",
    faults: ["error-not-outcome", "error-as-text", "error-empty", "error-content-type"]
  },
  {
    at: ["cancel", "jobs"],
    because: "application/fhir+json is stated for errors of a kick-off and of a status alone",
    faults: ["error-content-type"]
  }
]

const isUnseen = (name: string, place: FaultPlace): boolean =>
  unseen.some(({ at, faults }) => at.includes(place) && faults.some((fault) => fault === name))

/** The places, beside those of its usual server, at which a fault is met on a server of its own. */
export const otherPlaces = ({ everywhere, group, name, where }: FaultDescription): ReadonlyArray<FaultPlace> => {
  const isMet = everywhere ? alone.has(name) : byPlace.has(group) || representatives.has(name)
  const others = everywhere ? where : where.slice(1)
  return isMet ? others.filter((place) => place !== "any" && place !== "other" && !isUnseen(name, place)) : []
}
