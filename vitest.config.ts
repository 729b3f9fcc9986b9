import { defineConfig } from "vitest/config"

const project = (name: string, root: string, exclude: ReadonlyArray<string> = []) => ({
  test: { name, root, include: ["test/**/*.test.ts"], exclude: [...exclude], testTimeout: 60_000, hookTimeout: 60_000 }
})

export default defineConfig({
  test: {
    projects: [
      project("core", "packages/core"),
      project("sandbox", "packages/sandbox"),
      project("conformance", "packages/conformance"),
      project("runner", "apps/runner"),
      project("examples", "examples"),
      project("workspace", ".", ["test/consumers/workspaces/**"])
    ]
  }
})
