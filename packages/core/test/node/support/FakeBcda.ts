/**
 * A tiny BCDA for these tests: jobs that all have the same files, real gzip with the empty second member, ranges of stored files that count
 * compressed bytes, and faults that a test switches on per file.
 */

import { randomBytes } from "node:crypto"
import type * as http from "node:http"
import { gzipSync } from "node:zlib"
import { BcdaClient, Credentials, type PolicyOptions, Target } from "@bcda-kit/core"
import { NodeTransport } from "@bcda-kit/core/node"
import { Effect, Layer, Result } from "effect"
import { serve } from "./Loopback.ts"

export interface FakeFile {
  readonly type: string
  /** Last part of its URL's path. */
  readonly name: string
  readonly content: string | Buffer
  readonly section?: "output" | "error" | "deleted"
  /** The manifest's URL, if not `<base>/data/7/<name>`. */
  readonly url?: string
  /** Stored plain, as BCDA's warnings are; it then comes uncompressed with a Content-Length. */
  readonly plain?: boolean
}

/**
 * Answers a request for a file in place of the server, whose status and headers are set and whose body would be `wire`; `nth` counts the
 * requests for it from 1. Return false to let the server answer.
 */
export type Fault = (response: http.ServerResponse, wire: Buffer, nth: number) => boolean

export interface FakeBcda {
  readonly baseUrl: string
  readonly target: Target
  /** Every request as `METHOD /path`, in order. */
  readonly requests: Array<string>
  /** The headers of each. */
  readonly requestHeaders: Array<http.IncomingHttpHeaders>
  /** How often a file's URL was asked for. */
  readonly asked: (name: string) => number
  /** The `Range` of every request for a file, in order; empty for the whole file. */
  readonly ranges: (name: string) => ReadonlyArray<string>
  /** The jobs that were started. */
  readonly jobs: Array<FakeJob>
  /** Answers a kick-off, in place of the server; `job` is the one it would start, or has started if it is in `jobs` by then. */
  kickOffAnswer: ((response: http.ServerResponse, job: FakeJob) => boolean) | undefined
  /** Answers a cancellation in place of the server. */
  cancelAnswer: ((response: http.ServerResponse) => void) | undefined
  /** Answers the list of jobs in place of the server. */
  jobsAnswer: ((response: http.ServerResponse) => void) | undefined
  /** When the stored files were written, as HTTP has it; another time is another state of the file. */
  lastModified: string
  /** The token that is accepted; another one is given out from then on. */
  token: string
  /** Whether the client id and secret are no longer good. */
  refuseTokens: boolean
  /** By file name; tests change it as they go. */
  readonly faults: Map<string, Fault>
  /** What the job's URL answers in place of the manifest. */
  jobAnswer: ((response: http.ServerResponse) => void) | undefined
  /** The job's `Expires`, as Go prints a time. */
  expires: string
  /** The manifest's. */
  transactionTime: string
  /** What the attribution status says; the path is not there without it. */
  attribution: { readonly ingestion_dates: ReadonlyArray<unknown> } | undefined
  /** Looks at the job before it is done. */
  pending: number
  /** A client of this server with short pauses. */
  readonly client: (policy?: PolicyOptions) => Layer.Layer<BcdaClient>
}

/** A job of the list. */
export interface FakeJob {
  readonly id: string
  /** The kick-off URL. */
  readonly url: string
  readonly start: string
  status: string
}

/** The clocks of these tests are real ones, so every pause is as short as can be. */
export const quick = {
  retry: { initial: "1 millis", max: "5 millis" },
  poll: { initial: "1 millis", max: "5 millis" },
  kickOff: { settle: 0 },
  fileAttempts: 3
} as const satisfies PolicyOptions

/** The bytes BCDA sends for a stored file: its gzip, and after it the empty member of a writer that was closed without being used. */
export const stored = (content: string | Buffer): Buffer => Buffer.concat([gzipSync(content), gzipSync("")])

/** NDJSON lines of a resource type, with characters of two to four bytes. */
export const lines = (type: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify({ id: `é-${i}-雪-🐢`, resourceType: type })}\n`).join("")

/** NDJSON lines of some `size` bytes that hardly compress, so that a file is large on the wire as well. */
export const bulky = (type: string, count: number, size = 8000): string =>
  Array.from({ length: count }, (_, i) => {
    const text = randomBytes(size * 0.75).toString("base64")
    return `${JSON.stringify({ id: `é-${i}`, resourceType: type, text })}\n`
  }).join("")

/** What BCDA says of a job that it does not know. */
const notFound = JSON.stringify({
  resourceType: "OperationOutcome",
  issue: [{ severity: "error", code: "not-found", details: {} }]
})

export const fakeBcda = (files: ReadonlyArray<FakeFile>) =>
  Effect.gen(function* () {
    const requests: Array<string> = []
    const requestHeaders: Array<http.IncomingHttpHeaders> = []
    const jobs: Array<FakeJob> = []
    const rangesAsked: Array<readonly [string, string]> = []
    const asked = (name: string) => requests.filter((request) => request === `GET /data/7/${name}`).length
    const faults = new Map<string, Fault>()

    const server = yield* Effect.acquireDisposable(
      Effect.promise(() =>
        serve((request, response) => {
          const path = new URL(request.url ?? "", "http://x").pathname
          requests.push(`${request.method} ${path}`)
          requestHeaders.push(request.headers)
          response.setHeader("connection", "close")
          if (path === "/auth/token" && fake.refuseTokens) return response.writeHead(401).end()
          if (path === "/auth/token") {
            return response.end(JSON.stringify({ access_token: fake.token, expires_in: "1200", token_type: "bearer" }))
          }
          if (request.headers.authorization !== `Bearer ${fake.token}`) return response.writeHead(401).end()
          if (path.endsWith("/$export")) return answerKickOff(`${fake.baseUrl}${request.url ?? ""}`, response)
          if (path === "/api/v3/jobs") return answerJobs(response)
          if (path === "/api/v3/attribution_status" && fake.attribution !== undefined) {
            return response.end(JSON.stringify(fake.attribution))
          }
          const job = jobs.find(({ id }) => path === `/api/v3/jobs/${id}`)
          if (job !== undefined && request.method === "DELETE") {
            if (fake.cancelAnswer !== undefined) return fake.cancelAnswer(response)
            job.status = "cancelled"
            return response.writeHead(202).end()
          }
          if (job !== undefined) return answerJob(job, response)
          if (path.startsWith("/api/v3/jobs/")) return response.writeHead(404).end(notFound)
          const file = files.find(({ name }) => path === `/data/7/${name}`)
          return file === undefined ? response.writeHead(404).end() : answerFile(file, request, response)
        })
      )
    )

    const answerKickOff = (url: string, response: http.ServerResponse) => {
      const job: FakeJob = { id: `${7 + jobs.length}`, url, start: new Date().toISOString(), status: "in-progress" }
      if (fake.kickOffAnswer?.(response, job) === true) return undefined
      jobs.push(job)
      return response.writeHead(202, { "content-location": `${fake.baseUrl}/api/v3/jobs/${job.id}` }).end()
    }

    const answerJobs = (response: http.ServerResponse) => {
      if (fake.jobsAnswer !== undefined) return fake.jobsAnswer(response)
      const entry = jobs.map(({ id, url, start, status }) => ({
        resource: {
          resourceType: "Task",
          identifier: [{ value: id }],
          status,
          input: [{ valueString: `GET ${url}` }],
          executionPeriod: { start }
        }
      }))
      return response.end(JSON.stringify({ resourceType: "Bundle", entry }))
    }

    const answerJob = (job: FakeJob, response: http.ServerResponse) => {
      if (fake.jobAnswer !== undefined) return fake.jobAnswer(response)
      if (fake.pending-- > 0) return response.writeHead(202, { "x-progress": "In Progress (50%)" }).end()
      const section = (name: string) =>
        files
          .filter((file) => (file.section ?? "output") === name)
          .map(({ type, name, url }) => ({ type, url: url ?? `${fake.baseUrl}/data/7/${name}` }))
      const deleted = section("deleted")
      response.setHeader("expires", fake.expires)
      return response.end(
        JSON.stringify({
          transactionTime: fake.transactionTime,
          request: job.url,
          requiresAccessToken: true,
          output: section("output"),
          error: section("error"),
          ...(deleted.length === 0 ? {} : { deleted }),
          JobID: Number(job.id)
        })
      )
    }

    const stored = new Map<string, Buffer>()
    const zipped = ({ name, content }: FakeFile) => {
      const bytes = stored.get(name) ?? gzipSync(content)
      stored.set(name, bytes)
      return bytes
    }
    const answerFile = (file: FakeFile, request: http.IncomingMessage, response: http.ServerResponse) => {
      const gzip = file.plain !== true && request.headers["accept-encoding"] === "gzip"
      const { range = "", "if-range": ifRange = fake.lastModified } = request.headers
      rangesAsked.push([file.name, range])
      const bytes = gzip ? zipped(file) : Buffer.from(file.content)
      response.setHeader("content-type", "application/fhir+ndjson")
      response.setHeader("accept-ranges", "bytes")
      response.setHeader("last-modified", fake.lastModified)
      if (gzip) response.setHeader("content-encoding", "gzip")
      const [, first] = (ifRange === fake.lastModified && /^bytes=(\d+)-$/.exec(range)) || []
      const start = Number(first ?? 0)
      if (start >= bytes.length && first !== undefined) {
        return response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end()
      }
      const wire = first === undefined && gzip ? Buffer.concat([bytes, gzipSync("")]) : bytes.subarray(start)
      if (first !== undefined) {
        response.statusCode = 206
        response.setHeader("content-range", `bytes ${start}-${bytes.length - 1}/${bytes.length}`)
      }
      if (!gzip || first !== undefined) response.setHeader("content-length", wire.length)
      if (faults.get(file.name)?.(response, wire, asked(file.name)) === true) return undefined
      // Two writes make it chunked where there is no length, as BCDA's are.
      response.write(wire.subarray(0, 10))
      return response.end(wire.subarray(10))
    }

    const target = Result.getOrThrow(Target.fromUrl(server.url))
    const fake: FakeBcda = {
      baseUrl: server.url,
      target,
      requests,
      requestHeaders,
      asked,
      ranges: (name) => rangesAsked.filter(([asked]) => asked === name).map(([, range]) => range),
      jobs,
      kickOffAnswer: undefined,
      cancelAnswer: undefined,
      jobsAnswer: undefined,
      lastModified: "Sun, 01 Feb 2026 20:20:20 GMT",
      token: "a.b.c",
      refuseTokens: false,
      faults,
      jobAnswer: undefined,
      expires: "2126-02-02 20:20:20 +0000 UTC",
      transactionTime: "2026-02-01T20:20:20.123456Z",
      attribution: undefined,
      pending: 0,
      client: (policy = {}) =>
        BcdaClient.layer({
          target,
          credentials: Credentials.of("an-id", "a-secret"),
          policy: { ...quick, ...policy }
        }).pipe(Layer.provide(NodeTransport.layer))
    }
    return fake
  })

/** Sends the first `part` (0 to 1) of a body and drops the connection, for the first `times` requests. */
export const cut =
  (part: number, times = Number.POSITIVE_INFINITY): Fault =>
  (response, wire, nth) => {
    if (nth > times) return false
    response.write(wire.subarray(0, Math.floor(wire.length * part)), () => response.destroy())
    return true
  }

/** Sends the first `part` of a body and then nothing more, for the first `times` requests. */
export const stall =
  (part: number, times = Number.POSITIVE_INFINITY): Fault =>
  (response, wire, nth) => {
    if (nth > times) return false
    response.write(wire.subarray(0, Math.floor(wire.length * part)))
    return true
  }

/** Sends other bytes, as a whole and properly ended body. */
export const instead =
  (bytes: (wire: Buffer) => Buffer, times = Number.POSITIVE_INFINITY): Fault =>
  (response, wire, nth) => {
    if (nth > times) return false
    response.removeHeader("content-length")
    response.end(bytes(wire))
    return true
  }

/** Answers with a status and nothing else. */
export const status =
  (code: number): Fault =>
  (response) => {
    for (const name of ["content-encoding", "content-length", "content-range"]) response.removeHeader(name)
    response.writeHead(code).end()
    return true
  }

/** Answers as if there were no ranges: the whole file, whatever is asked. */
export const whole =
  (content: string | Buffer): Fault =>
  (response) => {
    response.statusCode = 200
    for (const name of ["content-length", "content-range"]) response.removeHeader(name)
    response.end(stored(content))
    return true
  }

/** One fault after the other, one for each request from now on; after the last, the server answers. */
export const inTurn = (...faults: ReadonlyArray<Fault>): Fault => {
  const left = [...faults]
  return (response, wire) => left.shift()?.(response, wire, 1) ?? false
}
