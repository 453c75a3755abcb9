/** The part of a channel of `node:diagnostics_channel` that is used here. */
export interface DiagnosticsChannel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

interface Host {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
}

interface DiagnosticsModule {
  channel(name: string): DiagnosticsChannel;
}

/** Nobody listens where the platform has no channels. */
const SILENT: DiagnosticsChannel = { hasSubscribers: false, publish: () => undefined };

/** The channel of that name. Asked for at run time, for the same reason as `nativeCrypto`. */
export function diagnosticsChannel(name: string, host: Host = globalThis as Host): DiagnosticsChannel {
  const found = host.process?.getBuiltinModule?.('node:diagnostics_channel') as DiagnosticsModule | undefined;
  return found?.channel(name) ?? SILENT;
}
