import { createHash } from "node:crypto"
import { type ApiVersion, batches, type DataSource, type Persona, type ResourceType } from "@bcda-kit/sandbox"

/** A beneficiary's number, of the form that CMS's documentation shows, in claims and error files: it must be seen nowhere else. */
export const mbi = "1EG4TE5MK73"

/** The client's secret, which must be seen nowhere at all. */
export const secret = "canary-secret-of-the-matrix"

/** Six people: two files of claims, one of everything else. */
export const persona: Persona = {
  id: "matrix",
  label: "The matrix",
  cmsId: "A9990",
  acoUuid: "00000000-aaaa-4000-8000-000000000001",
  clientId: "matrix",
  clientSecret: secret,
  people: 6,
  attribution: { all: "current", runout: "current" }
}

/** The same people for an organization that may not run two jobs alike. */
export const limited: Persona = {
  ...persona,
  id: "limited",
  cmsId: "A9998",
  clientId: "limited",
  limits: { duplicateJobs: true }
}

export const batchSizes = { Patient: 50, Coverage: 50, ExplanationOfBenefit: 4, Claim: 50, ClaimResponse: 50 }

export const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex")

/** Text that gzip cannot make small, so that files are cut in their middle whether they travel compressed or not. */
const noise = (of: string): string => Array.from({ length: 12 }, (_, n) => sha256(`${of} ${n}`)).join("")

/** Every other person has news. */
const updatedAt = (person: number): string => (person % 2 === 0 ? "2026-01-01T00:00:00Z" : "2026-09-20T00:00:00Z")

const lineOf = (version: ApiVersion, type: ResourceType, person: number): string =>
  JSON.stringify({
    id: type === "Patient" ? `-${1001 + person}` : `${type.toLowerCase()}--${1001 + person}`,
    identifier: [{ system: "http://hl7.org/fhir/sid/us-mbi", value: mbi }],
    meta: { lastUpdated: updatedAt(person) },
    note: `é ${noise(`${version} ${type} ${person}`)}`,
    ...(type === "Patient" ? {} : { patient: { reference: `Patient/-${1001 + person}` } }),
    resourceType: type
  })

/** How many bytes the first line of the plain file of patients has, with its end. */
export const firstLineBytes = Buffer.byteLength(`${lineOf("v3", "Patient", 0)}\n`)

const people = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from }, (_, index) => from + index)

export const claims: DataSource = {
  plan: ({ batchSizes, filter, population, since, types, version }) =>
    types.flatMap((type) =>
      batches(population.people, batchSizes[type]).map(({ from, to }) => ({
        type,
        people: to - from,
        *lines() {
          for (const person of people(from, to)) {
            if (since !== undefined && Date.parse(updatedAt(person)) <= since.getTime()) continue
            if (type === "ExplanationOfBenefit" && person === 0 && filter.serviceFrom !== undefined) continue
            yield lineOf(version, type, person)
          }
          // Somebody is unknown to the claims server, which makes an error file.
          if (type === "Coverage") yield { why: "unknown" as const, mbi }
        }
      }))
    )
}

/** What the data files of an export of everything hold: `<type> <sha256>` of each, sorted. Made from the claims alone, without any server. */
export const contentsOf = (version: ApiVersion): ReadonlyArray<string> =>
  (["Patient", "Coverage", "ExplanationOfBenefit"] as const)
    .flatMap((type) =>
      batches(persona.people, batchSizes[type]).map(({ from, to }) => {
        const text = people(from, to).map((person) => `${lineOf(version, type, person)}\n`)
        return `${type} ${sha256(text.join(""))}`
      })
    )
    .toSorted()
