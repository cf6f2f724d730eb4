// Playwright's `test` with this site in it, and figures that are printed beside their bar.

import { type TestInfo, test as plain } from '@playwright/test'
import { PENDING } from './pending.ts'
import { type Cars, type Site, carsOf, siteOfThisRun } from './site.ts'
import { Proxy } from './proxy.ts'

type Figures = {
  /** Notes a figure for the run's output and fails when it is above its bar. */
  atMost: (what: string, value: number, bar: number, unit?: string) => void
}

function shown(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(value < 1 ? 4 : 1)
}

export function note(info: TestInfo, text: string): void {
  info.annotations.push({ type: 'measured', description: text })
}

export const test = plain.extend<Figures & { marked: void }, { site: Site; cars: Cars }>({
  site: [async ({}, use) => use(siteOfThisRun()), { scope: 'worker' }],
  cars: [async ({ site }, use) => use(carsOf(site)), { scope: 'worker' }],
  marked: [async ({}, use, info) => {
    const name = info.titlePath.slice(1).join(' ')
    const mark = PENDING.find(([check]) => check.test(name))
    if (mark && !process.env.FORECOURT_BROWSER_STRICT) {
      info.annotations.push({ type: 'pending', description: mark[1] })
      info.fail()
    }
    await use()
  }, { auto: true }],
  atMost: async ({}, use, info) => {
    const broken: string[] = []
    await use((what, value, bar, unit = '') => {
      const text = `${what} ${shown(value)} of ${shown(bar)}${unit && ` ${unit}`}`
      note(info, text)
      if (!(value <= bar)) broken.push(text)
    })
    if (broken.length > 0) throw new Error(`over the bar: ${broken.join(', ')}`)
  },
})

export { expect } from '@playwright/test'

/** The same with a network in between that can be slow or away. */
export const testBehindProxy = test.extend<{ net: Proxy }>({
  net: async ({ site }, use) => {
    const net = await Proxy.to(site.url)
    await use(net)
    net.close()
  },
  baseURL: async ({ net }, use) => use(net.url),
})
