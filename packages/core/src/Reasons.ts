/**
 * Why an operation failed: the variants that the error classes of `Errors.ts` carry in `reason`.
 *
 * Every reason is itself a tagged error with `message` (what happened, and why if known) and `next` (what a person should do now).
 * No message holds a secret, a token, a query string or an MBI: texts that come from a server pass through `redact` first.
 */
import { Schema } from "effect"

export * from "./FileReasons.ts"

const seconds = (n: number | undefined) => (n === undefined ? "" : ` (the server asks to wait ${n} s)`)
const because = (text: string | undefined) => (text === undefined || text === "" ? "" : `: ${text}`)

// --- before anything is sent -------------------------------------------------------------------------------------

/** The target wants a token, and the client was built without the credentials that its kind of authentication needs (default: a secret). */
export class NoCredentials extends Schema.TaggedError<NoCredentials>()("NoCredentials", {
  need: Schema.optionalKey(Schema.Literals(["secret", "key"]))
}) {
  override get message() {
    return this.need === "key"
      ? "There is no client id and private key to get a token with"
      : "There is no client id and secret to get a token with"
  }
  get next() {
    return this.need === "key"
      ? "Give the client the private key (a JWK or JWKS, or PKCS#8 PEM) whose public part is registered with the server."
      : "Give the client credentials: the sandbox's are published in the BCDA documentation, production's come from the model's portal."
  }
}

/** The private key cannot sign what SMART Backend Services asks for. `detail` never holds a part of the key. */
export class BadKey extends Schema.TaggedError<BadKey>()("BadKey", { detail: Schema.String }) {
  override get message() {
    return `The private key cannot be used: ${this.detail}`
  }
  get next() {
    return "Give a private JWK or JWKS with a kid, or PKCS#8 PEM and its kid: RSA (signs RS384) or EC on P-384 (signs ES384), registered with the server."
  }
}

/** The server does not say where its tokens come from. */
export class NoTokenEndpoint extends Schema.TaggedError<NoTokenEndpoint>()("NoTokenEndpoint", {
  detail: Schema.String
}) {
  override get message() {
    return `The server does not say where its tokens come from: ${this.detail}`
  }
  get next() {
    return "Check the base URL, give the target its token endpoint, or use the kind of authentication that the server has."
  }
}

/** Something of BCDA's own was asked of a server that is none: the list of jobs, the attribution status. */
export class NotOffered extends Schema.TaggedError<NotOffered>()("NotOffered", { what: Schema.String }) {
  override get message() {
    return `Only a BCDA has ${this.what}, and the target is another FHIR server`
  }
  get next() {
    return "Keep the references to jobs that kick-off gives, or name the target as a BCDA, with its API version."
  }
}

/** The request was refused by this client, because the server would silently ignore or misread part of it. */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()("InvalidRequest", { detail: Schema.String }) {
  override get message() {
    return `The export request is not valid: ${this.detail}`
  }
  get next() {
    return "Correct the request; nothing was sent."
  }
}

/** A URL (from a manifest, a header or a caller) points away from the target, and a token never goes there. */
export class ForeignOrigin extends Schema.TaggedError<ForeignOrigin>()("ForeignOrigin", { origin: Schema.String }) {
  override get message() {
    return `The URL belongs to ${this.origin}, which is not the target: no token is sent there`
  }
  get next() {
    return "Check that the target's base URL is the one the server calls itself by. If that origin is the server's too, and only then, allow it."
  }
}

// --- the exchange itself -----------------------------------------------------------------------------------------

/**
 * No usable answer: name look-up, connection, TLS, time-out or a connection that broke.
 * `sent` is false only when it is certain that no byte of the request reached the server.
 */
export class Unreachable extends Schema.TaggedError<Unreachable>()("Unreachable", {
  detail: Schema.String,
  sent: Schema.Boolean
}) {
  override get message() {
    return `The server could not be reached: ${this.detail}`
  }
  get next() {
    return "Check the network and the target's address. BCDA's production drops connections from addresses that are not registered."
  }
}

/** The server answered with a redirect. BCDA has none, and following it could take a token elsewhere. */
export class Redirected extends Schema.TaggedError<Redirected>()("Redirected", {
  status: Schema.Int,
  origin: Schema.String
}) {
  override get message() {
    return `The server redirects (${this.status}) to ${this.origin}, and redirects are not followed`
  }
  get next() {
    return "Use the address it redirects to as the target, if you trust it; a login page of a proxy is the usual cause."
  }
}

/**
 * The token endpoint refused the client. BCDA says the same for unknown, wrong and expired credentials; an OAuth server may say more
 * (`detail`).
 */
export class BadCredentials extends Schema.TaggedError<BadCredentials>()("BadCredentials", {
  status: Schema.Int,
  detail: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    const what = `The server refused the client's credentials (${this.status})`
    return this.detail === undefined || this.detail === ""
      ? `${what}: they are wrong, expired or for another environment`
      : `${what}: ${this.detail}`
  }
  get next() {
    return "Check that they belong to this environment. BCDA's expire 90 days after they were made: rotate them. A key must be registered under its kid."
  }
}

/** A protected path refused the token, twice: a fresh token was tried. */
export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", {
  status: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `The server refuses access (${this.status}), also with a fresh token${because(this.detail)}`
  }
  get next() {
    return "The job or file may belong to another model entity, or this entity's model is switched off; check which credentials are used."
  }
}

/** 403: the model entity may not do this (denied, not enabled for the API version, or unknown). */
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", {
  status: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `The server forbids this${because(this.detail)}`
  }
  get next() {
    return "Ask for access, or use an API version that is enabled for your model entity."
  }
}

/** 429: too many requests from this address. */
export class Throttled extends Schema.TaggedError<Throttled>()("Throttled", {
  retryAfterSeconds: Schema.optionalKey(Schema.Finite)
}) {
  override get message() {
    return `The server asks for fewer requests${seconds(this.retryAfterSeconds)}`
  }
  get next() {
    return "Wait (BCDA counts over five minutes) and lower the concurrency."
  }
}

/**
 * Too many tokens were asked for: the 429 of `/auth/token` (BCDA allows 1 000 in five minutes for each model entity), or, with `own`, this
 * client's own limit (`policy.tokens`), which keeps it from getting there. A token lasts 20 minutes and is meant to be shared.
 */
export class TokenCap extends Schema.TaggedError<TokenCap>()("TokenCap", {
  retryAfterSeconds: Schema.optionalKey(Schema.Finite),
  own: Schema.optionalKey(Schema.Boolean)
}) {
  override get message() {
    return this.own === true
      ? `This client asked for as many tokens as its policy allows; the next may be had in ${Math.ceil(this.retryAfterSeconds ?? 0)} s`
      : `Too many tokens were asked for${seconds(this.retryAfterSeconds)}`
  }
  get next() {
    return this.own === true
      ? "Find out why the server refuses tokens that are still young: many 401s have another cause than the token."
      : "Wait, and share one client between your tasks: each process that starts asks for a token of its own."
  }
}

/** Any other refusal (4xx) of this request. `diagnostics` is the server's text, redacted. */
export class Rejected extends Schema.TaggedError<Rejected>()("Rejected", {
  status: Schema.Int,
  diagnostics: Schema.String
}) {
  override get message() {
    return `The server rejected the request (${this.status})${because(this.diagnostics)}`
  }
  get next() {
    return this.status === 404
      ? "If this is about attribution, look at the attribution status and try again when new data has been ingested; otherwise check the address."
      : "Correct the request as the server says."
  }
}

/** 5xx: trouble on the server's side. */
export class ServerFault extends Schema.TaggedError<ServerFault>()("ServerFault", {
  status: Schema.Int,
  diagnostics: Schema.optionalKey(Schema.String),
  retryAfterSeconds: Schema.optionalKey(Schema.Finite)
}) {
  override get message() {
    return `The server has trouble (${this.status})${because(this.diagnostics)}`
  }
  get next() {
    return "Try again later; if it lasts, tell the server's operator."
  }
}

/** The answer is not what it must be: not JSON, a field missing, a header absent. */
export class Malformed extends Schema.TaggedError<Malformed>()("Malformed", { detail: Schema.String }) {
  override get message() {
    return `The server's answer cannot be understood: ${this.detail}`
  }
  get next() {
    return "Check that the target is a BCDA and not a proxy's page; if it is, report this answer."
  }
}

// --- jobs --------------------------------------------------------------------------------------------------------

/**
 * 429 with an empty body: this entity already runs an export that BCDA takes for the same one. That is any of the same API version, less
 * than 24 hours old, with the same URL, or with a resource type in common, or where one of the two names no types.
 * `running` are the ids of the jobs it can be, if they were looked for (`adopt`): none of them answers exactly this request.
 */
export class DuplicateJob extends Schema.TaggedError<DuplicateJob>()("DuplicateJob", {
  retryAfterSeconds: Schema.optionalKey(Schema.Finite),
  running: Schema.optionalKey(Schema.Array(Schema.String))
}) {
  override get message() {
    const jobs = this.running ?? []
    const which = jobs.length === 0 ? "" : ` (${jobs.length === 1 ? "job" : "one of the jobs"} ${jobs.join(", ")})`
    return `An export that overlaps with this one is already running${which}${seconds(this.retryAfterSeconds)}`
  }
  get next() {
    return this.running === undefined
      ? "List the jobs: adopt the running one if its request is the same, wait for it, or cancel it."
      : "Wait for it or cancel it: it does not export the same, so it cannot be adopted."
  }
}

/** The export ran and failed. It will not finish. */
export class JobFailed extends Schema.TaggedError<JobFailed>()("JobFailed", {
  jobId: Schema.String,
  diagnostics: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return `Export job ${this.jobId} failed${because(this.diagnostics)}`
  }
  get next() {
    return "Start the export again; if it fails again, tell the server's operator the job's number."
  }
}

/**
 * The export finished more than 24 hours ago and its files are gone or going: 410 (`expired`),
 * and after the next clean-up 404 with two JSON documents in one body (`archived`).
 */
export class JobExpired extends Schema.TaggedError<JobExpired>()("JobExpired", {
  jobId: Schema.String,
  stage: Schema.Literals(["expired", "archived"])
}) {
  override get message() {
    return `Export job ${this.jobId} is over and its files are no longer kept (${this.stage})`
  }
  get next() {
    return "Start a new export; BCDA keeps files for 24 hours."
  }
}

/** Somebody cancelled the export. */
export class JobCancelled extends Schema.TaggedError<JobCancelled>()("JobCancelled", { jobId: Schema.String }) {
  override get message() {
    return `Export job ${this.jobId} was cancelled`
  }
  get next() {
    return "Start a new export."
  }
}

/** The server does not know the job. BCDA says so as well when its database is in trouble. */
export class JobNotFound extends Schema.TaggedError<JobNotFound>()("JobNotFound", { jobId: Schema.String }) {
  override get message() {
    return `The server knows no export job ${this.jobId}`
  }
  get next() {
    return "Check the number, the environment and the credentials; if they are right, look again in a few minutes."
  }
}

/** The job was still running when the policy's deadline passed. It was not cancelled. */
export class GaveUp extends Schema.TaggedError<GaveUp>()("GaveUp", {
  jobId: Schema.String,
  afterSeconds: Schema.Finite
}) {
  override get message() {
    return `Export job ${this.jobId} was still running after ${this.afterSeconds} s`
  }
  get next() {
    return "Follow the job again, with a longer deadline if need be, or cancel it."
  }
}

/** Only a job that is pending or in progress can be cancelled. */
export class NotCancellable extends Schema.TaggedError<NotCancellable>()("NotCancellable", {
  jobId: Schema.String,
  diagnostics: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return `Export job ${this.jobId} cannot be cancelled${because(this.diagnostics)}`
  }
  get next() {
    return "Nothing: the job is already over."
  }
}

/** No attribution file was ever ingested for this entity (or BCDA's look-up failed; it answers alike). */
export class NeverIngested extends Schema.TaggedError<NeverIngested>()("NeverIngested", {}) {
  override get message() {
    return "The server has no attribution data for this model entity"
  }
  get next() {
    return "Attribution arrives monthly: try again later, or ask the server's operator if it should be there."
  }
}
