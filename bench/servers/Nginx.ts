import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { freePort } from "./Ports.ts"

const temporaryPaths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]

const configuration = (directory: string, port: number) => `
daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr crit;
${process.getuid?.() === 0 ? "user root;" : ""}
events {}
http {
  access_log off;
  sendfile on;
  # BCDA ends every connection.
  keepalive_timeout 0;
  default_type application/fhir+ndjson;
  ${temporaryPaths.map((name) => `${name}_temp_path ${directory}/${name};`).join(" ")}
  server {
    listen 127.0.0.1:${port};
    root ${directory};
    # Stored files, inflated for those who want them plain, as BCDA does it.
    gzip_static always;
    gunzip on;
  }
}
`

/** nginx on a directory of files whose names end in `.gz`, asked for without that ending. */
export const startNginx = async (directory: string) => {
  const port = await freePort()
  const file = join(directory, "nginx.conf")
  writeFileSync(file, configuration(directory, port))
  const child = spawn("nginx", ["-c", file, "-e", "stderr"], { stdio: ["ignore", "ignore", "inherit"] })
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  const baseUrl = `http://127.0.0.1:${port}`
  const answers = () =>
    fetch(baseUrl).then(
      () => true,
      () => false
    )
  // It does not say when it listens.
  for (let tries = 0; tries < 100 && !(await answers()); tries++) await setTimeout(50)
  return {
    baseUrl,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM")
      await ended
    }
  }
}
