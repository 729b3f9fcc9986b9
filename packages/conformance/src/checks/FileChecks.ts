/** The files of a finished job. */
import {
  type Assertion,
  assertion,
  citing,
  errorStatus,
  fact,
  get,
  header,
  jsonOf,
  list,
  mediaType,
  refused,
  status
} from "../Assertion.ts"
import { blocked, type Check, notApplicable } from "../Check.ts"
import type { Exchange } from "../Exchange.ts"
import { part } from "../internal/fileReader.ts"
import { finished } from "./StatusChecks.ts"

const digest = (exchange: Exchange): string | undefined =>
  exchange.response?.body.kind === "file" ? exchange.response.body.sha256 : undefined

/** How long the part of a file is that is asked for. */
const partBytes = part.to - part.from

/** The tag of that part, if the file is long enough. */
const partOf = (exchange: Exchange): string | undefined =>
  exchange.response?.body.kind === "file" ? exchange.response.body.part : undefined

/** The body came to its end; if not, the spot is where it broke off. */
const wholeBody = (exchange: Exchange): Assertion =>
  fact(exchange, "end", "the whole body", ({ bytes, complete, lines, problem }) => ({
    actual: problem ?? "the whole body",
    holds: complete,
    spot: { line: Math.max(1, lines), offset: bytes }
  }))

/** Whom a file is about, as tags; undefined when that was not recorded. */
const peopleOf = (exchange: Exchange): ReadonlyArray<string> | undefined =>
  exchange.response?.body.kind === "file" ? exchange.response.body.patients : undefined

export const fileChecks: ReadonlyArray<Check> = [
  {
    id: "file/fetched",
    title: "A file is answered 200 and arrives whole",
    requirements: [
      "export#f-get",
      "export#f-200",
      "export#status-files-accessible",
      "export#role-file-server",
      "SEED-41"
    ],
    steps: ["file"],
    judge: (view) => view.all("file").flatMap((file) => [status(file, [200]), wholeBody(file)])
  },
  {
    id: "file/not-empty",
    title: "A file has at least one line",
    requirements: ["export#m-no-empty-item", "SEED-41"],
    steps: ["file"],
    judge: (view) =>
      view
        .all("file")
        .map((file) => fact(file, "lines", "at least one", ({ lines }) => ({ actual: lines, holds: lines > 0 })))
  },
  {
    id: "file/content-type",
    title: "A file is sent as application/fhir+ndjson",
    requirements: ["export#f-ctype", "export#of-ndjson", "SEED-48"],
    steps: ["file"],
    judge: (view) => view.all("file").map((file) => mediaType(file, ["application/fhir+ndjson"]))
  },
  {
    id: "file/ndjson",
    title: "Every line of a file is one JSON object with a resourceType",
    requirements: ["export#f-ndjson", "export#of-ndjson", "SEED-48"],
    steps: ["file"],
    judge: (view) =>
      view.all("file").flatMap((file) => [
        fact(file, "bad lines", "none", ({ badLines, spots }) => ({
          actual: badLines === 0 ? "none" : `${badLines}, the first at ${spots.bad.map(({ line }) => line).join(", ")}`,
          holds: badLines === 0,
          spot: spots.bad[0]
        })),
        fact(file, "blank lines", "none", ({ blankLines, spots }) => ({
          actual: blankLines,
          holds: blankLines === 0,
          spot: spots.blank[0]
        })),
        fact(file, "lines without resourceType", "none", ({ spots, withoutType }) => ({
          actual: withoutType,
          holds: withoutType === 0,
          spot: spots.withoutType[0]
        })),
        fact(file, "byte order mark", "none", ({ byteOrderMark }) => ({
          actual: byteOrderMark ? "one" : "none",
          holds: !byteOrderMark,
          spot: { line: 1, offset: 0 }
        })),
        fact(file, "lines with a member twice", "none", ({ doubledMembers }) => ({
          actual: doubledMembers,
          holds: doubledMembers === 0
        })),
        fact(file, "compression", "none, or announced", ({ gzip }) => ({
          actual: gzip,
          holds: ["none", "announced"].includes(gzip)
        }))
      ])
  },
  {
    id: "file/one-type",
    title: "A file holds the one type that the manifest gives it",
    requirements: ["export#m-one-type", "SEED-32", "SEED-52"],
    steps: ["file"],
    judge: (view) =>
      view.all("file").map((file) =>
        fact(file, "types", `${file.declared?.type || "a labelled type"} only`, ({ spots, types }) => {
          const foreign = Object.keys(types).filter((type) => type !== file.declared?.type)
          return {
            actual: types,
            holds: Object.keys(types).length > 0 && foreign.length === 0,
            spot: foreign.map((type) => spots.types[type]).find((spot) => spot !== undefined)
          }
        })
      )
  },
  {
    id: "file/plain-on-request",
    title: "A file comes plain when no compression is asked for",
    requirements: ["export#f-encoding", "SEED-46"],
    steps: ["file"],
    judge: (view) =>
      view
        .all("file")
        .flatMap((file) => [
          header(file, "content-encoding", "nothing", (value) => value === undefined || value === "identity"),
          fact(file, "compression", "none", ({ gzip }) => ({ actual: gzip, holds: gzip === "none" }))
        ])
  },
  {
    id: "file/gzip-on-request",
    title: "A file comes compressed when gzip is asked for, and says so",
    requirements: ["export#f-content-encoding", "SEED-46"],
    steps: ["file-gzip"],
    judge: (view) =>
      view
        .all("file-gzip")
        .flatMap((file) => [
          status(file, [200]),
          fact(file, "compression", "announced gzip", ({ gzip }) => ({ actual: gzip, holds: gzip === "announced" })),
          wholeBody(file)
        ])
  },
  {
    id: "file/gzip-same-content",
    title: "Unpacked, a compressed file is the same NDJSON",
    requirements: ["SEED-47"],
    steps: ["file", "file-gzip"],
    judge: (view) => {
      const plain = view.all("file")
      return view.all("file-gzip").map((file, index) => {
        const other = plain[index]
        const same = digest(file) !== undefined && other !== undefined && digest(file) === digest(other)
        return assertion(
          file,
          "file sha256",
          (other && digest(other)) ?? "the digest of the plain file",
          digest(file),
          same
        )
      })
    }
  },
  {
    id: "file/needs-token",
    title: "A file is not given out without a token",
    requirements: ["export#f-token", "export#f-error", "export#sec-files-same-auth", "SEED-49"],
    steps: ["status", "file-no-token"],
    judge: (view) => {
      const done = finished(view)
      if ("excuse" in done) return done
      if (get(jsonOf(done), ["requiresAccessToken"]) === false) return notApplicable("requiresAccessToken is false")
      return [refused(view.one("file-no-token"))]
    }
  },
  {
    id: "file/ids",
    title: "Every resource of a file has an id",
    requirements: ["export#f-ndjson", "SEED-48"],
    steps: ["file"],
    judge: (view) =>
      view.all("file").map((file) =>
        fact(file, "lines without id", "none", ({ lines, withoutId }) => ({
          actual: withoutId,
          holds: withoutId === 0 && lines > 0
        }))
      )
  },
  {
    id: "file/each-once",
    title: "A file has each resource once",
    requirements: ["export#f-latest-version"],
    steps: ["file"],
    judge: (view) =>
      view.all("file").map((file) =>
        fact(file, "lines with an id of before", "none", ({ lines, repeatedIds }) => ({
          actual: repeatedIds,
          holds: repeatedIds === 0 && lines > 0
        }))
      )
  },
  {
    id: "file/made-up-people",
    title: "In a sandbox the ids of patients are negative numbers",
    requirements: ["SEED-53"],
    steps: ["file"],
    judge: (view) =>
      view.descriptor.data.negativePatientIds
        ? view.all("file").map((file) =>
            fact(file, "lines about a person of another kind", "none", ({ lines, positivePatients }) => ({
              actual: positivePatients,
              holds: positivePatients === 0 && lines > 0
            }))
          )
        : notApplicable("nothing is known about ids of people there")
  },
  {
    id: "file/same-people",
    title: "Files of one job are about the same people, each of whom has a Patient",
    requirements: ["export#sec-limit-to-authorized", "export#patient-resources"],
    steps: ["status", "file"],
    judge: (view) => {
      const done = finished(view)
      if ("excuse" in done) return done
      const of = (type: string) => view.all("file").filter(({ declared }) => declared?.type === type)
      const [patients] = of("Patient")
      const lists = list(jsonOf(done), ["output"]).filter((item) => get(item, ["type"]) === "Patient").length
      const known = patients === undefined ? undefined : peopleOf(patients)
      if (patients === undefined || known === undefined || lists !== 1)
        return notApplicable("there is no single file of all Patients to compare with")
      const others = view.all("file").filter((file) => file !== patients && (peopleOf(file)?.length ?? 0) > 0)
      if (others.length === 0) return notApplicable("no other file tells whom it is about")
      return [
        ...citing(
          ["export#patient-resources"],
          fact(patients, "people", "some", () => ({ actual: known.length, holds: known.length > 0 }))
        ),
        ...others.flatMap((file) => {
          const people = peopleOf(file) ?? []
          const strangers = people.filter((one) => !known.includes(one)).length
          const seen = `${strangers} of ${people.length} without`
          return [
            ...citing(
              ["export#patient-resources"],
              fact(file, "people", "all with a Patient", () => ({ actual: seen, holds: strangers === 0 }))
            ),
            ...citing(
              ["export#sec-limit-to-authorized"],
              fact(file, "people", "at least one with a Patient", () => ({
                actual: seen,
                holds: strangers < people.length
              }))
            )
          ]
        })
      ]
    }
  },
  {
    id: "file/part",
    title: "Who asks for a part of a file gets just that part, or the whole file",
    requirements: ["export#f-200", "bcda#file-parts"],
    steps: ["file-gzip", "file-part"],
    judge: (view) => {
      const answer = view.one("file-part")
      const whole = view.all("file-gzip").find(({ request }) => request.url === answer.request.url)
      if (whole?.response?.status !== 200) return blocked("there is no whole file to compare with")
      if (partOf(whole) === undefined) return notApplicable("the file is too short to have such a part")
      if (answer.response?.status === 200) {
        return digest(answer) === digest(whole)
          ? notApplicable("the server sends no parts of files, as it may")
          : citing(
              ["export#f-200"],
              assertion(answer, "file sha256", digest(whole) ?? "that of the whole file", digest(answer), false)
            )
      }
      return citing(
        ["bcda#file-parts"],
        status(answer, [206]),
        header(answer, "content-range", `bytes ${part.from}-${part.to - 1}/SIZE`, (value) =>
          (value ?? "").startsWith(`bytes ${part.from}-${part.to - 1}/`)
        ),
        fact(answer, "bytes of the wire", String(partBytes), ({ wireBytes }) => ({
          actual: wireBytes,
          holds: wireBytes === partBytes
        })),
        fact(answer, "part", "what the whole file has there", () => ({
          actual: partOf(answer) === partOf(whole) ? "what the whole file has there" : "something else",
          holds: partOf(answer) === partOf(whole)
        }))
      )
    }
  },
  {
    id: "file/at-once",
    title: "Files that are fetched at once are the same as fetched one by one",
    requirements: ["SEED-42"],
    steps: ["file", "file-parallel"],
    judge: (view) => {
      const serial = view.all("file")
      return view.all("file-parallel").flatMap((file) => {
        const other = serial.find(({ request }) => request.url === file.request.url)
        const expected = (other && digest(other)) ?? "the digest of the same file"
        return [status(file, [200]), assertion(file, "file sha256", expected, digest(file), digest(file) === expected)]
      })
    }
  },
  {
    id: "file/unknown-refused",
    title: "A file that the job does not have is not given out",
    requirements: ["export#f-error"],
    steps: ["file-unknown"],
    judge: (view) => [errorStatus(view.one("file-unknown"))]
  }
]
