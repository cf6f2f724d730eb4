// The scripts of pages and of the service worker, and these tests: TypeScript's checks over plain JavaScript with JSDoc.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOM } from '../lib/machine.ts'
import { expect, test } from '../lib/test.ts'

for (const project of ['types/page.json', 'types/worker.json', 'types/worker-off.json', 'tsconfig.json']) {
  test(`types: ${project}`, () => {
    const { stdout, status } = spawnSync(process.execPath, [join(ROOM, 'node_modules/typescript/bin/tsc'), '-p', join(ROOM, project)], { encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })
}
