// What browsers have and TypeScript does not know of, or knows of with other types.

interface BeforeInstallPromptEvent extends Event {
  prompt(): Promise<unknown>
}

interface WindowEventMap {
  beforeinstallprompt: BeforeInstallPromptEvent
}

interface Navigator {
  connection?: { saveData?: boolean; effectiveType?: string }
}

interface Window {
  trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(): string }): { createScriptURL(text: string): string } }
}

interface Event {
  hasUAVisualTransition?: boolean
}
