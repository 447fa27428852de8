/**
 * What a browser must offer before anything runs. Outside HTTPS and localhost it offers neither keys nor locks (W3C Secure Contexts), and a
 * half-working page could not count a budget.
 */
const NEEDS = {
  context: (scope: PlatformScope) => scope.isSecureContext === true,
  crypto: (scope: PlatformScope) => scope.crypto?.subtle !== undefined,
  locks: (scope: PlatformScope) => scope.navigator?.locks !== undefined,
  worker: (scope: PlatformScope) => scope.Worker !== undefined,
  wasm: (scope: PlatformScope) => scope.WebAssembly !== undefined,
  storage: (scope: PlatformScope) => scope.indexedDB !== undefined,
} as const;

export type MissingFeature = keyof typeof NEEDS;

/** The parts of a window that decide; a test gives its own. */
export interface PlatformScope {
  readonly isSecureContext?: boolean;
  readonly crypto?: { readonly subtle?: unknown };
  readonly navigator?: { readonly locks?: unknown };
  readonly Worker?: unknown;
  readonly WebAssembly?: unknown;
  readonly indexedDB?: unknown;
}

export function missingFeatures(scope: PlatformScope): readonly MissingFeature[] {
  return (Object.keys(NEEDS) as MissingFeature[]).filter((name) => {
    try {
      return !NEEDS[name](scope);
    } catch {
      return true; // where a site may store nothing, to ask for the database is an error already
    }
  });
}
