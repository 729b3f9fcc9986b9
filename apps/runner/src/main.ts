#!/usr/bin/env node
import { readFileSync } from "node:fs"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Exit, References, Schema } from "effect"
import { run } from "./Cli.ts"
import { ExitCode } from "./ExitCode.ts"

const manifest = Schema.decodeSync(Schema.fromJsonString(Schema.Struct({ version: Schema.String })))(
  readFileSync(new URL("../package.json", import.meta.url), "utf8")
)

run(process.argv.slice(2), manifest.version).pipe(
  Effect.provide(NodeServices.layer),
  Effect.provideService(References.LogToStderr, true),
  (program) =>
    NodeRuntime.runMain(program, {
      disableErrorReporting: true,
      teardown: (exit, onExit) =>
        onExit(
          Exit.isSuccess(exit)
            ? Number(exit.value)
            : Exit.hasInterrupts(exit)
              ? ExitCode.interrupted
              : ExitCode.internal
        )
    })
)
