// A server for one run: the given binary over a small generated catalogue, on free ports, with a folder of its own.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './port.ts'
import { type Site, removeCar } from './site.ts'

const CARS = '600'
const START_MS = 30_000

export class Server {
  readonly site: Site
  private child: ChildProcess

  private constructor(site: Site, child: ChildProcess) {
    this.site = site
    this.child = child
  }

  /** `settings` are environment variables beside those every run has. */
  static async start(binary: string, settings: Record<string, string> = {}): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), 'forecourt-browser-'))
    const source = join(folder, 'catalogue.sqlite')
    const seed = spawnSync(binary, ['seed', '--from', 'generated', '--cars', CARS, '--to', `sqlite:${source}`])
    if (seed.status !== 0) throw new Error(`seeding failed: ${seed.error ?? seed.stderr}`)
    const [port, adminPort] = [await freePort(), await freePort()]
    const log = openSync(join(folder, 'log'), 'w')
    // Settings of the caller's own are left out: they would make this another server.
    const rest = Object.entries(process.env).filter(([name]) => !name.startsWith('FORECOURT_'))
    const child = spawn(binary, ['serve'], {
      stdio: ['ignore', log, log],
      env: {
        ...Object.fromEntries(rest),
        FORECOURT_SERVER__LISTEN: `127.0.0.1:${port}`,
        FORECOURT_ADMIN__LISTEN: `127.0.0.1:${adminPort}`,
        FORECOURT_SERVER__DRAIN_S: '0',
        // A debug build beside two browsers is not what is judged here: it takes its time and turns nobody away.
        FORECOURT_SERVER__QUEUE_WAIT_MS: '10000',
        FORECOURT_DATA__DIR: folder,
        FORECOURT_SOURCE__URL: `sqlite:${source}`,
        ...settings,
      },
    })
    const site = { url: `http://127.0.0.1:${port}`, admin: `http://127.0.0.1:${adminPort}`, folder, source, binary }
    const server = new Server(site, child)
    try {
      await server.answers('/healthz', 200)
      await server.answers(removeCar(site), 410)
    } catch (error) {
      const lines = readFileSync(join(folder, 'log'), 'utf8')
      server.stop()
      throw new Error(`${error}\n${lines.slice(-2000)}`)
    }
    return server
  }

  /** Waits until `path` has this status. */
  private async answers(path: string, status: number): Promise<void> {
    for (const end = Date.now() + START_MS; Date.now() < end; await pause(50)) {
      if (this.child.exitCode !== null) throw new Error(`the server ended with ${this.child.exitCode}`)
      const response = await fetch(this.site.url + path).catch(() => undefined)
      if (response?.status === status) return
    }
    throw new Error(`no ${status} from ${path} within ${START_MS} ms`)
  }

  /** Ends the process at once and removes its folder; there is nothing to drain. */
  stop(): void {
    this.child.kill('SIGKILL')
    rmSync(this.site.folder, { recursive: true, force: true })
  }
}
