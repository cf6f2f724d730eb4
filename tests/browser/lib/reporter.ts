// A line per check: how it went, its name, what was measured and the bar; below a failure, why.

import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { FullResult, Reporter, Suite, TestCase, TestError, TestResult } from '@playwright/test/reporter'

export type Totals = { passed: number; failed: number; pending: number }

const REASON_LINES = 24
const REASON_COLUMNS = 240

function reason(error: TestError, linesMax = REASON_LINES): string {
  const lines = stripVTControlCharacters(error.message ?? error.value ?? '').split('\n').filter(line => line.trim() !== '')
  return lines.slice(0, linesMax).map(line => `        ${line.slice(0, REASON_COLUMNS)}`).join('\n')
}

export default class Lines implements Reporter {
  private totals: Totals = { passed: 0, failed: 0, pending: 0 }
  private planned = 0
  private ran = 0

  onBegin(_config: unknown, suite: Suite): void {
    this.planned = suite.allTests().length
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    this.ran += 1
    const notes = (type: string) => result.annotations.filter(note => note.type === type).map(note => note.description)
    const title = test.titlePath().slice(3).filter(Boolean).join(' ')
    const [file] = basename(test.location.file).split('.')
    const name = title.startsWith(`${file}: `) ? title : `${file}: ${title}`
    const seconds = `${(result.duration / 1000).toFixed(1)} s`
    const [pending] = notes('pending')
    const ok = result.status === 'passed'
    if (pending && !ok && result.status !== 'interrupted') {
      this.totals.pending += 1
      console.log(`pending ${name}: ${pending} (${reason(result.errors[0] ?? {}, 1).trim()})`)
      return
    }
    this.totals[ok ? 'passed' : 'failed'] += 1
    console.log([`${ok ? 'ok     ' : 'FAILED '} ${name}`, ...notes('measured'), seconds].join('  '))
    if (ok && pending) console.log('        it passes now: take its line out of lib/pending.ts')
    for (const error of result.errors) console.log(reason(error))
  }

  onError(error: TestError): void {
    this.totals.failed += 1
    console.log(`FAILED  outside of any check\n${reason(error)}`)
  }

  onEnd(result: FullResult): void {
    // A run that was stopped has not judged what it left out.
    if (result.status === 'interrupted' || result.status === 'timedout') this.totals.failed += this.planned - this.ran
    if (process.env.FORECOURT_BROWSER_TOTALS) writeFileSync(process.env.FORECOURT_BROWSER_TOTALS, JSON.stringify(this.totals))
  }

  printsToStdio(): boolean {
    return true
  }
}
