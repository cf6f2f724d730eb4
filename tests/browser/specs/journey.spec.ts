// The whole journey of an ad click, from the landing page to the receipt of a lead: without a script, and with.

import { type Page, expect } from '@playwright/test'
import { fillLead, openFilters, sendLead } from '../lib/states.ts'
import { test } from '../lib/test.ts'

const AD = 'gclid=EAIaIQobChMI&gbraid=0AAAA&utm_source=google&utm_campaign=Diesel+SUVs'
const CLICK_ID = 'EAIaIQobChMI'

const cardLinks = (page: Page) => page.locator('article :is(h2, h3) a[href^="/car/"]')
const found = async (page: Page) => Number((await page.getByRole('status').first().innerText()).replace(/[^0-9]/g, ''))

/** From the ad to a car's page: a filter, the next page, a card. Returns the car's heading as the card had it. */
async function toACar(page: Page): Promise<void> {
  await page.goto(`/cars?body=suv&${AD}`)
  const all = await found(page)
  expect(all).toBeGreaterThan(20)

  await openFilters(page)
  const box = page.locator('input[name="fuel"][value="diesel"]')
  const count = Number((await page.locator('label', { has: box }).innerText()).match(/([0-9,]+)\s*$/)![1]!.replace(',', ''))
  await box.check()
  // With a script the choice may apply itself; the button is there for everybody.
  const send = page.locator('form[action="/cars"] button:visible').last()
  if (await send.isVisible()) await send.click()
  await page.waitForURL(/fuel=diesel/)
  await expect.poll(() => found(page)).toBe(count)
  expect(count).toBeLessThan(all)
  expect(page.url()).toContain('body=suv')

  // A page of its own, or below the first: more cars either way.
  const hrefs = () => cardLinks(page).evaluateAll(links => links.map(link => link.getAttribute('href')))
  const first = await hrefs()
  await page.locator('a[rel="next"]').click()
  await expect.poll(async () => (await hrefs()).some(href => !first.includes(href))).toBe(true)

  const card = cardLinks(page).last()
  const title = (await card.innerText()).split('\n')[0]!.trim()
  expect(first).not.toContain(await card.getAttribute('href'))
  await card.click()
  await page.waitForURL(/\/car\//)
  await expect(page.getByRole('heading', { level: 1 })).toContainText(title.split(' ').slice(0, 3).join(' '))
}

/** Every photo can be reached from its thumbnail, and is a picture. */
async function lookAtPhotos(page: Page): Promise<void> {
  const shots = page.locator('[id^="photo-"]')
  const count = await shots.count()
  expect(count).toBeGreaterThanOrEqual(10)
  for (const number of [2, Math.min(5, count), 1]) {
    await page.locator(`a[href$="#photo-${number}"]`).first().click()
    await expect(page.locator(`#photo-${number}`)).toBeInViewport({ ratio: 0.5 })
    await expect.poll(() => page.locator(`#photo-${number} img`).evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0)
  }
}

/** The lead, with a number as people write it, and its receipt, which can be reloaded. */
async function leaveALead(page: Page): Promise<void> {
  const heading = (await page.getByRole('heading', { level: 1 }).innerText()).trim()
  await fillLead(page, '098765 43210')
  await sendLead(page)
  await page.waitForURL(/\/leads\/[^/]+$/)
  await expect(page.locator('main')).toContainText(/thank/i)
  await expect(page.locator('main')).toContainText(heading.split(' ').slice(0, 3).join(' '))
  const html = await page.content()
  expect(html).not.toMatch(/98765|Asha/)
  expect(page.url()).not.toMatch(/98765/)
  const response = await page.reload()
  expect(response?.status()).toBe(200)
  await expect(page.locator('main')).toContainText(/thank/i)
}

for (const javaScriptEnabled of [false, true]) {
  const how = `JavaScript ${javaScriptEnabled ? 'on' : 'off'}`

  test.describe(() => {
    test.use({ javaScriptEnabled, isMobile: true })

    test(`journey: from the ad to the photos, ${how}`, async ({ page }) => {
      await toACar(page)
      await lookAtPhotos(page)
      expect(await page.content(), 'a click id must not be in a page').not.toContain(CLICK_ID)
    })

    test(`journey: whole, with a lead and its receipt, ${how}`, async ({ page, context }) => {
      await toACar(page)
      await lookAtPhotos(page)
      await leaveALead(page)
      const kept = (await context.cookies()).some(cookie => cookie.httpOnly && Buffer.from(cookie.value, 'base64url').includes(CLICK_ID))
      expect(kept, 'the click id is kept in a cookie of our own').toBe(true)
    })

    test(`journey: a wrong lead comes back with what was typed, ${how}`, async ({ page, cars }) => {
      await page.goto(`/car/x-${cars.live[0]}`)
      await fillLead(page, '12345')
      await sendLead(page)
      const phone = page.locator('form[action="/leads"] [name="phone"]')
      await expect(phone).toHaveAttribute('aria-invalid', 'true')
      await expect(phone).toHaveValue('12345')
      await expect(page.locator('form[action="/leads"] [name="name"]')).toHaveValue('Asha Rao')
      await expect(page.locator(`[id="${await phone.getAttribute('aria-describedby')}"]`)).toBeVisible()
      await phone.fill('98765-43210')
      await sendLead(page)
      await page.waitForURL(/\/leads\/[^/]+$/)
    })

    test(`journey: back from a car to the same place of the list, ${how}`, async ({ page }) => {
      await page.goto('/cars')
      const link = cardLinks(page).nth(5)
      await link.scrollIntoViewIfNeeded()
      const top = await page.evaluate(() => scrollY)
      await link.click()
      await page.waitForURL(/\/car\//)
      await page.goBack({ waitUntil: 'commit' })
      await expect(cardLinks(page).nth(5)).toBeInViewport()
      await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(top - 300)
    })
  })
}

test('journey: offline, what was seen is there and says how old it is', async ({ page, context }) => {
  await page.goto('/cars?fuel=diesel')
  await page.waitForFunction(() => navigator.serviceWorker.ready.then(worker => !!worker.active && !!navigator.serviceWorker.controller), null, { timeout: 10_000 })
  await page.goto('/cars?fuel=diesel')
  const title = await cardLinks(page).first().innerText()
  await cardLinks(page).first().click()
  await page.waitForURL(/\/car\//)
  await expect(page.getByRole('heading', { level: 1 })).toContainText(title.split(' ').slice(0, 3).join(' '))
  const heading = await page.getByRole('heading', { level: 1 }).innerText()
  const car = page.url()
  await context.setOffline(true)
  await page.goto(car)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading)
  await expect(page.getByText(/as of/i).first()).toBeVisible()
  await page.goto('/cars?fuel=diesel')
  await expect(cardLinks(page).first()).toBeVisible()
  await page.goto(`/car/x-1090`)
  await expect(page.getByText(/offline|no connection|no network/i).first()).toBeVisible()
  await expect(page.locator(`main a[href$="${/[0-9]+$/.exec(new URL(car).pathname)![0]}"]`).first()).toBeVisible()
  await context.setOffline(false)
})
