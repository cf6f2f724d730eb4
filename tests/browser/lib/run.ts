// The entry: starts a server, lets Playwright run every check, and says in one line how it went.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ROOM, binaryOf } from './machine.ts'
import { Server } from './server.ts'
import type { Totals } from './reporter.ts'

/** Speed is measured when nothing else runs: one worker, after the pages, and not on a machine that does other work meanwhile. */
const PARTS = [
  { project: 'pages', workers: 2, isQuick: true },
  { project: 'speed', workers: 1, isQuick: false },
]

/** What Playwright takes to end its browsers, and some. */
const END_MS = 10_000

/** Playwright, once it plays, and whether it was asked to end: then nothing more is begun. */
let playwright: ChildProcess | undefined
let isEnding = false

/** Asks Playwright to end its workers and browsers; its totals then tell of what was not run. */
function interrupt(): void {
  isEnding = true
  playwright?.kill('SIGINT')
}

/** The same, and sees to it: a worker that is killed takes its browser along, whose pipe it holds. */
async function end(): Promise<void> {
  interrupt()
  if (playwright?.pid === undefined) return
  if (playwright.exitCode === null && playwright.signalCode === null) {
    await Promise.race([once(playwright, 'close'), pause(END_MS)])
  }
  try {
    process.kill(-playwright.pid, 'SIGKILL')
  } catch {
    // Nobody is left in its group.
  }
}

type Wishes = { only?: string; quick?: boolean; strict?: boolean }

/** One part; the reporter has printed its lines when this returns. */
async function play(server: Server, part: (typeof PARTS)[number], { only, quick, strict }: Wishes): Promise<Totals> {
  const totals = join(server.site.folder, `${part.project}.json`)
  const child = playwright = spawn(process.execPath, [
    join(ROOM, 'node_modules/@playwright/test/cli.js'), 'test',
    `--config=${join(ROOM, 'playwright.config.ts')}`, `--project=${part.project}`, `--workers=${part.workers}`,
    '--pass-with-no-tests', ...(only ? ['--grep', only] : []),
  ], {
    stdio: 'inherit',
    // Its workers are in a group of their own, which can be ended as one.
    detached: true,
    cwd: ROOM,
    env: {
      ...process.env,
      FORECOURT_BROWSER_SITE: JSON.stringify(server.site),
      FORECOURT_BROWSER_QUICK: quick ? '1' : '',
      FORECOURT_BROWSER_STRICT: strict ? '1' : '',
      FORECOURT_BROWSER_TOTALS: totals,
    },
  })
  playwright = child
  const code = await new Promise<number>(done => child.on('close', code => done(code ?? 1)))
  if (existsSync(totals)) return JSON.parse(readFileSync(totals, 'utf8'))
  if (code === 0) return { passed: 0, failed: 0, pending: 0 }
  throw new Error(`Playwright ended with ${code} before any check`)
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, binary: { type: 'string' }, only: { type: 'string' }, strict: { type: 'boolean' } },
  })
  const server = await Server.start(binaryOf(values.binary))
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', () => void end().finally(() => { server.stop(); process.exit(143) }))
  try {
    const sum: Totals = { passed: 0, failed: 0, pending: 0 }
    for (const part of PARTS.filter(part => part.isQuick || !values.quick)) {
      if (isEnding) break
      const totals = await play(server, part, values)
      for (const name of Object.keys(sum) as (keyof Totals)[]) sum[name] += totals[name]
    }
    if (sum.passed + sum.failed === 0) throw new Error('no check was run')
    const pending = sum.pending > 0 ? `, ${sum.pending} skipped` : ''
    console.log(`browser: ${sum.passed} passed, ${sum.failed} failed${pending}`)
    return sum.failed > 0 ? 1 : 0
  } finally {
    server.stop()
  }
}

process.exitCode = await main().catch(error => {
  console.error(error instanceof Error ? error.message : error)
  return 1
})
