import { Schema } from "effect"

const path = Schema.String

/** The directory or a file in it could not be read. */
export class Unreadable extends Schema.TaggedError<Unreadable>()("Unreadable", { path, detail: Schema.String }) {
  override get message() {
    return `cannot read ${this.path} (${this.detail})`
  }
}

/** There is no file to serve. */
export class NoFiles extends Schema.TaggedError<NoFiles>()("NoFiles", { path }) {
  override get message() {
    return `there is no *.ndjson file with a resource in it below ${this.path}`
  }
}

/** Neither the file's name nor a folder's says which API it belongs to. */
export class NoVersion extends Schema.TaggedError<NoVersion>()("NoVersion", { path }) {
  override get message() {
    return `${this.path}: cannot tell the API version; start the name of the file or of its folder with v1, v2 or v3`
  }
}

/** A line is not a JSON object. */
export class NotJson extends Schema.TaggedError<NotJson>()("NotJson", { path, line: Schema.Int }) {
  override get message() {
    return `${this.path}: line ${this.line} is not a JSON object`
  }
}

/** A line has no resource type. */
export class NoResourceType extends Schema.TaggedError<NoResourceType>()("NoResourceType", { path, line: Schema.Int }) {
  override get message() {
    return `${this.path}: line ${this.line} has no resourceType`
  }
}

/** A file holds more than one resource type; each of BCDA's files holds one. */
export class MixedTypes extends Schema.TaggedError<MixedTypes>()("MixedTypes", {
  path,
  line: Schema.Int,
  first: Schema.String,
  found: Schema.String
}) {
  override get message() {
    return `${this.path}: line ${this.line} is a ${this.found}, but the file began with ${this.first}; split it by type`
  }
}

/** BCDA has no such type in this version, so no export could ever return the file. */
export class UnknownType extends Schema.TaggedError<UnknownType>()("UnknownType", {
  path,
  type: Schema.String,
  version: Schema.String
}) {
  override get message() {
    return `${this.path}: BCDA ${this.version} serves no ${this.type}; remove the file or put it under another version`
  }
}

/** Files that cannot be served; says which file and what is wrong with it, never what is in it. */
export class DataDirectoryError extends Schema.TaggedError<DataDirectoryError>()("DataDirectoryError", {
  reason: Schema.Union([Unreadable, NoFiles, NoVersion, NotJson, NoResourceType, MixedTypes, UnknownType])
}) {
  override get message() {
    return this.reason.message
  }
}
