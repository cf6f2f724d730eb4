// Where things are on this machine.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** This folder of tests, and the repository it is in. */
export const ROOM = resolve(import.meta.dirname, '..')
const REPOSITORY = resolve(ROOM, '../..')

/** The binary to judge. */
export function binaryOf(given: string | undefined): string {
  const binary = resolve(given ?? join(process.env.CARGO_TARGET_DIR ?? join(REPOSITORY, 'target'), 'debug/forecourt'))
  if (!existsSync(binary)) throw new Error(`there is no ${binary}: build it, or name one with --binary`)
  return binary
}

/** Debian's Chromium, with what people have in theirs: Playwright turns the memory of pages that were left off. */
export const chromiumOptions = {
  executablePath: '/usr/bin/chromium',
  args: ['--disable-gpu', '--disable-quic'],
  ignoreDefaultArgs: ['--disable-back-forward-cache'],
}
