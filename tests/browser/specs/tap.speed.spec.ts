// From a tap to what it was for, at a round trip of 100 ms; and how long interactions take on a phone of a quarter of this speed.

import type { Page } from '@playwright/test'
import { observe, readToTheEnd, settled } from '../lib/observe.ts'
import { Proxy } from '../lib/proxy.ts'
import { openFilters } from '../lib/states.ts'
import { expect, note, test } from '../lib/test.ts'

const ROUND_TRIP_MS = 100
const TRIES = 5
const PHONE = { viewport: { width: 412, height: 823 }, isMobile: true, hasTouch: true }

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!

/** From the next touch, or key, or step back in history to the frame that shows another heading. */
function headingAfterTouch(page: Page): Promise<void> {
  return page.evaluate(() => {
    const heading = () => document.querySelector('main h1')?.textContent
    const before = heading()
    const measured = new Promise<number>(done => {
      let began = 0
      for (const type of ['pointerdown', 'popstate']) {
        addEventListener(type, event => {
          began ||= event.timeStamp
          if (type === 'pointerdown') Object.assign(window, { touchedAt: scrollY })
        }, { capture: true, once: true })
      }
      const watch = new MutationObserver(() => {
        if (heading() === before) return
        watch.disconnect()
        // A frame is painted between its callbacks and the next task.
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)))
      })
      watch.observe(document, { childList: true, subtree: true })
    })
    Object.assign(window, { measured })
  })
}

const measured = (page: Page) => page.evaluate(() => (window as unknown as { measured: Promise<number> }).measured)

test.describe(() => {
  test.use(PHONE)

  for (const [how, bar] of [['fetched ahead', 50], ['not fetched ahead', 250]] as const) {
    test(`tap: to the heading of a car, ${how}`, async ({ browser, site, atMost }) => {
      const far = await Proxy.to(site.url)
      const times: number[] = []
      far.delayMs = ROUND_TRIP_MS
      try {
        for (let attempt = 0; attempt < TRIES; attempt++) {
          const context = await browser.newContext(PHONE)
          const page = await context.newPage()
          const isAhead = how === 'fetched ahead'
          const ahead: string[] = []
          page.on('requestfinished', request => { ahead.push(request.url()) })
          await page.goto(`${far.url}/cars`, { waitUntil: 'load' })
          const card = page.locator(isAhead ? 'article[data-p]' : 'article:not([data-p])').nth(isAhead ? 0 : 4 + attempt % 3)
          await card.scrollIntoViewIfNeeded()
          const fragment = `${await card.locator('a').first().getAttribute('href')}?f=1`
          if (isAhead) await expect.poll(() => ahead.some(url => url.endsWith(fragment)), 'the marked card is fetched ahead').toBe(true)
          await page.waitForTimeout(400)
          await headingAfterTouch(page)
          await card.locator(':is(h2, h3) a').tap()
          times.push(await measured(page))
          await context.close()
        }
      } finally {
        far.close()
      }
      atMost(`median of ${TRIES}`, median(times), bar, 'ms')
    })
  }

  test('tap: back to the list, from memory', async ({ page, site, atMost }) => {
    const far = await Proxy.to(site.url)
    far.delayMs = ROUND_TRIP_MS
    try {
      await page.goto(`${far.url}/cars`)
      const card = page.locator('article').nth(3)
      await card.scrollIntoViewIfNeeded()
      const times: number[] = []
      const requests: string[] = []
      for (let attempt = 0; attempt < TRIES; attempt++) {
        await headingAfterTouch(page)
        await card.locator(':is(h2, h3) a').tap()
        await measured(page)
        await page.waitForTimeout(400)
        await headingAfterTouch(page)
        far.seen = []
        await page.evaluate(() => history.back())
        times.push(await measured(page))
        // Until it is shown: what it then fetches ahead is for the next tap.
        requests.push(...far.pages())
        const moved = await page.evaluate(() => scrollY - (window as unknown as { touchedAt: number }).touchedAt)
        expect(Math.abs(moved), 'pixels from where it was').toBeLessThanOrEqual(1)
      }
      atMost(`median of ${TRIES}`, median(times), 50, 'ms')
      atMost(`requests ${requests.join(' ')}`.trim(), requests.length, 0)
    } finally {
      far.close()
    }
  })
})

/** What somebody does in a visit of two minutes, with a finger. */
async function visit(page: Page): Promise<void> {
  const pause = () => page.waitForTimeout(300)
  await page.goto('/cars?body=suv')
  await openFilters(page)
  await page.locator('input[name="fuel"][value="diesel"]').tap()
  await page.waitForURL(/fuel=diesel/)
  await pause()
  // The panel covers a phone; its button says how many cars it would show.
  await page.locator('form[action="/cars"] button:visible').last().tap()
  await pause()
  await page.locator('article [data-do="save"]').first().tap()
  await page.locator('article [data-do="compare"]').nth(1).tap()
  await readToTheEnd(page)
  await page.locator('a[rel="next"]').tap()
  await pause()
  await page.locator('article :is(h2, h3) a').nth(4).tap()
  await page.waitForURL(/\/car\//)
  await pause()
  for (const number of [3, 2]) {
    await page.locator(`a[href$="#photo-${number}"]`).first().tap()
    await pause()
  }
  await page.locator('main [data-do="save"]').first().tap()
  await page.locator('main summary').first().tap()
  await readToTheEnd(page)
  await page.locator('form[action="/leads"] [name="phone"]').tap()
  await page.keyboard.type('98765', { delay: 50 })
  await pause()
  // Photos may have made entries of the history.
  for (let steps = 0; steps < 4 && page.url().includes('/car/'); steps++) {
    await page.evaluate(() => history.back())
    await pause()
  }
  expect(page.url()).toContain('/cars')
  await pause()
}

test('tap: interactions at a quarter of the speed, and shifts over the whole visit', async ({ browser, site, atMost }, info) => {
  test.setTimeout(120_000)
  const worst: number[] = []
  let shift = 0
  for (let round = 0; round < 3; round++) {
    const context = await browser.newContext({ ...PHONE, baseURL: site.url })
    const page = await context.newPage()
    const seen = await observe(page)
    await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: 4 })
    await visit(page)
    await settled(page)
    const slowest = seen.interactions.toSorted((a, b) => b.ms - a.ms)[0]
    expect(seen.interactions.length, 'interactions were seen').toBeGreaterThan(5)
    worst.push(slowest!.ms)
    note(info, `${slowest!.ms} ms for ${slowest!.what}`)
    shift = Math.max(shift, seen.shifts.reduce((sum, one) => sum + one.value, 0))
    await context.close()
  }
  atMost('slowest of a visit, median of 3', median(worst), 100, 'ms')
  atMost('shift of a whole visit', shift, 0)
})
