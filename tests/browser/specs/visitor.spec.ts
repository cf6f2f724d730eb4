// What a browser keeps and does for its visitor: cars looked at, saved and compared, sharing, a loan counted anew; and what is
// fetched ahead where our script does not run.

import type { Page } from '@playwright/test'
import { observe, readToTheEnd } from '../lib/observe.ts'
import type { Proxy } from '../lib/proxy.ts'
import { carPath } from '../lib/states.ts'
import { expect, testBehindProxy as test } from '../lib/test.ts'

/** A page whose script runs. */
async function open(page: Page, path: string): Promise<void> {
  await page.goto(path, { waitUntil: 'domcontentloaded' })
  await expect(page.locator('html.js')).toBeAttached()
}

const idOf = (href: string | null) => Number(/(\d+)$/.exec(href ?? '')![1])
const ids = (page: Page, within: string) => page.locator(`${within} article`).evaluateAll(all => all.map(card => Number((card as HTMLElement).dataset.car)))

test('cars looked at come below, the last one first, without the one that is looked at, and nothing moves', async ({ page, cars }) => {
  const { shifts } = await observe(page)
  const [first, second, third] = cars.live as [number, number, number]
  for (const car of [first, second, third]) await open(page, carPath(car))
  const recent = page.locator('[data-recent]')
  await readToTheEnd(page)
  await expect(recent).toBeVisible()
  expect(await ids(page, '[data-recent]')).toEqual([second, first])
  await open(page, '/cars')
  await readToTheEnd(page)
  await expect(recent).toBeVisible()
  expect(await ids(page, '[data-recent]')).toEqual([third, second, first])
  const name = await recent.getByRole('link').first().innerText()
  await recent.getByRole('link').first().click()
  await expect(page.locator('h1')).toContainText(name)
  expect(shifts).toEqual([])
})

test('cars are chosen on their cards, compared side by side, and taken out again', async ({ page }) => {
  await open(page, '/cars')
  const chosen: number[] = []
  for (const at of [4, 1, 2, 0]) {
    const compare = page.locator('#cars [data-do=compare]').nth(at)
    chosen.unshift(Number(await compare.getAttribute('data-car')))
    await compare.click()
    await expect(compare).toHaveAttribute('aria-pressed', 'true')
  }
  // Three at most: the first of four gives way.
  await expect(page.locator('#cars [data-do=compare]').nth(4)).toHaveAttribute('aria-pressed', 'false')
  await page.getByRole('link', { name: 'Compare 3 cars' }).click()
  await expect(page).toHaveURL(`/compare?ids=${chosen.slice(0, 3)}`)
  await expect(page.locator('.told')).toBeHidden()
  const heads = page.locator('.versus thead a')
  await expect(heads).toHaveCount(3)
  expect((await heads.evaluateAll(links => links.map(link => link.getAttribute('href')))).map(idOf)).toEqual(chosen.slice(0, 3))
  await page.getByRole('link', { name: /^Remove/ }).first().click()
  await expect(heads).toHaveCount(2)
  expect((await heads.evaluateAll(links => links.map(link => link.getAttribute('href')))).map(idOf)).toEqual(chosen.slice(1, 3))
  await expect(page.locator('footer a[href^="/compare"]')).toHaveAttribute('href', `/compare?ids=${chosen.slice(1, 3)}`)
})

test('the shortlist is filled on cards, is there after a reload, and leads to a comparison', async ({ page }) => {
  await open(page, '/cars')
  const saved: number[] = []
  for (const at of [3, 0]) {
    const save = page.locator('#cars [data-do=save]').nth(at)
    saved.unshift(Number(await save.getAttribute('data-car')))
    await save.click()
  }
  await page.locator('header a[href^="/shortlist"]').click()
  await expect(page.locator('h1')).toHaveText('Your shortlist')
  expect(await ids(page, 'main')).toEqual(saved)
  // The address alone, as a shortcut of an installed app has it.
  await page.goto('/shortlist')
  await expect(page).toHaveURL(`/shortlist?ids=${saved}`)
  expect(await ids(page, 'main')).toEqual(saved)
  await page.getByRole('link', { name: 'Compare side by side' }).click()
  await expect(page.locator('.versus thead a')).toHaveCount(2)
})

test('a car is shared by the browser where it can, and else its address is copied', async ({ page, context, cars, net }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: net.url })
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'share', { value: undefined, configurable: true, writable: true }))
  await open(page, `${carPath(cars.live[0]!)}?utm_source=x&gclid=1`)
  const share = page.locator('[data-do=share]'), canonical = await page.locator('[rel=canonical]').getAttribute('href')
  await share.click()
  await expect(share).toHaveText('Link copied')
  await expect(page.locator('.said')).toHaveText('Link copied')
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(canonical)

  const errors: Error[] = []
  page.on('pageerror', error => errors.push(error))
  await page.evaluate(() => {
    // Whoever closes the sheet has not shared: no error of ours.
    navigator.share = async what => {
      Object.assign(window, { shared: what })
      throw new DOMException('closed', 'AbortError')
    }
  })
  await share.click()
  expect(await page.evaluate(() => (window as any).shared)).toEqual({ title: await page.title(), url: canonical })
  expect(errors).toEqual([])
})

test('a loan is counted anew as it is changed, as the server counts it, and the last change counts', async ({ page, net, cars }) => {
  await open(page, carPath(cars.live[0]!))
  const form = page.locator('form.emi'), result = form.locator('output'), address = page.url()
  const before = await result.innerText()
  await form.locator('[name=months]').selectOption('84')
  await expect(result).not.toHaveText(before)
  const inPage = await result.innerText()
  // The first answer comes after the last one.
  net.slow = /months=12/
  await form.locator('[name=months]').selectOption('12')
  await form.locator('[name=months]').selectOption('24')
  await expect(result).not.toHaveText(inPage)
  const last = await result.innerText()
  await page.waitForTimeout(1300)
  await expect(result).toHaveText(last)
  expect(page.url()).toBe(address)
  await form.locator('[name=months]').selectOption('84')
  await expect(result).toHaveText(inPage)
  await form.getByRole('button').click()
  await expect(page).toHaveURL(/\/emi\?car=\d+&down=\d+&months=84$/)
  await expect(page.locator('main')).toContainText(inPage)
})

const wholePages = (net: Proxy) => net.seen.filter(({ url, purpose }) => /^\/car\/[^?]*$/.test(url) && purpose?.startsWith('prefetch'))

test('where our script does not run, the browser fetches ahead by speculation rules', async ({ page, net }) => {
  net.refused = /^\/assets\/app/
  await page.goto('/cars')
  await expect(page.locator('html.js')).not.toBeAttached()
  const link = page.locator('#cars article a').nth(1), href = await link.getAttribute('href')
  await link.hover()
  await expect.poll(() => wholePages(net).map(({ url }) => url)).toEqual([href])
})

test('where it runs, nothing is fetched by rules, too', async ({ page, net }) => {
  await open(page, '/cars')
  await page.locator('#cars article a').nth(1).hover()
  await page.waitForTimeout(1000)
  expect(wholePages(net)).toEqual([])
})
