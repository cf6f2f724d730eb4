// What each page costs the phone it is on, in every state: elements, requests, shifts of its layout; and that nothing sticks out.

import type { Request } from '@playwright/test'
import { observe, readToTheEnd } from '../lib/observe.ts'
import { STATES, carPath, openState } from '../lib/states.ts'
import { expect, note, test } from '../lib/test.ts'

const ELEMENTS = 900
const FIRST_REQUESTS = 6

for (const state of STATES) {
  test(`page: ${state.name}`, async ({ page, site, cars, atMost }) => {
    const requests: Request[] = []
    const complaints: string[] = []
    page.on('request', request => requests.push(request))
    page.on('pageerror', error => complaints.push(error.message))
    page.on('console', message => {
      // That a page is 404 is told as an error too.
      const isOwnStatus = message.location().url === page.url()
      if (['error', 'warning'].includes(message.type()) && !isOwnStatus) complaints.push(message.text())
    })
    const { shifts } = await observe(page)
    await openState(page, state, cars)
    await readToTheEnd(page)
    // What somebody has asked to be added to a page counts for them, not for it.
    if (!state.scripted) atMost('elements', await page.evaluate(() => document.querySelectorAll('*').length), ELEMENTS)
    atMost('shift', shifts.reduce((sum, shift) => sum + shift.value, 0), 0)
    const foreign = requests.map(request => request.url()).filter(url => !url.startsWith(site.url) && !url.startsWith('data:'))
    atMost('third-party', foreign.length, 0)
    atMost('fonts', requests.filter(request => request.resourceType() === 'font').length, 0)
    expect(shifts.filter(shift => shift.value > 0)).toEqual([])
    expect(complaints, 'told by the console').toEqual([])
    const outside = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(outside, 'pixels that stick out to the right').toBeLessThanOrEqual(0)
  })
}

for (const landing of ['listing', 'car'] as const) {
  test(`page: requests to the first viewport, ${landing}`, async ({ browser, site, cars, atMost }, info) => {
    const context = await browser.newContext({ viewport: { width: 412, height: 823 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 })
    const page = await context.newPage()
    const requests: Request[] = []
    page.on('request', request => requests.push(request))
    await page.goto(site.url + (landing === 'listing' ? '/cars' : carPath(cars.live[0]!)), { waitUntil: 'load' })
    // Photos that are near but not in sight are fetched early by Chromium, and the icon of its tab: no part of what is seen first.
    const inSight = await page.evaluate(() => [...document.images].filter(image => {
      const box = image.getBoundingClientRect()
      return box.top < innerHeight && box.bottom > 0 && box.left < innerWidth && box.right > 0
    }).map(image => image.currentSrc || image.src))
    const icon = await page.locator('link[rel="icon"]').evaluate((link: HTMLLinkElement) => link.href)
    // Nor are cars that are fetched ahead once all of that is here.
    const wanted = requests.filter(request => request.headers()['purpose'] !== 'prefetch')
    const needed = wanted.filter(request => request.url() !== icon && (request.resourceType() !== 'image' || inSight.includes(request.url())))
    atMost('requests', needed.length, FIRST_REQUESTS)
    if (needed.length > FIRST_REQUESTS) note(info, needed.map(request => new URL(request.url()).pathname).join(' '))
    await context.close()
  })
}
