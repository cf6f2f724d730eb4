// What WCAG 2.2 asks for and axe does not see: focus that is hidden by what sticks, dragging as the only way, small targets, help
// that is elsewhere on each page. And a tour by keyboard alone.

import type { Page } from '@playwright/test'
import { STATES, carPath, openState } from '../lib/states.ts'
import { expect, note, test } from '../lib/test.ts'

const SIZES = [{ width: 360, height: 640 }, { width: 1280, height: 720 }]
const TARGET_PX = 24
const TABS_MAX = 250
const SETTLE_MS = 500

type Focus = { what: string; isCovered: boolean; hasRing: boolean }

/** Where focus is after the next Tab, and whether it can be seen there, at the latest when scrolling has ended; nothing when it has left the page. */
async function tab(page: Page): Promise<Focus | undefined> {
  await page.keyboard.press('Tab')
  return page.evaluate(settleMs => new Promise<Focus | undefined>(done => {
    const began = performance.now()
    const look = (): void => {
      const element = document.activeElement
      if (!element || element === document.body) return done(undefined)
      const box = element.getBoundingClientRect()
      const seen = [0.1, 0.5, 0.9].flatMap(x => [0.1, 0.5, 0.9].map(y => {
        const on = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y)
        // A card is one large link: what is drawn over its text belongs to it.
        return !!on && (element.contains(on) || on.contains(element) || !!on.closest('label')?.contains(element) || !!element.closest('article')?.contains(on))
      }))
      const isCovered = !seen.includes(true)
      if (isCovered && performance.now() - began < settleMs) return void requestAnimationFrame(look)
      const ringed = [element, element.closest('article'), element.closest('label')].some(one => one && getComputedStyle(one).outlineStyle !== 'none')
      done({ what: element.outerHTML.slice(0, 90), isCovered, hasRing: ringed })
    }
    requestAnimationFrame(look)
  }), SETTLE_MS)
}

for (const state of STATES.filter(({ name }) => !/sold long|hidden|bad number/.test(name))) {
  test(`wcag: focus is never hidden (2.4.11, 2.4.7), ${state.name}`, async ({ page, cars }, info) => {
    for (const size of SIZES) {
      await page.setViewportSize(size)
      await openState(page, state, cars)
      await page.evaluate(() => { window.scrollTo({ top: 0, behavior: 'instant' }); document.body.focus() })
      const bad: string[] = []
      let tabs = 0
      for (; tabs < TABS_MAX; tabs++) {
        const focus = await tab(page)
        // What has focus already may be the last there is.
        if (!focus && tabs === 0) continue
        if (!focus) break
        if (focus.isCovered) bad.push(`${size.width}: covered: ${focus.what}`)
        if (!focus.hasRing) bad.push(`${size.width}: no outline: ${focus.what}`)
      }
      expect(tabs, 'focus goes round').toBeGreaterThan(2)
      expect(tabs, 'focus leaves the page in the end').toBeLessThan(TABS_MAX)
      note(info, `${tabs} stops at ${size.width}`)
      expect(bad.join('\n')).toBe('')
    }
  })

  test(`wcag: targets of ${TARGET_PX} px (2.5.8), ${state.name}`, async ({ page, cars }, info) => {
    await openState(page, state, cars)
    const [count, small] = await page.evaluate(min => {
      const targets = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
        .filter(one => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
        .filter(one => !one.closest('[aria-hidden=true]') && !one.matches('.skip:not(:focus)'))
        .map(one => {
          // A label is part of its field's target; a card's link covers the card.
          const area = one.closest('label') ?? one.closest('article') ?? one
          const box = area.getBoundingClientRect()
          // Links in a sentence are excepted.
          const isInText = one.matches('a') && getComputedStyle(one).display === 'inline' && (one.parentElement?.textContent ?? '').trim() !== one.textContent?.trim()
          return { what: one.outerHTML.slice(0, 90), width: Math.round(box.width), height: Math.round(box.height), isInText }
        })
        .filter(one => one.width > 1 && !one.isInText)
      return [targets.length, targets.filter(one => one.width < min || one.height < min)] as const
    }, TARGET_PX)
    note(info, `${count} targets, too small ${small.length} of 0`)
    expect(count).toBeGreaterThan(2)
    expect(small).toEqual([])
  })
}

test('wcag: nothing needs dragging (2.5.7)', async ({ page, cars }) => {
  await page.goto(carPath(cars.live[0]!))
  const photos = await page.locator('[id^="photo-"]').count()
  for (let number = 1; number <= photos; number++) {
    await expect(page.locator(`a[href$="#photo-${number}"], button[data-photo="${number}"]`).first(), `a way to photo ${number}`).toBeAttached()
  }
  for (const path of ['/cars', carPath(cars.live[0]!)]) {
    await page.goto(path)
    // A slider is allowed beside a field for the same value only.
    for (const slider of await page.locator('input[type="range"]').all()) {
      const name = await slider.getAttribute('name')
      await expect(page.locator(`[name="${name}"]:not([type="range"])`), `a field beside the slider ${name}`).toBeAttached()
    }
  }
})

test('wcag: help stands in the same order on every page (3.2.6)', async ({ page, cars }, info) => {
  const order = () => page.evaluate(() => [...new Set([...document.querySelectorAll('a[href^="tel:"], a[href*="wa.me/"], form[action="/leads"]')]
    .filter(one => one.checkVisibility())
    .map(one => one.matches('form') ? 'form' : one.getAttribute('href')!.startsWith('tel:') ? 'call' : 'WhatsApp'))])
  const orders: string[][] = []
  for (const path of [...cars.live.slice(0, 5).map(carPath), carPath(cars.soldLately), '/cars', '/privacy']) {
    await page.goto(path)
    orders.push(await order())
  }
  const whole = orders[0]!
  note(info, whole.join(', '))
  expect(whole).toEqual(['call', 'WhatsApp', 'form'])
  // A page may lack one, but not turn them round.
  for (const one of orders) expect(one).toEqual(whole.filter(kind => one.includes(kind)))
})

test('wcag: a car is found and opened by keyboard alone', async ({ page }) => {
  await page.goto('/cars')
  await page.keyboard.press('Tab')
  await expect(page.locator(':focus')).toHaveText(/skip/i)
  await page.keyboard.press('Enter')
  for (let tabs = 0; tabs < TABS_MAX; tabs++) {
    await page.keyboard.press('Tab')
    if (await page.locator('article a:focus').count()) break
  }
  const name = (await page.locator('article a:focus').innerText()).trim().split('\n')[0]!
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/car\//)
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name.split(' ').slice(0, 3).join(' '))
})
