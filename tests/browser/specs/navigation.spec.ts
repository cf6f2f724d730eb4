// From page to page with our own script: nothing loads anew, back is instant, and what fails is a plain load.

import type { Page } from '@playwright/test'
import { Proxy } from '../lib/proxy.ts'
import { expect, test as plain } from '../lib/test.ts'

const test = plain.extend<{ net: Proxy }>({
  net: async ({ site }, use) => {
    const net = await Proxy.to(site.url)
    await use(net)
    net.close()
  },
  baseURL: async ({ net }, use) => use(net.url),
})

const cards = (page: Page) => page.locator('#cars article')
const cardLink = (page: Page, at: number) => cards(page).nth(at).getByRole('link')
/** A document that was loaded anew has no mark. */
const mark = (page: Page) => page.evaluate(() => void ((window as any).isMarked = true))
const isMarked = (page: Page) => page.evaluate(() => (window as any).isMarked === true)
const heading = (page: Page) => page.locator('main h1')

/** As if another tab were in front. */
const hide = (page: Page) => page.evaluate(() => {
  Object.defineProperty(document, 'hidden', { value: true, configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
})

/** A listing whose script runs. */
async function listing(page: Page, path = '/cars'): Promise<void> {
  await page.goto(path)
  await expect(page.locator('html.js')).toBeAttached()
  await mark(page)
}

async function openCar(page: Page, at = 0): Promise<string> {
  const name = await cardLink(page, at).innerText()
  await cardLink(page, at).click()
  await expect(heading(page)).toContainText(name)
  return name
}

test('a tap on a card swaps the page and moves the focus to its heading', async ({ page, net }) => {
  await listing(page)
  net.seen = []
  const name = await openCar(page, 3)
  expect(await isMarked(page)).toBe(true)
  await expect(page).toHaveTitle(new RegExp(name))
  await expect(page).toHaveURL(/\/car\//)
  await expect(heading(page)).toBeFocused()
  expect(await page.locator('link[rel=canonical]').getAttribute('href')).toContain(new URL(page.url()).pathname)
  const { pathname } = new URL(page.url())
  expect(net.pages().filter(url => url.includes(pathname))).toEqual([`${pathname}?f=1`])
})

test('back is there at once: no request, where it was scrolled and swiped to', async ({ page, net }) => {
  await listing(page)
  const card = cards(page).nth(4)
  await card.scrollIntoViewIfNeeded()
  await card.evaluate(card => card.scrollTo({ left: card.clientWidth, behavior: 'instant' }))
  const left = await card.evaluate(card => card.scrollLeft)
  expect(left).toBeGreaterThan(50)
  await openCar(page, 4)
  net.seen = []
  const y = await page.evaluate(() => {
    history.back()
    return new Promise<number>(done => addEventListener('popstate', () => requestAnimationFrame(() => requestAnimationFrame(() => done(scrollY)))))
  })
  await expect(cards(page)).toHaveCount(10)
  expect(await card.evaluate(card => card.scrollLeft)).toBe(left)
  await expect(card).toBeInViewport()
  expect(y).toBeGreaterThan(100)
  await expect(cardLink(page, 4)).toBeFocused()
  expect(net.pages()).toEqual([])
  await page.goForward()
  await expect(page.locator('.gallery, .shots').first()).toBeVisible()
  expect(net.pages()).toEqual([])
  expect(await isMarked(page)).toBe(true)
})

test('of two taps the last one counts', async ({ page, net }) => {
  await listing(page, '/cars?sort=price')
  net.delayMs = 300
  const name = await cardLink(page, 3).innerText()
  await page.evaluate(() => {
    const links = [...document.querySelectorAll<HTMLElement>('#cars article a')]
    links[4]?.click()
    links[3]?.click()
  })
  await expect(page).toHaveTitle(new RegExp(name))
  await page.goBack()
  await expect(cards(page)).toHaveCount(10)
  expect(await isMarked(page)).toBe(true)
})

test('filters apply as they are chosen and keep the panel, the focus and the address', async ({ page, net }) => {
  await page.setViewportSize({ width: 1280, height: 800 })
  await listing(page)
  await page.locator('details[aria-label="Fuel"] > summary').click()
  net.seen = []
  const diesel = page.locator('input[name="fuel"][value="diesel"]')
  const before = await page.getByRole('status').first().innerText()
  await diesel.check()
  await expect(page).toHaveURL(/fuel=diesel/)
  await expect(page.getByRole('status').first()).not.toHaveText(before)
  await expect(diesel).toBeChecked()
  await expect(diesel).toBeFocused()
  await expect(page.locator('details[aria-label="Fuel"]')).toHaveAttribute('open')
  expect(await page.getByRole('link', { name: /^Remove/ }).count()).toBe(1)
  await page.locator('select[name="sort"]').selectOption('price')
  await expect(page).toHaveURL(/fuel=diesel.*sort=price|sort=price.*fuel=diesel/)
  expect(await isMarked(page)).toBe(true)
  expect(net.pages().every(url => url.includes('f=1'))).toBe(true)
  await page.goBack()
  await page.goBack()
  await expect(page.getByRole('status').first()).toHaveText(before)
  await expect(diesel).not.toBeChecked()
})

test('more cars come below, none twice, and stay for back and reload', async ({ page }) => {
  await listing(page)
  const ids = () => cards(page).evaluateAll(all => all.map(card => (card as HTMLElement).dataset.car))
  const first = await ids()
  await page.locator('a[rel=next]').click()
  await expect(cards(page)).toHaveCount(20)
  await page.locator('a[rel=next]').click()
  await expect(cards(page)).toHaveCount(30)
  const all = await ids()
  expect(new Set(all).size).toBe(30)
  expect(all.slice(0, 10)).toEqual(first)
  await openCar(page, 25)
  await page.goBack()
  await expect(cards(page)).toHaveCount(30)
  await expect(cards(page).nth(25)).toBeInViewport()
  expect(await isMarked(page)).toBe(true)
  const y = await page.evaluate(() => scrollY)
  await page.reload()
  await expect(cards(page)).toHaveCount(30)
  await expect.poll(() => page.evaluate(() => scrollY)).toBeCloseTo(y, -2)
})

test('what cannot be fetched is loaded as if there were no script', async ({ page, net }) => {
  await listing(page)
  net.refused = /f=1/
  await openCar(page, 6)
  expect(await isMarked(page)).toBe(false)
})

test('links for another tab and other places are left alone', async ({ page, context }) => {
  await listing(page)
  const [tab] = await Promise.all([context.waitForEvent('page'), cardLink(page, 0).click({ modifiers: ['Control'] })])
  await tab.close()
  await expect(page).toHaveURL(/\/cars$/)
  await openCar(page, 0)
  await page.locator('a[href^="#photo"]').nth(1).click()
  await expect(page).toHaveURL(/#photo-2$/)
  await page.goBack()
  await expect(page).not.toHaveURL(/#/)
  await page.goBack()
  await expect(cards(page).first()).toBeVisible()
  expect(await isMarked(page)).toBe(true)
})

test('the likeliest cars are fetched ahead, once, and counted when they are shown', async ({ page, net }) => {
  await listing(page)
  const href = (await cardLink(page, 0).getAttribute('href'))!
  const ahead = () => net.seen.filter(({ url, purpose }) => purpose === 'prefetch' && url === `${href}?f=1`).length
  await expect.poll(ahead).toBe(1)
  net.seen = []
  await openCar(page, 0)
  // The worker keeps its own page for later whenever it comes to it.
  expect(net.pages().filter(path => path !== '/offline')).toEqual([])
  await hide(page)
  await expect.poll(() => net.events().map(({ name }) => name)).toEqual(expect.arrayContaining(['select_item', 'view_item']))
  const { car } = net.events().find(({ name }) => name === 'view_item')!
  expect(href.endsWith(`-${car}`)).toBe(true)
  expect(net.events().find(({ name }) => name === 'select_item')).toMatchObject({ car, index: 0, list: 'recommended' })
})

for (const [what, connection] of [['Save-Data', { saveData: true }], ['a slow network', { effectiveType: '3g' }]] as const) {
  test(`nothing is fetched ahead with ${what}`, async ({ page, net }) => {
    await page.addInitScript(connection => Object.defineProperty(navigator, 'connection', { value: connection }), connection)
    await listing(page)
    await cardLink(page, 0).hover()
    await page.mouse.down()
    await page.waitForTimeout(800)
    expect(net.seen.filter(({ purpose }) => purpose)).toEqual([])
  })
}

test('the shortlist is kept, counted and shown, and a wish is told', async ({ page, net }) => {
  await listing(page)
  const save = page.locator('main [data-do=save]').first(), count = page.locator('header [data-count]')
  for (const at of [2, 3]) {
    await openCar(page, at)
    await save.click()
    await expect(save).toHaveAttribute('aria-pressed', 'true')
    await page.goBack()
  }
  await expect(count).toHaveText('2')
  expect(await page.locator('header a[href^="/shortlist"]').getAttribute('href')).toMatch(/\?ids=\d+,\d+$/)
  await page.goForward()
  await save.click()
  await expect(save).toHaveAttribute('aria-pressed', 'false')
  await expect(count).toHaveText('1')
  await hide(page)
  await expect.poll(() => net.events().filter(({ name }) => name === 'add_to_wishlist').length).toBe(2)
})

test('how long a car was in sight is told when it goes', async ({ page, net }) => {
  await listing(page)
  await openCar(page, 2)
  await page.waitForTimeout(300)
  await hide(page)
  await expect.poll(() => net.events().filter(({ name }) => name === 'user_engagement')).toHaveLength(1)
  const { visible_ms, id } = net.events().find(({ name }) => name === 'user_engagement')!
  expect(visible_ms).toBeGreaterThan(250)
  expect(id).toMatch(/^[a-z0-9]{12,}$/)
})
