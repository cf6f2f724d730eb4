// A service worker's globals: TypeScript's library types those of other workers, and has no Background Sync.

declare const BUILD: string
declare const APP: string
declare const registration: ServiceWorkerRegistration & { sync?: { register(name: string): Promise<void> } }
declare const clients: Clients
declare function skipWaiting(): Promise<void>
declare function addEventListener(name: 'install' | 'activate' | 'message' | 'sync', listener: (event: ExtendableEvent) => void): void
declare function addEventListener(name: 'fetch', listener: (event: FetchEvent) => void): void
