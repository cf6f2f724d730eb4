// Every page and every state of it that somebody can see: what axe, vnu, the budgets and the screenshots go through.

import { type Page, type Response, expect } from '@playwright/test'
import type { Cars } from './site.ts'

export type State = {
  name: string
  /** What the page's own response must say. */
  status: number
  /** Where it begins; `open` leads on from there. */
  path: (cars: Cars) => string
  /** What somebody does there. It ends when the state can be seen. */
  open?: (page: Page, cars: Cars) => Promise<void>
  /** Only a script brings it about: it is no HTML the server sends. */
  scripted?: boolean
}

export const carPath = (id: number) => `/car/x-${id}`

/** The panel of filters: folded on a phone, always open where there is room beside the cards. */
export async function openFilters(page: Page): Promise<void> {
  const opener = page.locator('form[action="/cars"]').getByText(/^(All )?filters/i).first()
  if (await opener.isVisible()) await opener.click()
  const fuel = page.locator('input[name="fuel"]').first()
  if (!await fuel.isVisible()) await page.locator('form[action="/cars"] details', { has: fuel }).last().locator('> summary').click()
  await expect(fuel).toBeVisible()
}

/** The form on a car's page as it is sent by somebody who wants to be called. */
export async function fillLead(page: Page, phone: string): Promise<void> {
  const form = page.locator('form[action="/leads"]')
  await form.locator('[name="phone"]').fill(phone)
  await form.locator('[name="name"]').fill('Asha Rao')
  const consent = form.locator('input[type="checkbox"][name="consent"]').first()
  if (await consent.count()) await consent.check()
}

export async function sendLead(page: Page): Promise<void> {
  await page.locator('form[action="/leads"] [type="submit"], form[action="/leads"] button:not([type])').last().click()
}

const compared = (cars: Cars) => cars.live.slice(0, 3).join(',')
const saved = (cars: Cars) => cars.live.slice(3, 7).join(',')

export const STATES: State[] = [
  { name: 'listing', status: 200, path: () => '/cars' },
  { name: 'listing filtered', status: 200, path: () => '/cars?fuel=diesel&body=suv&price_max=1500000&sort=price' },
  { name: 'listing filters open', status: 200, path: () => '/cars?fuel=diesel', open: openFilters },
  { name: 'listing nothing found', status: 200, path: () => '/cars?make=maruti&fuel=electric&price_max=100000' },
  {
    name: 'listing next page',
    status: 200,
    path: () => '/cars',
    open: async page => {
      await page.goto(await page.locator('a[rel="next"]').evaluate((link: HTMLAnchorElement) => link.href))
    },
  },
  {
    name: 'listing more loaded',
    status: 200,
    path: () => '/cars',
    scripted: true,
    open: async page => {
      const cards = page.locator('#cars article')
      const before = await cards.count()
      await page.locator('a[rel="next"]').click()
      await expect.poll(() => cards.count()).toBeGreaterThan(before)
    },
  },
  { name: 'listing bad number', status: 400, path: () => '/cars?price_max=cheap' },
  { name: 'car', status: 200, path: cars => carPath(cars.live[0]!) },
  {
    name: 'car everything unfolded',
    status: 200,
    path: cars => carPath(cars.live[1]!),
    open: async page => {
      await page.evaluate(() => document.querySelectorAll('main details').forEach(one => ((one as HTMLDetailsElement).open = true)))
    },
  },
  {
    name: 'car fullscreen photos',
    status: 200,
    path: cars => carPath(cars.live[0]!),
    scripted: true,
    open: page => page.locator('[data-do="full"]').click(),
  },
  { name: 'car sold lately', status: 200, path: cars => carPath(cars.soldLately) },
  { name: 'car sold long ago', status: 410, path: cars => carPath(cars.soldLongAgo) },
  { name: 'car removed', status: 410, path: cars => carPath(cars.removed) },
  { name: 'car hidden', status: 404, path: cars => carPath(cars.hidden) },
  { name: 'no such page', status: 404, path: () => '/no-such-page' },
  { name: 'compare', status: 200, path: cars => `/compare?ids=${compared(cars)}` },
  { name: 'compare empty', status: 200, path: () => '/compare' },
  { name: 'shortlist', status: 200, path: cars => `/shortlist?ids=${saved(cars)}` },
  { name: 'shortlist empty', status: 200, path: () => '/shortlist' },
  {
    name: 'shortlist saved',
    status: 200,
    path: cars => carPath(cars.live[0]!),
    scripted: true,
    open: async page => {
      // Still there from a visit before: then it would be taken away.
      const save = page.locator('main [data-do="save"]').first()
      await expect(save).toBeVisible()
      if (await save.getAttribute('aria-pressed') === 'false') await save.click()
      await page.locator('header a[href*="/shortlist"]').click()
      await expect(page).toHaveURL(/shortlist\?ids=/)
      await expect(page.locator('article').first()).toBeVisible()
    },
  },
  { name: 'emi', status: 200, path: cars => `/emi?car=${cars.live[0]}&down=100000&months=36` },
  { name: 'lead with errors', status: 422, path: cars => carPath(cars.live[0]!),
    open: async page => {
      await fillLead(page, '12345')
      await sendLead(page)
      await page.waitForURL(/\/leads/)
    },
  },
  { name: 'lead receipt', status: 200, path: cars => carPath(cars.live[0]!),
    open: async page => {
      await fillLead(page, '+91 98765 43210')
      await sendLead(page)
      await page.waitForURL(/\/leads\/./)
    },
  },
  { name: 'privacy', status: 200, path: () => '/privacy' },
  { name: 'offline', status: 200, path: () => '/offline' },
]

/** Opens a state; fails when its page is not what it should be. Returns the HTML as it was sent. */
export async function openState(page: Page, state: State, cars: Cars): Promise<string> {
  let sent: Response | undefined
  const keep = (response: Response) => {
    const isRedirect = response.status() >= 300 && response.status() < 400
    if (response.request().isNavigationRequest() && !isRedirect) sent = response
  }
  page.on('response', keep)
  await page.goto(state.path(cars))
  await state.open?.(page, cars)
  await expect(page.locator('main')).toBeVisible()
  page.off('response', keep)
  expect(sent?.status(), `status of ${state.name}`).toBe(state.status)
  return sent!.text()
}
