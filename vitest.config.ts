import { defineConfig } from "vitest/config"

const project = (name: string, root: string) => ({
  test: { name, root, include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 }
})

export default defineConfig({
  test: {
    projects: [
      project("core", "packages/core"),
      project("sandbox", "packages/sandbox"),
      project("conformance", "packages/conformance"),
      project("runner", "apps/runner"),
      project("workspace", ".")
    ]
  }
})
